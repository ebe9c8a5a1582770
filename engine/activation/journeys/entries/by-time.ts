/**
 * Applicants by triggers that aren't decided by a fact alone: dates of people and rows, anniversaries, conditions of rows, events and
 * what follows them. Their next times are kept, so that nothing is polled; they are read again when a fact moves them.
 */
import type { Duration } from '../../../compiler/ir.ts';
import type { LinkedTrigger } from '../../../compiler/linked-trigger.ts';
import { forPeople } from '../../../compiler/program-sql.ts';
import { occurrencesOverPeople, rowsThatHold } from '../../../compiler/trigger-sql.ts';
import type { Batch } from '../../batch.ts';
import type { TriggeringEvent } from '../../facts/record.ts';
import { arraysOf, type Person, touches } from '../../people.ts';
import type { DueRow } from '../../segments/queries.ts';
import type { Applicant } from './applicant.ts';
import { applicantsByFollowing, keepWaiting } from './by-following.ts';
import { type Around, isSameWake, lookAt } from './occurrence.ts';
import { deleteWakes, readWakes, type Wake, type WakePlace, type WakeRow, writeWakes } from './wakes/queries.ts';

const noTime: Duration = { months: 0, days: 0, ms: 0 };

interface Asked {
  readonly trigger: LinkedTrigger;
  readonly people: readonly Person[];
}

/** What was found of one person or row: whether he applies, and what is to be stored. */
interface Found {
  readonly place: WakePlace;
  readonly fires: boolean;
  readonly wake: Wake | null;
}

/** Applicants whose time has come (`due`), or has been told to have come. Called when traits and segments are current. */
export async function applicantsByTime(
  batch: Batch,
  due: readonly DueRow[],
  events: readonly TriggeringEvent[],
): Promise<readonly Applicant[]> {
  const { triggers } = batch.program;
  if (triggers.length === 0) return [];
  const woken = peopleByTrigger(due);
  const everybody = [...batch.people.all.values()];
  const asked = triggers
    .filter(({ trigger }) => trigger.kind !== 'event')
    .map((trigger) => ({ trigger, people: everybody.filter((one) => isAsked(trigger, one, woken.get(trigger.name))) }))
    .filter(({ people }) => people.length > 0);
  const byTime = asked.length === 0 ? [] : await lookAtAll(batch, asked);
  await keepWaiting(batch, events);
  return [...byTime, ...(await applicantsByFollowing(batch, events, woken))];
}

function peopleByTrigger(due: readonly DueRow[]): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>();
  for (const { name, profile_id } of due) found.set(name, (found.get(name) ?? new Set()).add(profile_id));
  return found;
}

/** Whoever is new has no dates but those that his facts bring; a date of the calendar is everybody's. */
function isAsked({ trigger, readers }: LinkedTrigger, person: Person, woken: ReadonlySet<number> | undefined): boolean {
  const isEverybodys = trigger.kind === 'date' && trigger.moment.kind === 'instant';
  return (
    woken?.has(person.profileId) === true ||
    (isEverybodys && person.isNew) ||
    touches({ ...person, isNew: false }, readers)
  );
}

async function lookAtAll(batch: Batch, asked: readonly Asked[]): Promise<readonly Applicant[]> {
  const people = [...new Set(asked.flatMap((one) => one.people))];
  const names = asked.map(({ trigger }) => trigger.name);
  const [rows, ...read] = await Promise.all([
    readWakes(batch.session, arraysOf(people), names),
    ...asked.map(async (one) => ({ ...one, found: await readTrigger(batch, one) })),
  ]);
  const stored = new Map(rows.map((row) => [placeName(row.trigger, row.profile_id, row.key), row]));
  const found = read.flatMap((one) => decide(batch, one, stored));
  const seen = new Set(found.map(({ place }) => placeName(place.trigger, place.profileId, place.key)));
  const asks = new Map(asked.map(({ trigger, people: some }) => [trigger.name, new Set(some.map((p) => p.profileId))]));
  const lost = rows.filter(
    (row) =>
      !seen.has(placeName(row.trigger, row.profile_id, row.key)) && asks.get(row.trigger)?.has(row.profile_id) === true,
  );
  store(batch, found, stored, lost);
  return found.filter(({ fires }) => fires).flatMap(({ place }) => applicant(batch, place));
}

