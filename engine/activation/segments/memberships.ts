/**
 * Keeps memberships current in the lane: a segment is read again for a person only when a fact touched what it reads, or when
 * its stored `next_change` has come. The levels are walked in `keep-current.ts`.
 */

import type { SegmentGroup } from '../../compiler/program.ts';
import { forPeople } from '../../compiler/program-sql.ts';
import type { Batch } from '../batch.ts';
import { arraysOf, type Person, touches } from '../people.ts';
import {
  type DueRow,
  type MembershipColumns,
  type MembershipRow,
  readMemberships,
  writeMemberships,
} from './queries.ts';

export interface Transition {
  readonly person: Person;
  readonly segment: string;
  readonly kind: 'enters' | 'leaves';
}

interface Writes {
  readonly kept: MembershipColumns;
  readonly gone: MembershipColumns;
}

/** Keeps the memberships of one transaction. */
export interface Memberships {
  /** Reads the touched segments of a level again, writes what changed, and returns who entered and left what. */
  update(level: readonly SegmentGroup[]): Promise<readonly Transition[]>;
}

export function updateMemberships(batch: Batch, due: readonly DueRow[]): Memberships {
  const woken = groupDue(due);
  const stored = storedRows(batch);
  return {
    async update(level) {
      const touched = level
        .map((group) => ({ group, people: whoIsTouched(batch, group, woken) }))
        .filter(({ people }) => people.length > 0);
      if (touched.length === 0) return [];
      const writes = noWrites();
      const asked = inFewStatements(level, touched);
      const rows = await stored.load();
      const found = (
        await Promise.all(asked.map(({ group, people }) => evaluate(batch, group, people, rows, writes)))
      ).flat();
      for (const transition of found) transition.person.segments.add(transition.segment);
      batch.writes.later(writeMemberships(batch.session, writes, batch.t));
      return found;
    },
  };
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

/** By segment, then by profile. */
type Stored = ReadonlyMap<string, ReadonlyMap<number, MembershipRow>>;

/** The rows of everybody in the batch, in every segment, as they stood before it; of those who join later when they have. */
function storedRows(batch: Batch): { load(): Promise<Stored> } {
  const found = new Map<string, Map<number, MembershipRow>>();
  const loaded = new Set<number>();
  return {
    async load() {
      const people = [...batch.people.all.values()].filter(({ profileId }) => !loaded.has(profileId));
      if (people.length === 0) return found;
      for (const { profileId } of people) loaded.add(profileId);
      for (const row of await readMemberships(batch.session, arraysOf(people))) {
        const ofSegment = found.get(row.segment);
        if (ofSegment === undefined) found.set(row.segment, new Map([[row.profile_id, row]]));
        else ofSegment.set(row.profile_id, row);
      }
      return found;
    },
  };
}

async function evaluate(
  batch: Batch,
  group: SegmentGroup,
  people: readonly Person[],
  stored: Stored,
  writes: Writes,
): Promise<Transition[]> {
  const statement = batch.statements.pairsOverPeople(
    group.key,
    group.segments.map((segment) => segment.where),
  );
  const { text, values } = forPeople(statement, batch.t, arraysOf(people));
  const rows = await batch.session.query<Record<string, unknown> & { i: number }>(text, values);
  const transitions: Transition[] = [];
  const columns = group.segments.map(({ id }, c) => ({ id, holds: `h${c}`, next: `n${c}`, before: stored.get(id) }));
  for (const row of rows) {
    const person = people[row.i - 1] as Person;
    for (const column of columns) {
      const before = column.before?.get(person.profileId);
      if (before?.next_change != null && before.next_change <= batch.t && !person.live) {
        // Time moves this person, not history. An import leaves it to a live run, where the edge may start journeys.
        if (batch.isImport) continue;
        person.live = true;
      }
      const now = { holds: row[column.holds] as boolean, nextChange: row[column.next] as Date | null };
      const kind = compare(person, column.id, now, before, batch.t, writes);
      if (kind !== null) transitions.push({ person, segment: column.id, kind });
    }
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
    if (wasMember || isStale) note(writes.gone, person, segment, false, null);
    return wasMember ? 'leaves' : null;
  }
  if (now.holds !== wasMember || before === undefined || isSooner(now.nextChange, before.next_change, t)) {
    note(writes.kept, person, segment, now.holds, now.nextChange);
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
  return { kept: empty(), gone: empty() };
}
