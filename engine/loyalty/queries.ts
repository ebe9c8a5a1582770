/** Statements around the ledger: the lane of a command, callers' keys. Those of the ledger itself are in `ledger/queries.ts`. */
import { holdersOfPerson } from '../compiler/holders-sql.ts';
import type { Duration } from '../compiler/ir.ts';
import { intervalText } from '../compiler/pair.ts';
import type { Session } from '../store/session.ts';

/** A command waits for its lane so long; a lane's transactions end sooner. */
export async function waitBriefly(session: Session): Promise<void> {
  await session.query(`select set_config('lock_timeout', '2s', true)`);
}

/** Waits for the lane, which then has one writer until the transaction ends; returns the time it has come to. */
export async function lockLane(session: Session, lane: number): Promise<Date | null> {
  const rows = await session.query<{ last_t: Date | null }>(
    'select l.last_t from parcours.lane l where l.lane = $1 for update',
    [lane],
  );
  return rows[0]?.last_t ?? null;
}

/** Takes a caller's key for a body. A key is of the programme, over all lanes: who comes at the same time waits for the other to commit. */
export async function claimKey(
  session: Session,
  { program, lane }: { readonly program: string; readonly lane: number },
  { key, digest }: { readonly key: string; readonly digest: string },
): Promise<'ours' | 'conflict'> {
  const rows = await session.query<{ digest: string }>(
    `insert into parcours.ledger_key (program, key, digest, lane) values ($1, $2, $3, $4)
     on conflict (program, key) do nothing returning digest`,
    [program, key, digest, lane],
  );
  if (rows.length > 0) return 'ours';
  const [known] = await session.query<{ digest: string }>(
    'select k.digest from parcours.ledger_key k where k.program = $1 and k.key = $2',
    [program, key],
  );
  return known?.digest === digest ? 'ours' : 'conflict';
}

export interface WindowAsked {
  readonly lane: number;
  readonly profileId: number;
  readonly program: string;
  /** Of one of them: rules, challenges, rewards. */
  readonly sources: readonly string[];
  /** An instant of the window, in milliseconds. */
  readonly at: number;
  /** A unit of the person's calendar; null: none. */
  readonly unit: string | null;
  /** Of a window that slides; null, without a unit too: all of the membership. */
  readonly duration: Duration | null;
}

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/**
 * What sources gave members in windows, net of what was taken back (an earning that was taken back whole counts for nothing). `window`
 * names the calendar unit; sliding windows have one name, so that what lies less than its length apart counts, before and after.
 */
export function readGiven(
  session: Session,
  asked: readonly WindowAsked[],
  house: { readonly zone: string; readonly weekStarts: string },
  kind: 'earn' | 'redeem' = 'earn',
): Promise<{ readonly i: number; readonly window: string; readonly times: number; readonly points: number }[]> {
  return session.query(
    `select u.i::integer as i, coalesce(w.starts::text, '') as window, g.times, g.points
     from unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[])
       with ordinality u(lane, profile_id, program, sources, at, unit, slides, i)
     cross join lateral (
       select coalesce(d.zone, $8) as zone from parcours.profile d where d.lane = u.lane and d.profile_id = u.profile_id offset 0) p
     cross join lateral (
       select case when u.unit = 'week' then make_interval(days => $9) else interval '0' end as shift) s
     cross join lateral (
       select date_trunc(u.unit, (u.at at time zone p.zone) - s.shift) + s.shift as starts,
         case when u.unit = 'quarter' then interval '3 months' else ('1 ' || u.unit)::interval end as length) w
     cross join lateral (
       select count(*) as times, coalesce(sum(x.net), 0)::bigint as points from (
         select d.amount, d.amount - coalesce((
           select sum(r.amount) from parcours.ledger_txn r
           where r.kind ${kind === 'earn' ? "in ('reverse', 'disqualify')" : "= 'cancel'"} and r.of_txn = d.txn_id), 0) as net,
           d.amount = 0 and not exists (select from parcours.ledger_txn r where r.kind = 'reverse' and r.of_txn = d.txn_id) as is_badge
         from (${holdersOfPerson('u')}) m cross join lateral (
           select d.txn_id, d.amount from parcours.ledger_txn d
           where d.kind ${kind === 'earn' ? "in ('earn', 'qualify')" : "in ('redeem', 'capture')"} and d.lane = m.lane and d.holder_id = m.holder_id
             and d.source = any(string_to_array(u.sources, ' '))
             and (w.starts is null or (
               d.at >= parcours.local_instant(w.starts, p.zone) and d.at < parcours.local_instant(w.starts + w.length, p.zone)))
             and (u.slides is null or (d.at + u.slides::interval > u.at and u.at + u.slides::interval > d.at)) offset 0) d
         offset 0) x where x.net > 0 or x.is_badge) g`,
    [
      asked.map((one) => one.lane),
      asked.map((one) => one.profileId),
      asked.map((one) => one.program),
      asked.map((one) => one.sources.join(' ')),
      asked.map((one) => new Date(one.at)),
      asked.map((one) => one.unit),
      asked.map(({ duration }) => (duration === null ? null : intervalText(duration))),
      house.zone,
      weekdays.indexOf(house.weekStarts),
    ],
  );
}

