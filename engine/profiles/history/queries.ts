/** Statements of history that is written straight into its people's lanes, by who holds these lanes. */
import type { Session } from '../../store/session.ts';

/**
 * Until the transaction ends, rows are looked up by their keys: thousands of them are few beside a table of millions, and a plan made while
 * the tables were empty is kept.
 */
export async function planForKeys(session: Session): Promise<void> {
  await session.query(
    `select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
       set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('enable_bitmapscan', 'off', true), set_config('enable_memoize', 'off', true), set_config('jit', 'off', true)`,
  );
}

export interface NewProfileColumns {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
  /** JSON texts: objects of values by trait. */
  readonly traits: readonly string[];
}

/** Makes profiles with what was told of them. Zones that the server doesn't know are left out. */
export async function insertProfilesWithTraits(session: Session, c: NewProfileColumns, now: Date): Promise<void> {
  await session.query(
    `insert into parcours.profile (lane, profile_id, traits, zone, locale, created_at)
     select lane, profile_id, traits,
       case when traits ? 'zone' then (select z.name from parcours.zone z where z.name = traits ->> 'zone') end,
       traits ->> 'locale', $4::timestamptz
     from rows from (unnest($1::smallint[], $2::bigint[]), jsonb_array_elements($3::jsonb)) u(lane, profile_id, traits)
     order by lane, profile_id`,
    [c.lanes, c.profiles, `[${c.traits.join(',')}]`, now],
  );
}

/** Of a lane: who was told of, and what about. */
export interface ToldOfLane {
  readonly lane: number;
  /** JSON text of `ToldHistory`. */
  readonly body: string;
}

/** Tells lanes of whom history was written, so that they look at them again. Imports are the last class. */
export async function appendTold(session: Session, told: readonly ToldOfLane[], visibleAt: Date): Promise<void> {
  await session.query(
    `insert into parcours.inbox (lane, class, visible_at, kind, body)
     select lane, 4, $3::timestamptz, 'history', body
     from rows from (unnest($1::smallint[]), jsonb_array_elements($2::jsonb)) u(lane, body) order by lane`,
    [told.map(({ lane }) => lane), `[${told.map(({ body }) => body).join(',')}]`, visibleAt],
  );
}

/** Whether a process is at work on the lanes, who would wait for us. */
export async function isAnybodyAtWork(session: Session, since: Date): Promise<boolean> {
  const rows = await session.query<{ is_busy: boolean }>(
    'select exists (select from parcours.worker where beat_at > $1) as is_busy',
    [since],
  );
  return rows[0]?.is_busy === true;
}
