/** Entries that are bounded: so many people at most, one for parallel facts, once for two daemons, and loops between journeys. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../engine/activation/engine.ts';
import { type Scenario, scenario } from '../scenario.ts';

const journey = (id: string, entry: string, steps: string, more = '') =>
  `---\nkind: journey\nid: ${id}\nobjective: service\n${more}entry: ${entry}\nsteps: ${steps}\n`;
const people = Array.from({ length: 24 }, (_, i) => `p${String(i).padStart(2, '0')}`);

async function counted(s: Scenario, id: string): Promise<number> {
  return (await s.enrollments()).filter((one) => one.journey === id).length;
}

async function refusals(s: Scenario): Promise<readonly string[]> {
  const rows = await s.rows<{ line: string }>(
    `select journey || ' ' || reason || ' ' || count(*) as line from parcours.entry_refusal group by journey, reason order by 1`,
  );
  return rows.map((row) => row.line);
}

describe('max_entries', () => {
  const bounded = (max: number) =>
    journey(
      'few',
      `{ when: { event: signed_up }, if: { trait: plan, is: pro }, reentry: always, max_entries: ${max} }`,
      '[{ id: stay, wait: 1d }]',
    ).slice(4);

  it('lets in exactly so many, whatever the number of engines; who isn’t let in leaves a decision', async () => {
    const s = await scenario(bounded(5));
    await s.tell(people.map((who, i) => ({ who, type: 'signed_up', traits: { plan: i % 2 === 0 ? 'pro' : 'free' } })));
    const engines = Array.from({ length: 3 }, () =>
      createEngine({ store: s.store, clock: s.clock, root: s.root, env: {} }),
    );
    await Promise.all(engines.map((engine) => engine.runOnce()));
    await s.settle();
    expect(await counted(s, 'few')).toBe(5);
    expect(await refusals(s)).toEqual(['few full 7', 'few if 12']);
    // Twice at once takes one place; one that wasn't needed comes back; over the whole life of the journey.
    await s.reapply(bounded(8));
    const [inside] = (await s.enrollments()).map((one) => one.who) as [string];
    await s.tell([
      { who: 'new', type: 'signed_up', traits: { plan: 'pro' } },
      { who: 'new', type: 'signed_up', properties: { plan: 'again' } },
      { who: inside, type: 'signed_up' },
    ]);
    await s.settle();
    expect(await s.rows('select taken from parcours.entry_quota')).toEqual([{ taken: 6 }]);
    await s.advance('2d');
    for (const who of [inside, 'another', 'third']) {
      await s.tell([{ who, type: 'signed_up', traits: { plan: 'pro' } }]);
      await s.settle();
    }
    expect(await counted(s, 'few')).toBe(8);
    expect(await s.rows('select taken from parcours.entry_quota')).toEqual([{ taken: 8 }]);
    expect(await s.rows('select 1 from parcours.entry_request')).toEqual([]);
    // Without the bound everybody comes in.
    await s.reapply(bounded(8).replace(', max_entries: 8', ''));
    await s.person({ external_id: 'fourth', traits: { plan: 'pro' } });
    await s.event('fourth', 'signed_up');
    expect(await counted(s, 'few')).toBe(9);
    expect(await s.deadLetters()).toEqual([]);
  });
});

describe('facts that come at once', () => {
  it('edge case 1: same event redelivered, 6 in parallel with 4 workers, re-entry off → 1 enrollment, 1 message', async () => {
    const s = await scenario(
      journey(
        'welcome',
        '{ when: { event: signed_up } }',
        '[{ id: hello, send: { channel: diary, template: hello } }]',
      ).slice(4),
    );
    const who = people.slice(0, 20);
    // Six statements of the same for each, told at once and handled by four engines while they come.
    const telling = Promise.all(
      Array.from({ length: 6 }, () =>
        s.tell(who.map((one) => ({ who: one, type: 'signed_up', properties: { plan: 'a' } }))),
      ),
    );
    const engines = Array.from({ length: 4 }, () =>
      createEngine({ store: s.store, clock: s.clock, root: s.root, env: {} }),
    );
    await Promise.all(engines.map((engine) => engine.runOnce()));
    await telling;
    await Promise.all(engines.map((engine) => engine.runOnce()));
    await s.settle();
    expect(await s.rows('select count(*) as n from parcours.event')).toEqual([{ n: 120 }]);
    expect(await counted(s, 'welcome')).toBe(20);
    expect(await s.messages()).toHaveLength(20);
    expect(s.lines('diary')).toHaveLength(20);
  });
});

describe('facts of a time to come', () => {
  it('edge case 5: future timestamps count from their reception, or wait for their time where the source says so', async () => {
    const s = await scenario(
      journey(
        'welcome',
        '{ when: { event: signed_up } }',
        '[{ id: rest, wait: 1d }]',
        'goal: { event: order_placed, within: 2d }\n',
      ).slice(4),
    );
    const facts = (type: string, at: string) => ({ who: 'ana', type, at });
    await s.tell([facts('signed_up', '2027-01-01T00:00:00Z')]);
    await s.settle();
    expect(await s.enrollments()).toMatchObject([{ entered: '2026-03-02 10:00', due: '2026-03-03 10:00' }]);
    await s.advance('1h');
    await s.tell([facts('order_placed', '2028-01-01T00:00:00Z')]);
    await s.settle();
    expect(await s.enrollments()).toMatchObject([{ goal: '2026-03-02 11:00' }]);
    await s.tell([{ who: 'ben', type: 'signed_up', at: '2026-03-02T15:00:00Z', future: 'wait' }]);
    await s.settle();
    expect(await s.enrollments()).toHaveLength(1);
    await s.advance('2d');
    expect(await s.ways()).toEqual(['ana welcome completed', 'ben welcome completed']);
    expect((await s.enrollments())[1]).toMatchObject({ entered: '2026-03-02 15:00', exited: '2026-03-03 15:00' });
    expect(await s.rows('select 1 from parcours.event where occurred_at > received_at')).toEqual([]);
  });
});

describe('journeys that open each other', () => {
  it('edge case 22: go round some times, also across waits, end, and leave a decision', async () => {
    const round = (id: string, other: string, steps: string) =>
      journey(
        id,
        `{ when: [{ event: order_placed, where: { note: ${id} } }, { event: journey_exited, where: { journey: ${other} } }], reentry: always }`,
        steps,
      );
    const answer = (id: string, other: string) =>
      journey(
        id,
        `{ when: [{ event: order_placed, where: { note: ${id} } }, { event: message_sent, where: { journey: ${other} } }], reentry: always }`,
        `[{ id: say-${id}, send: { channel: diary, template: hello } }]`,
      );
    const s = await scenario(
      [
        round('first', 'second', '[{ exit: done }]').slice(4),
        round('second', 'first', '[{ exit: done }]'),
        round('slow', 'slower', '[{ id: stay, wait: 1d }]'),
        round('slower', 'slow', '[{ id: stay, wait: 1d }]'),
        answer('ping', 'pong'),
        answer('pong', 'ping'),
      ].join(''),
    );
    await s.event('ana', 'order_placed', { note: 'first' });
    await s.event('ben', 'order_placed', { note: 'slow' });
    await s.runUntil('2026-05-01T00:00:00Z');
    for (const pair of [
      ['first', 'second'],
      ['slow', 'slower'],
    ] as const) {
      const rounds = (await counted(s, pair[0])) + (await counted(s, pair[1]));
      expect(rounds).toBe(17);
    }
    expect(await refusals(s)).toEqual(['second loop 1', 'slower loop 1']);

    // Messages, too, are facts of ours.
    await s.event('cat', 'order_placed', { note: 'ping' });
    await s.advance('1h');
    expect((await s.messages()).filter((one) => one.who === 'cat')).toHaveLength(17);
    // What comes from outside begins a new round.
    await s.event('ana', 'order_placed', { note: 'second' });
    expect((await counted(s, 'first')) + (await counted(s, 'second'))).toBe(34);
  });
});
