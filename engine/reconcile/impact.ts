/**
 * What a plan does to people, counted by SQL on the live store: members of segments before → after, and who would enter journeys.
 * Each count is a short read-only transaction of its own with a time limit, since an old snapshot slows the live queues.
 */
import { Cron } from 'croner';
import type { Clock } from '../clock/clock.ts';
import { asOfMembers } from '../compiler/as-of.ts';
import type { Bundle, BundleResource, Condition, Duration, JourneyBody, Reentry, Trigger } from '../compiler/ir.ts';
import type { OwnSession, Session } from '../store/session.ts';
import type { Store } from '../store/store.ts';
import type { Change, Impact, JourneyEntryImpact, JourneyImpact, Plan, SegmentImpact } from './plan.ts';
import { countFreeToEnter, countLiveMembers, countMembersAfter, countNeverEnrolled } from './queries.ts';
import type { State } from './state.ts';

/** How long one count may take before it is given up and shown as unknown. */
const countTimeoutMs = 30_000;

/** Limit on the chain of references followed from a change. */
const reachMax = 10_000;

type Segment = Extract<BundleResource, { kind: 'segment' }>;
type Journey = Extract<BundleResource, { kind: 'journey' }>;

export interface ImpactRequest {
  readonly store: Store;
  readonly clock: Clock;
  readonly bundle: Bundle;
  readonly state: State;
  readonly plan: Plan;
}

/** The plan with its impact at the clock's time. Errors: those of the store, a timed out count apart (it is null). */
export async function withImpact(request: ImpactRequest): Promise<Plan> {
  if (request.plan.changes.length === 0) return request.plan;
  const session = await request.store.session({ statement_timeout: String(countTimeoutMs) });
  try {
    return { ...request.plan, impact: await measureImpact(request, session) };
  } finally {
    await session.close();
  }
}

async function measureImpact(request: ImpactRequest, session: OwnSession): Promise<Impact> {
  const at = request.clock.now();
  const counter = { session, at, resources: request.bundle.resources };
  const segments: SegmentImpact[] = [];
  for (const target of touchedSegments(request)) segments.push(await segmentImpact(counter, target));
  const journeys: JourneyImpact[] = [];
  for (const target of touchedJourneys(request)) journeys.push(await journeyImpact(counter, target, request.state));
  return { at: at.toISOString(), segments, journeys };
}

interface Counter {
  readonly session: OwnSession;
  readonly at: Date;
  /** The bundle's resources: what the counts are computed with. */
  readonly resources: readonly BundleResource[];
}

interface SegmentTarget {
  readonly id: string;
  readonly change: SegmentImpact['change'];
  /** Null when it is removed. */
  readonly where: Condition | null;
  readonly readBy: readonly string[];
}

