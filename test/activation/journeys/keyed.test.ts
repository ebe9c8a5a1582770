/** One enrollment for each cart or for each row of an entity: keys, `match`, fields that are live, and how rows are left. */
import { describe, expect, it } from 'vitest';
import type { Value } from '../../../engine/compiler/ir.ts';
import { type Happening, type Scenario, scenario } from '../scenario.ts';

const shop = `kind: schema
id: carts
events:
  cart_filled: { cart_id: id, total: money }
  cart_bought: { cart_id: id }
  cart_emptied: { cart_id: id }
`;

const cart = `${shop}---
kind: journey
id: cart
objective: transformation
per: { property: cart_id }
entry: { when: { event: cart_filled }, reentry: { after: 7d } }
goal: { event: cart_bought, match: cart_id, within: 5d, exit: true }
exit:
  - { event: cart_emptied, match: cart_id, as: emptied }
  - { event: cart_bought, as: bought-another }
steps:
  - id: soon
    wait: 1d
  - id: remind
    send: { channel: diary, template: hello }
  - id: answered
    wait_for: { event: cart_filled, match: cart_id }
    for: 2d
`;

const eur = (amount: number) => ({ amount: amount * 100, currency: 'EUR' });

/** `c1 at soon`, `c2 goal`: by key, in the order of entry. */
async function waysByKey(s: Scenario, who: string): Promise<readonly string[]> {
  const all = (await s.enrollments()).filter((one) => one.who === who);
  return all.map((one) => `${one.key} ${one.state === 'active' ? `at ${one.step}` : one.exitAs}`);
}

/** `cart no-key 2`: who was not let in. */
async function refusals(s: Scenario): Promise<readonly string[]> {
  const rows = await s.rows<{ line: string }>(
    `select journey || ' ' || reason || ' ' || times as line from parcours.entry_refusal order by 1`,
  );
  return rows.map((row) => row.line);
}

describe('a journey per property', () => {
  it('b18: holds one enrollment for each key; a null key doesn’t enroll and leaves a decision', async () => {
    const s = await scenario(cart);
    await s.tell([
      { who: 'ana', type: 'cart_filled', properties: { cart_id: 'c1', total: eur(20) } },
      { who: 'ana', type: 'cart_filled', properties: { cart_id: 'c2', total: eur(30) } },
      { who: 'ana', type: 'cart_filled', properties: { cart_id: 'c1', total: eur(25) } },
      { who: 'ana', type: 'cart_filled', properties: { total: eur(25) } },
      { who: 'ben', type: 'cart_filled', properties: { cart_id: 'c1', total: eur(25) } },
    ]);
    await s.settle();
    expect(await waysByKey(s, 'ana')).toEqual(['c1 at soon', 'c2 at soon']);
    expect(await waysByKey(s, 'ben')).toEqual(['c1 at soon']);
    expect(await refusals(s)).toEqual(['cart no-key 1']);
    await s.event('ana', 'cart_filled', { cart_id: null as unknown as Value });
    expect(await refusals(s)).toEqual(['cart no-key 2']);
    expect(await s.rows(`select key, ignored from parcours.enrollment where ignored > 0`)).toEqual([
      { key: 'c1', ignored: 1 },
    ]);
  });

  it('b18: an exit or goal with `match` reaches its key alone, one without reaches all', async () => {
    const s = await scenario(cart);
    for (const cart_id of ['c1', 'c2', 'c3']) await s.event('ana', 'cart_filled', { cart_id });
    await s.advance('1h');
    await s.event('ana', 'cart_emptied', { cart_id: 'c3' });
    expect(await waysByKey(s, 'ana')).toEqual(['c1 at soon', 'c2 at soon', 'c3 emptied']);
    await s.event('ana', 'cart_bought', { cart_id: 'c1' });
    expect(await waysByKey(s, 'ana')).toEqual(['c1 goal', 'c2 bought-another', 'c3 emptied']);
    expect(await s.sent()).toEqual([]);
  });

  it('b17: re-entry counts from the exit of the same key, and a trigger while enrolled is ignored and counted', async () => {
    const s = await scenario(cart);
    await s.event('ana', 'cart_filled', { cart_id: 'c1' });
    await s.advance('1h');
    await s.event('ana', 'cart_filled', { cart_id: 'c1' });
    await s.event('ana', 'cart_emptied', { cart_id: 'c1' });
    await s.advance('6d');
    await s.event('ana', 'cart_filled', { cart_id: 'c1' });
    await s.event('ana', 'cart_filled', { cart_id: 'c2' });
    expect(await waysByKey(s, 'ana')).toEqual(['c1 emptied', 'c2 at soon']);
    await s.advance('1d 1h');
    await s.event('ana', 'cart_filled', { cart_id: 'c1' });
    expect(await waysByKey(s, 'ana')).toEqual(['c1 emptied', 'c1 at soon', 'c2 at answered']);
    expect(await s.rows('select key, n, ignored from parcours.enrollment order by key, n')).toEqual([
      { key: 'c1', n: 1, ignored: 1 },
      { key: 'c1', n: 2, ignored: 0 },
      { key: 'c2', n: 1, ignored: 0 },
    ]);
    await s.event('ana', 'cart_filled', { cart_id: 'c2' });
    expect(await waysByKey(s, 'ana')).toEqual(['c1 emptied', 'c1 at soon', 'c2 completed']);
  });
});

