/**
 * Statements of deliveries over our own store: who is told, what he was told before, how far a delivery is. People are read lane by lane through a
 * cursor, so that memory is the same whatever their number.
 */
import type { Session } from '../../store/session.ts';

// ---------------------------------------------------------------- runs

export interface RunRow {
  readonly run_id: number;
  readonly destination: string;
  readonly digest: string;
  readonly send: 'all' | 'changes';
  readonly cause: 'schedule' | 'membership' | 'hand';
  readonly fire_at: Date | null;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly state: 'running' | 'waiting' | 'done' | 'failed';
  readonly lanes: readonly number[];
  readonly bytes: readonly number[];
  readonly told: number;
  readonly removed: number;
  readonly unnamed: number;
  readonly artifacts: readonly string[];
  readonly attempts: number;
  readonly retry_at: Date | null;
  readonly reason: string | null;
}

const runColumns = `run_id, destination, digest, send, cause, fire_at, started_at, ended_at, state, lanes::integer[] as lanes, bytes, told,
  removed, unnamed, artifacts, attempts, retry_at, reason`;

/** The one on its way: none or one row. */
export function selectOpenRun(session: Session, destination: string): Promise<RunRow[]> {
  return session.query<RunRow>(
    `select ${runColumns} from parcours.destination_run where destination = $1 and state in ('running', 'waiting')`,
    [destination],
  );
}

export type NewRun = Pick<RunRow, 'destination' | 'digest' | 'send' | 'cause' | 'fire_at' | 'started_at' | 'lanes'>;

export async function insertRun(session: Session, run: NewRun): Promise<RunRow> {
  const rows = await session.query<RunRow>(
    `insert into parcours.destination_run (destination, digest, send, cause, fire_at, started_at, state, lanes)
     values ($1, $2, $3, $4, $5, $6, 'running', $7::smallint[]) returning ${runColumns}`,
    [run.destination, run.digest, run.send, run.cause, run.fire_at, run.started_at, run.lanes],
  );
  return rows[0] as RunRow;
}

export interface RunStep {
  readonly lanes: readonly number[];
  readonly bytes: readonly number[];
  readonly told: number;
  readonly removed: number;
  readonly unnamed: number;
}

/** Notes how far it is, in the transaction that notes what was told. */
export async function noteStep(session: Session, runId: number, step: RunStep): Promise<void> {
  await session.query(
    `update parcours.destination_run set state = 'running', lanes = $2::smallint[], bytes = $3::bigint[], told = told + $4,
       removed = removed + $5, unnamed = unnamed + $6, attempts = 0, retry_at = null, reason = null
     where run_id = $1`,
    [runId, step.lanes, step.bytes, step.told, step.removed, step.unnamed],
  );
}

export async function noteFailure(
  session: Session,
  runId: number,
  { retryAt, reason }: { readonly retryAt: Date; readonly reason: string },
): Promise<void> {
  await session.query(
    `update parcours.destination_run set state = 'waiting', attempts = attempts + 1, retry_at = $2, reason = $3 where run_id = $1`,
    [runId, retryAt, reason],
  );
}

export interface RunEnd {
  readonly state: 'done' | 'failed';
  readonly at: Date;
  readonly artifacts: readonly string[];
  /** Beyond what steps counted: hashes that an audience loses. */
  readonly removed: number;
  readonly reason: string | null;
}

export async function endRun(session: Session, runId: number, end: RunEnd): Promise<void> {
  await session.query(
    `update parcours.destination_run set state = $2, ended_at = $3, artifacts = $4::text[], removed = removed + $5, reason = $6,
       lanes = '{}', retry_at = null
     where run_id = $1`,
    [runId, end.state, end.at, end.artifacts, end.removed, end.reason],
  );
}

/** The log, the newest first; of one destination or of all. */
export function selectRuns(session: Session, destination: string | null, limit: number): Promise<RunRow[]> {
  return session.query<RunRow>(
    `select ${runColumns} from parcours.destination_run where $1::text is null or destination = $1 order by run_id desc limit $2`,
    [destination, limit],
  );
}

