/**
 * The floor of the benchmark `segments`: what `segments-workspace/reference` says, asked by hand as one would who knows PostgreSQL, this
 * schema and nothing but the one question. `members` gives `lane, profile_id`; `rows` the rows that a fill writes: also who isn't a member and
 * will be by time alone, with that time. $1 is the time. The values are written into the texts, which spares the planner guesses.
 */

export interface FloorSegment {
  readonly id: string;
  readonly members: string;
  /** `lane, profile_id, holds, next_change`. */
  readonly rows: string;
  /** The segments that it reads. */
  readonly reads?: readonly string[];
}

const countryIn = (countries: string) => `p.merged_into is null and p.traits ->> 'country' in (${countries})`;

const registered = `to_timestamp((p.traits -> 'registered_at')::bigint / 1000.0)`;

const neverOrdered = `not exists (
  select from parcours.event e where e.lane = p.lane and e.type = 'order_placed' and e.profile_id = p.profile_id)`;

const neverBought: FloorSegment = {
  id: 'never-bought',
  members: `
    select p.lane, p.profile_id from parcours.profile p
    where ${countryIn(`'AR', 'MX', 'ES'`)} and ${registered} <= $1::timestamptz - interval '168 hours' and ${neverOrdered}`,
  rows: `
    select lane, profile_id, turns <= $1 as holds, case when turns > $1 then turns end as next_change
    from (select p.lane, p.profile_id, ${registered}::timestamptz(3) + interval '168 hours' as turns from parcours.profile p
      where ${countryIn(`'AR', 'MX', 'ES'`)} and ${neverOrdered}) x`,
};

const frequent: FloorSegment = {
  id: 'frequent',
  members: `
    select lane, profile_id from parcours.event
    where type = 'order_placed' and occurred_at > $1::timestamptz - interval '2160 hours'
    group by lane, profile_id having count(*) >= 3`,
  rows: `
    select lane, profile_id, true as holds,
      (array_agg(occurred_at order by occurred_at desc))[3] + interval '2160 hours' as next_change
    from parcours.event
    where type = 'order_placed' and occurred_at > $1::timestamptz - interval '2160 hours'
    group by lane, profile_id having count(*) >= 3`,
};

const bigSpenders: FloorSegment = {
  id: 'big-spenders',
  members: `
    select lane, profile_id from parcours.event
    where type = 'order_placed' and occurred_at > $1::timestamptz - interval '12 months' and unit = 'EUR'
    group by lane, profile_id having sum(value) >= 50000`,
  // Totals of this shop are never below zero: who falls short stays so until he orders.
  rows: `
    select lane, profile_id, true as holds, min(occurred_at + interval '12 months') as next_change
    from parcours.event
    where type = 'order_placed' and occurred_at > $1::timestamptz - interval '12 months' and unit = 'EUR'
    group by lane, profile_id having sum(value) >= 50000`,
};

const lapsed: FloorSegment = {
  id: 'lapsed',
  members: `
    select lane, profile_id from parcours.event where type = 'order_placed'
    group by lane, profile_id having max(occurred_at) <= $1::timestamptz - interval '720 hours'`,
  rows: `
    select lane, profile_id, turns <= $1 as holds, case when turns > $1 then turns end as next_change
    from (select lane, profile_id, max(occurred_at) + interval '720 hours' as turns from parcours.event
      where type = 'order_placed' group by lane, profile_id) x`,
};

const unfinished = `e.type = 'cart_updated' and not exists (
  select from parcours.event f
  where f.lane = e.lane and f.type = 'order_placed' and f.profile_id = e.profile_id
    and f.occurred_at > $1::timestamptz - interval '336 hours' and f.occurred_at > e.occurred_at
    and f.occurred_at < e.occurred_at + interval '24 hours' and f.properties ->> 'cart_id' = e.properties ->> 'cart_id')`;

const abandoners: FloorSegment = {
  id: 'abandoners',
  members: `
    select distinct e.lane, e.profile_id from parcours.event e
    where e.occurred_at > $1::timestamptz - interval '336 hours' and e.occurred_at <= $1::timestamptz - interval '24 hours' and ${unfinished}`,
  rows: `
    select e.lane, e.profile_id, bool_or(e.occurred_at + interval '24 hours' <= $1) as holds,
      min(case when e.occurred_at + interval '24 hours' > $1 then e.occurred_at + interval '24 hours' else e.occurred_at + interval '336 hours' end) as next_change
    from parcours.event e
    where e.occurred_at > $1::timestamptz - interval '336 hours' and ${unfinished}
    group by e.lane, e.profile_id`,
};

const member = (segment: string) => `exists (
  select from parcours.membership m where m.lane = p.lane and m.profile_id = p.profile_id and m.segment = '${segment}' and m.is_member)`;

const granted = `exists (select from parcours.consent c
    where c.lane = p.lane and c.profile_id = p.profile_id and c.purpose = 'marketing' and c.state = 'granted')
  and not exists (select from parcours.consent c
    where c.lane = p.lane and c.profile_id = p.profile_id and c.purpose = 'marketing' and c.state = 'denied')`;

const reachable: FloorSegment = {
  id: 'reachable',
  reads: ['frequent', 'lapsed'],
  members: `
    select p.lane, p.profile_id from parcours.profile p
    where p.merged_into is null and ${granted} and not ${member('lapsed')} and (
      p.traits ->> 'country' in ('FR', 'IT')
      or (p.traits -> 'visits')::numeric >= 40
      or ${member('frequent')} and (
        exists (select from parcours.event e where e.lane = p.lane and e.type = 'order_placed' and e.profile_id = p.profile_id
          and e.occurred_at > $1::timestamptz - interval '720 hours')
        or (select count(*) from parcours.event e where e.lane = p.lane and e.type = 'page_viewed' and e.profile_id = p.profile_id
          and e.occurred_at > $1::timestamptz - interval '168 hours') >= 2))`,
  // For who is in by country or visits, nothing changes with time; others leave when both windows have let go.
  rows: `
    select p.lane, p.profile_id, true as holds,
      case when p.traits ->> 'country' in ('FR', 'IT') or (p.traits -> 'visits')::numeric >= 40 then null
        else greatest(o.at + interval '720 hours', v.at + interval '168 hours') end as next_change
    from parcours.profile p
    left join lateral (select max(e.occurred_at) as at from parcours.event e where e.lane = p.lane and e.type = 'order_placed'
      and e.profile_id = p.profile_id and e.occurred_at > $1::timestamptz - interval '720 hours') o on true
    left join lateral (select e.occurred_at as at from parcours.event e where e.lane = p.lane and e.type = 'page_viewed'
      and e.profile_id = p.profile_id and e.occurred_at > $1::timestamptz - interval '168 hours'
      order by e.occurred_at desc offset 1 limit 1) v on true
    where p.merged_into is null and ${granted} and not ${member('lapsed')} and (
      p.traits ->> 'country' in ('FR', 'IT')
      or (p.traits -> 'visits')::numeric >= 40
      or ${member('frequent')} and (o.at is not null or v.at is not null))`,
};

export const floorSegments: readonly FloorSegment[] = [
  neverBought,
  frequent,
  bigSpenders,
  lapsed,
  abandoners,
  reachable,
];
