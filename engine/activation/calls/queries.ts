/** Statements over lists of calls. A row says that somebody was put on a list; who stands there still is told by his enrollment. */
import type { Session } from '../../store/session.ts';

export interface WrittenCall {
  readonly lane: number;
  readonly profileId: number;
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly step: string;
  readonly round: number;
  readonly list: string;
  readonly script: string | null;
  readonly urgent: boolean;
  readonly until: Date;
}

export async function insertCalls(session: Session, rows: readonly WrittenCall[], t: Date): Promise<void> {
  await session.query(
    `insert into parcours.call (lane, profile_id, journey, key, n, step, round, list, script, urgent, until, placed_at)
     select u.*, $12 from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::integer[], $6::text[], $7::integer[],
       $8::text[], $9::text[], $10::boolean[], $11::timestamptz[]) u
     on conflict (lane, profile_id, journey, key, n, step, round) do update set placed_at = excluded.placed_at, until = excluded.until`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.journey),
      rows.map((r) => r.key),
      rows.map((r) => r.n),
      rows.map((r) => r.step),
      rows.map((r) => r.round),
      rows.map((r) => r.list),
      rows.map((r) => r.script),
      rows.map((r) => r.urgent),
      rows.map((r) => r.until),
      t,
    ],
  );
}

/** Raises the messages of calls that reached somebody: seen, or acted on a yes. */
export async function noteCallsClosed(
  session: Session,
  rows: readonly {
    readonly lane: number;
    readonly profileId: number;
    readonly journey: string;
    readonly step: string;
    readonly isYes: boolean;
  }[],
): Promise<void> {
  await session.query(
    `update parcours.message m set rank = greatest(m.rank, x.rank), state = case when x.rank > m.rank then x.state else m.state end
     from (
       select u.lane, l.message_id, case when u.is_yes then 5 else 4 end as rank, case when u.is_yes then 'acted' else 'seen' end as state
       from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::boolean[]) u(lane, profile_id, journey, step, is_yes)
       cross join lateral (
         select d.message_id from parcours.message d
         where d.lane = u.lane and d.profile_id = u.profile_id and d.journey = u.journey and d.step = u.step and d.rank >= 1
         order by d.created_at desc, d.message_id desc limit 1) l) x
     where m.lane = x.lane and m.message_id = x.message_id`,
    [
      rows.map((r) => r.lane),
      rows.map((r) => r.profileId),
      rows.map((r) => r.journey),
      rows.map((r) => r.step),
      rows.map((r) => r.isYes),
    ],
  );
}

export interface OpenCall {
  readonly lane: number;
  readonly profile_id: number;
  readonly journey: string;
  readonly step: string;
  readonly key: string;
  readonly script: string | null;
  readonly urgent: boolean;
  readonly placed_at: Date;
  readonly until: Date;
  readonly identifiers: Readonly<Record<string, string>>;
}

/** Who stands on a list at t, in the order in which they are called: urgent ones, then by a trait (`rankBy`), else who waits longest. */
export function openCalls(
  session: Session,
  list: string,
  rankBy: { readonly trait: string; readonly order: 'highest' | 'lowest' } | null,
  t: Date,
  limit: number,
): Promise<OpenCall[]> {
  return session.query<OpenCall>(
    `select c.lane, c.profile_id, c.journey, c.step, c.key, c.script, c.urgent, c.placed_at, c.until, coalesce(i.identifiers, '{}') as identifiers
     from parcours.call c
     join parcours.enrollment e on e.lane = c.lane and e.profile_id = c.profile_id and e.journey = c.journey and e.key = c.key and e.n = c.n
       and e.state = 'active' and e.step = c.step and e.posture = 'waiting'
     join parcours.profile p on p.lane = c.lane and p.profile_id = c.profile_id
     left join lateral (
       select jsonb_object_agg(d.type, d.value order by d.value desc) as identifiers from parcours.identifier d
       where d.lane = c.lane and d.profile_id = c.profile_id) i on true
     where c.list = $1 and c.until > $2
       and not exists (select 1 from parcours.call l where l.lane = c.lane and l.profile_id = c.profile_id and l.journey = c.journey
         and l.key = c.key and l.n = c.n and l.step = c.step and l.round > c.round)
     order by c.urgent desc, parcours.num(p.traits -> $3::text) * $4 desc nulls last, c.placed_at, c.lane, c.profile_id
     limit $5`,
    [list, t, rankBy?.trait ?? null, rankBy?.order === 'lowest' ? -1 : 1, limit],
  );
}
