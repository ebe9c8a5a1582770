/** What every form of journeys becomes in the compiled language: entries, steps, goals, exits. Mistakes are in `invalid.test.ts`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { implies } from '../../engine/compiler/implies.ts';
import type { Condition, JourneyBody } from '../../engine/compiler/ir.ts';
import { longestClosed } from '../../engine/compiler/resolve/check-desk.ts';
import { bundleOf } from './project-of.ts';

const base = readFileSync(join(import.meta.dirname, '../fixtures/compiler/base.yaml'), 'utf8');
const more = `kind: schema
id: travel
entities:
  booking:
    key: booking_id
    fields:
      status: { type: enum, values: [option, confirmed, cancelled] }
      departs_at: { type: datetime }
    people: { booker: { max: 1 } }
events:
  checked_in: { booking_id: id }
---
kind: channel
id: desk
type: call-list
contact_hours: [{ days: [mon-fri], from: "09:00", to: "18:00" }]
---
kind: destination
id: crm
type: webhook
url: \${secret.CRM_URL}
---
kind: loyalty
id: club
objective: basket
issuer: house
funded_by: house
points: { usable_after: 7d, expire: { after: 6mo } }
earn: [{ id: orders, lever: spend, when: { event: order_placed }, points: 10 }]
tiers: [{ id: silver, from: 0 }, { id: gold, from: 100 }]
rewards: [{ id: free-case, cost: 60, give: { coupon: free-case } }]
---
kind: journey
id: nps
objective: satisfaction
entry: { when: { started: true }, with: { moment: text }, reentry: always }
steps: [{ id: ask, send: { channel: mail, template: hello } }]`;

function journeyOf(rest: string): JourneyBody {
  const head = 'kind: journey\nid: tried\nobjective: engagement\n';
  const entry = /^entry:/m.test(rest) ? '' : 'entry: { when: { event: cart_updated } }\n';
  const steps = /^steps:/m.test(rest) ? '' : '\nsteps: [{ id: rest, wait: 2d }]';
  const bundle = bundleOf(base, more, `${head}${entry}${rest}${steps}`);
  const found = bundle.resources.find((one) => one.kind === 'journey' && one.id === 'tried');
  return found?.body as JourneyBody;
}

const days = (count: number) => ({ months: 0, days: count, ms: 0 });
const hours = (count: number) => ({ months: 0, days: 0, ms: count * 3_600_000 });
const departsAt = { root: 'entity', entity: 'booking', field: 'departs_at', type: 'datetime' };
const per = 'per: { entity: booking, role: booker }\n';

describe('triggers', () => {
  it.each([
    ['{ leaves: buyers }', { kind: 'leaves', segment: 'buyers' }],
    ['{ started: true }', { kind: 'started' }],
    [
      '{ event: cart_updated, not_followed_by: { event: [order_placed, cart_updated], within: 1h } }',
      {
        kind: 'event',
        followed: { not: true, types: ['cart_updated', 'order_placed'], match: null, within: hours(1) },
      },
    ],
    [
      '{ event: cart_updated, followed_by: { event: cart_updated, match: cart_id, where: { quantity: { gt: 3 } } } }',
      { followed: { not: false, match: 'cart_id', within: null, where: [{ property: 'quantity' }] } },
    ],
    [
      '{ changes: country, from: AR, to: NG }',
      { kind: 'changes', of: { root: 'trait', trait: 'country', type: 'enum' }, from: 'AR', to: 'NG' },
    ],
    [
      '{ anniversary: birth_date, offset: -7d, at: "09:00", feb_29: mar-01, late: 2d }',
      {
        kind: 'anniversary',
        trait: 'birth_date',
        offset: { side: 'before', duration: days(7) },
        at: '09:00',
        feb29: 'mar-01',
        late: days(2),
      },
    ],
    ['{ anniversary: birth_date, at: "09:00" }', { offset: null, feb29: 'feb-28', late: null }],
    [
      '{ date: 7d after registered_at, at: "10:00", late: 0h }',
      {
        kind: 'date',
        moment: {
          kind: 'relative',
          to: { root: 'trait', trait: 'registered_at', type: 'datetime' },
          side: 'after',
          offset: days(7),
        },
        at: '10:00',
        late: days(0),
      },
    ],
    ['{ every: year, day: 01-02, at: "11:00", members: buyers }', { kind: 'schedule', cron: '0 11 2 1 *' }],
    [
      '{ every: day, at: "11:00", members: buyers, late: 0h }',
      { kind: 'schedule', cron: '0 11 * * *', late: { months: 0, days: 0, ms: 0 } },
    ],
  ])('%s', (when, expected) => {
    expect(journeyOf(`entry: { when: ${when} }`).entry.triggers[0]).toMatchObject(expected);
  });

  it('`becomes` holds a condition, with a word about those who fulfil it', () => {
    const { entry } = journeyOf('entry: { when: { becomes: { consent: news, is: granted } }, current_members: enter }');
    expect(entry.triggers).toEqual([
      { kind: 'becomes', if: { kind: 'consent', purpose: 'news', channel: null, is: 'granted' } },
    ]);
    expect(entry.currentMembers).toBe('enter');
  });

  it('a date and a change may be those of the row that the journey is per', () => {
    const dated = journeyOf(`${per}entry: { when: { date: 7d before booking.departs_at, late: 6d } }`);
    expect(dated.per).toEqual({ kind: 'entity', entity: 'booking', role: 'booker' });
    expect(dated.entry.triggers).toMatchObject([{ moment: { to: departsAt, side: 'before', offset: days(7) } }]);
    const changed = journeyOf(`${per}entry: { when: { changes: booking.status, to: cancelled } }`);
    expect(changed.entry.triggers).toMatchObject([{ of: { entity: 'booking', field: 'status' }, to: 'cancelled' }]);
  });
});

describe('entries', () => {
  it('are bounded by dates of the workspace, a count, and what a start hands over', () => {
    const entry = `entry:
  when: { started: true }
  with: { moment: text, score: integer }
  from: 2027-01-01
  until: 2027-02-01T00:00:00Z
  max_entries: 500`;
    expect(journeyOf(entry).entry).toMatchObject({
      with: { moment: 'text', score: 'integer' },
      from: Date.UTC(2026, 11, 31, 23),
      until: Date.UTC(2027, 1, 1),
      maxEntries: 500,
    });
  });

  it('what is not said is absent, so that older journeys keep their digest', () => {
    const journey = journeyOf('');
    for (const key of ['per', 'holdout']) expect(journey).not.toHaveProperty(key);
    for (const key of ['with', 'from', 'until', 'maxEntries']) expect(journey.entry).not.toHaveProperty(key);
    expect(journey.steps[0]).not.toHaveProperty('days');
    expect(journey.inFlight).toBe('pin');
  });

  it('holdout is in hundredths of a percent, per a property of the opening event', () => {
    const journey = journeyOf('per: { property: cart_id }\nholdout: 2.5%');
    expect(journey.holdout).toBe(250);
    expect(journey.per).toEqual({ kind: 'property', property: 'cart_id' });
  });

  it.each([
    ['{ policy: pin }', 'pin'],
    ['{ policy: migrate, map: { old: rest } }', { policy: 'migrate', map: { old: 'rest' }, waits: 'keep' }],
    ['{ policy: migrate, waits: recompute }', { policy: 'migrate', map: {}, waits: 'recompute' }],
    ['{ policy: drain }', { policy: 'drain', map: {}, waits: 'keep' }],
    ['{ policy: exit }', { policy: 'exit', map: {}, waits: 'keep' }],
  ])('in_flight %s', (inFlight, expected) => {
    expect(journeyOf(`in_flight: ${inFlight}`).inFlight).toEqual(expected);
  });
});

describe('goals and exits', () => {
  it('a goal that is true before anything happens is kept to the end of its time', () => {
    expect(journeyOf('goal: { never: order_placed, within: 90d }').goal).toMatchObject({ kept: true, exit: false });
    expect(journeyOf('goal: { event: order_placed, within: 90d }').goal).not.toHaveProperty('kept');
  });

  it('facts are tied to the enrollment by `match`', () => {
    const goal = journeyOf(`${per}entry: { when: { changes: booking.status } }
goal: { event: checked_in, match: booking_id, within: 7d }`).goal;
    expect(goal?.if).toMatchObject({ events: { match: 'booking_id', window: { kind: 'since', anchor: 'entry' } } });
  });

  it('the `as` of an exit is its own, not that of the condition', () => {
    const [exit] = journeyOf('exit: [{ journey: welcome, is: exited, as: elsewhere }]').exits;
    expect(exit).toMatchObject({ as: 'elsewhere', if: { kind: 'journey', journey: 'welcome', as: null } });
  });
});

describe('steps', () => {
  const actionOf = (step: string): unknown => journeyOf(`steps:\n  - { id: tried, ${step} }`).steps[0]?.do;

  it.each([
    [
      'send: { channel: { preferred_of: [mail, push] }, template: hello }',
      { channels: ['mail', 'push'], choose: 'preferred_of' },
    ],
    ['send: { channel: { best_of: [mail, push] }, template: hello }', { choose: 'best_of' }],
    ['send: { channel: { all_of: [mail, push] }, template: hello }', { choose: 'all_of' }],
    ['send: { channel: mail, template: hello, to: first_name }', { to: 'first_name' }],
    [
      'send: { channel: { first_of: [mail, push] }, template: hello, when_capped: next_channel }',
      { whenCapped: 'next_channel', channels: ['mail', 'push'] },
    ],
    [
      'wait: { until: 2d before registered_at, at: "10:00", late: 6h }',
      {
        kind: 'wait_until',
        until: { kind: 'moment', moment: { side: 'before', offset: days(2) } },
        at: '10:00',
        late: hours(6),
      },
    ],
    ['wait: { until: registered_at }', { until: { moment: { side: 'at', offset: null } }, at: null, late: null }],
    ['wait: { until: 2027-01-01T10:00Z }', { until: { moment: { kind: 'instant', at: Date.UTC(2027, 0, 1, 10) } } }],
    ['wait: { until: 12-24 }', { until: { kind: 'month_day', month: 12, day: 24 } }],
    [
      'wait: { until: { anniversary: birth_date, feb_29: skip }, at: "09:00" }',
      { until: { kind: 'anniversary', trait: 'birth_date', feb29: 'skip' } },
    ],
    ['wait: { until: { weekday: [thu, tue] } }', { until: { kind: 'weekday', days: ['tue', 'thu'] } }],
    ['wait: { until: { weekday: tue } }', { until: { kind: 'weekday', days: ['tue'] } }],
    ['wait: { until: { business_day: next } }', { until: { kind: 'business_day' } }],
    [
      'wait_for: [{ when: { event: order_placed }, steps: [{ exit: bought }] }], for: 10d',
      { kind: 'wait_for_first', for: days(10), arms: [{ if: { kind: 'count' }, steps: [{ id: null }] }] },
    ],
    [
      'wait_for: [{ event: order_placed }, { trait: country, is: AR }], for: 2d',
      { kind: 'wait_for', if: { kind: 'all' } },
    ],
    [
      'repeat: { every: 2mo, max: 18, until: { trait: score, gte: 3 } }, steps: [{ id: news, wait: 1h }]',
      {
        kind: 'repeat',
        every: { months: 2, days: 0, ms: 0 },
        max: 18,
        until: { kind: 'trait' },
        steps: [{ id: 'news' }],
      },
    ],
    [
      'update: { score: 3, first_name: null, interests: [wine], spent: 5 EUR }',
      {
        kind: 'update',
        set: { score: 3, first_name: null, interests: ['wine'], spent: { amount: 500, currency: 'EUR' } },
      },
    ],
    [
      'update: { score: { from: entry.quantity } }',
      { set: { score: { root: 'entry', property: 'quantity', type: 'integer' } } },
    ],
    [
      'consent: { purpose: news, channel: email, set: denied, proof: no-answer }',
      { kind: 'consent', purpose: 'news', channel: 'email', set: 'denied', proof: 'no-answer' },
    ],
    ['award: { program: club, points: 100 }', { kind: 'award', program: 'club', points: 100, reason: null }],
    ['redeem: { program: club, reward: free-case }', { kind: 'redeem', program: 'club', reward: 'free-case' }],
    [
      'call: { list: desk, script: hello, within: 5d, urgent: true }',
      { kind: 'call', list: 'desk', script: 'hello', within: days(5), urgent: true },
    ],
    ['webhook: { destination: crm, body: { a: 1 } }', { kind: 'webhook', destination: 'crm', body: { a: 1 } }],
    ['start: { journey: nps, with: { moment: 01 } }', { kind: 'start', journey: 'nps', with: { moment: '01' } }],
  ])('%s', (step, expected) => {
    expect(actionOf(step)).toMatchObject(expected);
  });

  it('`at` may be the hour that a trait holds, `days` are in the order of the week', () => {
    const [step] = journeyOf(
      'steps: [{ id: rest, at: { trait: score, else: "18:00" }, days: [fri, mon], wait: 2d }]',
    ).steps;
    expect(step).toMatchObject({ at: { trait: 'score', else: '18:00' }, days: ['mon', 'fri'] });
  });

  it('a jump goes ahead, with or without a condition', () => {
    const journey = journeyOf(`steps:
  - { goto: rest, if: { trait: country, is: NG } }
  - { id: first, wait: 1d }
  - { id: rest, wait: 2d }`);
    expect(journey.steps[0]).toMatchObject({ id: null, if: { kind: 'trait' }, do: { kind: 'goto', step: 'rest' } });
  });

  it('what was sent in an arm can be read after the arms rejoin, and inside later rounds', () => {
    const journey = journeyOf(`steps:
  - id: which
    branch: [{ if: { trait: country, is: AR }, steps: [{ id: one, send: { channel: mail, template: hello } }] }]
  - { if: { message: one, status: seen }, exit: seen }
  - id: often
    repeat: { every: 7d, max: 3, until: { message: news, status: acted } }
    steps: [{ id: news, send: { channel: mail, template: hello } }]`);
    expect(journey.steps[1]?.if).toMatchObject({ kind: 'message', steps: ['one'] });
    expect(journey.steps[2]?.do).toMatchObject({ until: { kind: 'message', steps: ['news'] } });
  });
});

describe('switches', () => {
  const casesOf = (subject: string, cases: string, rest = ''): unknown => {
    const step = `steps:\n  - { id: tried, switch: ${subject}, cases: [${cases}], otherwise: [{ exit: other }] }`;
    const [first] = journeyOf(`${rest}${step}`).steps;
    return first?.do.kind === 'switch' ? first.do.cases.map((one) => one.if) : undefined;
  };

  it('a case is a test of the value', () => {
    expect(casesOf('{ trait: score }', '{ lte: 6, steps: [] }, { between: [7, 8], steps: [] }')).toMatchObject([
      { kind: 'trait', trait: 'score', test: { op: 'lte', value: 6 } },
      { kind: 'trait', test: { op: 'between', low: 7, high: 8 } },
    ]);
  });

  it('a list under `is` is any of its values, as under `in`', () => {
    const listed = casesOf('{ trait: country }', '{ is: [NG, AR], steps: [] }');
    expect(listed).toEqual(casesOf('{ trait: country }', '{ in: [AR, NG], steps: [] }'));
    expect(listed).toMatchObject([{ test: { op: 'in', values: ['AR', 'NG'] } }]);
  });

  it.each([
    ['{ field: entry.cart_id }', '{ is: 007, steps: [] }', { kind: 'field', test: { op: 'is', value: '007' } }],
    ['{ tier: club }', '{ is: gold, steps: [] }', { kind: 'tier', program: 'club', op: 'is', tier: 'gold' }],
    [
      '{ last: order_placed.quantity, since: ever }',
      '{ gte: 3, steps: [] }',
      { kind: 'last', of: 'quantity', test: { op: 'gte', value: 3 } },
    ],
  ])('%s', (subject, cases, expected) => {
    expect(casesOf(subject, cases)).toMatchObject([expected]);
  });

  it('a field of the row is a subject of journeys per that entity', () => {
    const head = `${per}entry: { when: { changes: booking.status } }\n`;
    expect(casesOf('{ field: booking.status }', '{ is: confirmed, steps: [] }', head)).toMatchObject([
      { kind: 'entity_field', entity: 'booking', field: 'status', test: { op: 'is', value: 'confirmed' } },
    ]);
  });
});

describe('splits', () => {
  const splitOf = (rest: string, weights = ['1', '1']): unknown =>
    journeyOf(`goal: { event: order_placed, within: 14d }
steps:
  - id: tried
    split:
      - { id: one, weight: ${weights[0]}, steps: [] }
      - { id: two, weight: ${weights[1]}, cost: 5 EUR, steps: [] }
${rest}`).steps[0]?.do;

  it('arms have weights and costs', () => {
    expect(splitOf('', ['30%', '70%'])).toMatchObject({
      choose: { kind: 'weights' },
      arms: [
        { id: 'one', weight: 30, cost: null },
        { id: 'two', weight: 70, cost: { amount: 500, currency: 'EUR' } },
      ],
    });
  });

  it.each([
    [
      'winner: { by: goal, confidence: 95%, each_at_least: 1000, decide_by: 28d, undecided: keep }',
      { kind: 'winner', by: 'goal', confidence: 9500, eachAtLeast: 1000, decideBy: days(28), undecided: null },
    ],
    [
      'winner: { by: { event: order_placed, since: tried }, confidence: 90%, each_at_least: 1, decide_by: 1d, undecided: one }',
      { by: { kind: 'count', events: { window: { kind: 'since', anchor: 'tried' } } }, undecided: 'one' },
    ],
    ['winner: { is: two }', { kind: 'pinned', arm: 'two' }],
    ['bandit: { maximise: goal, explore: 10% }', { kind: 'bandit', maximise: 'goal', explore: 1000 }],
    [
      'bandit: { maximise: { sum: order_placed.total, within: 21d }, explore: 2.5% }',
      { maximise: { event: 'order_placed', property: 'total', within: days(21) }, explore: 250 },
    ],
  ])('%s', (rule, expected) => {
    expect(splitOf(`    ${rule}`)).toMatchObject({ choose: expected });
  });
});

describe('what is known without running', () => {
  const trait = (test: object): Condition =>
    ({ kind: 'trait', trait: 'score', type: 'integer', test }) as unknown as Condition;

  it.each([
    [{ op: 'is', value: 5 }, { op: 'in', values: [4, 5] }, true],
    [{ op: 'in', values: [4, 5] }, { op: 'is', value: 5 }, false],
    [{ op: 'gte', value: 20 }, { op: 'gte', value: 10 }, true],
    [{ op: 'gte', value: 10 }, { op: 'gt', value: 10 }, false],
    [{ op: 'gt', value: 10 }, { op: 'gte', value: 10 }, true],
    [{ op: 'between', low: 3, high: 5 }, { op: 'lt', value: 5 }, false],
    [{ op: 'between', low: 3, high: 5 }, { op: 'lte', value: 5 }, true],
    [{ op: 'is', value: 5 }, { op: 'exists' }, true],
  ])('whoever has %j has %j: %s', (a, b, expected) => {
    expect(implies(trait(a), trait(b))).toBe(expected);
    expect(implies({ kind: 'not', of: trait(b) }, { kind: 'not', of: trait(a) })).toBe(expected);
  });

  it('all, any and not are read by their parts', () => {
    const [a, b] = [trait({ op: 'is', value: 1 }), { kind: 'segment', segment: 's' } as const];
    expect(implies({ kind: 'all', of: [a, b] }, b)).toBe(true);
    expect(implies(b, { kind: 'all', of: [a, b] })).toBe(false);
    expect(implies(a, { kind: 'any', of: [a, b] })).toBe(true);
    expect(implies({ kind: 'any', of: [a, b] }, a)).toBe(false);
    expect(implies(a, { kind: 'not', of: trait({ op: 'is', value: 2 }) })).toBe(true);
  });

  it('a desk that closes over the weekend is closed for 63 hours, one that never closes for none', () => {
    const open = (days: readonly string[], from: string, to: string) =>
      ({ channels: null, days, from, to, holidays: true }) as Parameters<typeof longestClosed>[0][number];
    const week = ['mon', 'tue', 'wed', 'thu', 'fri'];
    expect(longestClosed([open(week, '09:00', '18:00')])).toBe(63 * 60);
    expect(longestClosed([open(week, '10:00', '13:00'), open(week, '14:00', '20:00')])).toBe(62 * 60);
    expect(longestClosed([open([...week, 'sat', 'sun'], '00:00', '00:00')])).toBe(0);
    expect(longestClosed([open(['sun'], '22:00', '02:00')])).toBe((7 * 24 - 4) * 60);
  });
});
