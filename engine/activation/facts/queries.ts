/** Statements that record facts in their lane: consents and rows of entities. Events and values of traits: `profiles/facts/queries.ts`. */
import { byKey } from '../../store/by-key.ts';
import type { Session } from '../../store/session.ts';

export interface ConsentColumns {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
  readonly seqs: readonly number[];
  readonly purposes: readonly string[];
  readonly channels: readonly string[];
  readonly states: readonly string[];
  readonly occurredAt: readonly Date[];
  readonly sources: readonly string[];
  readonly proofs: readonly (string | null)[];
}

/** The consents of people, as they stand. */
export function readConsents(
  session: Session,
  people: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
): Promise<
  {
    readonly profile_id: number;
    readonly purpose: string;
    readonly channel: string;
    readonly state: string;
    readonly since: Date;
    readonly is_confirmed: boolean;
  }[]
> {
  return session.query(
    `select c.profile_id, c.purpose, c.channel, c.state, c.since,
       c.state = 'granted' and coalesce(c.confirmed_at > coalesce(c.denied_at, '-infinity'), false) as is_confirmed
     from unnest($1::smallint[], $2::bigint[]) u(lane, profile_id)
     cross join lateral (
       select * from parcours.consent d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) c`,
    [people.lanes, people.profiles],
  );
}

/**
 * The newest statement per (person, purpose, channel) stands; a late older one changes nothing, but for what was confirmed or denied last:
 * a confirmation counts until a denial.
 */
const consentsThatStand = `insert into parcours.consent as k (lane, profile_id, purpose, channel, state, since, confirmed_at, denied_at)
     select distinct on (x.lane, x.profile_id, x.purpose, x.channel) x.lane, x.profile_id, x.purpose, x.channel,
       case when x.state = 'denied' then x.state else 'granted' end, x.at,
       max(x.at) filter (where x.state = 'confirmed') over one, max(x.at) filter (where x.state = 'denied') over one
     from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
       x(lane, profile_id, seq, purpose, channel, state, at)
     window one as (partition by x.lane, x.profile_id, x.purpose, x.channel)
     order by x.lane, x.profile_id, x.purpose, x.channel, x.at desc, x.seq desc
     on conflict (lane, profile_id, purpose, channel) do update set
       state = case when k.since <= excluded.since then excluded.state else k.state end, since = greatest(k.since, excluded.since),
       confirmed_at = greatest(k.confirmed_at, excluded.confirmed_at), denied_at = greatest(k.denied_at, excluded.denied_at)
     where k.since <= excluded.since or excluded.confirmed_at is not null or excluded.denied_at is not null`;

/** Keeps each statement about consent with its proof, and what stands. */
export async function writeConsents(session: Session, c: ConsentColumns): Promise<void> {
  await session.query(
    `with log as (
       insert into parcours.consent_log (lane, profile_id, seq, purpose, channel, state, occurred_at, source, proof)
       select * from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::text[])
       on conflict do nothing)
     ${consentsThatStand}`,
    [c.lanes, c.profiles, c.seqs, c.purposes, c.channels, c.states, c.occurredAt, c.sources, c.proofs],
  );
}

/** Sets what stands, and keeps nothing of who said it. */
export async function projectConsents(session: Session, c: ConsentColumns): Promise<void> {
  await session.query(consentsThatStand, [c.lanes, c.profiles, c.seqs, c.purposes, c.channels, c.states, c.occurredAt]);
}

export interface EntityColumns {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
  readonly entities: readonly string[];
  readonly keys: readonly string[];
  readonly versions: readonly number[];
}

/** Takes away the copies of rows in roles that the person has no more; `roles`: JSON texts of those that he has. */
export async function deleteEntityRows(
  session: Session,
  c: EntityColumns & { readonly roles: readonly string[] },
): Promise<void> {
  await session.query(
    `delete from parcours.entity_row r
     using unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::jsonb[])
       u(lane, profile_id, entity, key, version, roles)
     where ${byKey('r', 'u', 'lane', 'profile_id', 'entity', 'key')}
       and r.version < u.version and not (u.roles ? r.role)`,
    [c.lanes, c.profiles, c.entities, c.keys, c.versions, c.roles],
  );
}

