/**
 * Scales: what computed traits read of everybody, be it the bounds that people are ranked by, a prior or a fitted model. They are
 * worked out over the whole base by schedule, once whatever the number of processes, and again when a revision changed what they
 * read; then each lane is told to read its people by them. A person's own value is read by what stands, at once, in his lane's
 * transaction.
 */
import type { LinkedTrait } from '../../compiler/program.ts';
import type { RankingTrait } from '../../compiler/program-sql.ts';
import { isFitted, type Refreshed } from '../../compiler/scale-sql.ts';
import { laneCount } from '../../profiles/lane-of.ts';
import type { OwnSession, Session } from '../../store/session.ts';
import type { Running } from '../running.ts';
import { madeOf, stagesOf } from '../segments/chains.ts';
import type { RefreshCommand } from '../segments/keep-current.ts';
import { fitter } from './fit-scale.ts';
import {
  findScales,
  isAnyLaneBehind,
  isAnythingWaiting,
  isImportWaiting,
  isNobodyThere,
  lastRuns,
  lockScales,
  readScales,
  type ScaleRow,
  takeRun,
  tellLanesToRefresh,
  writeScale,
} from './queries.ts';
import { newestFire, nextFire } from './schedules.ts';

/** A scale of nobody says nothing: it is tried again after so long. */
const emptyAgainMs = 600_000;
const allLanes = Array.from({ length: laneCount }, (_, lane) => lane);

interface Scaled {
  readonly trait: LinkedTrait;
  readonly definition: Refreshed;
  readonly cron: string;
}

function scaledOf({ program }: Running): readonly Scaled[] {
  return program.computedTraits.flatMap((trait) =>
    'refresh' in trait.definition ? [{ trait, definition: trait.definition, cron: trait.definition.refresh }] : [],
  );
}

/** A name that no journey has, under which runs are remembered. */
function runOf({ trait }: Scaled): string {
  return `trait/${trait.name}`;
}

