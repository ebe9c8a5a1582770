/**
 * What a plan does to people, counted on the live store until a budget of time is spent: whole lanes, each read in a short read-only
 * transaction stamped with its time. Which numbers there are is in `impact-form.ts`; each part has a file beside this one.
 */
import type { Clock } from '../../clock/clock.ts';
import type { Bundle } from '../../compiler/ir.ts';
import { link, type Program } from '../../compiler/program.ts';
import type { OwnSession } from '../../store/session.ts';
import type { Store } from '../../store/store.ts';
import type { Impact, ImpactTotals, JourneyImpact, Shift, TemplateImpact } from '../impact-form.ts';
import type { Plan } from '../plan.ts';
import type { State } from '../state.ts';
import { consentImpact, consentTargets, consentTask } from './consents.ts';
import { type CountedEntry, enteringNow, entriesOf, entryTask } from './entries.ts';
import { type JourneyTarget, journeyTargets } from './journey-targets.ts';
import { loyaltyImpact, loyaltyTargets, loyaltyTask } from './loyalty.ts';
import { type Measured, measuredOf } from './measured.ts';
import { hourMs, messagesTask, readWays, type Ways, weekMs } from './messages-ahead.ts';
import { muteImpacts, muteTargets, muteTask } from './mutes.ts';
import { capsChange, pressureImpact, pressureTask } from './pressure.ts';
import { areLanesBehind, selectWaitingMessages } from './queries.ts';
import { inTime, type LaneTask, readTimeoutMs, sampleLanes, type Tally } from './sample-lanes.ts';
import { type SegmentTarget, segmentImpact, segmentTargets, segmentTask, withSamples } from './segments.ts';

/** How long measuring may take when nobody says it. */
export const impactBudgetMs = 60_000;

/** Lanes that are later than this don't know what time has changed: facts are read instead. */
const lateMs = 5 * 60_000;

export interface ImpactRequest {
  readonly store: Store;
  readonly clock: Clock;
  /** What the engine would run of it (`runnable`). */
  readonly bundle: Bundle;
  readonly state: State;
  readonly plan: Plan;
  /** Default `impactBudgetMs`. At least some lanes are read, whatever it says. */
  readonly budgetMs?: number;
  /** So many samples of who enters and who leaves each segment, as hashes; default none. */
  readonly samples?: number;
  /** Told how many of the lanes are read. */
  readonly onProgress?: (lanes: number, of: number) => void;
}

/** The plan with its impact. Errors: those of the store; what wasn't read in time is null. */
export async function withImpact(request: ImpactRequest): Promise<Plan> {
  if (request.plan.changes.length === 0) return request.plan;
  const session = await request.store.session({ statement_timeout: String(readTimeoutMs) });
  try {
    return { ...request.plan, impact: await measureImpact(request, session) };
  } finally {
    await session.close();
  }
}

async function measureImpact(request: ImpactRequest, session: OwnSession): Promise<Impact> {
  const { plan, state, bundle, clock, budgetMs = impactBudgetMs, samples = 0 } = request;
  const at = clock.now();
  const isKept = !(await areLanesBehind(session, plan.from.revision, new Date(at.getTime() - lateMs)));
  const measured = measuredOf({ plan, state, resources: bundle.resources, at, isKept });
  let program: Program | undefined;
  const linked = (): Program => {
    program ??= link(plan.from.revision + 1, bundle.resources);
    return program;
  };
  const segments = segmentTargets(measured);
  const targets = journeyTargets(measured);
  const journeys = targets.map((target) => ({ target, entries: entriesOf(measured, target, linked) }));
  const ways = await readWays(session, measured, targets);
  const caps = capsChange(measured);
  const consents = consentTargets(measured);
  const mutes = muteTargets(measured);
  const programmes = loyaltyTargets(measured, linked);

  const tasks = taskList();
  const ofSegments = segments.map((target) => tasks.add(segmentTask(measured, target)));
  const ofEntries = journeys.map(({ target, entries }) =>
    entries.map((entry) => (entry.people === null ? null : tasks.add(entryTask(measured, target, entry)))),
  );
  const ofMessages = targets.length === 0 ? null : tasks.add(messagesTask(measured, targets, ways));
  const ofCaps = caps === null ? null : tasks.add(pressureTask(measured, caps));
  const ofConsents = consents.map((target) => tasks.add(consentTask(measured, target)));
  const ofMutes = mutes === null ? null : tasks.add(muteTask(measured, mutes));
  const ofProgrammes = programmes.map((target) => tasks.add(loyaltyTask(measured, target)));
  const tallies = await sampleLanes(
    { session, clock, budgetMs, ...(request.onProgress && { onProgress: request.onProgress }) },
    tasks.all,
  );
  const tallyOf = (place: number | null) => (place === null ? null : (tallies[place] as Tally));

  const journeyImpacts = journeys.map((journey, i) =>
    journeyImpact({ ...journey, ways, state }, (ofEntries[i] ?? []).map(tallyOf), tallyOf(ofMessages)),
  );
  return {
    ...{ at: measured.at.toISOString(), budgetMs, totals: totalsOf(journeyImpacts) },
    segments: await sampled(session, measured, {
      impacts: segments.map((target, i) => segmentImpact(target, tallyOf(ofSegments[i] as number) as Tally)),
      ...{ targets: segments, count: samples },
    }),
    journeys: journeyImpacts,
    pressure: ofCaps === null ? null : pressureImpact(measured, tallyOf(ofCaps) as Tally),
    templates: await templateImpacts(session, measured),
    consents: consents.flatMap((target, i) => consentImpact(target, tallyOf(ofConsents[i] as number) as Tally)),
    ...(mutes !== null && { mutes: muteImpacts(mutes, tallyOf(ofMutes) as Tally) }),
    loyalty: programmes.map((target, i) => loyaltyImpact(target, tallyOf(ofProgrammes[i] as number) as Tally)),
  };
}

