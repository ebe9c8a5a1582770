/** Statements over memberships and computed traits of a lane's people. */
import { byKey } from '../../store/by-key.ts';
import { columnStatement } from '../../store/column-statement.ts';
import type { Session } from '../../store/session.ts';
import { type SharedStatement, writeTogether } from '../../store/together.ts';

export interface MembershipRow {
  readonly profile_id: number;
  readonly segment: string;
  readonly is_member: boolean;
  readonly next_change: Date | null;
}

/** The stored memberships of people. */
export function readMemberships(
  session: Session,
  people: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
): Promise<MembershipRow[]> {
  return session.query<MembershipRow>(
    `select m.profile_id, m.segment, m.is_member, m.next_change
     from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     cross join lateral (
       select * from parcours.membership d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) m`,
    [people.lanes, people.profiles],
  );
}

export interface DueRow {
  readonly lane: number;
  readonly profile_id: number;
  readonly name: string;
}

/** Memberships, computed traits and times of triggers of the lanes that have come, oldest first, at most so many of each a lane. */
export function dueChanges(
  session: Session,
  lanes: readonly number[],
  t: Date,
  perLane: number,
): Promise<(DueRow & { readonly kind: 'membership' | 'trait' | 'entry' })[]> {
  return session.query(
    `select 'membership' as kind, d.lane, d.profile_id, d.segment as name from unnest($1::smallint[]) l(lane) cross join lateral (
       select m.lane, m.profile_id, m.segment from parcours.membership m
       where m.lane = l.lane and m.next_change <= $2 order by m.next_change limit $3) d
     union all
     select 'trait', d.lane, d.profile_id, d.trait from unnest($1::smallint[]) l(lane) cross join lateral (
       select w.lane, w.profile_id, w.trait from parcours.trait_wake w
       where w.lane = l.lane and w.next_change <= $2 order by w.next_change limit $3) d
     union all
     select 'entry', d.lane, d.profile_id, d.trigger from unnest($1::smallint[]) l(lane) cross join lateral (
       select w.lane, w.profile_id, w.trigger from parcours.entry_wake w
       where w.lane = l.lane and w.next_change <= $2 order by w.next_change limit $3) d`,
    [lanes, t, perLane],
  );
}

export interface MembershipColumns {
  readonly lanes: number[];
  readonly profiles: number[];
  readonly segments: string[];
  readonly members: boolean[];
  readonly nextChanges: (Date | null)[];
}

/** Rows to forget: who is no member and will be none by time alone. */
const forgotten = columnStatement(
  `delete from parcours.membership m using unnest({arrays}) u({names})
   where {m:lane} and {m:profile_id} and {m:segment}`,
  [
    { name: 'lane', type: 'smallint', isKey: true },
    { name: 'profile_id', type: 'bigint', isKey: true },
    { name: 'segment', type: 'text' },
  ],
);

/** `{1}` is when it is known: `since` moves only when the membership itself changed. */
const keptOnes = columnStatement(
  `insert into parcours.membership as m (lane, profile_id, segment, is_member, since, next_change)
   select {lane}, {profile_id}, {segment}, {is_member}, {1}, {next_change} from unnest({arrays}) u({names})
   on conflict (lane, profile_id, segment) do update set
     is_member = excluded.is_member, next_change = excluded.next_change,
     since = case when m.is_member = excluded.is_member then m.since else excluded.since end`,
  [
    { name: 'lane', type: 'smallint', isKey: true },
    { name: 'profile_id', type: 'bigint', isKey: true },
    { name: 'segment', type: 'text' },
    { name: 'is_member', type: 'boolean' },
    { name: 'next_change', type: 'timestamptz' },
  ],
);

/** Writes memberships and forgets others, none of them in both. */
export async function writeMemberships(
  session: Session,
  { kept, gone }: { readonly kept: MembershipColumns; readonly gone: MembershipColumns },
  t: Date,
): Promise<void> {
  await writeTogether(session, [
    gone.lanes.length === 0 ? null : forgotten([gone.lanes, gone.profiles, gone.segments]),
    kept.lanes.length === 0
      ? null
      : keptOnes([kept.lanes, kept.profiles, kept.segments, kept.members, kept.nextChanges], t),
  ]);
}