/** The zones in which people live, in order. */
export async function readZones(
  session: Session,
  people: readonly { readonly lane: number; readonly profileId: number }[],
  zone: string,
): Promise<readonly string[]> {
  const rows = await session.query<{ zone: string }>(
    `select coalesce(p.zone, $3) as zone from unnest($1::smallint[], $2::bigint[]) with ordinality u(lane, profile_id, i)
     left join parcours.profile p on p.lane = u.lane and p.profile_id = u.profile_id order by u.i`,
    [people.map(({ lane }) => lane), people.map(({ profileId }) => profileId), zone],
  );
  return rows.map((row) => row.zone);
}

/** A purchase, and events that are about it: of some types, with its value of a property. */
export interface AboutPurchase {
  readonly lane: number;
  readonly profileId: number;
  readonly types: readonly string[];
  readonly property: string;
  readonly match: string;
}

/** Of purchases those about which an event of the types has been recorded; `i` from 1. */
export function readEventsOfMatch(
  session: Session,
  asked: readonly AboutPurchase[],
): Promise<{ readonly i: number }[]> {
  return session.query(
    `select u.i::integer as i from ${purchases} where exists (select 1 from parcours.event e where ${isAbout})`,
    purchaseColumns(asked),
  );
}

/** The events about purchases; `i` from 1, times in milliseconds. */
export function readEventsAbout(
  session: Session,
  asked: readonly AboutPurchase[],
): Promise<
  {
    readonly i: number;
    readonly event_id: number;
    readonly type: string;
    readonly at: number;
    readonly properties: Readonly<Record<string, unknown>>;
  }[]
> {
  return session.query(
    `select u.i::integer as i, e.event_id, e.type, round(extract(epoch from e.occurred_at) * 1000)::bigint as at, e.properties
     from ${purchases} cross join lateral (select * from parcours.event e where ${isAbout} offset 0) e
     order by u.i, e.occurred_at, e.event_id`,
    purchaseColumns(asked),
  );
}

const purchases =
  'unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::text[]) with ordinality u(lane, profile_id, types, property, match, i)';
const isAbout = `e.lane = u.lane and e.profile_id = u.profile_id and e.type = any(string_to_array(u.types, ' '))
  and e.properties ->> u.property = u.match`;

function purchaseColumns(asked: readonly AboutPurchase[]): readonly unknown[] {
  return [
    asked.map(({ lane }) => lane),
    asked.map(({ profileId }) => profileId),
    asked.map(({ types }) => types.join(' ')),
    asked.map(({ property }) => property),
    asked.map(({ match }) => match),
  ];
}
