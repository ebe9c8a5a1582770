/**
 * Keeps memberships current in the lane: a segment is read again for a person only when a fact touched what it reads, or when
 * its stored `next_change` has come. Levels in dependency order, so that nested segments follow in the same transaction.
 */

import type { SegmentGroup } from '../../compiler/program.ts';
import { forPeople } from '../../compiler/program-sql.ts';
import type { Batch } from '../batch.ts';
import { groupBy } from '../journeys/evaluate.ts';
import { arraysOf, type Person, touches } from '../people.ts';
import {
  type DueRow,
  deleteMemberships,
  type MembershipColumns,
  type MembershipRow,
  readMemberships,
  upsertMemberships,
} from './queries.ts';

export interface Transition {
  readonly person: Person;
  readonly segment: string;
  readonly kind: 'enters' | 'leaves';
}

interface Writes {
  readonly upserts: MembershipColumns;
  readonly deletes: MembershipColumns;
}

/** Reads the touched segments again, writes what changed, and returns who entered and left what. */
export async function updateMemberships(batch: Batch, due: readonly DueRow[]): Promise<readonly Transition[]> {
  const woken = groupDue(due);
  const stored = await storedFor(batch);
  const transitions: Transition[] = [];
  // Groups of one level don't read each other and are asked together; the next level reads what this one wrote.
  const levels = groupBy(batch.program.segmentGroups, ({ level }) => String(level));
  for (const level of levels.values()) {
    const writes = noWrites();
    const touched = level
      .map((group) => ({ group, people: whoIsTouched(batch, group, woken) }))
      .filter(({ people }) => people.length > 0);
    const asked = inFewStatements(level, touched);
    const found = (
      await Promise.all(asked.map(({ group, people }) => evaluate(batch, group, people, stored, writes)))
    ).flat();
    for (const transition of found) transition.person.segments.add(transition.segment);
    transitions.push(...found);
    flush(batch, writes);
  }
  return transitions;
}

/** Up to so many people, a whole level in one statement costs less than a statement a group. */
const fewPeople = 48;
/** … unless the level has more segments than this. */
const wideLevel = 60;

interface Asked {
  readonly group: SegmentGroup;
  readonly people: readonly Person[];
}

/** For few people all segments of the level are read at once: those that nothing touched are found as they stand. */
function inFewStatements(level: readonly SegmentGroup[], touched: readonly Asked[]): readonly Asked[] {
  const segments = level.flatMap((group) => group.segments);
  const people = [...new Set(touched.flatMap((one) => one.people))];
  if (touched.length < 2 || people.length > fewPeople || segments.length > wideLevel) return touched;
  const first = level[0] as SegmentGroup;
  return [{ group: { ...first, key: `level ${first.level}`, segments }, people }];
}

function whoIsTouched(
  batch: Batch,
  group: SegmentGroup,
  woken: ReadonlyMap<string, ReadonlySet<number>>,
): readonly Person[] {
  const wakes = group.segments.flatMap(({ id }) => woken.get(id) ?? []);
  return [...batch.people.all.values()].filter(
    (person) => touches(person, group.readers) || wakes.some((set) => set.has(person.profileId)),
  );
}

function groupDue(due: readonly DueRow[]): ReadonlyMap<string, ReadonlySet<number>> {
  const bySegment = new Map<string, Set<number>>();
  for (const { name, profile_id } of due) {
    const set = bySegment.get(name) ?? new Set();
    bySegment.set(name, set.add(profile_id));
  }
  return bySegment;
}

/** The stored rows of everybody in the batch, in every segment. */
async function storedFor(batch: Batch): Promise<ReadonlyMap<string, MembershipRow>> {
  const people = [...batch.people.all.values()];
  if (people.length === 0 || batch.program.segments.size === 0) return new Map();
  const rows = await readMemberships(batch.session, arraysOf(people));
  return new Map(rows.map((row) => [`${row.profile_id} ${row.segment}`, row]));
}

async function evaluate(
  batch: Batch,
  group: SegmentGroup,
  people: readonly Person[],
  stored: ReadonlyMap<string, MembershipRow>,
  writes: Writes,
): Promise<Transition[]> {
  const statement = batch.statements.pairsOverPeople(
    group.key,
    group.segments.map((segment) => segment.where),
  );
  const { text, values } = forPeople(statement, batch.t, arraysOf(people));
  const rows = await batch.session.query<Record<string, unknown> & { i: number }>(text, values);
  const transitions: Transition[] = [];
  for (const row of rows) {
    const person = people[row.i - 1] as Person;
    group.segments.forEach(({ id }, column) => {
      const now = { holds: row[`h${column}`] as boolean, nextChange: row[`n${column}`] as Date | null };
      const before = stored.get(`${person.profileId} ${id}`);
      if (before?.next_change != null && before.next_change <= batch.t && !person.live) {
        // Time moves this person, not history. An import leaves it to a live run, where the edge may start journeys.
        if (batch.isImport) return;
        person.live = true;
      }
      const kind = compare(person, id, now, before, batch.t, writes);
      if (kind !== null) transitions.push({ person, segment: id, kind });
    });
  }
  return transitions;
}

/**
 * Notes the write that takes the stored row to what holds now. A `next_change` that only moved later is not written: the earlier
 * wake-up finds that nothing happened and stores the next one.
 */
function compare(
  person: Person,
  segment: string,
  now: { readonly holds: boolean; readonly nextChange: Date | null },
  before: MembershipRow | undefined,
  t: Date,
  writes: Writes,
): Transition['kind'] | null {
  const wasMember = before?.is_member ?? false;
  if (!now.holds && now.nextChange === null) {
    const isStale = before?.next_change !== null && before !== undefined && before.next_change <= t;
    if (wasMember || isStale) note(writes.deletes, person, segment, false, null);
    return wasMember ? 'leaves' : null;
  }
  if (now.holds !== wasMember || before === undefined || isSooner(now.nextChange, before.next_change, t)) {
    note(writes.upserts, person, segment, now.holds, now.nextChange);
  }
  if (now.holds === wasMember) return null;
  return now.holds ? 'enters' : 'leaves';
}

function isSooner(next: Date | null, stored: Date | null, t: Date): boolean {
  if (stored !== null && stored <= t) return true;
  if (next === null) return false;
  return stored === null || next < stored;
}

function note(columns: MembershipColumns, person: Person, segment: string, holds: boolean, next: Date | null): void {
  columns.lanes.push(person.lane);
  columns.profiles.push(person.profileId);
  columns.segments.push(segment);
  columns.members.push(holds);
  columns.nextChanges.push(next);
}

function noWrites(): Writes {
  const empty = (): MembershipColumns => ({ lanes: [], profiles: [], segments: [], members: [], nextChanges: [] });
  return { upserts: empty(), deletes: empty() };
}

function flush(batch: Batch, writes: Writes): void {
  batch.writes.later(upsertMemberships(batch.session, writes.upserts, batch.t));
  batch.writes.later(deleteMemberships(batch.session, writes.deletes));
}