/** Forgets segments that are no longer defined. */
export async function clearSegments(
  session: Session,
  lanes: readonly number[],
  segments: readonly string[],
): Promise<void> {
  await session.query(
    'delete from parcours.membership where lane = any($1::smallint[]) and segment = any($2::text[])',
    [lanes, segments],
  );
}

/** Of one sort or one table of groups, of which such a statement has a few. */
export const fillMemory = '64MB';

/**
 * Until the transaction ends, statements are planned for the lanes that they read, and not for people by key: a plan made for few
 * lanes was measured at four times the cost for all. Where tables have no statistics yet, as after a first import, nested loops
 * compare all with all: 40,000 people took more than two minutes instead of seconds. What is grouped and sorted for everybody of the
 * lanes gets the memory not to go to disk: a tenth of a fill's time.
 */
export async function planForFills(session: Session): Promise<void> {
  await session.query(
    `select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'on', true),
       set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true),
       set_config('enable_bitmapscan', 'on', true), set_config('enable_nestloop', 'off', true),
       set_config('work_mem', '${fillMemory}', true)`,
  );
}

/** After a fill in the midst of a lane transaction: plans are for people by key again, as the worker's settings have it. */
export async function planForPeople(session: Session): Promise<void> {
  await Promise.all([
    session.query(
      `select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
         set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
         set_config('enable_bitmapscan', 'off', true), set_config('enable_nestloop', 'on', true)`,
    ),
    // To look its value up in `pg_settings` would cost more than all of the above.
    session.query('set local work_mem to default'),
  ]);
}

/** The compiled conditions of segments over lanes: $1 is the time, $2 the lanes; rows `segment, lane, profile_id, holds, next_change`. */
export interface SegmentFill {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Fills segments of which the lanes hold no rows. In the order of the primary key, so that neighbours are written together. */
export async function fillNewSegments(session: Session, fill: SegmentFill): Promise<void> {
  await session.query(
    `insert into parcours.membership (lane, profile_id, segment, is_member, since, next_change)
     select f.lane, f.profile_id, f.segment, f.holds, $1::timestamptz, f.next_change from (${fill.text}) f
     order by f.lane, f.profile_id`,
    fill.values,
  );
}

/** Replaces the segments' rows in the lanes. Who stays a member keeps his `since`; what stays as it is isn't written. */
export async function refillSegments(session: Session, fill: SegmentFill, segments: readonly string[]): Promise<void> {
  await session.query(
    `with f as materialized (${fill.text}),
     old as materialized (
       select m.lane, m.profile_id, m.segment, m.is_member, m.next_change from parcours.membership m
       where m.lane = any($2::smallint[]) and m.segment = any($${fill.values.length + 1}::text[])),
     gone as (
       delete from parcours.membership m using (
         select o.lane, o.profile_id, o.segment from old o left join f using (lane, profile_id, segment) where f.holds is null) g
       where m.lane = any($2::smallint[]) and m.lane = g.lane and m.profile_id = g.profile_id and m.segment = g.segment)
     insert into parcours.membership as m (lane, profile_id, segment, is_member, since, next_change)
     select f.lane, f.profile_id, f.segment, f.holds, $1::timestamptz, f.next_change
     from f left join old o using (lane, profile_id, segment)
     where o.is_member is distinct from f.holds or o.next_change is distinct from f.next_change
     order by f.lane, f.profile_id
     on conflict (lane, profile_id, segment) do update set
       is_member = excluded.is_member, next_change = excluded.next_change,
       since = case when m.is_member = excluded.is_member then m.since else excluded.since end`,
    [...fill.values, segments],
  );
}

/** A computed value of one person; `value` is a JSON text, `nextChange` when time changes it. */
export interface TraitWrite {
  readonly lane: number;
  readonly profileId: number;
  readonly trait: string;
  readonly value: string;
  readonly nextChange: Date | null;
  /** Default true: the value is kept beside those that it had before. */
  readonly hasHistory?: boolean;
}

/** New values of computed traits: their history and the projection. */
export function computedTraits(rows: readonly TraitWrite[], t: Date): SharedStatement | null {
  if (rows.length === 0) return null;
  return {
    rows: 'select * from unnest($1::smallint[], $2::bigint[], $3::text[], $4::jsonb[], $5::boolean[]) u(lane, profile_id, trait, value, has_history)',
    texts: [
      `insert into parcours.trait_value (lane, profile_id, trait, observed_at, received_at, source, value)
       select t.lane, t.profile_id, t.trait, $6, $6, 'computed', t.value from {rows} t where t.has_history
       on conflict (lane, profile_id, trait, observed_at, source) do update set value = excluded.value`,
      `update parcours.profile p set traits = p.traits || n.traits
       from (
         select t.lane, t.profile_id, jsonb_object_agg(t.trait, t.value) as traits from {rows} t group by t.lane, t.profile_id) n
       where ${byKey('p', 'n', 'lane', 'profile_id')}`,
    ],
    values: [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.trait),
      rows.map((r) => r.value),
      rows.map((r) => r.hasHistory !== false),
      t,
    ],
  };
}

