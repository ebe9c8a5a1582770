/** Entries: who of those that apply begins a journey. Who applies, and for which place, is in `entries/`. */
import type { Reentry } from '../../compiler/ir.ts';
import type { Batch } from '../batch.ts';
import { closedByDraining } from '../in-flight/drain.ts';
import { touches } from '../people.ts';
import { type Enrollment, formerPlaceOf, type Onward, placeOf } from './enrollment.ts';
import type { Applicant, Placed } from './entries/applicant.ts';
import { groupOf, holdOut } from './entries/holdouts.ts';
import { placed } from './entries/keys.ts';
import { notRefused, returnPlaces, withPlaces } from './entries/places/ask.ts';
import { countIgnored } from './entries/queries.ts';
import { refuse } from './entries/refusals.ts';
import { groupBy, readConditions } from './evaluate.ts';
import { addExactly } from './moments.ts';
import { type LatestRow, latestEnrollments } from './queries.ts';
import { armGoals, watchEnds } from './watch.ts';

/** An applicant whom nothing but conditions may keep out, as he would be enrolled. */
interface Candidate {
  readonly applicant: Placed;
  readonly enrollment: Enrollment;
  /** As `placeOf` names it. */
  readonly place: string;
}

/**
 * Enrolls the applicants who may enter: between the dates, not enrolled, re-entry allowed, `if` true. Returns those who arrive at the
 * first step. `open` holds what is enrolled or left in this transaction, by place; the new ones are added to it.
 */
export async function enroll(
  batch: Batch,
  applicants: readonly Applicant[],
  open: Map<string, Enrollment>,
): Promise<readonly Onward[]> {
  const draining = await closedByDraining(
    batch,
    applicants.map(({ journey }) => journey),
  );
  const [waiting, others] = parted(applicants, ({ journey }) => draining.has(journey.id));
  if (waiting.length > 0) refuse(batch, waiting, 'closed');
  const invited = notRefused(batch, betweenDates(batch, others));
  const admitted = await admit(batch, await placed(batch, invited), open);
  const groups = [...groupBy(admitted, ({ enrollment }) => enrollment.journey).values()];
  const candidates = await Promise.all(
    groups.map(async (group) => withPlaces(batch, firstOfPlaces(await whoMeetsIf(batch, group)))),
  );
  returnPlaces(
    batch,
    applicants,
    candidates.flat().map(({ applicant }) => applicant),
  );
  for (const one of candidates.flat()) take(open, one);
  const entering = candidates.map((group) => group.map(({ enrollment }) => enrollment));
  await Promise.all(entering.map((group) => firstLook(batch, group)));
  const [heldOut, treated] = parted(entering.flat(), ({ holdout }) => holdout !== null);
  for (const one of heldOut) holdOut(one, batch.t);
  return treated.filter((one) => one.state === 'active').map((enrollment) => ({ enrollment, to: 0 }));
}

