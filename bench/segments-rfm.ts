/**
 * The row RFM of the benchmark `segments`: days since the last order, orders and money of a year, the fifths of everybody in which they lie,
 * and a name for the three, worked out of the events and written for everybody: by the engine, from the applied definitions to the last
 * lane; and beside it by one hand-written statement that ranks in windows and writes the same values, histories and wake-ups.
 */
import { strict as assert } from 'node:assert';
import { runningPrograms } from '../engine/activation/running.ts';
import { scaleKeeper } from '../engine/activation/schedules/scales.ts';
import { liveRevisionNumber } from '../engine/store/revisions.ts';
import type { OwnSession, Session } from '../engine/store/session.ts';
import type { Store } from '../engine/store/store.ts';

/** The file of the workspace, and what it defines. */
export const rfmFile = 'rfm.yaml';
const traits = ['days_since_order', 'orders_12mo', 'spent_12mo', 'r', 'f', 'm', 'rfm'];

/** Ranks everybody and fills the applied traits: the scales, and then the lanes, as the engine does when nothing else waits. `settings`: of the scales' session. */
export async function rfmByEngine(
  store: Store,
  t: Date,
  {
    settings,
    runWorker,
  }: { readonly settings: Readonly<Record<string, string>>; readonly runWorker: () => Promise<void> },
): Promise<void> {
  const scales = scaleKeeper(() => store.session(settings));
  const running = await store.withSession(async (session) =>
    runningPrograms().get(session, await liveRevisionNumber(session)),
  );
  assert(running !== null, 'a revision was applied');
  await scales.lookAhead(running, t);
  await runWorker();
  assert.equal(await scales.refresh(running, t), 0, 'nothing is left to be worked out');
  await scales.close();
}

/** A part of five by `percent_rank`, as the language has it: equal values share a part. */
const fifth = (order: string) => `least(5, 1 + floor(5 * percent_rank() over (${order})::numeric))::integer`;

const rfmText = `
  with base as (
    select p.lane, p.profile_id, e.last, coalesce(e.orders, 0) as orders, coalesce(e.spent, 0) as spent, e.leaves,
      floor(extract(epoch from $1 - e.last) / 86400)::bigint as days
    from parcours.profile p left join (
      select lane, profile_id, max(occurred_at) as last,
        count(*) filter (where occurred_at + interval '12 months' > $1) as orders,
        coalesce(sum(value) filter (where occurred_at + interval '12 months' > $1 and unit = 'EUR'), 0) as spent,
        min(occurred_at + interval '12 months') filter (where occurred_at + interval '12 months' > $1) as leaves
      from parcours.event where type = 'order_placed' group by lane, profile_id) e using (lane, profile_id)
    where p.merged_into is null
  ), ranked as (
    select *, case when days is not null then ${fifth('partition by days is null order by days desc')} end as r,
      ${fifth('order by orders')} as f, ${fifth('order by spent')} as m
    from base
  ), named as materialized (
    select *, case when r >= 4 and f >= 4 and m >= 4 then 'champion' when f >= 4 then 'loyal' when r = 5 then 'newcomer'
      when r <= 2 and m >= 4 then 'slipping' when r = 1 then 'lost' when r >= 2 then 'buyer' else 'prospect' end as rfm
    from ranked order by lane, profile_id
  ), history as (
    insert into parcours.trait_value (lane, profile_id, trait, observed_at, received_at, source, value)
    select n.lane, n.profile_id, v.trait, $1, $1, 'computed', v.value from named n cross join lateral (select
      (array['f', 'm', 'orders_12mo', 'r', 'rfm', 'spent_12mo'])[k] as trait,
      case k when 1 then to_jsonb(n.f) when 2 then to_jsonb(n.m) when 3 then to_jsonb(n.orders) when 4 then to_jsonb(n.r)
        when 5 then to_jsonb(n.rfm) else jsonb_build_object('amount', n.spent, 'currency', 'EUR') end as value
      from generate_series(1, 6) k offset 0) v
    where v.value is not null
  ), wakes as (
    insert into parcours.trait_wake (lane, profile_id, trait, next_change)
    select n.lane, n.profile_id, v.trait, v.at from named n cross join lateral (select
      (array['days_since_order', 'orders_12mo', 'spent_12mo'])[k] as trait,
      case k when 1 then n.last + (n.days::integer + 1) * interval '24 hours' else n.leaves end as at
      from generate_series(1, 3) k offset 0) v
    where v.at is not null
  )
  update parcours.profile p set traits = p.traits || jsonb_strip_nulls(jsonb_build_object('days_since_order', n.days, 'orders_12mo', n.orders,
    'spent_12mo', jsonb_build_object('amount', n.spent, 'currency', 'EUR'), 'r', n.r, 'f', n.f, 'm', n.m, 'rfm', n.rfm))
  from named n where p.lane = n.lane and p.profile_id = n.profile_id`;

export async function rfmByHand(session: Session, t: Date): Promise<void> {
  await session.query(rfmText, [t]);
}

/** Digests of what was written: both sides leave the same. */
export async function readRfm(session: Session): Promise<unknown> {
  const digest = (row: string) => `coalesce(sum(hashtextextended(concat_ws(' ', ${row}), 0))::text, '') as digest`;
  return [
    await session.query(`select count(*) as rows, ${digest('profile_id, trait, value')} from parcours.trait_value`),
    await session.query(
      `select count(*) as rows, ${digest('profile_id, trait, next_change')} from parcours.trait_wake`,
    ),
    await session.query(
      `select ${digest(`profile_id, jsonb_strip_nulls((select jsonb_object_agg(x.name, traits -> x.name) from unnest($1::text[]) x(name)))`)} from parcours.profile`,
      [traits],
    ),
  ];
}

/** Takes everything back, so that the next one begins where the first began. */
export async function forgetRfm(session: OwnSession): Promise<void> {
  await session.query('update parcours.profile set traits = traits - $1::text[] where traits ?| $1::text[]', [traits]);
  await session.script(
    'truncate parcours.trait_value, parcours.trait_wake, parcours.trait_scale, parcours.schedule_run',
  );
  // Time stands still here, where elsewhere it would be later by now.
  await session.script('update parcours.lane set last_t = null');
  await session.script('vacuum analyze parcours.profile');
  await session.script('checkpoint');
}
