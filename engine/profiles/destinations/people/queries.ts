/**
 * Statements over whom a destination is about: the cursor over some lanes' people beside what they were told, and the lanes in which anybody
 * came or went. What they are told is noted by `told/queries.ts`.
 */
import type { Session } from '../../../store/session.ts';

export interface PersonRow {
  readonly lane: number;
  readonly profile_id: number;
  /** He is to be told no more. */
  readonly is_gone: boolean;
  readonly traits: Readonly<Record<string, unknown>>;
  readonly zone: string | null;
  readonly locale: string | null;
  readonly identifiers: Readonly<Record<string, readonly string[]>> | null;
  readonly segments: readonly string[] | null;
  /** Hex, of what he was told last; null: nothing. */
  readonly digest: string | null;
}

export interface Asked {
  readonly lanes: readonly number[];
  readonly destination: string;
  /** Null: everybody. */
  readonly segment: string | null;
  /** Who came before isn't meant any more; null: for ever. */
  readonly since: Date | null;
  readonly identifiers: readonly string[];
  readonly segments: readonly string[];
  /** Whether it is kept what people were told. */
  readonly keeps: boolean;
}

/** Who is merged is somebody else; who is restricted is told to nobody. */
const alive = 'p.merged_into is null and p.restricted_at is null';

const members = `join parcours.membership m on m.segment = $3 and m.lane = p.lane and m.profile_id = p.profile_id and m.is_member
  and m.since > coalesce($4::timestamptz, '-infinity') and m.lane = any($1::smallint[])`;

/** As fills of lanes: planned for all rows of what they are, and without nested loops, which without statistics compare all with all. */
async function planForLanes(session: Session): Promise<void> {
  await session.query(
    `select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_nestloop', 'off', true),
       set_config('cursor_tuple_fraction', '1', true), set_config('jit', 'off', true)`,
  );
}

/** As statements over some people by key. A plan made while a table was empty would read all of it for each of them. */
export async function planForKeys(session: Session): Promise<void> {
  await session.query(
    `select set_config('enable_nestloop', 'on', true), set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true)`,
  );
}

/**
 * Until the transaction ends nobody is erased: what was read of him would be told after he is gone. Many deliver at once; who erases waits
 * for them before he holds anything that others wait for (`privacy/queries.ts`).
 */
export async function keepFromErasing(session: Session): Promise<void> {
  await session.query('select pg_advisory_xact_lock_shared(7305005)');
}

/** Opens the cursor over the lanes' people; what is written of them afterwards goes by key. */
export async function openPeople(session: Session, asked: Asked): Promise<void> {
  await planForLanes(session);
  await session.query(
    `declare delivery no scroll cursor for
     with people as (
       select p.lane, p.profile_id, p.traits, p.zone, p.locale from parcours.profile p
       ${asked.segment === null ? '' : members}
       where p.lane = any($1::smallint[]) and ${alive}
         and ($3::text is null or true) and ($4::timestamptz is null or true)),
     named as (
       select n.lane, n.profile_id, jsonb_object_agg(n.type, n.values) as identifiers
       from (
         select i.lane, i.profile_id, i.type, jsonb_agg(i.value order by i.value) as values from parcours.identifier i
         where i.lane = any($1::smallint[]) and i.type = any($5::text[]) group by i.lane, i.profile_id, i.type) n
       group by n.lane, n.profile_id),
     joined as (
       select m.lane, m.profile_id, array_agg(m.segment) as segments from parcours.membership m
       where m.lane = any($1::smallint[]) and m.segment = any($6::text[]) and m.is_member group by m.lane, m.profile_id),
     told as (
       select r.lane, r.profile_id, encode(r.digest, 'hex') as digest from parcours.destination_row r
       where $7 and r.lane = any($1::smallint[]) and r.destination = $2 and r.digest is not null)
     select coalesce(p.lane, t.lane) as lane, coalesce(p.profile_id, t.profile_id) as profile_id, p.profile_id is null as is_gone,
       coalesce(p.traits, '{}') as traits, p.zone, p.locale, n.identifiers, j.segments, t.digest
     from people p
     left join named n on n.lane = p.lane and n.profile_id = p.profile_id
     left join joined j on j.lane = p.lane and j.profile_id = p.profile_id
     full join told t on t.lane = p.lane and t.profile_id = p.profile_id
     order by 1, 2`,
    [asked.lanes, asked.destination, asked.segment, asked.since, asked.identifiers, asked.segments, asked.keeps],
  );
  await planForKeys(session);
}

/** The next ones; none: that was all. */
export function fetchPeople(session: Session): Promise<PersonRow[]> {
  return session.query<PersonRow>('fetch 2000 from delivery');
}

export async function closePeople(session: Session): Promise<void> {
  await session.query('close delivery');
}

/** Notes how the lanes are, before their people are read: what is written meanwhile is seen again. */
export async function noteLanes(session: Session, destination: string, lanes: readonly number[]): Promise<void> {
  await session.query(
    `insert into parcours.destination_lane (lane, destination, seen)
     select l.lane, $1, l.xmin::text from parcours.lane l where l.lane = any($2::smallint[])
     on conflict (lane, destination) do update set seen = excluded.seen`,
    [destination, lanes],
  );
}

/** Lanes are to be read whatever was seen of them. */
export async function forgetLanes(session: Session, destination: string, lanes: readonly number[]): Promise<void> {
  await session.query('delete from parcours.destination_lane where destination = $1 and lane = any($2::smallint[])', [
    destination,
    lanes,
  ]);
}

/** Lanes that were written since their people were read for the destination, and those of people who were erased. */
export async function selectTouched(session: Session, destination: string): Promise<readonly number[]> {
  const rows = await session.query<{ lane: number }>(
    `select l.lane from parcours.lane l
     left join parcours.destination_lane d on d.lane = l.lane and d.destination = $1
     where d.seen is distinct from l.xmin::text
     union select g.lane from parcours.destination_gone g where g.destination = $1 and g.run_id is null
     order by 1`,
    [destination],
  );
  return rows.map(({ lane }) => lane);
}

/** Of the lanes those in which somebody is in the segment whom the destination wasn't told of, or the other way round. */
export async function selectLanesWithNews(
  session: Session,
  asked: Pick<Asked, 'lanes' | 'destination' | 'segment' | 'since'>,
): Promise<readonly number[]> {
  await planForLanes(session);
  const rows = await session.query<{ lane: number }>(
    `with people as (
       select p.lane, p.profile_id from parcours.profile p ${members}
       where p.lane = any($1::smallint[]) and ${alive}),
     told as (
       select r.lane, r.profile_id, r.digest = '' as is_due from parcours.destination_row r
       where r.lane = any($1::smallint[]) and r.destination = $2 and r.digest is not null)
     select distinct coalesce(p.lane, t.lane) as lane
     from people p full join told t on t.lane = p.lane and t.profile_id = p.profile_id
     where p.profile_id is null or t.profile_id is null or t.is_due
     union
     select g.lane from parcours.destination_gone g where g.destination = $2 and g.lane = any($1::smallint[])
     order by 1`,
    [asked.lanes, asked.destination, asked.segment, asked.since],
  );
  return rows.map(({ lane }) => lane);
}
