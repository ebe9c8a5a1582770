/**
 * The people of the benchmark `segments` and two years of their events, made inside the server by hashes of their numbers: the same every
 * time, in statements of sets. The facts of the engine's own tables (memberships) are the engine's to write.
 */
import type { Fact } from '../engine/profiles/fact.ts';
import { laneOf } from '../engine/profiles/lane-of.ts';
import { appendFacts } from '../engine/profiles/queries.ts';
import type { OwnSession } from '../engine/store/session.ts';
import type { Store } from '../engine/store/store.ts';

const minuteMs = 60_000;

/** From 0 to 1 by a person's number, an event's, and what it is for. */
const chance = (i: string, k: string, what: number) =>
  `((hashint8extended((${i})::bigint * 64 + (${k}), ${what}) & 1048575) / 1048576.0)`;

/** Sessions that make events at once, each of its own people. */
const parts = 2;

/**
 * Fills the tables with people as at t. Events: 10 a person on average, from none to 40, more of them lately than long ago; of three people
 * one never had a cart, and six carts of ten were bought. They lie in the table about in the order in which they happened. Nothing is
 * safe before the end: the server is told to wait for no disk meanwhile.
 */
export async function insertHistory(store: Store, people: number, t: Date): Promise<void> {
  const inSession = (work: (session: OwnSession) => Promise<unknown>) =>
    store.withSession(async (session) => {
      await session.script(`set work_mem = '512MB'; set maintenance_work_mem = '1GB'; set synchronous_commit = off`);
      await work(session);
    });
  await inSession(async (session) => {
    for (const [name, value] of Object.entries(whileFilling))
      await session.script(`alter system set ${name} = ${value}`);
    // Built at the end, as fast as that goes: an index of random inserts would cost most of the time.
    await session.script('select pg_reload_conf(); alter table parcours.event drop constraint event_pkey');
  });
  await Promise.all([
    inSession(async (session) => {
      await session.query(profilesText, [people, t]);
      await session.query(consentsText, [people, t]);
      await session.query(`select setval('parcours.profile_id', $1)`, [people]);
    }),
    ...Array.from({ length: parts }, (_, part) =>
      inSession((session) => session.query(eventsText, [people, t, part + 1, parts])),
    ),
  ]);
  await inSession(async (session) => {
    await session.script(
      'alter table parcours.event add primary key (lane, type, profile_id, occurred_at, event_id) include (value, unit)',
    );
    for (const name of Object.keys(whileFilling)) await session.script(`alter system reset ${name}`);
    await session.script('select pg_reload_conf()');
    // Vacuumed before its transaction is on disk, a page isn't known to be visible to all, and no index is read without it.
    await session.script('checkpoint');
    for (const table of ['profile', 'consent', 'event']) await session.script(`vacuum analyze parcours.${table}`);
    await session.script('checkpoint');
  });
}

const whileFilling = {
  fsync: 'off',
  full_page_writes: 'off',
  max_wal_size: `'16GB'`,
  max_parallel_maintenance_workers: '2',
};

const profilesText = `
  insert into parcours.profile (lane, profile_id, traits, zone, locale, created_at)
  select i % 1024, i, jsonb_build_object(
      'country', (array['AR','BR','CL','CO','MX','PE','ES','FR','IT','PT'])[1 + floor(10 * ${chance('i', '0', 1)})::integer],
      'registered_at', (extract(epoch from $2::timestamptz) * 1000 - floor(730.0 * 86400000 * ${chance('i', '0', 2)}))::bigint,
      'visits', floor(60 * ${chance('i', '0', 3)})::integer,
      'first_name', 'Person ' || i, 'push_token', 'token-' || i),
    (array['Europe/Madrid', 'America/Mexico_City', 'America/Sao_Paulo', null])[1 + i % 4], 'en', $2::timestamptz - interval '2 years'
  from generate_series(1, $1::integer) i`;

