/**
 * One row of an entity in memory: what is known of it, who is tied to it, and what a statement about it changes. Of two statements
 * about a field, or about all the people of a role, the newer stands, in whatever order they come; of equally old ones the later
 * told. Pure; the store is read and written in `tell-rows.ts`.
 */
import type { Value } from '../../compiler/ir.ts';
import type { Place } from '../queries.ts';

/** What a row of a file says, with its people found. */
export interface Statement {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** null forgets the value. */
  readonly fields: Readonly<Record<string, Value | null>>;
  readonly people: readonly {
    readonly role: string;
    readonly max: number;
    /** Whether these are all who have the role, or further people. */
    readonly names: 'all' | 'more';
    /** In the order of the row. */
    readonly places: readonly Place[];
  }[];
}

export interface Tie extends Place {
  /** When he was told of, as a further person the last time; milliseconds. */
  since: number;
}

/** Changed in place by `tell`. */
export interface RowState {
  fields: Readonly<Record<string, Value>>;
  readonly fieldTimes: Record<string, number>;
  /** When all people of the role were last named. */
  readonly roleTimes: Record<string, number>;
  /** By role and profile id. */
  readonly ties: Map<string, Map<number, Tie>>;
  version: number;
}

/** What one statement changed. */
export interface Told {
  /** Whose copy of the row is another now, with the roles that he has from now on: none, when he is tied no more. */
  readonly people: readonly { readonly place: Place; readonly roles: readonly string[] }[];
  /** The former values of the fields that changed; null: there was none. */
  readonly before: Readonly<Record<string, Value | null>>;
  /** By role, how many people found no room. */
  readonly refused: Readonly<Record<string, number>>;
}

export function tell(row: RowState, statement: Statement): Told {
  const everybody = peopleOf(row);
  const before = tellFields(row, statement);
  const moved = new Map<number, Place>();
  const refused: Record<string, number> = {};
  for (const named of statement.people) {
    const surplus =
      named.names === 'all' ? nameAll(row, named, statement.at, moved) : nameMore(row, named, statement.at, moved);
    if (surplus > 0) refused[named.role] = surplus;
  }
  const reached = Object.keys(before).length === 0 ? moved : new Map([...everybody, ...moved]);
  if (reached.size > 0 || Object.keys(before).length > 0) row.version += 1;
  const people = [...reached.values()].map((place) => ({ place, roles: rolesOf(row, place.profileId) }));
  return { people, before, refused };
}

function peopleOf({ ties }: RowState): ReadonlyMap<number, Place> {
  const everybody = new Map<number, Place>();
  for (const people of ties.values()) for (const [profileId, tie] of people) everybody.set(profileId, tie);
  return everybody;
}

function rolesOf({ ties }: RowState, profileId: number): readonly string[] {
  return [...ties].flatMap(([role, people]) => (people.has(profileId) ? [role] : [])).sort();
}

function tellFields(row: RowState, { at, fields }: Statement): Record<string, Value | null> {
  const before: Record<string, Value | null> = {};
  const known: Record<string, Value> = { ...row.fields };
  for (const [field, value] of Object.entries(fields)) {
    if (at < (row.fieldTimes[field] ?? Number.NEGATIVE_INFINITY)) continue;
    row.fieldTimes[field] = at;
    const old = known[field] ?? null;
    if (isSame(old, value)) continue;
    before[field] = old;
    if (value === null) delete known[field];
    else known[field] = value;
  }
  // Facts told before keep the fields that they were told with.
  if (Object.keys(before).length > 0) row.fields = known;
  return before;
}

/** Amounts come from the store with their keys in another order. */
function isSame(a: Value | null, b: Value | null): boolean {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if ('amount' in a || 'amount' in b) {
    return 'amount' in a && 'amount' in b && a.amount === b.amount && a.currency === b.currency;
  }
  return JSON.stringify(a) === JSON.stringify(b);
}

type Named = Statement['people'][number];

/** Whoever isn't named loses the role, unless somebody newer named him. Returns how many found no room. */
function nameAll(row: RowState, { role, max, places }: Named, at: number, moved: Map<number, Place>): number {
  if (at < (row.roleTimes[role] ?? Number.NEGATIVE_INFINITY)) return 0;
  row.roleTimes[role] = at;
  const tied = tiedIn(row, role);
  const named = new Map(places.map((place) => [place.profileId, place]));
  for (const [profileId, tie] of tied) {
    if (named.has(profileId) || tie.since > at) continue;
    tied.delete(profileId);
    moved.set(profileId, tie);
  }
  return tieEach(tied, { places: [...named.values()], max, at }, moved);
}

/** Further people. Whoever named all of them later knew of these, too. */
function nameMore(row: RowState, { role, max, places }: Named, at: number, moved: Map<number, Place>): number {
  if (at < (row.roleTimes[role] ?? Number.NEGATIVE_INFINITY)) return 0;
  const tied = tiedIn(row, role);
  for (const { profileId } of places) {
    const tie = tied.get(profileId);
    if (tie !== undefined) tie.since = Math.max(tie.since, at);
  }
  return tieEach(tied, { places, max, at }, moved);
}

function tiedIn({ ties }: RowState, role: string): Map<number, Tie> {
  const tied = ties.get(role) ?? new Map<number, Tie>();
  ties.set(role, tied);
  return tied;
}

function tieEach(
  tied: Map<number, Tie>,
  { places, max, at }: { readonly places: readonly Place[]; readonly max: number; readonly at: number },
  moved: Map<number, Place>,
): number {
  let refused = 0;
  for (const place of places) {
    if (tied.has(place.profileId)) continue;
    if (tied.size >= max) {
      refused += 1;
    } else {
      tied.set(place.profileId, { lane: place.lane, profileId: place.profileId, since: at });
      moved.set(place.profileId, place);
    }
  }
  return refused;
}