const travel = `kind: template
id: to-city
any:
  en: { text: "To {{booking.city}} by {{booking.booking_id}}" }
---
kind: schema
id: travel
entities:
  booking:
    key: booking_id
    fields:
      status: { type: enum, values: [option, confirmed, cancelled] }
      city: { type: text }
    people: { booker: { max: 1 }, traveller: { max: 2 } }
events:
  paid: { booking_id: id }
  greeted: { note: text }
---
kind: journey
id: stay
objective: service
per: { entity: booking, role: traveller }
entry: { when: { event: paid }, if: { field: booking.status, is: confirmed }, reentry: always }
goal: { event: greeted, within: 60d }
exit:
  - { field: booking.status, is: cancelled, as: cancelled }
steps:
  - id: soon
    wait: 1d
  - id: paris
    if: { field: booking.city, is: Paris }
    send: { channel: diary, template: to-city }
  - id: later
    wait_for: { event: paid, match: booking_id }
    for: 20d
`;

interface Told {
  readonly fields?: Readonly<Record<string, Value | null>>;
  readonly booker?: readonly string[];
  readonly travellers?: readonly string[];
}

function booking(key: string, { fields = {}, booker, travellers }: Told): Happening {
  const people = [
    { role: 'booker', max: 1, who: booker },
    { role: 'traveller', max: 2, who: travellers },
  ].flatMap(({ role, max, who }) =>
    who === undefined
      ? []
      : [{ role, max, names: 'all' as const, of: who.map((value) => [{ type: 'external_id', value }]) }],
  );
  return { who: '', row: { entity: 'booking', key, fields: { booking_id: key, ...fields }, people } };
}

async function says(s: Scenario, ...told: readonly Happening[]): Promise<void> {
  await s.tell(told);
  await s.settle();
}

describe('a journey per row', () => {
  it('b19: fields are live, `entry.*` is frozen, and each person of the role has his own enrollment, up to `max`', async () => {
    const s = await scenario(travel);
    const fields = { status: 'confirmed', city: 'Rome' };
    await says(s, booking('b1', { fields, booker: ['ana'], travellers: ['ben', 'cat', 'dan'] }));
    await says(s, booking('b2', { fields: { ...fields, status: 'option' }, travellers: ['ben'] }));
    for (const who of ['ana', 'ben', 'cat', 'dan']) await s.event(who, 'paid', { booking_id: 'b1' });
    await s.event('ben', 'paid', { booking_id: 'b2' });
    expect(await s.ways()).toEqual(['ben stay at soon', 'cat stay at soon']);
    expect(await refusals(s)).toEqual(['stay if 1', 'stay no-row 1', 'stay no-row 1']);
    await says(s, booking('b1', { fields: { city: 'Paris' } }));
    await s.advance('1d');
    expect(await s.sent()).toEqual(['ben paris 2026-03-03 10:00', 'cat paris 2026-03-03 10:00']);
    expect(s.lines('diary').map(({ text }) => text)).toEqual(['To Paris by b1', 'To Paris by b1']);
    expect(await s.rows('select distinct entry from parcours.enrollment')).toEqual([{ entry: { booking_id: 'b1' } }]);
    await s.advance('1h');
    await s.event('ben', 'paid', { booking_id: 'b1' });
    expect(await s.ways()).toEqual(['ben stay completed', 'cat stay at later']);
    await says(s, booking('b1', { fields: { status: 'cancelled' } }));
    expect(await s.ways()).toEqual(['ben stay completed', 'cat stay cancelled']);
  });

  it('b19: is opened for each of his rows by what is about the person, and `if` reads each', async () => {
    const s = await scenario(`${travel}---
kind: segment
id: pro
where: { trait: plan, is: pro }
---
kind: journey
id: each
objective: service
per: { entity: booking, role: traveller }
entry: { when: [{ enters: pro }, { every: day, at: "12:00", members: pro }], if: { field: booking.status, is: confirmed }, current_members: skip }
steps: [{ id: stay, wait: 1d }]
`);
    const fields = { status: 'confirmed', city: 'Rome' };
    await says(s, booking('b1', { fields, travellers: ['ana'] }), booking('b2', { fields, travellers: ['ana'] }));
    await says(s, booking('b3', { fields: { ...fields, status: 'option' }, travellers: ['ana', 'ben'] }));
    await s.traits('ana', { plan: 'pro' });
    expect(await waysByKey(s, 'ana')).toEqual(['b1 at stay', 'b2 at stay']);
    await says(s, booking('b3', { fields: { status: 'confirmed' } }));
    await s.runUntil('2026-03-02T12:00:00Z');
    expect(await waysByKey(s, 'ana')).toEqual(['b1 at stay', 'b2 at stay', 'b3 at stay']);
    expect(await s.ways()).toHaveLength(3);
  });

  it('b19: who loses the role, or the row, exits as `left-entity`', async () => {
    const s = await scenario(travel);
    const fields = { status: 'confirmed', city: 'Rome' };
    await says(s, booking('b1', { fields, booker: ['ben'], travellers: ['ben', 'cat'] }));
    await says(s, booking('b2', { fields, travellers: ['ben'] }));
    for (const booking_id of ['b1', 'b2']) await s.event('ben', 'paid', { booking_id });
    await s.event('cat', 'paid', { booking_id: 'b1' });
    await s.advance('1h');
    // Still the booker of it.
    await says(s, booking('b1', { travellers: ['cat'] }));
    expect(await waysByKey(s, 'ben')).toEqual(['b1 left-entity', 'b2 at soon']);
    expect(await waysByKey(s, 'cat')).toEqual(['b1 at soon']);
    await says(s, booking('b1', { travellers: [] }));
    expect(await waysByKey(s, 'cat')).toEqual(['b1 left-entity']);
    expect(await waysByKey(s, 'ben')).toEqual(['b1 left-entity', 'b2 at soon']);
  });
});