const consentsText = `
  insert into parcours.consent (lane, profile_id, purpose, channel, state, since)
  select i % 1024, i, 'marketing', '*', case when ${chance('i', '0', 4)} < 0.15 then 'denied' else 'granted' end,
    $2::timestamptz - interval '1 year'
  from generate_series(1, $1::integer) i where ${chance('i', '0', 5)} < 0.8`;

const instant = `($2::timestamptz - make_interval(secs => 730.0 * 86400 * power(x.u, 1.5)))::timestamptz(3)`;

/** $1 people, $2 the time, of whom every $4th from the $3rd. What is sorted is narrow: properties are made afterwards. */
const eventsText = `
  with happened as (
    select c.i, c.k, v.type, v.at, c.total
    from (
      select i, k, ${instant} as at, (1000 + floor(20000 * ${chance('i', 'k', 11)}))::bigint as total, ${chance('i', 'k', 12)} as fate
      from generate_series($3::integer, $1::integer, $4::integer) i
      cross join lateral generate_series(1, case when i % 3 = 0 then 0 else floor(12.4 * power(${chance('i', '0', 9)}, 1.3))::integer end) k
      cross join lateral (select ${chance('i', 'k', 10)} as u) x) c
    cross join lateral (values ('cart_updated', c.at),
      ('order_placed', case when c.fate < 0.6 then (c.at + make_interval(hours => 1 + (c.fate * 30)::integer))::timestamptz(3) end)) v(type, at)
    where v.at <= $2
    union all
    select i, k, 'page_viewed', ${instant}, null
    from generate_series($3::integer, $1::integer, $4::integer) i
    cross join lateral generate_series(1, floor(11.5 * ${chance('i', '0', 20)})::integer) k
    cross join lateral (select ${chance('i', 'k', 21)} as u) x
    order by at, i, type
  )
  insert into parcours.event (lane, type, profile_id, occurred_at, event_id, received_at, value, unit, properties, source)
  select i % 1024, type, i, at, k, at, case type when 'order_placed' then total end, case type when 'order_placed' then 'EUR' end,
    case type
      when 'page_viewed' then jsonb_build_object('category', 'category-' || (k % 7))
      when 'cart_updated' then jsonb_build_object('cart_id', 'cart-' || i || '-' || k, 'total', jsonb_build_object('amount', total, 'currency', 'EUR'))
      else jsonb_build_object('order_id', 'order-' || i || '-' || k, 'cart_id', 'cart-' || i || '-' || k,
        'total', jsonb_build_object('amount', total, 'currency', 'EUR')) end, 'shop'
  from happened`;

/** Appends as many orders to the inboxes, each of another person, received a minute before t; `round` makes them other people's. */
export async function appendTouches(
  session: OwnSession,
  options: { readonly events: number; readonly people: number; readonly round: number; readonly t: Date },
): Promise<void> {
  const { events, people, round, t } = options;
  const received = t.getTime() - minuteMs;
  const stride = Math.floor(people / events);
  const numbers = Array.from({ length: events }, (_, n) => n);
  const profiles = numbers.map((n) => 1 + ((n * stride + round * 7) % people));
  const fact = (n: number): Fact => ({
    at: received - (n % 60) * 1000,
    received,
    source: 'shop',
    trigger: true,
    event: {
      type: 'order_placed',
      value: 2490 + (n % 500),
      unit: 'EUR',
      properties: {
        order_id: `touch-${round}-${n}`,
        cart_id: `touch-${round}-${n}`,
        total: { amount: 2490 + (n % 500), currency: 'EUR' },
      },
    },
  });
  await appendFacts(session, {
    places: profiles.map((profileId) => ({ lane: laneOf(profileId), profileId })),
    classes: numbers.map(() => 1),
    visibleAt: numbers.map(() => received),
    bodies: numbers.map((n) => JSON.stringify(fact(n))),
  });
}
