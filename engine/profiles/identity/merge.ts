/**
 * Makes one person of profiles that are one by a rule. Requests are taken in their order, many at once; what comes of them is decided in
 * memory, then rows move set by set. Lanes are locked in their order, so workers and merges never wait for each other in a circle.
 */
import { strict as assert } from 'node:assert';
import type { IdentityBody } from '../../compiler/ir.ts';
import type { OwnSession, Session } from '../../store/session.ts';
import { laneOf } from '../lane-of.ts';
import { type PersonTable, personTables } from '../person-tables.ts';
import { mergedConsents } from './consents.ts';
import { type Decided, decide } from './decide.ts';
import { mergedEnrollments } from './enrollments.ts';
import {
  deleteRequests,
  isMergeAsked,
  lockLanes,
  logMerges,
  markMerged,
  propose,
  type RequestRow,
  selectIdentifiersOf,
  selectProposed,
  selectRequests,
  selectSizes,
  selectTombstones,
  tryLockMerging,
} from './queries.ts';
import {
  deleteConsents,
  endEnrollments,
  forwardInboxes,
  keepLeftovers,
  keepProfiles,
  lockTiedRows,
  type Merge,
  moveRows,
  selectConsents,
  selectEnrollments,
  selectTraitNames,
  setConsents,
  takeDerived,
  takeDoubles,
  tellMerged,
} from './rows/queries.ts';
import { projectChosen } from './survivorship.ts';
import { noteRenumbered } from './undo/queries.ts';

/** Requests of one transaction: they hold the lanes of up to twice as many people. */
const requestsMax = 50;
/** How often a transaction that met another one is begun anew. */
const attemptsMax = 10;

/** Gives the points of profiles to their survivors: a transfer between opaque holders, posted by who keeps the ledger. */
export type MovePoints = (session: Session, merges: readonly Merge[], now: Date) => Promise<void>;

export interface MergeOptions {
  readonly identity: IdentityBody | null;
  readonly now: Date;
  /** Without it, who has points isn't merged into others: his requests wait. */
  readonly movePoints?: MovePoints;
}

export interface MergeSummary {
  readonly merged: number;
  readonly proposed: number;
  /** Whether requests are left that can't be carried out now. */
  readonly left: boolean;
}

/** Merges what is asked for. May be called by many processes: one of them does it. Errors: those of the store. */
export async function mergePeople(session: OwnSession, options: MergeOptions): Promise<MergeSummary> {
  let merged = 0;
  let proposed = 0;
  let left = false;
  if (!(await isMergeAsked(session))) return { merged, proposed, left };
  for (let after = 0; ; ) {
    const step = await again(() => session.transaction((inner) => mergeSome(inner, options, after)));
    if (step === null) return { merged, proposed, left };
    merged += step.merged;
    proposed += step.proposed;
    left ||= step.left;
    after = step.last;
  }
}

/** Two transactions in each other's way (40P01, 40001): this one left nothing behind. Null: a lane is busy (55P03), later then. */
async function again<T>(work: () => Promise<T>): Promise<T | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const code = (error as { readonly code?: unknown } | null)?.code;
      if (code === '55P03') return null;
      if ((code !== '40001' && code !== '40P01') || attempt >= attemptsMax) throw error;
    }
  }
}

interface Step extends MergeSummary {
  readonly last: number;
}

/** Null: nothing is left, or another process is at it. */
async function mergeSome(session: Session, options: MergeOptions, after: number): Promise<Step | null> {
  if (!(await tryLockMerging(session))) return null;
  const requests = await selectRequests(session, after, requestsMax);
  const last = requests.at(-1)?.request_id;
  if (last === undefined) return null;
  const decided = await decideAbout(session, requests, options);
  await propose(session, decided.proposals, options.now);
  await deleteRequests(session, decided.done);
  if (decided.merges.length > 0) await carryOut(session, decided.merges, options);
  return {
    ...{ merged: decided.merges.length, proposed: decided.proposals.length, last },
    left: decided.done.length < requests.length,
  };
}

