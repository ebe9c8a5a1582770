/** Entries: who begins a journey because of an event, an edge of a segment, a schedule or the adoption of a revision. */
import type { Reentry, Trigger } from '../../compiler/ir.ts';
import type { LinkedJourney } from '../../compiler/program.ts';
import type { Batch } from '../batch.ts';
import type { TriggeringEvent } from '../facts/record.ts';
import { touches } from '../people.ts';
import type { Transition } from '../segments/memberships.ts';
import { type Enrollment, placeOf } from './enrollment.ts';
import { groupBy, readConditions } from './evaluate.ts';
import { addExactly } from './moments.ts';
import { type LatestRow, latestEnrollments } from './queries.ts';
import { armGoals, type Onward, watchEnds } from './watch.ts';

/** Somebody who may begin a journey, and the fact that opens it. */
export interface Applicant {
  readonly lane: number;
  readonly profileId: number;
  readonly journey: LinkedJourney;
  /** When the fact happened: the anchor `entry`. */
  readonly at: Date;
  readonly entry: Readonly<Record<string, unknown>>;
}

/** Applicants by events and by edges of segments. Costs what happened, not the number of journeys times it. */
export async function applicantsOf(
  batch: Batch,
  events: readonly TriggeringEvent[],
  transitions: readonly Transition[],
): Promise<readonly Applicant[]> {
  const byType = groupBy(events, (event) => event.type);
  const edges = groupBy(
    transitions.filter(({ person }) => person.live),
    ({ kind, segment }) => `${kind} ${segment}`,
  );
  const applicants: Applicant[] = [];
  for (const journey of batch.program.journeys.values()) {
    if (journey.body.status !== 'live') continue;
    for (const [i, trigger] of journey.body.entry.triggers.entries()) {
      if (trigger.kind === 'event') applicants.push(...(await byEvent(batch, journey, trigger, i, byType)));
      if (trigger.kind === 'enters' || trigger.kind === 'leaves') {
        const found = edges.get(`${trigger.kind} ${trigger.segment}`) ?? [];
        applicants.push(
          ...found.map(({ person: { lane, profileId } }) => ({ lane, profileId, journey, at: batch.t, entry: {} })),
        );
      }
    }
  }
  return applicants;
}

async function byEvent(
  batch: Batch,
  journey: LinkedJourney,
  trigger: Extract<Trigger, { readonly kind: 'event' }>,
  position: number,
  byType: ReadonlyMap<string, readonly TriggeringEvent[]>,
): Promise<readonly Applicant[]> {
  const typed = trigger.types.flatMap((type) => byType.get(type) ?? []);
  const matching = await whoseEventMatches(batch, `${journey.version} ${position}`, trigger, typed);
  return matching.map(({ lane, profileId, at, properties }) => ({
    lane,
    profileId,
    journey,
    at: new Date(at),
    entry: properties,
  }));
}

async function whoseEventMatches(
  batch: Batch,
  key: string,
  trigger: Extract<Trigger, { readonly kind: 'event' }>,
  events: readonly TriggeringEvent[],
): Promise<readonly TriggeringEvent[]> {
  if (trigger.where.length === 0 || events.length === 0) return events;
  const { text, rest } = batch.statements.eventsThatMatch(key, trigger.where);
  const properties = events.map((event) => JSON.stringify(event.properties));
  const rows = await batch.session.query<{ i: number }>(text, [batch.t, properties, ...rest]);
  return rows.map((row) => events[row.i - 1] as TriggeringEvent);
}

/**
 * Enrolls the applicants who may enter: not enrolled, re-entry allowed, `if` true. Returns those who arrive at the first step.
 * `open` holds what is enrolled or left in this transaction, by place; the new ones are added to it.
 */
export async function enroll(
  batch: Batch,
  applicants: readonly Applicant[],
  open: Map<string, Enrollment>,
): Promise<readonly Onward[]> {
  const admitted = await admit(batch, applicants, open);
  const onward: Onward[] = [];
  for (const group of groupBy(admitted, (one) => one.journey.version).values()) {
    const entering = firstOfPlaces(await whoMeetsIf(batch, group));
    for (const one of entering) take(open, one);
    await firstLook(batch, entering);
    onward.push(...entering.filter((one) => one.state === 'active').map((enrollment) => ({ enrollment, to: 0 })));
  }
  return onward;
}

/** Puts an enrollment in its place; one that left in this transaction is kept beside it, since it is still to be written. */
function take(open: Map<string, Enrollment>, one: Enrollment): void {
  const place = placeOf(one);
  const left = open.get(place);
  if (left !== undefined) open.set(`${place} ${left.n}`, left);
  open.set(place, one);
}