/** The last delivery of each destination. */
export function selectLastRuns(session: Session): Promise<RunRow[]> {
  return session.query<RunRow>(
    `select distinct on (destination) ${runColumns} from parcours.destination_run order by destination, run_id desc`,
  );
}

/** When each destination's schedule was last fired. */
export function selectLastFires(session: Session): Promise<{ readonly destination: string; readonly fire_at: Date }[]> {
  return session.query(
    `select destination, max(fire_at) as fire_at from parcours.destination_run where fire_at is not null group by destination`,
  );
}

export async function deleteOldRuns(session: Session, destination: string, before: Date): Promise<void> {
  await session.query('delete from parcours.destination_run where destination = $1 and ended_at < $2', [
    destination,
    before,
  ]);
}

/** One process delivers to a destination at a time; false: another one does. Held by the session until it is given back, or ends. */
export async function lockDestination(session: Session, destination: string): Promise<boolean> {
  const rows = await session.query<{ is_ours: boolean }>(
    'select pg_try_advisory_lock(7305003, hashtext($1)) as is_ours',
    [destination],
  );
  return rows[0]?.is_ours === true;
}

export async function unlockDestination(session: Session, destination: string): Promise<void> {
  await session.query('select pg_advisory_unlock(7305003, hashtext($1)) as is_free', [destination]);
}

