/**
 * One lane transaction: claim lanes, take what is due in them, record, evaluate, move people, decide messages, say when they are due
 * again, commit. Everything is set-based; the number of statements depends on what the batch touches, not on its size.
 */

import type { Batch } from '../batch.ts';
import { settleCountries, settleNext } from '../facts/countries.ts';
import { journeyEvents, tellOwnEvents } from '../facts/own-events.ts';
import { recordFacts } from '../facts/record.ts';
import { tellOfFacts } from '../facts/told-of-facts.ts';
import { noteLeft } from '../in-flight/drain.ts';
import { advance } from '../journeys/advance.ts';
import { answered, answersOf } from '../journeys/calling-out.ts';
import { noteClosed } from '../journeys/calls.ts';
import { applicantsByCommand } from '../journeys/commands.ts';
import { conversionsOf } from '../journeys/conversions/conversions.ts';
import { enroll } from '../journeys/enroll.ts';
import { type Enrollment, formerPlaceOf, placeOf } from '../journeys/enrollment.ts';
import { applicantsOf } from '../journeys/entries/applicants.ts';
import { applicantsByTime } from '../journeys/entries/by-time.ts';
import { applicantsByChange, changesIn, traitsBefore } from '../journeys/entries/changes.ts';
import { endHoldouts } from '../journeys/entries/holdouts.ts';
import { leaveLostRows } from '../journeys/entries/keys.ts';
import { movesTimes, recountTimes } from '../journeys/live-times.ts';
import { addExactly } from '../journeys/moments.ts';
import { dueEnrollments, type EnrollmentRow, openEnrollments } from '../journeys/queries.ts';
import { loadEnrollments, saveEnrollments } from '../journeys/stored.ts';
import { isTouched, watch } from '../journeys/watch.ts';
import { keepPoints } from '../loyalty/earn.ts';
import { applyOutcomes } from '../messages/outcomes.ts';
import { lookAgainAfterPauses } from '../messages/resumed.ts';
import { arraysOf, type Person } from '../people.ts';
import { revive } from '../retry/retry-dead.ts';
import { keepCurrent } from '../segments/keep-current.ts';
import { type DueRow, dueChanges } from '../segments/queries.ts';
import { noteHistory } from './history.ts';
import { noteMerged } from './merged.ts';
import type { InboxRow } from './queries.ts';

/** What a batch found due in its lanes. */
export interface Due {
  readonly inbox: readonly InboxRow[];
  readonly memberships: readonly DueRow[];
  readonly traits: readonly DueRow[];
  /** Triggers whose time has come for somebody. */
  readonly entries: readonly DueRow[];
  /** Enrollments in memory whose timer or watched time has come. */
  readonly enrollments: readonly Enrollment[];
}

/** Reads the timers of the lanes: memberships, computed traits and enrollments that time alone moves, at most so many a lane each. */
export async function readTimers(batch: Batch, perLane: number): Promise<Omit<Due, 'inbox'>> {
  const { session, lanes, t } = batch;
  const [changes, rows] = await Promise.all([
    dueChanges(session, lanes, t, perLane),
    dueEnrollments(session, lanes, t, perLane),
  ]);
  return {
    memberships: changes.filter(({ kind }) => kind === 'membership'),
    traits: changes.filter(({ kind }) => kind === 'trait'),
    entries: changes.filter(({ kind }) => kind === 'entry'),
    enrollments: await loadEnrollments(session, batch.versions, rows),
  };
}