/** When time changes computed traits; null: it doesn't any more. */
export function traitWakes(rows: readonly TraitWrite[]): SharedStatement | null {
  if (rows.length === 0) return null;
  return {
    rows: 'select * from unnest($1::smallint[], $2::bigint[], $3::text[], $4::timestamptz[]) u(lane, profile_id, trait, next_change)',
    texts: [
      `delete from parcours.trait_wake w using {rows} t
       where t.next_change is null and ${byKey('w', 't', 'lane', 'profile_id', 'trait')}`,
      `insert into parcours.trait_wake (lane, profile_id, trait, next_change)
       select t.lane, t.profile_id, t.trait, t.next_change from {rows} t where t.next_change is not null
       on conflict (lane, profile_id, trait) do update set next_change = excluded.next_change
       where trait_wake.next_change <> excluded.next_change`,
    ],
    values: [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.trait),
      rows.map((r) => r.nextChange),
    ],
  };
}

/** Of each of the people (`i` from 1) the stored values of traits, in the order of their names; null where he has none. */
export function readTraits(
  session: Session,
  people: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
  traits: readonly string[],
): Promise<{ readonly i: number; readonly values: readonly unknown[] }[]> {
  return session.query(
    `select u.i::integer as i, v.values
     from unnest($1::smallint[], $2::bigint[]) with ordinality u(lane, profile_id, i)
     cross join lateral (
       select d.traits from parcours.profile d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) p
     cross join lateral (
       select jsonb_agg(p.traits -> n.name order by n.i) as values from unnest($3::text[]) with ordinality n(name, i)) v`,
    [people.lanes, people.profiles, traits],
  );
}

/** What computed traits of everybody in lanes are replaced by. */
export interface TraitFill {
  /** $1 is the time, $2 the lanes; rows `lane, profile_id, patch, v0, n0, c0, v1 …`: see `traitsOverLanes`. */
  readonly text: string;
  readonly values: readonly unknown[];
  readonly columns: readonly TraitColumn[];
  /** Whether it is asked whose values changed: of everybody that is many rows. */
  readonly isTold: boolean;
  /** Whether values of this time may be stored already; looking for them costs as much as writing does. */
  readonly mayBeThere: boolean;
}

export interface TraitColumn {
  readonly name: string;
  /** Whether its values are kept beside those that it had before. */
  readonly hasHistory: boolean;
  /** Whether time alone may change it. */
  readonly isTimed: boolean;
}

/** Whose values changed; bit n stands for the trait of the column n. */
export interface ChangedTraits {
  readonly lane: number;
  readonly profile_id: number;
  readonly changed: number;
}

/**
 * Replaces computed traits of everybody in lanes, each table written once, and returns whose values changed. To be planned for fills:
 * people are joined. Of the traits no wake-up may be left.
 */