function placeName(trigger: string, profileId: number, key: string): string {
  return `${trigger}\0${profileId}\0${key}`;
}

type OccurrenceRow = {
  readonly i: number;
  readonly key: string;
  readonly last_of: string | null;
  readonly last_at: Date | null;
  readonly next_of: string | null;
  readonly next_at: Date | null;
};

type HoldingRow = {
  readonly i: number;
  readonly key: string;
  readonly holds: boolean;
  readonly next_change: Date | null;
};

async function readTrigger(
  batch: Batch,
  { trigger, people }: Asked,
): Promise<readonly OccurrenceRow[] | readonly HoldingRow[]> {
  const make = trigger.trigger.kind === 'becomes' ? rowsThatHold : occurrencesOverPeople;
  const { text, values } = forPeople(batch.statements.ofTrigger(trigger, make), batch.t, arraysOf(people));
  return await batch.session.query<OccurrenceRow & HoldingRow>(text, values);
}

function decide(
  batch: Batch,
  { trigger, people, found }: Asked & { readonly found: readonly OccurrenceRow[] | readonly HoldingRow[] },
  stored: ReadonlyMap<string, WakeRow>,
): readonly Found[] {
  return found.map((row): Found => {
    const { lane, profileId, live } = people[row.i - 1] as Person;
    const place = { lane, profileId, trigger: trigger.name, key: row.key };
    const before = wakeOf(stored.get(placeName(trigger.name, profileId, row.key)));
    const looked =
      'holds' in row
        ? lookAtRow(row, before, live, batch.t)
        : lookAt(aroundOf(row), before, { t: batch.t, late: lateOf(trigger), mayFire: live });
    return { place, ...looked };
  });
}

function wakeOf(row: WakeRow | undefined): Wake | null {
  return row === undefined ? null : { of: row.of, at: row.at, nextChange: row.next_change, done: row.done };
}

function aroundOf(row: OccurrenceRow): Around {
  const { last_of, last_at, next_of, next_at } = row;
  return {
    last: last_at === null ? null : { of: last_of ?? '', at: last_at },
    next: next_at === null ? null : { of: next_of ?? '', at: next_at },
  };
}

function lateOf({ trigger }: LinkedTrigger): Duration {
  return trigger.kind === 'date' || trigger.kind === 'anniversary' ? (trigger.late ?? noTime) : noTime;
}

/** A condition of a row fires when it turns true; `done` remembers that it is. What time turns waits for a live run. */
function lookAtRow({ holds, next_change }: HoldingRow, before: Wake | null, live: boolean, t: Date) {
  const held = before?.done === 'true';
  const isTimed = before?.nextChange != null && before.nextChange <= t;
  if (isTimed && !live) return { fires: false, wake: before };
  const wake =
    holds || next_change !== null ? { of: null, at: null, nextChange: next_change, done: holds ? 'true' : null } : null;
  return { fires: holds && !held && live, wake };
}

function store(
  batch: Batch,
  found: readonly Found[],
  stored: ReadonlyMap<string, WakeRow>,
  lost: readonly WakeRow[],
): void {
  const changed = found.filter(({ place, wake }) => {
    const before = wakeOf(stored.get(placeName(place.trigger, place.profileId, place.key)));
    return !isSameWake(before, wake);
  });
  const written = changed.flatMap(({ place, wake }) => (wake === null ? [] : [{ ...place, ...wake }]));
  const gone = [
    ...changed.filter(({ wake }) => wake === null).map(({ place }) => place),
    ...lost.map(({ lane, profile_id: profileId, trigger, key }) => ({ lane, profileId, trigger, key })),
  ];
  batch.writes.later(writeWakes(batch.session, written));
  batch.writes.later(deleteWakes(batch.session, gone));
}

function applicant(batch: Batch, { lane, profileId, trigger: name, key }: WakePlace): readonly Applicant[] {
  const trigger = batch.program.triggers.find((one) => one.name === name);
  const journey = trigger === undefined ? undefined : batch.program.journeys.get(trigger.journey);
  if (trigger === undefined || journey === undefined) return [];
  const at = batch.t;
  const { kind } = trigger.trigger;
  const because = trigger.trigger.kind === 'anniversary' ? `anniversary ${trigger.trigger.trait}` : kind;
  return [{ lane, profileId, journey, at, entry: {}, because, ...(trigger.per === null ? {} : { key }) }];
}
