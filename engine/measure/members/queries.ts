/** Members of a segment: those that the engine keeps now, and those of a query made by the compiler for another time. */
import type { Session } from '../../store/session.ts';

export interface MemberRow {
  readonly lane: number;
  readonly profile_id: number;
  /** Since when; null for another time than now. */
  readonly since: Date | null;
  /** `type:value` of the first identifier. */
  readonly identifier: string | null;
}

/** A query of rows (lane, profile_id), made by the compiler. */
export interface PeopleQuery {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** `type:value` of the first identifier of a row `m` (lane, profile_id), or null. */
export const firstIdentifier = `(
  select i.type || ':' || i.value from parcours.identifier i
  where i.lane = m.lane and i.profile_id = m.profile_id
  order by i.type <> 'external_id', i.type, i.value limit 1) as identifier`;

export async function countMembersNow(session: Session, segment: string): Promise<number> {
  const rows = await session.query<{ people: number }>(
    'select count(*) as people from parcours.membership where segment = $1 and is_member',
    [segment],
  );
  return rows[0]?.people ?? 0;
}

export function selectMembersNow(session: Session, segment: string, limit: number): Promise<MemberRow[]> {
  return session.query<MemberRow>(
    `select m.lane, m.profile_id, m.since, ${firstIdentifier}
     from parcours.membership m where m.segment = $1 and m.is_member order by m.profile_id limit $2`,
    [segment, limit],
  );
}

export async function countPeople(session: Session, people: PeopleQuery): Promise<number> {
  const rows = await session.query<{ people: number }>(
    `select count(*) as people from (${people.text}) p`,
    people.values,
  );
  return rows[0]?.people ?? 0;
}

export function selectPeople(session: Session, people: PeopleQuery, limit: number): Promise<MemberRow[]> {
  return session.query<MemberRow>(
    `select m.lane, m.profile_id, null::timestamptz as since, ${firstIdentifier}
     from (${people.text}) m order by m.profile_id limit $${people.values.length + 1}`,
    [...people.values, limit],
  );
}

export interface SampledRow {
  readonly hash: string;
  readonly profile_id: number;
  /** `type:value` of the first identifier. */
  readonly identifier: string | null;
}

/** The people of hashes that a plan made on a day: everybody is hashed once more. */
export function selectSampled(session: Session, hashes: readonly string[], day: string): Promise<SampledRow[]> {
  return session.query<SampledRow>(
    `select m.hash, m.profile_id, ${firstIdentifier}
     from (
       select p.lane, p.profile_id, left(encode(sha256(convert_to(s.sample_salt::text || $2::text || p.profile_id, 'UTF8')), 'hex'), 16) as hash
       from parcours.profile p cross join parcours.store s) m
     where m.hash = any($1::text[]) order by m.hash`,
    [hashes, day],
  );
}