async function decideAbout(
  session: Session,
  requests: readonly RequestRow[],
  { identity, movePoints }: MergeOptions,
): Promise<Decided> {
  const named = [...new Set(requests.flatMap(({ a_id, b_id }) => [a_id, b_id]))];
  const roots = new Map((await selectTombstones(session, named)).map((row) => [row.profile_id, row.root_id]));
  const rootOf = (id: number) => roots.get(id) ?? id;
  const ids = [...new Set(named.map(rootOf))];
  // From here on nobody but ingestion knows more of them: their lanes are ours.
  await lockLanes(session, [...new Set(ids.map(laneOf))]);
  const identifiers = await selectIdentifiersOf(session, ids);
  const sizes = await selectSizes(session, ids);
  const pairs = requests.map(({ a_id, b_id }) => [rootOf(a_id), rootOf(b_id)] as const);
  const proposed = await selectProposed(session, pairs);
  return decide({ requests, rootOf, identifiers, sizes, proposed, identity, movesPoints: movePoints !== undefined });
}

const inWhich = (onMerge: PersonTable['onMerge']) => personTables.filter((one) => one.onMerge === onMerge);

/** Carries merges out: no profile of them is both merged and a survivor. */
export async function carryOut(
  session: Session,
  wanted: Decided['merges'],
  { identity, now, movePoints }: MergeOptions,
): Promise<void> {
  const numbers = await logMerges(session, wanted, now);
  const merges: readonly Merge[] = wanted.map(({ from, into }, i) => ({ from, into, mergeId: numbers[i] as number }));
  assert(new Set(merges.map(({ from }) => from)).size === merges.length, 'each profile merges once');
  const all = [...new Set(merges.flatMap(({ from, into }) => [from, into]))];
  await lockTiedRows(session, all);
  await keepProfiles(session, merges);
  const told = await selectTraitNames(
    session,
    merges.map(({ from }) => from),
  );
  const enrollments = mergedEnrollments(await selectEnrollments(session, all), merges);
  await endEnrollments(session, enrollments.ended, now);
  await noteRenumbered(
    session,
    merges.flatMap(({ mergeId, from }) => {
      const renumbered = enrollments.renumbered.filter(({ profileId }) => profileId === from);
      return renumbered.length === 0 ? [] : [{ mergeId, renumbered }];
    }),
  );
  for (const table of inWhich('move')) {
    if (table.unique !== undefined) await takeDoubles(session, table, merges);
    await moveRows(session, table, merges, enrollments.renumbered);
  }
  for (const table of inWhich('derive')) await takeDerived(session, table, merges);
  await mergeConsents(session, merges, all);
  await movePoints?.(session, merges, now);
  await forwardInboxes(session, merges);
  await markMerged(session, merges);
  const into = new Map(merges.map((one) => [one.from, one.into]));
  const touched = told.map(({ profile_id, trait }) => ({ profileId: into.get(profile_id) as number, trait }));
  await projectChosen(session, identity, different(touched));
  const survivors = [...new Set(into.values())];
  await tellMerged(
    session,
    survivors.map((profileId) => ({
      profileId,
      traits: touched.filter((one) => one.profileId === profileId).map(({ trait }) => trait),
    })),
    now,
  );
}

/** Each person and trait once: one statement can't write a row twice. */
function different<T extends { readonly profileId: number; readonly trait: string }>(all: readonly T[]): readonly T[] {
  return [...new Map(all.map((one) => [`${one.profileId} ${one.trait}`, one])).values()];
}

async function mergeConsents(session: Session, merges: readonly Merge[], all: readonly number[]): Promise<void> {
  const { kept, set } = mergedConsents(await selectConsents(session, all), merges);
  await keepLeftovers(
    session,
    'consent:before',
    kept.map(({ mergeId, row }) => ({ merge_id: mergeId, profile_id: row.profile_id, body: row.body })),
  );
  const from = new Set(merges.map((one) => one.from));
  await deleteConsents(
    session,
    kept.map(({ row }) => row).filter((row) => from.has(row.profile_id)),
  );
  await setConsents(session, set);
}
