/**
 * How many messages people who stand in journeys may get soon, now and after the change: heads at each step whose timer comes, times what
 * the way from there sends at most. Who would enter is added by the caller. At most: no condition, cap or consent is asked.
 */
import type { JourneyBody } from '../../compiler/ir.ts';
import { type LinkedJourney, linkJourney } from '../../compiler/linked-journey.ts';
import { readBodies } from '../../store/revisions.ts';
import type { OwnSession } from '../../store/session.ts';
import type { JourneyTarget } from './journey-targets.ts';
import type { Measured } from './measured.ts';
import { type Anew, type StandersRow, selectStanders } from './queries.ts';
import type { LaneTask } from './sample-lanes.ts';
import { type SendsAhead, sendsAhead } from './sends-ahead.ts';

export const hourMs = 3_600_000;
export const weekMs = 7 * 24 * hourMs;
const dayMs = 24 * hourMs;

/** What is known of the ways through the journeys that a plan touches. */
export interface Ways {
  /** Of a version of a journey under its present name; null: it sends nothing, or nobody knows it. */
  of(journey: string, version: string): SendsAhead | null;
  /** Of a target as it will be. */
  after(target: JourneyTarget): SendsAhead | null;
  /** By id of the target. */
  readonly linked: ReadonlyMap<string, LinkedJourney>;
  /** Whether who waits at a step of the version still waits when he is moved to that step of the target. */
  goesOnWaiting(row: StandersRow, target: JourneyTarget, to: string): boolean;
}

/** Reads the bodies of all versions in which people stand. */
export async function readWays(
  session: OwnSession,
  { state }: Measured,
  targets: readonly JourneyTarget[],
): Promise<Ways> {
  const here = new Set(targets.map(({ was }) => was));
  const standing = state.standing.filter(({ journey }) => here.has(journey));
  const bodies = await session.transaction(
    (inner) =>
      readBodies(
        inner,
        standing.map(({ version }) => version),
      ),
    { readOnly: true },
  );
  const olds = new Map<string, LinkedJourney>();
  const known = new Map<string, SendsAhead>();
  for (const { journey, version } of standing) {
    const body = bodies.get(version) as JourneyBody | undefined;
    if (body?.status !== 'live') continue;
    const old = linkJourney(journey, version, body);
    olds.set(`${journey} ${version}`, old);
    known.set(`${journey} ${version}`, sendsAhead(old));
  }
  const linked = new Map(
    targets.flatMap(({ id, version, body }) =>
      body === null || version === null ? [] : [[id, linkJourney(id, version, body)] as const],
    ),
  );
  const next = new Map([...linked].map(([id, one]) => [id, sendsAhead(one)]));
  return {
    of: (journey, version) => known.get(`${journey} ${version}`) ?? null,
    after: ({ id, body }) => (body?.status === 'live' ? (next.get(id) ?? null) : null),
    linked,
    goesOnWaiting: ({ journey, version, step }, { id }, to) =>
      kindAt(olds.get(`${journey} ${version}`), step) === kindAt(linked.get(id), to),
  };
}

function kindAt(journey: LinkedJourney | undefined, step: string): string | undefined {
  return journey?.steps[journey.stepIndex.get(step) ?? -1]?.do.kind;
}

const names = ['hourBefore', 'hourAfter', 'weekBefore', 'weekAfter'] as const;
type Numbers = Record<(typeof names)[number], number>;

/** Numbers by lane of each target: `ID hourBefore` and so on. */
export function messagesTask({ plan, at }: Measured, targets: readonly JourneyTarget[], ways: Ways): LaneTask {
  const byName = new Map(targets.map((target) => [target.was, target]));
  const fates = new Map(
    plan.inFlight.flatMap(({ journey, version, steps }) =>
      steps.map((step) => [`${journey} ${version} ${step.step}`, step] as const),
    ),
  );
  const [soon, later] = [new Date(at.getTime() + hourMs), new Date(at.getTime() + weekMs)];
  const anew = targets.flatMap((target) => recomputed(target, ways, { soon, later }));
  return {
    names: targets.flatMap(({ id }) => names.map((name) => `${id} ${name}`)),
    async read(session, lanes) {
      const rows = await selectStanders(session, { lanes, journeys: [...byName.keys()], soon, later, anew });
      const byLane = new Map<number, Record<string, number>>();
      for (const row of rows) {
        const target = byName.get(row.journey) as JourneyTarget;
        const numbers = byLane.get(row.lane) ?? {};
        byLane.set(row.lane, numbers);
        const fate = fates.get(`${target.id} ${row.version} ${row.step}`);
        for (const [name, count] of Object.entries(messagesOf(row, { target, fate, ways }))) {
          numbers[`${target.id} ${name}`] = (numbers[`${target.id} ${name}`] ?? 0) + count;
        }
      }
      return [...byLane].map(([lane, numbers]) => ({ lane, numbers }));
    },
  };
}

interface Stander {
  readonly target: JourneyTarget;
  readonly fate: { readonly fate: 'pinned' | 'moved' | 'left'; readonly to: string | null } | undefined;
  readonly ways: Ways;
}

function messagesOf(row: StandersRow, { target, fate, ways }: Stander): Numbers {
  const { step, posture } = row;
  const old = ways.of(row.journey, row.version);
  const each = (way: SendsAhead | null, at: string, within: number, how: string) => way?.from(at, how, within) ?? 0;
  const before = {
    hourBefore: row.soon * each(old, step, hourMs, posture),
    weekBefore: row.later * each(old, step, weekMs, posture),
  };
  if (target.body === null || fate?.fate === 'left') return { ...before, hourAfter: 0, weekAfter: 0 };
  // Who isn't touched by the change, or is pinned, goes on by the old steps: but of a journey that no longer sends.
  if (fate?.fate !== 'moved') {
    const isSending = target.body.status === 'live';
    return { ...before, hourAfter: isSending ? before.hourBefore : 0, weekAfter: isSending ? before.weekBefore : 0 };
  }
  const now = ways.after(target);
  const to = fate.to ?? step;
  // A wait of another kind isn't this step's: it is done from its beginning, at once.
  if (!ways.goesOnWaiting(row, target, to)) {
    const all = (within: number) => row.people * each(now, to, within, 'due');
    return { ...before, hourAfter: all(hourMs), weekAfter: all(weekMs) };
  }
  return {
    ...before,
    hourAfter: row.soon_anew * each(now, to, hourMs, posture),
    weekAfter: row.later_anew * each(now, to, weekMs, posture),
  };
}

/** Steps of a journey whose waits are counted anew by the new steps: until when somebody must have come to be through in time. */
function recomputed(
  { id, was, body }: JourneyTarget,
  { linked }: Ways,
  { soon, later }: { readonly soon: Date; readonly later: Date },
): readonly Anew[] {
  if (body === null || body.inFlight === 'pin' || body.inFlight.waits !== 'recompute') return [];
  return (linked.get(id)?.steps ?? []).flatMap(({ id: step, do: action }): Anew[] => {
    const length = action.kind === 'wait' ? action.duration : action.kind === 'wait_for' ? action.for : null;
    if (length === null) return [];
    const ms = (length.months * 28 + length.days) * dayMs + length.ms;
    return [{ journey: was, step, soon: new Date(soon.getTime() - ms), later: new Date(later.getTime() - ms) }];
  });
}