// ---------------------------------------------------------------- people

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
async function planForKeys(session: Session): Promise<void> {
  await session.query(
    `select set_config('enable_nestloop', 'on', true), set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true)`,
  );
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

// ---------------------------------------------------------------- what people were told

export interface Told {
  readonly destination: string;
  readonly run: number;
  readonly lanes: readonly number[];
  readonly ids: readonly number[];
  /** Hex. */
  readonly digests: readonly string[];
}

export async function noteTold(session: Session, told: Told): Promise<void> {
  await session.query(
    `insert into parcours.destination_row (lane, destination, profile_id, digest, run_id)
     select u.lane, $1, u.profile_id, decode(u.digest, 'hex'), $2
     from unnest($3::smallint[], $4::bigint[], $5::text[]) u(lane, profile_id, digest)
     on conflict (lane, destination, profile_id) do update set digest = excluded.digest, run_id = excluded.run_id`,
    [told.destination, told.run, told.lanes, told.ids, told.digests],
  );
}

/**
 * That people were told to be there no more: the rows stay until the delivery is through. They are looked up behind a fence: without statistics the
 * table passes for empty, and all its rows would be held against all people.
 */
export async function noteGone(session: Session, gone: Omit<Told, 'digests'>): Promise<void> {
  await session.query(
    `update parcours.destination_row r set digest = null, run_id = $2
     from unnest($3::smallint[], $4::bigint[]) u(lane, profile_id)
     cross join lateral (
       select d.ctid as at from parcours.destination_row d
       where d.lane = u.lane and d.destination = $1 and d.profile_id = u.profile_id offset 0) f
     where r.ctid = f.at`,
    [gone.destination, gone.run, gone.lanes, gone.ids],
  );
}

/** Erased people of the lanes, of whom the destination is to be told that they are gone; their numbers. */
export async function takeErased(
  session: Session,
  {
    destination,
    run,
    lanes,
  }: { readonly destination: string; readonly run: number; readonly lanes: readonly number[] },
): Promise<readonly number[]> {
  const rows = await session.query<{ number: number }>(
    `update parcours.destination_gone set run_id = $2 where destination = $1 and lane = any($3::smallint[]) returning number`,
    [destination, run, lanes],
  );
  return rows.map(({ number }) => number).filter((number) => number > 0);
}

/** When a delivery is through: what was told to be gone is. */
export async function forgetGone(session: Session, destination: string, run: number): Promise<void> {
  await session.query(
    'delete from parcours.destination_row where destination = $1 and run_id = $2 and digest is null',
    [destination, run],
  );
  await session.query('delete from parcours.destination_hash where destination = $1 and gone_in = $2', [
    destination,
    run,
  ]);
  await session.query('delete from parcours.destination_gone where destination = $1 and run_id = $2', [
    destination,
    run,
  ]);
}

/** When a delivery came to nothing: all that it told is to be told again. */
export async function takeBack(session: Session, destination: string, run: number): Promise<void> {
  await session.query(`update parcours.destination_row set digest = '' where destination = $1 and run_id = $2`, [
    destination,
    run,
  ]);
  await session.query('update parcours.destination_hash set gone_in = null where destination = $1 and gone_in = $2', [
    destination,
    run,
  ]);
  await session.query('update parcours.destination_gone set run_id = null where destination = $1 and run_id = $2', [
    destination,
    run,
  ]);
  await session.query('delete from parcours.destination_lane where destination = $1', [destination]);
}

/** Before erased people's rows go: that destinations know them is kept under a number, or a hash, until they are told. How many rows. */
export async function leaveToDeliver(
  session: Session,
  { lanes, ids }: { readonly lanes: readonly number[]; readonly ids: readonly number[] },
): Promise<number> {
  const rows = await session.query<{ n: number }>(
    `with his as (select * from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)),
     left_over as (
       select r.lane, r.destination, r.profile_id as number, '' as kind, ''::bytea as hash from his u
       join parcours.destination_row r on r.lane = u.lane and r.profile_id = u.profile_id
       union
       select h.lane, h.destination, 0, h.kind, h.hash from his u
       join parcours.destination_hash h on h.lane = u.lane and h.profile_id = u.profile_id),
     kept as (
       insert into parcours.destination_gone (lane, destination, number, kind, hash)
       select lane, destination, number, kind, hash from left_over on conflict do nothing returning 1)
     select count(*) as n from kept`,
    [lanes, ids],
  );
  return rows[0]?.n ?? 0;
}

// ---------------------------------------------------------------- audiences

export interface HashRows {
  readonly destination: string;
  readonly run: number;
  /** Of everybody who is another now. */
  readonly people: { readonly lanes: readonly number[]; readonly ids: readonly number[] };
  /** What they are known by from now on. */
  readonly lanes: readonly number[];
  readonly ids: readonly number[];
  readonly kinds: readonly string[];
  /** Hex. */
  readonly hashes: readonly string[];
}

/** Sets by what the audience knows people; what they had before is marked as going. */
export async function setHashes(session: Session, rows: HashRows): Promise<void> {
  await session.query(
    `update parcours.destination_hash h set gone_in = $2
     from unnest($3::smallint[], $4::bigint[]) u(lane, profile_id)
     cross join lateral (
       select d.ctid as at from parcours.destination_hash d
       where d.lane = u.lane and d.destination = $1 and d.profile_id = u.profile_id and d.gone_in is null offset 0) f
     where h.ctid = f.at`,
    [rows.destination, rows.run, rows.people.lanes, rows.people.ids],
  );
  await session.query(
    `insert into parcours.destination_hash (lane, destination, profile_id, kind, hash)
     select distinct u.lane, $1, u.profile_id, u.kind, decode(u.hash, 'hex')
     from unnest($2::smallint[], $3::bigint[], $4::text[], $5::text[]) u(lane, profile_id, kind, hash)
     on conflict (lane, destination, profile_id, kind, hash) do update set gone_in = null`,
    [rows.destination, rows.lanes, rows.ids, rows.kinds, rows.hashes],
  );
}

/** Opens the cursor over hashes that nobody in the audience has any more. */
export async function openGoneHashes(session: Session, destination: string, run: number): Promise<void> {
  await planForKeys(session);
  await session.query(
    `declare delivery no scroll cursor for
     select g.kind, encode(g.hash, 'hex') as hash
     from (
       select h.kind, h.hash from parcours.destination_hash h where h.destination = $1 and h.gone_in = $2
       union
       select e.kind, e.hash from parcours.destination_gone e where e.destination = $1 and e.run_id = $2 and e.kind <> '') g
     where not exists (select from parcours.destination_hash o
       where o.destination = $1 and o.hash = g.hash and o.kind = g.kind and o.gone_in is null)
     order by 1, 2`,
    [destination, run],
  );
}

export function fetchGoneHashes(session: Session): Promise<{ readonly kind: string; readonly hash: string }[]> {
  return session.query('fetch 5000 from delivery');
}

// ---------------------------------------------------------------- who comes and goes

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