/**
 * Copies rows, one for each role; a newer copy stands. History is handled after what is live: who was untied meanwhile, as the ties
 * of all lanes know, isn't tied again by what was told before.
 */
export async function upsertEntityRows(
  session: Session,
  c: EntityColumns & {
    readonly roles: readonly string[];
    /** JSON texts. */
    readonly fields: readonly string[];
    readonly observedAt: readonly Date[];
    readonly sources: readonly string[];
  },
): Promise<void> {
  await session.query(
    `insert into parcours.entity_row as r (lane, profile_id, entity, key, role, fields, observed_at, source, version)
     select u.lane, u.profile_id, u.entity, u.key, u.role, u.fields, u.observed_at, u.source, u.version
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::jsonb[], $8::timestamptz[], $9::text[])
       u(lane, profile_id, entity, key, version, role, fields, observed_at, source)
     cross join lateral (
       select 1 from parcours.entity_tie t
       where t.entity = u.entity and t.key = u.key and t.role = u.role and t.lane = u.lane and t.profile_id = u.profile_id offset 0) t
     on conflict (lane, profile_id, entity, key, role) do update set
       fields = excluded.fields, observed_at = excluded.observed_at, source = excluded.source, version = excluded.version
     where r.version < excluded.version`,
    [c.lanes, c.profiles, c.entities, c.keys, c.versions, c.roles, c.fields, c.observedAt, c.sources],
  );
}

/** People of lanes by number, behind one of them: a page for work that can't be one statement. */
export async function peopleOfLanes(
  session: Session,
  lanes: readonly number[],
  after: number,
  limit: number,
): Promise<readonly { readonly lane: number; readonly profileId: number }[]> {
  const rows = await session.query<{ lane: number; profile_id: number }>(
    `select p.lane, p.profile_id from parcours.profile p
     where p.lane = any($1::smallint[]) and p.profile_id > $2 order by p.profile_id limit $3`,
    [lanes, after, limit],
  );
  return rows.map(({ lane, profile_id: profileId }) => ({ lane, profileId }));
}

export interface RegionColumns {
  readonly lanes: readonly number[];
  readonly profiles: readonly number[];
  /** Of the person's country; null: he has none. */
  readonly zones: readonly (string | null)[];
  readonly locales: readonly (string | null)[];
}

/** Sets zone and language: the person's own, otherwise those given. Returns those whose zone is another now. */
export async function setRegions(session: Session, c: RegionColumns): Promise<readonly number[]> {
  const rows = await session.query<{ profile_id: number; has_moved: boolean }>(
    `update parcours.profile p set zone = n.zone, locale = n.locale
     from (
       select d.lane, d.profile_id, d.zone as zone_before,
         coalesce((select z.name from parcours.zone z where z.name = d.traits ->> 'zone'), u.zone) as zone,
         coalesce(nullif(d.traits ->> 'locale', ''), u.locale) as locale
       from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[]) u(lane, profile_id, zone, locale)
       cross join lateral (
         select * from parcours.profile x where x.lane = u.lane and x.profile_id = u.profile_id offset 0) d
       where coalesce((select z.name from parcours.zone z where z.name = d.traits ->> 'zone'), u.zone) is distinct from d.zone
         or coalesce(nullif(d.traits ->> 'locale', ''), u.locale) is distinct from d.locale) n
     where ${byKey('p', 'n', 'lane', 'profile_id')}
     returning p.profile_id, n.zone is distinct from n.zone_before as has_moved`,
    [c.lanes, c.profiles, c.zones, c.locales],
  );
  return rows.filter((row) => row.has_moved).map((row) => row.profile_id);
}