/** Tasks by their place in one list, so that all read the same lanes. */
function taskList() {
  const all: LaneTask[] = [];
  return { all, add: (task: LaneTask): number => all.push(task) - 1 };
}

interface Counting {
  readonly impacts: Impact['segments'];
  readonly targets: readonly SegmentTarget[];
  readonly count: number;
}

async function sampled(session: OwnSession, measured: Measured, { impacts, targets, count }: Counting) {
  const found: Impact['segments'][number][] = [];
  for (const [i, impact] of impacts.entries()) {
    found.push(await withSamples(session, measured, { target: targets[i] as SegmentTarget, impact, count }));
  }
  return found;
}

interface JourneyParts {
  readonly target: JourneyTarget;
  readonly entries: readonly CountedEntry[];
  readonly ways: Ways;
  readonly state: State;
}

function journeyImpact(
  { target, entries, ways, state }: JourneyParts,
  tallies: readonly (Tally | null)[],
  messages: Tally | null,
): JourneyImpact {
  const { id, was, change } = target;
  const active = state.standing.filter((row) => row.journey === was).reduce((sum, row) => sum + row.people, 0);
  const entering = enteringNow(entries, tallies);
  const impacts = entries.map((entry, i) => entry.impact(tallies[i]?.total('people') ?? null));
  const measures = [messages, ...tallies].flatMap((tally) => tally?.measure ?? []);
  const worst = measures.reduce<(typeof measures)[number] | null>(
    (one, other) => (one === null || other.lanes < one.lanes ? other : one),
    null,
  );
  const peopleAt = tallies.flatMap((tally, i) => (tally?.measure?.intervals ? [[`entries.${i}`, tally] as const] : []));
  const intervals =
    worst === null || worst.intervals === null
      ? null
      : Object.fromEntries(
          peopleAt.map(([name, tally]) => [name, tally.measure?.intervals?.people ?? ([0, 0] as const)]),
        );
  return {
    ...{ id, change, active, entries: impacts, entering },
    messages: shiftsOf(target, { messages, entering, ways }),
    measure: worst === null ? null : { ...worst, intervals },
  };
}

interface Sending {
  readonly messages: Tally | null;
  readonly entering: number | null;
  readonly ways: Ways;
}

/** Who stands there and who would enter, together; null where one of them wasn't counted. */
function shiftsOf(target: JourneyTarget, { messages, entering, ways }: Sending): JourneyImpact['messages'] {
  const count = (name: string) => messages?.total(`${target.id} ${name}`) ?? null;
  const found = ['hourBefore', 'hourAfter', 'weekBefore', 'weekAfter'].map(count);
  if (found.includes(null) || entering === null) return null;
  const [hourBefore, hourAfter, weekBefore, weekAfter] = found as [number, number, number, number];
  const ahead = ways.after(target);
  const coming = (within: number) => (entering === 0 ? 0 : entering * (ahead?.fromEntry(within) ?? 0));
  return {
    hour: { before: hourBefore, after: hourAfter + coming(hourMs) },
    week: { before: weekBefore, after: weekAfter + coming(weekMs) },
  };
}

function totalsOf(journeys: readonly JourneyImpact[]): ImpactTotals {
  const entering = journeys.map((one) => one.entering);
  const sum = (of: 'hour' | 'week'): Shift | null => {
    const shifts = journeys.map((one) => one.messages?.[of] ?? null);
    if (shifts.includes(null)) return null;
    const all = (side: keyof Shift) => shifts.reduce((total, shift) => total + (shift?.[side] ?? 0), 0);
    return { before: all('before'), after: all('after') };
  };
  return {
    entering: entering.includes(null) ? null : entering.reduce<number>((total, one) => total + Number(one), 0),
    messagesHour: sum('hour'),
    messagesWeek: sum('week'),
  };
}

/** Messages that are decided and will leave with the new text of a template that changes. */
async function templateImpacts(session: OwnSession, { plan, at }: Measured): Promise<readonly TemplateImpact[]> {
  const changes = plan.changes.filter(
    ({ kind, class: how, action }) => kind === 'template' && how !== 'metadata' && action !== 'add',
  );
  if (changes.length === 0) return [];
  const ids = changes.map(({ id }) => id);
  const rows = await inTime(session, (inner) => selectWaitingMessages(inner, ids));
  const byId = new Map(rows?.map((row) => [row.template, row]));
  return changes.map((change) => {
    const row = byId.get(change.id);
    const counts = { queued: row?.queued ?? null, deferred: row?.deferred ?? null };
    return { id: change.id, change: change.action, ...counts, at: at.toISOString() };
  });
}