export interface ScaleKeeper {
  /** Works out the scales that are due. Returns how many. */
  refresh(running: Running, now: Date): Promise<number>;
  /** Before the lanes take a revision over: works out what they'd have to be told afterwards, unless facts wait that would change it. */
  lookAhead(running: Running, now: Date): Promise<void>;
  /** Begins anew on another session. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a session of its own with the first scale that a program has: what it asks takes its time. */
export function scaleKeeper(openSession: () => Promise<OwnSession>): ScaleKeeper {
  let opened: Promise<OwnSession> | null = null;
  // Until then nothing can be due under that revision, so that nothing is asked of the store.
  let quiet: { readonly revision: number; readonly until: Date | null } | null = null;
  let lookedAhead = 0;
  const close = async () => {
    const closing = opened;
    opened = null;
    await closing?.then((session) => session.close()).catch(() => {});
  };
  return {
    async refresh(running, now) {
      if (scaledOf(running).length === 0) return 0;
      const { number } = running.revision;
      if (quiet?.revision === number && quiet.until !== null && now < quiet.until) return 0;
      opened ??= openSession();
      const session = await opened;
      const { due, isAllKnown } = await dueScales(session, running, now);
      quiet = due.length === 0 && isAllKnown ? { revision: number, until: nextRefresh(running, now) } : null;
      return due.length === 0 ? 0 : await refreshScales(session, running, now);
    },
    async lookAhead(running, now) {
      const { number } = running.revision;
      if (lookedAhead === number || scaledOf(running).length === 0) return;
      lookedAhead = number;
      opened ??= openSession();
      const session = await opened;
      if (!(await isAnyLaneBehind(session)) || (await isAnythingWaiting(session, now))) return;
      const { due } = await dueScales(session, running, now);
      if (due.length > 0) await refreshScales(session, running, now);
    },
    renew: close,
    close,
  };
}

async function refreshScales(session: OwnSession, running: Running, now: Date): Promise<number> {
  return await session.transaction(async (inner) => {
    // The others wait here, and then find nothing due.
    await lockScales(inner);
    const { due } = await dueScales(inner, running, now);
    const scaleOf = scaleFinder(inner, running, now);
    const ahead = await scalesAheadOf(inner, running, due, now);
    for (const one of due) {
      const { name } = one.trait;
      const signature = running.program.definitions.signature(name);
      await writeScale(inner, ahead.get(name) ?? (await scaleOf(one)), { trait: name, signature });
      if (one.fireAt !== null) await takeRun(inner, runOf(one), one.fireAt);
    }
    if (due.length === 0) return 0;
    const traits = due.map(({ trait }) => trait.name);
    // While lanes take a revision over, those that have done so already are told to fill what is known now, too.
    const isFill = due.every(({ isAhead }) => isAhead);
    await tellLanesToRefresh(inner, { traits, ...(isFill && { isFill }) } satisfies RefreshCommand, now);
    return due.length;
  });
}

interface ScaleStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Gives the statement of `bounds, people` of a scale. */
function scaleFinder(session: Session, { statements }: Running, now: Date): (one: Scaled) => Promise<ScaleStatement> {
  const fitRows = fitter(session);
  return async ({ trait: { name }, definition }) => {
    if (!isFitted(definition)) {
      const { text, rest } = statements.scale(name);
      return { text, values: [now, ...rest] };
    }
    const { text, rest } = statements.rowsToFit(name);
    return scaleThatIs(await fitRows(definition, { text, values: [now, ...rest] }), now);
  };
}

/** The time is the first parameter of every scale, and must have a type. */
function scaleThatIs({ bounds, people }: { readonly bounds: unknown; readonly people: number }, now: Date) {
  const text = 'select $2::jsonb as bounds, $3::bigint as people where $1::timestamptz is not null';
  return { text, values: [now, JSON.stringify(bounds), people] };
}

/** The ranks among what is due before all lanes keep what people are ranked by, all found by one pass over everybody. */
async function scalesAheadOf(
  session: Session,
  { program, statements }: Running,
  due: readonly DueScale[],
  now: Date,
): Promise<ReadonlyMap<string, ScaleStatement>> {
  const ranks = due.flatMap(({ trait, isAhead }) => (isAhead && isRanking(trait) ? [trait] : []));
  if (ranks.length === 0) return new Map();
  const stages = stagesOf(program, new Set(ranks.flatMap((trait) => [...(madeOf(program, trait) ?? [])])));
  const { text, rest } = statements.scalesAhead(ranks, stages);
  const found = await findScales(session, { text, values: [now, allLanes, ...rest] });
  return new Map(found.map((one) => [one.trait, scaleThatIs(one, now)]));
}

function isRanking(trait: LinkedTrait): trait is RankingTrait {
  return trait.definition.kind === 'quantile' || trait.definition.kind === 'shares';
}

/** Whether it can be found while lanes still run under older revisions: by nothing that those would have to keep. */
function isFoundAhead({ program }: Running, trait: LinkedTrait): boolean {
  const needed = madeOf(program, trait);
  return needed !== null && (needed.size === 0 || isRanking(trait));
}

/** By its schedule, or (`fireAt` null) because its present definition was never worked out. */
type DueScale = Scaled & { readonly fireAt: Date | null; readonly isAhead: boolean };

interface DueScales {
  readonly due: readonly DueScale[];
  /** Whether each has a scale by which people are ranked. */
  readonly isAllKnown: boolean;
}

async function dueScales(session: Session, running: Running, now: Date): Promise<DueScales> {
  const all = scaledOf(running);
  const stored = new Map((await readScales(session)).map((row) => [row.trait, row]));
  const last = await lastRuns(session, all.map(runOf));
  const isAllKnown = all.every(({ trait }) => (stored.get(trait.name)?.people ?? 0) > 0);
  const due = all.flatMap((one): readonly DueScale[] => {
    const row = stored.get(one.trait.name);
    if (isUnknown(running, one, row, now)) return [{ ...one, fireAt: null, isAhead: false }];
    const since = Math.max(last.get(runOf(one))?.getTime() ?? 0, row?.computed_at.getTime() ?? 0);
    const fireAt = newestFire({ cron: one.cron, zone: running.program.workspace.zone }, new Date(since), now);
    return fireAt === null ? [] : [{ ...one, fireAt, isAhead: false }];
  });
  if (due.length === 0) return { due, isAllKnown };
  const isBehind = await isAnyLaneBehind(session);
  const isReady = ({ fireAt, trait }: DueScale) => !isBehind || (fireAt === null && isFoundAhead(running, trait));
  const ready = due.filter(isReady).map((one) => ({ ...one, isAhead: isBehind }));
  const isFirst = ready.some(({ fireAt }) => fireAt === null);
  // Who comes first, or is still being read in, would have to be ranked again at once.
  const waits = isFirst && ((await isNobodyThere(session)) || (await isImportWaiting(session, now)));
  return {
    due: waits ? ready.filter(({ fireAt }) => fireAt !== null) : ready,
    isAllKnown: !isBehind && !waits && isAllKnown,
  };
}

function isUnknown({ program }: Running, { trait }: Scaled, row: ScaleRow | undefined, now: Date): boolean {
  if (row === undefined || row.signature !== program.definitions.signature(trait.name)) return true;
  return row.people === 0 && now.getTime() - row.computed_at.getTime() >= emptyAgainMs;
}

/** When a scale is due next by its schedule after t, or null when there is none. */
export function nextRefresh(running: Running, t: Date): Date | null {
  const { zone } = running.program.workspace;
  const fires = scaledOf(running).flatMap(({ cron }) => nextFire({ cron, zone }, t) ?? []);
  return fires.length === 0 ? null : new Date(Math.min(...fires.map((at) => at.getTime())));
}
