/**
 * What a plan does to people, counted by SQL on the live store: members of segments before → after, and who would enter journeys.
 * Each count is a short read-only transaction of its own with a time limit, since an old snapshot slows the live queues.
 */
import { strict as assert } from 'node:assert';
import { nextFire } from '../activation/schedules/schedules.ts';
import type { Clock } from '../clock/clock.ts';
import { asOfMembers } from '../compiler/as-of.ts';
import { canonicalJson } from '../compiler/canonical.ts';
import type { Bundle, BundleResource, Condition, JourneyBody, Trigger } from '../compiler/ir.ts';
import { triggerName } from '../compiler/linked-trigger.ts';
import { link } from '../compiler/program.ts';
import { peopleLate } from '../compiler/trigger-sql.ts';
import type { OwnSession, Session } from '../store/session.ts';
import type { Store } from '../store/store.ts';
import type { Impact, JourneyEntryImpact, JourneyImpact, SegmentImpact } from './impact-form.ts';
import type { Change, Plan } from './plan.ts';
import { countEntering, countLiveMembers, countMembersAfter } from './queries.ts';
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
  const targets = touchedSegments(request);
  const touched = new Set(targets.map((target) => target.id));
  const counter = { session, at, resources: request.bundle.resources, touched };
  const segments: SegmentImpact[] = [];
  for (const target of targets) segments.push(await segmentImpact(counter, target));
  const journeys: JourneyImpact[] = [];
  for (const target of touchedJourneys(request, touched))
    journeys.push(await journeyImpact(counter, target, request.state));
  const none = { pressure: null, templates: [], consents: [], loyalty: [] };
  const totals = { entering: null, messagesHour: null, messagesWeek: null };
  return { at: at.toISOString(), budgetMs: countTimeoutMs, totals, segments, journeys, ...none };
}

interface Counter {
  readonly session: OwnSession;
  readonly at: Date;
  /** The bundle's resources: what the counts are computed with. */
  readonly resources: readonly BundleResource[];
  /** Segments that change, directly or not. */
  readonly touched: ReadonlySet<string>;
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
  const { where, ...named } = target;
  const rest = { ...named, samples: { entered: [], left: [] }, measure: null };
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
  /** Null when it is removed. */
  readonly body: JourneyBody | null;
  readonly id: string;
  readonly change: JourneyImpact['change'];
  /** Its entry is new: all members of its segment count as brought in. Otherwise only those whom a changed segment brings in. */
  readonly isNewEntry: boolean;
}

