/** Entries by events and what follows them: abandonment, debounce, sunset, and a second event that comes in time. */
import { describe, expect, it } from 'vitest';
import { type Scenario, scenario } from '../scenario.ts';

const schema = `kind: schema
id: carts
events:
  cart_filled: { cart_id: id, total: money }
  checkout: { cart_id: id }
  bought: { cart_id: id, total: money }
`;
const eur = (amount: number) => ({ amount: amount * 100, currency: 'EUR' });

/** `ana c1 2026-03-02 11:00 total 45`: who entered, for which cart, counted from when, and what opened it. */
async function entries(s: Scenario): Promise<readonly string[]> {
  const rows = await s.rows<{ line: string }>(
    `select concat_ws(' ', (select i.value from parcours.identifier i where i.lane = e.lane and i.profile_id = e.profile_id limit 1),
       e.journey, e.entry ->> 'cart_id', to_char(e.entered_at, 'DD HH24:MI'), (e.entry #>> '{total,amount}')::integer / 100,
       case e.state when 'active' then 'at ' || e.step else e.exit_as end) as line
     from parcours.enrollment e order by 1`,
  );
  return rows.map((row) => row.line);
}

describe('an event that nothing followed', () => {
  const abandoned = `${schema}---
kind: journey
id: cart
objective: transformation
per: { property: cart_id }
entry:
  when:
    event: cart_filled
    where: { total: { gte: 20 EUR } }
    not_followed_by: { event: [cart_filled, checkout, bought], match: cart_id, within: 1h }
  reentry: always
goal: { event: bought, match: cart_id, within: 5d, exit: true }
steps: [{ id: stay, wait: 2h }]
`;

  it('opens a journey when its time is over: the last of several, for each cart, unless the other came', async () => {
    const s = await scenario(abandoned);
    const fills = (who: string, cart_id: string, total: number, at?: string) =>
      s.event(who, 'cart_filled', { cart_id, total: eur(total) }, at === undefined ? {} : { at });
    await fills('ana', 'c1', 20);
    await fills('ana', 'c2', 30);
    await fills('ben', 'c3', 19);
    await fills('cat', 'c4', 40);
    await fills('dan', 'c5', 50);
    await s.advance('30min');
    await fills('ana', 'c1', 45);
    await s.event('cat', 'checkout', { cart_id: 'c4' });
    await s.event('dan', 'checkout', { cart_id: 'other' });
    await s.advance('29min');
    expect(await entries(s)).toEqual([]);
    await s.advance('1min');
    expect(await entries(s)).toEqual(['ana cart c2 02 10:00 30 at stay', 'dan cart c5 02 10:00 50 at stay']);
    await s.advance('30min');
    expect(await entries(s)).toEqual([
      'ana cart c1 02 10:30 45 at stay',
      'ana cart c2 02 10:00 30 at stay',
      'dan cart c5 02 10:00 50 at stay',
    ]);
    await s.event('ana', 'bought', { cart_id: 'c1', total: eur(45) });
    expect((await entries(s))[0]).toBe('ana cart c1 02 10:30 45 goal');
    expect(await s.rows('select 1 from parcours.entry_wake')).toEqual([]);
    expect(await s.deadLetters()).toEqual([]);
  });

  it('whose time can’t be read is set apart, and the others go on', async () => {
    const s = await scenario(abandoned);
    for (const who of ['ana', 'ben']) await s.event(who, 'cart_filled', { cart_id: 'c1', total: eur(20) });
    await s.rows(
      `update parcours.entry_wake w set key = 'no number' from parcours.identifier i
       where i.value = 'ana' and i.lane = w.lane and i.profile_id = w.profile_id`,
    );
    await s.advance('2h');
    expect(await entries(s)).toEqual(['ben cart c1 02 10:00 20 at stay']);
    expect(await s.deadLetters()).toEqual([expect.stringMatching(/^entry 22P02: /)]);
  });

  it('edge cases 3 and 4: late beyond `trigger_max_age` opens nothing; out of order: purchase before cart opens nothing either', async () => {
    const s = await scenario(abandoned);
    const told = { total: eur(50) };
    // Out of order: the purchase is told first. A year old, and history. Some hours late: at once.
    await s.event('ana', 'bought', { cart_id: 'c1', ...told }, { at: '2026-03-02T08:30:00Z' });
    await s.event('ana', 'cart_filled', { cart_id: 'c1', ...told }, { at: '2026-03-02T08:00:00Z' });
    await s.event('ben', 'cart_filled', { cart_id: 'c2', ...told }, { at: '2025-03-02T08:00:00Z' });
    await s.event('cat', 'cart_filled', { cart_id: 'c3', ...told }, { trigger: false });
    await s.event('dan', 'cart_filled', { cart_id: 'c4', ...told }, { at: '2026-03-02T08:00:00Z' });
    await s.advance('1h');
    expect(await entries(s)).toEqual(['dan cart c4 02 08:00 50 at stay']);
    expect(await s.rows(`select 1 from parcours.event where type = 'cart_filled'`)).toHaveLength(4);
  });
});

describe('an event that another followed', () => {
  const followed = `${schema}---
kind: journey
id: quick
objective: transformation
entry:
  when: { event: cart_filled, followed_by: { event: bought, match: cart_id, where: { total: { gte: 20 EUR } }, within: 1h } }
  reentry: always
goal: { event: bought, within: 5d, exit: true }
steps: [{ id: stay, wait: 2h }]
---
kind: journey
id: again
objective: transformation
entry: { when: { event: bought, followed_by: { event: bought, within: 7d } } }
steps: [{ id: stay, wait: 2h }]
`;

  it('opens a journey when the second comes in time, once, in whatever order they are told', async () => {
    const s = await scenario(followed);
    const fills = (who: string, cart_id: string, at?: string) =>
      s.event(who, 'cart_filled', { cart_id, total: eur(5) }, at === undefined ? {} : { at });
    const buys = (who: string, cart_id: string, total: number, at?: string) =>
      s.event(who, 'bought', { cart_id, total: eur(total) }, at === undefined ? {} : { at });
    await fills('ana', 'c1');
    await fills('ben', 'c2');
    await fills('cat', 'c3');
    await s.advance('59min');
    await buys('ana', 'c1', 30);
    await buys('ben', 'c2', 10);
    await buys('cat', 'other', 30);
    expect(await entries(s)).toEqual(['ana quick c1 02 10:59 5 at stay']);
    await s.advance('1min');
    // In time for nobody: at the very end it is too late.
    await buys('ben', 'c2', 30);
    await s.advance('3h');
    await buys('dan', 'c4', 30, '2026-03-02T13:30:00Z');
    await fills('dan', 'c4', '2026-03-02T13:00:00Z');
    // A second purchase after the first one is no new edge of the cart.
    await buys('dan', 'c4', 40, '2026-03-02T13:40:00Z');
    expect((await entries(s)).filter((one) => one.includes('quick'))).toEqual([
      'ana quick c1 02 10:59 5 completed',
      'dan quick c4 02 13:30 5 goal',
    ]);
    expect((await entries(s)).filter((one) => one.includes('again'))).toEqual([
      'ben again c2 02 11:00 10 completed',
      'dan again c4 02 13:40 30 at stay',
    ]);
    expect(await s.deadLetters()).toEqual([]);
  });
});
