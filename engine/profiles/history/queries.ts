/** Statements of history that is written straight into its people's lanes, by who holds these lanes. */
import { copyRows } from '../../store/copy-in.ts';
import type { BulkSession, Session } from '../../store/session.ts';

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

/** A profile with what was told of it. */
export interface NewProfile {
  readonly lane: number;
  readonly profileId: number;
  /** JSON text: an object of values by trait. */
  readonly traits: string;
  readonly zone: string | null;
  readonly locale: string | null;
}

/** Makes profiles, in the order given. Zones that the server doesn't know are left out. */
export async function copyProfiles(
  session: BulkSession,
  profiles: readonly NewProfile[],
  { known, now }: { readonly known: ReadonlySet<string>; readonly now: Date },
): Promise<void> {
  const rows = copyRows(6);
  for (const { lane, profileId, traits, zone, locale } of profiles) {
    rows.row();
    rows.short(lane);
    rows.long(profileId);
    rows.json(traits);
    rows.text(zone !== null && known.has(zone) ? zone : null);
    rows.text(locale);
    rows.instant(now.getTime());
  }
  await session.copy(
    'copy parcours.profile (lane, profile_id, traits, zone, locale, created_at) from stdin (format binary)',
    rows.end(),
  );
}

/** Those of the time zones that the server knows. */
export async function knownZones(session: Session, names: readonly string[]): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  const rows = await session.query<{ name: string }>('select name from parcours.zone where name = any($1::text[])', [
    names,
  ]);
  return new Set(rows.map(({ name }) => name));
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