export async function fillTraitsOfLanes(
  session: Session,
  { text, values, columns, isTold, mayBeThere }: TraitFill,
): Promise<ChangedTraits[]> {
  const names = `$${values.length + 1}::text[]`;
  // With the rows by person, in the order of the tables' keys: appended to an index, they cost half of what they cost strewn over it.
  const numbers = [...columns.keys()].sort((a, b) => (columns[a]!.name < columns[b]!.name ? -1 : 1));
  // Chosen by a number, and not a list of values: that would be compiled anew for each person.
  const chosen = (kept: readonly number[], of: (n: number) => string) =>
    `case k.n ${kept.map((n, i) => `when ${i + 1} then ${of(n)}`).join(' ')} end`;
  const rowsOf = (kept: readonly number[], columnsOf: Readonly<Record<string, (n: number) => string>>) => {
    const of = Object.entries({ trait: (n: number) => `(${names})[${n + 1}]`, ...columnsOf });
    const list = of.map(([name, column]) => `${chosen(kept, column)} as ${name}`).join(', ');
    return `f cross join lateral (select ${list} from generate_series(1, ${kept.length}) k(n) offset 0) y`;
  };
  const historic = numbers.filter((n) => columns[n]?.hasHistory === true);
  const timed = numbers.filter((n) => columns[n]?.isTimed === true);
  const history = `, history as (
       insert into parcours.trait_value (lane, profile_id, trait, observed_at, received_at, source, value)
       select f.lane, f.profile_id, y.trait, $1, $1, 'computed', coalesce(y.value, 'null')
       from ${rowsOf(historic, { is_changed: (n) => `f.c${n}`, value: (n) => `f.v${n}` })} where y.is_changed
       ${mayBeThere ? 'on conflict (lane, profile_id, trait, observed_at, source) do update set value = excluded.value' : ''})`;
  const wakes = `, wakes as (
       insert into parcours.trait_wake (lane, profile_id, trait, next_change)
       select f.lane, f.profile_id, y.trait, y.next_change
       from ${rowsOf(timed, { next_change: (n) => `f.n${n}` })} where y.next_change is not null)`;
  const isChanged = numbers.map((n) => `f.c${n}`).join(' or ');
  const changed = numbers.map((n) => `(f.c${n}::integer << ${n})`).join(' | ');
  return await session.query<ChangedTraits>(
    `with f as materialized (${text})${historic.length > 0 ? history : ''}, projection as (
       update parcours.profile p set traits = p.traits || f.patch from f
       where p.lane = any($2::smallint[]) and p.lane = f.lane and p.profile_id = f.profile_id and (${isChanged}))
     ${timed.length > 0 ? wakes : ''}
     select f.lane, f.profile_id, ${changed} as changed from f where ${isTold ? isChanged : 'false'} and ${names} is not null`,
    [...values, columns.map(({ name }) => name)],
  );
}

/** Forgets when traits wake whose definitions changed or went: those still timed are written anew. */
export async function clearTraitWakes(
  session: Session,
  lanes: readonly number[],
  traits: readonly string[],
): Promise<void> {
  await session.query('delete from parcours.trait_wake where lane = any($1::smallint[]) and trait = any($2::text[])', [
    lanes,
    traits,
  ]);
}

/** Takes traits that are declared nowhere any more out of the projection. Their history stays. */
export async function clearTraits(
  session: Session,
  lanes: readonly number[],
  traits: readonly string[],
): Promise<void> {
  await session.query(
    'update parcours.profile set traits = traits - $2::text[] where lane = any($1::smallint[]) and traits ?| $2::text[]',
    [lanes, traits],
  );
}

/** Everybody of the lanes, for the first computation of a trait. */
export function peopleOfLanes(
  session: Session,
  lanes: readonly number[],
): Promise<{ lane: number; profile_id: number }[]> {
  return session.query(
    'select lane, profile_id from parcours.profile where lane = any($1::smallint[]) and merged_into is null order by lane, profile_id',
    [lanes],
  );
}