/** Journeys that are added, changed or removed, and those that take in whom a touched segment brings. In order of id. */
function touchedJourneys(
  { bundle, plan, state }: ImpactRequest,
  segments: ReadonlySet<string>,
): readonly JourneyTarget[] {
  const changes = new Map(plan.changes.filter((one) => one.kind === 'journey').map((one) => [one.id, one]));
  const live = new Map(state.resources.filter(isJourney).map((one) => [one.id, one.body]));
  const kept = bundle.resources.filter(isJourney).map(({ id, body }): JourneyTarget | null => {
    const change = changes.get(id);
    const isDirect = change !== undefined && change.class !== 'metadata';
    if (!isDirect && !takesInFrom(body, segments)) return null;
    const isNewEntry = entryOf(live.get(id)) !== entryOf(body);
    return { id, body, change: isDirect ? change.action : 'indirect', isNewEntry };
  });
  const removed = plan.changes
    .filter((change) => change.kind === 'journey' && change.action === 'remove')
    .map(({ id }): JourneyTarget => ({ id, body: null, change: 'remove', isNewEntry: false }));
  return [...kept.filter((target) => target !== null), ...removed].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isJourney(resource: BundleResource): resource is Journey {
  return resource.kind === 'journey';
}

function takesInFrom(body: JourneyBody, segments: ReadonlySet<string>): boolean {
  const { triggers, currentMembers } = body.entry;
  if (body.status !== 'live' || currentMembers === 'skip') return false;
  return triggers.some((trigger) => trigger.kind === 'enters' && segments.has(trigger.segment));
}

/** What, when it changes, makes present members enter: the same as in the engine's adoption of a revision. */
function entryOf(body: JourneyBody | undefined): string | null {
  return body === undefined ? null : canonicalJson([body.status, body.entry.triggers, body.entry.currentMembers]);
}

async function journeyImpact(counter: Counter, target: JourneyTarget, state: State): Promise<JourneyImpact> {
  const { id, body, change } = target;
  const standing = state.standing.filter((row) => row.journey === id);
  const entries: JourneyEntryImpact[] = [];
  if (body !== null && body.status !== 'live') entries.push({ trigger: 'none', because: 'status', people: 0 });
  else for (const trigger of body?.entry.triggers ?? []) entries.push(await entryImpact(counter, target, trigger));
  const active = standing.reduce((sum, row) => sum + row.people, 0);
  return { id, change, active, entries, entering: null, messages: null, measure: null };
}

async function entryImpact(counter: Counter, target: JourneyTarget, trigger: Trigger): Promise<JourneyEntryImpact> {
  switch (trigger.kind) {
    case 'event':
      return { trigger: 'event', events: trigger.types, people: 0 };
    case 'schedule': {
      const people = await entering(counter, target, { kind: 'segment', segment: trigger.members }, null);
      const fire = nextFire(trigger, counter.at);
      return { trigger: 'schedule', segment: trigger.members, people, nextFire: fire?.toISOString() ?? null };
    }
    // Known only as it happens.
    case 'leaves':
      return { trigger: 'none', because: 'skip', people: 0 };
    case 'changes':
    case 'started':
      return { trigger: 'none', because: 'later', people: 0 };
    case 'date':
    case 'anniversary':
      if (!target.isNewEntry) return { trigger: 'none', because: 'later', people: 0 };
      return { trigger: 'date', people: await enteringLate(counter, target, trigger) };
    case 'becomes': {
      const isPerRow = target.body?.per?.kind === 'entity';
      if (isPerRow || !target.isNewEntry || target.body?.entry.currentMembers === 'skip') {
        return { trigger: 'none', because: 'skip', people: 0 };
      }
      return { trigger: 'condition', people: await entering(counter, target, trigger.if, null) };
    }
    case 'enters': {
      const { segment } = trigger;
      if (target.body?.entry.currentMembers === 'skip') return { trigger: 'none', because: 'skip', people: 0 };
      if (!target.isNewEntry && !counter.touched.has(segment)) {
        return { trigger: 'none', because: 'unchanged', people: 0 };
      }
      const members: Condition = { kind: 'segment', segment };
      const people = await entering(counter, target, members, target.isNewEntry ? null : segment);
      return { trigger: 'segment', segment, people };
    }
  }
}

/** Whose date has passed by less than `late`. At most: the entry's `if` may read the row that a date is of, and isn't asked. */
function enteringLate(counter: Counter, target: JourneyTarget, trigger: Trigger) {
  const body = assertDefined(target.body);
  const program = link(0, counter.resources);
  const linked = program.triggers.find(({ name }) => name === triggerName(target.id, body, trigger));
  assert(linked !== undefined, 'a live journey has its triggers');
  return countNewcomers(counter, target, peopleLate(program, linked, counter.at), null);
}

/** Who fulfils the condition and may enter the journey; `notMembersOf` leaves out those who are members of that segment already. */
function entering(counter: Counter, target: JourneyTarget, members: Condition, notMembersOf: string | null) {
  const where = withEntryIf(members, assertDefined(target.body).entry.if);
  return countNewcomers(counter, target, asOfMembers(counter.resources, where, counter.at), notMembersOf);
}

/** Those of the people whom neither an enrollment nor the re-entry rule keeps out. */
function countNewcomers(
  counter: Counter,
  target: JourneyTarget,
  people: Parameters<typeof countEntering>[1],
  notMembersOf: string | null,
) {
  const { reentry } = assertDefined(target.body).entry;
  return count(counter, (session) =>
    countEntering(session, people, {
      journey: target.id,
      isOnce: reentry.kind === 'never',
      after: reentry.kind === 'after' ? reentry.duration : null,
      at: counter.at,
      notMembersOf,
    }),
  );
}

function assertDefined(body: JourneyBody | null): JourneyBody {
  assert(body !== null, 'only a journey that stays lets people in');
  return body;
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
    case 'aggregate':
    case 'first':
    case 'last':
      return condition.events.window.kind === 'since' || condition.events.match !== undefined;
    case 'messages':
      return condition.of.kind === 'last';
    default:
      return condition.kind === 'field' || condition.kind === 'entity_field' || condition.kind === 'message';
  }
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
