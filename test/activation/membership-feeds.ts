/**
 * What the proof of memberships is made of: feeds, each with the segments that read it and what it tells of people. A form that the
 * engine learns to keep current gets its rules here, and a feed of its own if it reads something new.
 */
import type { Value } from '../../engine/compiler/ir.ts';
import type { Chance } from './random.ts';
import type { Happening } from './scenario.ts';

export interface Feed {
  /** How often it is told, against the others. */
  readonly weight: number;
  /** `where` by id of the segment. */
  readonly rules: Readonly<Record<string, string>>;
  tell(random: Chance, now: Date): Pick<Happening, 'type' | 'properties' | 'traits' | 'consents'>;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Declared beside the shop of all scenarios. */
export const schema = `kind: schema
id: travel
events:
  booked: { booking_id: id, city: text, departs_at: datetime, guests: integer, lines: list }
  cancelled: { booking_id: id }
traits:
  born_on: { type: date }
  renews_at: { type: datetime }
  nickname: { type: text }
`;

const shop: Feed = {
  weight: 13,
  rules: {
    'ever-ordered': '{ event: order_placed }',
    'ordered-lately': '{ event: order_placed, in_last: 36h }',
    'silent-a-month': '[ { event: visited }, { never: [visited, order_placed], in_last: 1mo } ]',
    'two-or-three': '{ event: visited, in_last: 4d, count: { between: [2, 3] } }',
    'exactly-two': '{ event: [visited, cart_updated], in_last: 2d, count: { is: 2 } }',
    'few-visits': '{ event: visited, in_last: 5d, count: { lte: 1 } }',
    'big-order': '{ event: order_placed, where: { total: { gte: 50 EUR } }, in_last: 3d }',
    'spent-much': '{ event: order_placed, in_last: 6d, sum: { of: total, gte: 120 EUR } }',
    'spent-little': '{ event: order_placed, in_last: 6d, sum: { of: total, lt: 60 EUR } }',
    'computed-often': '{ trait: orders_lately, gte: 2 }',
    'computed-rich': '{ trait: spent_lately, gte: 100 EUR }',
    'seen-today': '{ event: visited, calendar: day }',
    'seen-this-week': '{ event: visited, calendar: week, count: { gte: 2 } }',
    'rich-this-month': '{ event: order_placed, calendar: month, sum: { of: total, gte: 90 EUR } }',
    'left-a-cart':
      '{ event: cart_updated, in_last: 5d, not_followed_by: { event: [cart_updated, order_placed], within: 6h } }',
    'bought-a-cart': '{ event: cart_updated, followed_by: { event: order_placed, within: 1d } }',
    'last-cart-stands': '{ event: cart_updated, not_followed_by: { event: order_placed } }',
    'usual-order': '{ event: order_placed, in_last: 4d, avg: { of: total, gte: 40 EUR } }',
    'no-small-order': '{ event: order_placed, in_last: 1mo, min: { of: total, gte: 20 EUR } }',
    'a-large-order': '{ event: order_placed, calendar: week, max: { of: total, gte: 70 EUR } }',
    'two-pages': '{ event: visited, in_last: 3d, distinct: { of: page, gte: 2 } }',
    'ended-at-home': '{ last: visited.page, is: home }',
    'bought-long-ago': '{ last: order_placed, before: 2d ago }',
    'bought-first-lately': '{ first: order_placed, in_last: 3d }',
    'seen-before': '{ event: visited, in_last: 6d, until: 2d ago }',
    'seen-before-today': '{ event: visited, in_last: 3d, until: today, count: { gte: 2 } }',
  },
  tell(random) {
    const type = random.pick(['visited', 'visited', 'order_placed', 'order_placed', 'cart_updated']);
    if (type === 'visited') return { type, properties: { page: random.pick(['home', 'home', 'shop']) } };
    const total = { amount: random.between(1, 90) * 100, currency: random.isTrue(0.85) ? 'EUR' : 'USD' };
    const note = random.isTrue(0.2) ? { note: 'refunded' } : {};
    return { type, properties: { total, ...(type === 'order_placed' ? note : {}) } };
  },
};

const travel: Feed = {
  weight: 4,
  rules: {
    'departs-soon': '{ event: booked, where: { departs_at: { in_next: 3d } } }',
    'departed-lately':
      '{ event: booked, where: { departs_at: { in_last: 2d } }, not_followed_by: { event: cancelled, match: booking_id } }',
    'two-trips-ahead': '{ event: booked, where: { departs_at: { after: now } }, count: { gte: 2 } }',
    'books-at-home': '{ event: booked, in_last: 8d, where: { city: { same_as: profile.country } } }',
    'took-insurance': '{ event: booked, where: { lines: { some: { sku: insurance, qty: { gte: 2 } } } } }',
    'goes-alone': '{ last: booked.guests, is: 1 }',
    'next-departure': '{ last: booked.departs_at, in_next: 2d }',
    'booked-before-renewal': '{ event: booked, until: 1d before renews_at }',
  },
  tell(random, now) {
    const booking = random.pick(['b1', 'b2', 'b3', 'b4']);
    if (random.isTrue(0.3)) return { type: 'cancelled', properties: { booking_id: booking } };
    const lines = [{ sku: random.pick(['insurance', 'meal']), qty: random.between(1, 3) }] as unknown as Value;
    const departs = now.getTime() + random.between(-60, 150) * hourMs;
    const city = random.pick(['CH', 'FR']);
    const properties = { booking_id: booking, city, departs_at: departs, guests: random.between(1, 2), lines };
    return { type: 'booked', properties };
  },
};

const traits: Feed = {
  weight: 6,
  rules: {
    'from-ch': '{ trait: country, is: CH }',
    'not-from-ch': '{ trait: country, is_not: CH }',
    'ends-soon': '{ trait: ends_at, in_next: 3d }',
    'ended-lately': '{ trait: ends_at, in_last: 2d }',
    'ended-long-ago': '{ trait: ends_at, before: 4d ago }',
    'ended-before-today': '{ trait: ends_at, before: today }',
    'ends-before-renewal': '{ trait: ends_at, before: 2d before renews_at }',
    'birthday-ahead': '{ trait: born_on, anniversary_in_next: 5d }',
    'birthday-lately': '{ trait: born_on, anniversary_in_last: 3d, feb_29: mar-01 }',
    'country-with-c': '{ trait: country, matches: "^C" }',
    'called-like-home': '{ trait: nickname, same_as: profile.country }',
  },
  tell(random, now) {
    const birthday = Math.floor(now.getTime() / dayMs) + random.between(-6, 12) - 365 * 32 - 8;
    return {
      traits: random.pick<NonNullable<Happening['traits']>>([
        { country: random.pick(['CH', 'FR', null]) },
        { plan: random.pick(['pro', null]) },
        { ends_at: random.isTrue(0.1) ? null : now.getTime() + random.between(-120, 200) * hourMs },
        { renews_at: now.getTime() + random.between(-50, 200) * hourMs },
        { born_on: random.pick([birthday, birthday, 10_651, null]) },
        { nickname: random.pick(['CH', 'FR']) },
        { zone: random.pick(['Pacific/Auckland', 'America/Lima', 'UTC']) },
      ]),
    };
  },
};

const consents: Feed = {
  weight: 2,
  rules: {
    'wants-news': '{ consent: newsletter, channel: email, is: granted }',
    'said-nothing': '{ consent: newsletter, is: unknown }',
    'wants-news-lately': '{ consent: newsletter, is: granted, given: { after: 3d ago } }',
    'refused-long-ago': '{ consent: newsletter, is: denied, given: { before: 5d ago } }',
  },
  tell(random) {
    const purpose = random.pick(['newsletter/email', 'newsletter/*']);
    return { consents: { [purpose]: random.pick(['granted', 'denied'] as const) } };
  },
};

export const feeds: readonly Feed[] = [shop, travel, traits, consents];

/** Segments that read segments. */
export const nested: Readonly<Record<string, string>> = {
  nested:
    '{ any: [ { segment: ordered-lately }, { all: [ { segment: from-ch }, { not: { segment: silent-a-month } } ] } ] }',
  deeper: '[ { segment: nested }, { not: { segment: two-or-three } }, { trait: plan, exists: true } ]',
  'lately-for-long': '{ segment: ordered-lately, for_at_least: 12h }',
  'not-long-away': '[ { segment: departs-soon }, { not: { segment: lately-for-long } } ]',
};

/** What the next happening tells, by the weights of the feeds. */
export function tellSomething(random: Chance, now: Date): ReturnType<Feed['tell']> {
  const all = feeds.reduce((sum, { weight }) => sum + weight, 0);
  let at = random.next() * all;
  const feed = feeds.find(({ weight }) => {
    at -= weight;
    return at < 0;
  });
  return (feed ?? shop).tell(random, now);
}