function parted<T>(all: readonly T[], isFirst: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

/** Nobody enters before `from`, or from `until` on. */
function betweenDates(batch: Batch, applicants: readonly Applicant[]): readonly Applicant[] {
  const t = batch.t.getTime();
  const isOpen = ({ journey }: Applicant) => {
    const { from, until } = journey.body.entry;
    return (from === undefined || t >= from) && (until === undefined || t < until);
  };
  const inTime = applicants.filter(isOpen);
  if (inTime.length < applicants.length)
    refuse(
      batch,
      applicants.filter((one) => !isOpen(one)),
      'closed',
    );
  return inTime;
}

/** Puts an enrollment in its place; one that left in this transaction is kept beside it, since it is still to be written. */
function take(open: Map<string, Enrollment>, { place, enrollment }: Candidate): void {
  const left = open.get(place);
  if (left !== undefined) open.set(formerPlaceOf(left), left);
  open.set(place, enrollment);
}

/** Of several facts that would open the same place, the first one that `if` lets through does; it counts the others. */
function firstOfPlaces(candidates: readonly Candidate[]): readonly Candidate[] {
  const first = new Map<string, Candidate>();
  for (const one of candidates) {
    const known = first.get(one.place);
    if (known === undefined) first.set(one.place, one);
    else known.enrollment.ignored += 1;
  }
  return [...first.values()];
}

/** Applicants, in order, whom neither an open enrollment nor the re-entry rule keeps out; possibly several a place. */
async function admit(
  batch: Batch,
  applicants: readonly Placed[],
  open: ReadonlyMap<string, Enrollment>,
): Promise<readonly Candidate[]> {
  const byPlace = [...groupBy(applicants, placeOf).entries()].map(([place, group]) => ({
    place,
    group,
    first: group[0] as Placed,
    here: open.get(place),
  }));
  const { stored, restricted } = await standingOf(
    batch,
    byPlace.filter(({ here }) => here?.state !== 'active'),
  );
  const ignored: Ignored[] = [];
  const candidates = byPlace.flatMap(({ place, group, first, here }): readonly Candidate[] => {
    // Nothing may be done with what is known of them.
    if (restricted.has(first.profileId)) return [];
    const last = newest(here, stored.get(place));
    if (last?.state === 'active') {
      if (here?.isNew === true) here.ignored += group.length;
      else ignored.push({ first, n: last.n, times: group.length });
      return [];
    }
    if (last !== undefined && !mayReenter(first.journey.body.entry.reentry, last.exited_at, batch.t)) return [];
    return group.map((applicant) => ({ applicant, place, enrollment: begin(batch, applicant, (last?.n ?? 0) + 1) }));
  });
  if (ignored.length > 0) batch.writes.later(countIgnored(batch.session, ignored.map(ignoredRow)));
  return candidates;
}

/** A trigger that came while the person was enrolled is ignored, and counted (LANGUAGE b17). */
interface Ignored {
  readonly first: Placed;
  readonly n: number;
  readonly times: number;
}

function ignoredRow({ first: { lane, profileId, journey, key }, n, times }: Ignored) {
  return { lane, profileId, journey: journey.id, key, n, times };
}

/** The newest stored enrollment of each place, by place; and the people with whom nothing may be done. */
async function standingOf(
  batch: Batch,
  wanted: readonly { readonly first: Placed; readonly place: string }[],
): Promise<{ readonly stored: ReadonlyMap<string, LatestRow>; readonly restricted: ReadonlySet<number> }> {
  const stored = new Map<string, LatestRow>();
  const restricted = new Set<number>();
  if (wanted.length === 0) return { stored, restricted };
  const rows = await latestEnrollments(batch.session, {
    lanes: wanted.map(({ first }) => first.lane),
    profiles: wanted.map(({ first }) => first.profileId),
    journeys: wanted.map(({ first }) => first.journey.id),
    keys: wanted.map(({ first }) => first.key),
  });
  for (const row of rows) {
    const { first, place } = wanted[row.i - 1] as (typeof wanted)[number];
    if (row.is_restricted) restricted.add(first.profileId);
    if (row.n !== null) stored.set(place, row);
  }
  return { stored, restricted };
}

/** The newest enrollment of a place: in memory one may have left that isn't written yet, or an older one whose goal is still open. */
function newest(
  here: Enrollment | undefined,
  stored: LatestRow | undefined,
): Pick<LatestRow, 'n' | 'state' | 'exited_at'> | undefined {
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

function begin(batch: Batch, applicant: Placed, n: number): Enrollment {
  const { lane, profileId, journey, at, entry, key } = applicant;
  const { goal } = journey.body;
  return {
    lane,
    profileId,
    journey,
    key,
    n,
    isNew: true,
    enteredAt: at,
    goalUntil: goal === null ? null : addExactly(at, goal.within),
    entry,
    openedBy: applicant.because,
    holdout: groupOf(batch.program, journey, profileId, batch.t),
    hop: applicant.hop ?? batch.people.all.get(profileId)?.hop ?? 0,
    heldAt: null,
    hadGoal: false,
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
    ignored: 0,
    isChanged: true,
    log: [],
  };
}

async function whoMeetsIf(batch: Batch, candidates: readonly Candidate[]): Promise<readonly Candidate[]> {
  const enrollments = candidates.map(({ enrollment }) => enrollment);
  const journey = (enrollments[0] as Enrollment).journey;
  const condition = journey.body.entry.if;
  if (condition === null) return candidates;
  const readings = await readConditions(batch, `${journey.version} entry`, [condition], enrollments);
  const isIn = (i: number) => readings[i]?.holds[0] === true;
  refuse(
    batch,
    candidates
      .filter(({ applicant: { isOneOfAll } }, i) => !isIn(i) && isOneOfAll !== true)
      .map(({ enrollment }) => enrollment),
    'if',
  );
  return candidates.filter((_, i) => isIn(i));
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