/** Handles what is due. The order is LANGUAGE b6: traits, segments, goals, exits, waits met, due steps, entries. */
export async function handleDue(batch: Batch, due: Due): Promise<void> {
  const { workspace } = batch.program;
  const maxAgeMs = addExactly(batch.t, workspace.triggerMaxAge).getTime() - batch.t.getTime();
  const stood = traitsBefore(batch, due.inbox);
  batch.writes.later(stood);
  // First, since it reads how things stood before the facts; what it tells comes with the next transaction.
  const told = tellOfFacts(batch, due.inbox);
  batch.writes.later(told);
  const events = recordFacts(batch, due.inbox, maxAgeMs);
  noteMerged(batch.people, due.inbox, batch.program.entities.keys());
  await noteHistory(batch, due.inbox);
  noteClosed(batch, events);
  const answers = await answersOf(batch, due.inbox);
  await settleCountries(batch, due.inbox);
  const redecide = await applyOutcomes(batch, due.inbox);
  for (const row of due.inbox) if (row.kind === 'given_up') noteGivenUp(batch, row);
  for (const row of [...due.memberships, ...due.traits, ...due.entries])
    batch.people.of(row.lane, row.profile_id).live = true;
  // Read meanwhile: what is kept current moves nobody's enrollments.
  const early = readOpen(
    batch,
    [...batch.people.all.values()].filter(({ live }) => live),
    maxAgeMs,
  );
  batch.writes.later(early.rows);
  const transitions = await keepCurrent(batch, due);
  batch.writes.later(settleNext(batch, transitions));
  const changes = async () => changesIn(batch, due.inbox, await stood);
  await keepPoints(batch, due.inbox, events, { transitions, changes });

  const open = await openOf(batch, due.enrollments, { early, maxAgeMs });
  await recountTimes(batch, [...open.values()]);
  const watched = [...open.values()].filter((one) => isWatched(batch, one));
  const waited = await watch(batch, watched);
  await leaveLostRows(batch, open.values());
  const met = [...waited, ...answered(batch, answers, open)].filter(({ enrollment }) => enrollment.state === 'active');
  const isDue = (one: Enrollment) => one.state === 'active' && one.dueAt !== null && one.dueAt <= batch.t;
  const metAlready = new Set(met.map(({ enrollment }) => enrollment));
  // History moves nobody: a live run sees whom it made due.
  const over = batch.isImport ? [] : [...open.values()].filter((one) => isDue(one) && !metAlready.has(one));
  const timed = endHoldouts(over, batch.t);
  const applicants = [
    ...(await applicantsOf(batch, events, transitions)),
    ...(await applicantsByChange(batch, due.inbox, await stood)),
    ...(await applicantsByTime(batch, due.entries, events)),
    ...(await applicantsByCommand(batch, due.inbox)),
  ];
  const admitted = applicants.filter(({ journey }) => !batch.pauses.closesEntry(journey.id, batch.t));
  const entered = admitted.length === 0 ? [] : await enroll(batch, admitted, open);

  await advance(batch, { onward: [...met, ...entered], due: timed, redecide, open });
  tellOwnEvents(batch, journeyEvents(batch, open.values()));
  const conversions = conversionsOf(batch, open.values(), events);
  batch.writes.later(saveEnrollments(batch.session, open.values(), batch.t, [conversions]));
  batch.writes.later(noteLeft(batch, open.values()));
  batch.writes.later(lookAgainAfterPauses(batch, due.inbox));
  await revive(batch, due.inbox);
  await told; // It writes after it has read.
}

function noteGivenUp(batch: Batch, row: InboxRow): void {
  const person = batch.people.of(row.lane, row.profile_id as number);
  person.messages = true;
  person.live = true;
}

/**
 * The open enrollments of everybody to whom something live happened or whose times may have moved, with those that are due, by place.
 * Goals whose time is over are kept open for as long as an event may be late.
 */
async function openOf(
  batch: Batch,
  due: readonly Enrollment[],
  { early, maxAgeMs }: { readonly early: OpenRead; readonly maxAgeMs: number },
): Promise<Map<string, Enrollment>> {
  const open = new Map<string, Enrollment>();
  // Of a place's enrollments the active one stands; one that left is kept for a goal that may still be met.
  const put = (one: Enrollment): void => {
    const place = placeOf(one);
    const standing = open.get(place);
    if (standing === undefined) return void open.set(place, one);
    const former = formerPlaceOf(one);
    if (standing.n === one.n || open.has(former)) return;
    if (one.state !== 'active') return void open.set(former, one);
    open.set(formerPlaceOf(standing), standing);
    open.set(place, one);
  };
  for (const one of due) put(one);
  const isConcerned = (one: Person) => one.live || movesTimes(one, batch.versions.follows());
  const others = [...batch.people.all.values()].filter((one) => isConcerned(one) && !early.people.has(one));
  const rows = [...(await early.rows), ...(await readOpen(batch, others, maxAgeMs).rows)];
  for (const one of await loadEnrollments(batch.session, batch.versions, rows)) put(one);
  return open;
}

/** A read of people's open enrollments that was sent. */
interface OpenRead {
  readonly people: ReadonlySet<Person>;
  readonly rows: Promise<readonly EnrollmentRow[]>;
}

function readOpen({ session, t }: Batch, people: readonly Person[], maxAgeMs: number): OpenRead {
  const since = new Date(t.getTime() - maxAgeMs);
  const rows = people.length === 0 ? Promise.resolve([]) : openEnrollments(session, arraysOf(people), since);
  return { people: new Set(people), rows };
}

function isWatched(batch: Batch, one: Enrollment): boolean {
  const isTimed = one.watchAt !== null && one.watchAt <= batch.t;
  const person = batch.people.all.get(one.profileId);
  return isTimed || (person?.live === true && isTouched(one, person));
}