/** Of several facts that would open the same place, the first one that `if` lets through does. */
function firstOfPlaces(enrollments: readonly Enrollment[]): readonly Enrollment[] {
  const seen = new Set<string>();
  return enrollments.filter((one) => {
    const place = placeOf(one);
    return !seen.has(place) && seen.add(place);
  });
}

/** Applicants, in order, whom neither an open enrollment nor the re-entry rule keeps out; possibly several a place. */
async function admit(
  batch: Batch,
  applicants: readonly Applicant[],
  open: ReadonlyMap<string, Enrollment>,
): Promise<readonly Enrollment[]> {
  const byPlace = groupBy(applicants, (one) => placeOf({ ...one, key: '' }));
  const places = [...byPlace.entries()].filter(([place]) => open.get(place)?.state !== 'active');
  if (places.length === 0) return [];
  const first = places.map(([, group]) => group[0] as Applicant);
  const rows = await latestEnrollments(batch.session, {
    lanes: first.map((one) => one.lane),
    profiles: first.map((one) => one.profileId),
    journeys: first.map((one) => one.journey.id),
  });
  const stored = new Map(rows.map((row) => [row.i - 1, row]));
  return places.flatMap(([place, group], i): readonly Enrollment[] => {
    const last = newest(open.get(place), stored.get(i));
    if (last?.state === 'active') return [];
    const { reentry } = (group[0] as Applicant).journey.body.entry;
    if (last !== undefined && !mayReenter(reentry, last.exited_at, batch.t)) return [];
    return group.map((one) => begin(batch, one, (last?.n ?? 0) + 1));
  });
}

/** The newest enrollment of a place: in memory one may have left that isn't written yet, or an older one whose goal is still open. */
function newest(here: Enrollment | undefined, stored: LatestRow | undefined): Omit<LatestRow, 'i'> | undefined {
  if (here === undefined || here.n < (stored?.n ?? 0)) return stored;
  return { n: here.n, state: here.state, exited_at: here.exitedAt };
}

function mayReenter(reentry: Reentry, exitedAt: Date | null, t: Date): boolean {
  switch (reentry.kind) {
    case 'never':
      return false;
    case 'always':
      return true;
    case 'after':
      return exitedAt !== null && addExactly(exitedAt, reentry.duration) <= t;
  }
}

function begin(batch: Batch, applicant: Applicant, n: number): Enrollment {
  const { lane, profileId, journey, at, entry } = applicant;
  const { goal } = journey.body;
  return {
    lane,
    profileId,
    journey,
    key: '',
    n,
    isNew: true,
    enteredAt: at,
    goalUntil: goal === null ? null : addExactly(at, goal.within),
    entry,
    heldAt: null,
    state: 'active',
    step: null,
    posture: null,
    stepSince: batch.t,
    dueAt: null,
    watchAt: null,
    goalAt: null,
    exitedAt: null,
    exitAs: null,
    marks: {},
    stepsDone: 0,
    isChanged: true,
    log: [],
  };
}

async function whoMeetsIf(batch: Batch, enrollments: readonly Enrollment[]): Promise<readonly Enrollment[]> {
  const journey = (enrollments[0] as Enrollment).journey;
  const condition = journey.body.entry.if;
  if (condition === null) return enrollments;
  const readings = await readConditions(batch, `${journey.version} entry`, [condition], enrollments);
  return enrollments.filter((_, i) => readings[i]?.holds[0] === true);
}

/**
 * Exits that read states may hold at once; a goal that holds already must turn true later; timed ones need their wake-up. And
 * what happened after the fact that opens the enrollment, but was recorded before or with it, counts (LANGUAGE b9).
 */
async function firstLook(batch: Batch, enrollments: readonly Enrollment[]): Promise<void> {
  const watches = enrollments[0]?.journey.watches;
  if (watches === undefined) return;
  const looked =
    watches.onEntry || watches.timed ? enrollments : enrollments.filter((one) => mayBeOvertaken(batch, one));
  if (looked.length === 0) return;
  await armGoals(batch, looked);
  await watchEnds(batch, looked);
}

/** Whether something that the enrollment watches may have happened since the fact that opened it. */
function mayBeOvertaken(batch: Batch, one: Enrollment): boolean {
  const { watches } = one.journey;
  if (watches.events.size === 0 || one.enteredAt >= batch.t) return false;
  const before = batch.lastTimes.get(one.lane);
  const person = batch.people.all.get(one.profileId);
  return (before !== undefined && before > one.enteredAt) || (person !== undefined && touches(person, watches));
}
