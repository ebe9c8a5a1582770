/**
 * The people of the benchmarks and their facts, by their numbers and not by chance: the same every time. Tables are filled directly,
 * as a year of running would have left them; the facts to be handled are appended to the inboxes as ingestion does it.
 */
import type { Fact } from '../engine/profiles/fact.ts';
import { laneOf } from '../engine/profiles/lane-of.ts';
import { appendFacts } from '../engine/profiles/queries.ts';
import type { OwnSession } from '../engine/store/session.ts';

/** Facts appended by one statement. */
const chunk = 2_000;
const minuteMs = 60_000;

/** How many people `events` events are about: one in nine has two. */
export function peopleFor(events: number): number {
  return Math.ceil(events * 0.9);
}

/**
 * Fills the tables with people at t. Of a hundred, 90 have a tier that counts, 95 have ordered twice this month (the others once), 95
 * gave consent, 5 have had three messages this week and half had one, and of two hundred one has a push token that is suppressed.
 */
export async function insertPeople(session: OwnSession, people: number, t: Date): Promise<void> {
  const values = [people, t];
  await session.query(
    `insert into parcours.profile (lane, profile_id, traits, zone, locale, created_at)
     select i % 1024, i, jsonb_build_object(
         'tier', case when i % 10 = 0 then 'basic' when i % 3 = 0 then 'gold' else 'silver' end,
         'first_name', 'Person ' || i, 'push_token', 'token-' || i),
       (array['Europe/Madrid', 'America/Mexico_City', 'UTC'])[1 + i % 3], 'en', $2::timestamptz - interval '1 year'
     from generate_series(1, $1::integer) i`,
    values,
  );
  await session.query(
    `insert into parcours.consent (lane, profile_id, purpose, channel, state, since)
     select i % 1024, i, 'marketing', '*', case when i % 20 = 3 then 'denied' else 'granted' end, $2::timestamptz - interval '1 year'
     from generate_series(1, $1::integer) i`,
    values,
  );
  await session.query(
    `insert into parcours.event (lane, type, profile_id, occurred_at, event_id, received_at, value, unit, properties, source)
     select i % 1024, 'order_placed', i, at, 0, at, 1990, 'EUR',
       jsonb_build_object('order_id', 'old-' || i, 'total', jsonb_build_object('amount', 1990, 'currency', 'EUR'), 'items', 3), 'shop'
     from generate_series(1, $1::integer) i cross join generate_series(1, case when i % 20 = 7 then 1 else 2 end) k
     cross join lateral (select ($2::timestamptz - make_interval(days => 6 * k, mins => i % 1440))::timestamptz(3) as at) a`,
    values,
  );
  await session.query(
    `insert into parcours.contact (lane, profile_id, at, message_id, channel, journey, objective)
     select i % 1024, i, $2::timestamptz - make_interval(days => k, mins => i % 1440), nextval('parcours.message_id'), 'push', 'news', 'engagement'
     from generate_series(1, $1::integer) i
     cross join generate_series(1, case when i % 20 = 11 then 3 when i % 2 = 0 then 1 else 0 end) k`,
    values,
  );
  await session.query(
    `insert into parcours.suppression (hash, reason, at)
     select sha256(convert_to('push' || chr(10) || 'token-' || i, 'UTF8')), 'rejected', $2
     from generate_series(5, $1::integer, 200) i`,
    values,
  );
  await session.query(`select setval('parcours.profile_id', $1)`, [people]);
}

/** Appends the events to the inboxes, each received a minute before t. */
export async function appendOrders(session: OwnSession, events: number, t: Date): Promise<void> {
  const people = peopleFor(events);
  const received = t.getTime() - minuteMs;
  for (let first = 0; first < events; first += chunk) {
    const numbers = Array.from({ length: Math.min(chunk, events - first) }, (_, i) => first + i);
    const profiles = numbers.map((n) => (n % people) + 1);
    await appendFacts(session, {
      places: profiles.map((profileId) => ({ lane: laneOf(profileId), profileId })),
      classes: numbers.map(() => 1),
      visibleAt: numbers.map(() => received),
      bodies: numbers.map((n) => JSON.stringify(order(n, received))),
    });
  }
}

function order(n: number, received: number): Fact {
  return {
    at: received - (n % 60) * 1000,
    received,
    source: 'shop',
    trigger: true,
    event: {
      type: 'order_placed',
      value: 2490 + (n % 500),
      unit: 'EUR',
      properties: { order_id: `order-${n}`, total: { amount: 2490 + (n % 500), currency: 'EUR' }, items: 1 + (n % 5) },
    },
  };
}