/** Segments that are added, changed or removed, and those that read something that changes. In order of id. */
function touchedSegments({ bundle, plan }: ImpactRequest): readonly SegmentTarget[] {
  const changes = new Map(plan.changes.map((change) => [`${change.kind}/${change.id}`, change]));
  const reached = reachedBy(bundle, plan.changes);
  const readBy = (name: string) =>
    bundle.resources.filter((one) => one.needs.includes(name)).map((one) => `${one.kind}/${one.id}`);
  const kept = bundle.resources
    .filter((one): one is Segment => one.kind === 'segment')
    .map((segment): SegmentTarget | null => {
      const name = `segment/${segment.id}`;
      const change = changes.get(name);
      const direct = change !== undefined && change.class !== 'metadata';
      if (!direct && !reached.has(name)) return null;
      const how = direct ? change.action : 'indirect';
      return { id: segment.id, change: how, where: segment.body.where, readBy: readBy(name) };
    })
    .filter((target) => target !== null);
  const removed = plan.changes
    .filter((change) => change.kind === 'segment' && change.action === 'remove')
    .map(({ id }): SegmentTarget => ({ id, change: 'remove', where: null, readBy: [] }));
  return [...kept, ...removed].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** `kind/id` of all that reads, near or far, something that decides membership and that changes. */
function reachedBy(bundle: Bundle, changes: readonly Change[]): ReadonlySet<string> {
  const deciding = changes.filter((change) => change.class === 'audience' || isZoneChange(change));
  const names = deciding.map((change) => `${change.kind}/${change.id}`);
  const reached = new Set<string>();
  // Dates are read in the workspace's zone, and no resource says so in its needs.
  if (deciding.some(isZoneChange)) for (const one of bundle.resources) reached.add(`${one.kind}/${one.id}`);
  for (let i = 0; i < names.length && i < reachMax; i++) {
    const name = names[i] as string;
    for (const reader of bundle.resources) {
      const readerName = `${reader.kind}/${reader.id}`;
      if (!reader.needs.includes(name) || reached.has(readerName)) continue;
      reached.add(readerName);
      names.push(readerName);
    }
  }
  return reached;
}

function isZoneChange(change: Change): boolean {
  return change.kind === 'workspace' && change.fields.some((field) => field.path === 'zone');
}

async function segmentImpact(counter: Counter, target: SegmentTarget): Promise<SegmentImpact> {
  const { where, ...rest } = target;
  const before = await counter.session.transaction((session) => countLiveMembers(session, target.id), {
    readOnly: true,
  });
  if (where === null) return { ...rest, before, after: 0, entered: 0, left: before };
  const counted = await count(counter, (session) =>
    countMembersAfter(session, asOfMembers(counter.resources, where, counter.at), target.id),
  );
  if (counted === null) return { ...rest, before, after: null, entered: null, left: null };
  const { after, kept } = counted;
  return { ...rest, before, after, entered: after - kept, left: before - kept };
}

interface JourneyTarget {
  readonly journey: Journey;
  readonly change: 'add' | 'change';
}

function touchedJourneys({ bundle, plan }: ImpactRequest): readonly JourneyTarget[] {
  const changes = new Map(plan.changes.filter((one) => one.kind === 'journey').map((one) => [one.id, one]));
  return bundle.resources
    .filter((one): one is Journey => one.kind === 'journey')
    .map((journey): JourneyTarget | null => {
      const change = changes.get(journey.id);
      if (change === undefined || change.class === 'metadata') return null;
      return { journey, change: change.action === 'add' ? 'add' : 'change' };
    })
    .filter((target) => target !== null);
}

async function journeyImpact(counter: Counter, target: JourneyTarget, state: State): Promise<JourneyImpact> {
  const { id, body } = target.journey;
  const standing = state.standing.filter((row) => row.journey === id);
  const entries: JourneyEntryImpact[] = [];
  if (body.status !== 'live') entries.push({ trigger: 'none', because: 'status', people: 0 });
  else for (const trigger of body.entry.triggers) entries.push(await entryImpact(counter, id, body, trigger));
  return { id, change: target.change, active: standing.reduce((sum, row) => sum + row.people, 0), entries };
}

async function entryImpact(
  counter: Counter,
  journey: string,
  body: JourneyBody,
  trigger: Trigger,
): Promise<JourneyEntryImpact> {
  if (trigger.kind === 'event') return { trigger: 'event', events: trigger.types, people: 0 };
  if (trigger.kind === 'schedule') {
    const fire = new Cron(trigger.cron, { timezone: trigger.zone }).nextRun(counter.at);
    const where = withEntryIf({ kind: 'segment', segment: trigger.members }, body.entry.if);
    const leftBefore = latestExit(body.entry.reentry, fire ?? counter.at);
    const people = await count(counter, (session) => {
      const query = asOfMembers(counter.resources, where, counter.at);
      return body.entry.reentry.kind === 'never'
        ? countNeverEnrolled(session, query, journey)
        : countFreeToEnter(session, query, journey, leftBefore);
    });
    return { trigger: 'schedule', segment: trigger.members, people, nextFire: fire?.toISOString() ?? null };
  }
  // Who leaves a segment is known only as it happens; who stands in it enters only where the journey says so.
  if (trigger.kind === 'leaves' || body.entry.currentMembers === 'skip') {
    return { trigger: 'none', because: 'skip', people: 0 };
  }
  const where = withEntryIf({ kind: 'segment', segment: trigger.segment }, body.entry.if);
  // Someone who was enrolled before re-enters only by a new edge, which a present member doesn't make.
  const people = await count(counter, (session) =>
    countNeverEnrolled(session, asOfMembers(counter.resources, where, counter.at), journey),
  );
  return { trigger: 'segment', segment: trigger.segment, people };
}

/** The members for whom the entry's `if` holds too. Parts that read the opening fact, which there is none of, are left out. */
function withEntryIf(members: Condition, entryIf: Condition | null): Condition {
  if (entryIf === null) return members;
  const parts = entryIf.kind === 'all' ? entryIf.of : [entryIf];
  return { kind: 'all', of: [members, ...parts.filter((part) => !readsEnrollment(part))] };
}

function readsEnrollment(condition: Condition): boolean {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.of.some(readsEnrollment);
    case 'not':
      return readsEnrollment(condition.of);
    case 'count':
    case 'sum':
      return condition.events.window.kind === 'since';
    default:
      return condition.kind === 'field' || condition.kind === 'message';
  }
}

/** The instant after which nobody may have left who enters again; null: no such limit. */
function latestExit(reentry: Reentry, at: Date): Date | null {
  if (reentry.kind !== 'after') return null;
  return lessDuration(at, reentry.duration);
}

function lessDuration(at: Date, { months, days, ms }: Duration): Date {
  const moved = new Date(at.getTime() - ms);
  moved.setUTCMonth(moved.getUTCMonth() - months);
  moved.setUTCDate(moved.getUTCDate() - days);
  return moved;
}

/** Runs one count in a transaction of its own; null when it took longer than its limit. */
async function count<T>(counter: Counter, work: (session: Session) => Promise<T>): Promise<T | null> {
  try {
    return await counter.session.transaction(work, { readOnly: true });
  } catch (error) {
    // 57014: the statement was cancelled by its time limit.
    if ((error as { code?: unknown }).code === '57014') return null;
    throw error;
  }
}
