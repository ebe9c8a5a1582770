/** Goals and exits: what ends an enrollment at any moment, by a fact or by time alone, and in which order. */
import { describe, expect, it } from 'vitest';
import { scenario } from './scenario.ts';

/** A journey in which people rest for ten days, unless its goal or an exit ends it. */
function way(ends: string, more = ''): string {
  return `kind: journey
id: way
objective: engagement
entry: { when: { event: signed_up } }
${ends}
steps:
  - id: rest
    wait: 10d
${more}`;
}

describe('a goal', () => {
  it('with `exit: true` ends the journey as `goal`; without it is noted and the journey goes on', async () => {
    for (const [exit, ways] of [
      ['true', ['ana way goal']],
      ['false', ['ana way at rest']],
    ] as const) {
      const s = await scenario(way(`goal: { event: order_placed, within: 14d, exit: ${exit} }`));
      await s.event('ana', 'signed_up');
      await s.advance('1d');
      await s.event('ana', 'order_placed');
      expect(await s.ways()).toEqual(ways);
      expect(await s.enrollments()).toMatchObject([{ goal: '2026-03-03 10:00' }]);
    }
  });

  it('is met within its window only, which may be shorter than the journey', async () => {
    const s = await scenario(way('goal: { event: order_placed, within: 2d, exit: true }'));
    await s.event('ana', 'signed_up');
    await s.event('ben', 'signed_up');
    await s.advance('2d');
    await s.event('ana', 'order_placed');
    await s.advance('1min');
    await s.event('ben', 'order_placed');
    expect(await s.ways()).toEqual(['ana way goal', 'ben way at rest']);
    expect(await s.enrollments()).toMatchObject([
      { who: 'ana', goal: '2026-03-04 10:00' },
      { who: 'ben', goal: null },
    ]);
  });

  it('may be met after the person left, within the window', async () => {
    const s = await scenario(
      way('goal: { event: order_placed, within: 14d }\nexit:\n  - { event: visited, as: visited }'),
    );
    await s.event('ana', 'signed_up');
    await s.event('ben', 'signed_up');
    await s.advance('1d');
    await s.event('ana', 'visited');
    await s.event('ben', 'visited');
    await s.advance('10d');
    await s.event('ana', 'order_placed');
    await s.advance('10d');
    await s.event('ben', 'order_placed');
    expect(await s.ways()).toEqual(['ana way visited', 'ben way visited']);
    expect(await s.enrollments()).toMatchObject([
      { who: 'ana', goal: '2026-03-13 10:00' },
      { who: 'ben', goal: null },
    ]);
  });

  it('is met once: the first time stands', async () => {
    const s = await scenario(way('goal: { event: order_placed, within: 14d }'));
    await s.event('ana', 'signed_up');
    await s.advance('1d');
    await s.event('ana', 'order_placed');
    await s.advance('1d');
    await s.event('ana', 'order_placed');
    expect(await s.enrollments()).toMatchObject([{ goal: '2026-03-03 10:00' }]);
  });

  it('must turn true: a state that holds at the entry is no conversion, until it was false in between (14)', async () => {
    const s = await scenario(way('goal: { trait: plan, is: pro, within: 9d, exit: true }'));
    await s.traits('ana', { plan: 'pro' });
    await s.event('ana', 'signed_up');
    await s.event('ben', 'signed_up');
    await s.advance('1d');
    await s.traits('ana', { plan: 'pro', country: 'CH' });
    await s.traits('ben', { plan: 'pro' });
    expect(await s.ways()).toEqual(['ana way at rest', 'ben way goal']);
    await s.traits('ana', { plan: 'free' });
    await s.advance('1d');
    await s.traits('ana', { plan: 'pro' });
    expect(await s.ways()).toEqual(['ana way goal', 'ben way goal']);
  });

  it('does not count the fact that opened the journey (14)', async () => {
    const s = await scenario(
      way('goal: { event: order_placed, within: 14d, exit: true }').replace('signed_up', 'order_placed'),
    );
    await s.event('ana', 'order_placed');
    expect(await s.ways()).toEqual(['ana way at rest']);
    await s.advance('1d');
    await s.event('ana', 'order_placed');
    expect(await s.ways()).toEqual(['ana way goal']);
  });

  it('b9: counts what happened after that fact and arrived with it or before it', async () => {
    const s = await scenario(way('goal: { event: order_placed, within: 14d, exit: true }'));
    await s.advance('1h');
    await s.tell([
      { who: 'ana', type: 'signed_up', at: '2026-03-02T10:10:00Z' },
      { who: 'ana', type: 'order_placed', at: '2026-03-02T10:20:00Z' },
    ]);
    await s.event('ben', 'order_placed', {}, { at: '2026-03-02T10:20:00Z' });
    await s.event('ben', 'signed_up', {}, { at: '2026-03-02T10:10:00Z' });
    await s.event('cat', 'order_placed', {}, { at: '2026-03-02T10:10:00Z' });
    await s.event('cat', 'signed_up', {}, { at: '2026-03-02T10:20:00Z' });
    expect(await s.ways()).toEqual(['ana way goal', 'ben way goal', 'cat way at rest']);
  });

  it('b9: beside an exit by state is not disarmed by what happened after the entry', async () => {
    const s = await scenario(
      way('goal: { event: order_placed, within: 14d, exit: true }\nexit:\n  - { trait: plan, is: closed, as: closed }'),
    );
    await s.advance('1h');
    await s.event('ana', 'order_placed', {}, { at: '2026-03-02T10:20:00Z' });
    await s.event('ana', 'signed_up', {}, { at: '2026-03-02T10:10:00Z' });
    expect(await s.ways()).toEqual(['ana way goal']);
  });

  it('b6: comes before an exit in the same instant', async () => {
    const s = await scenario(
      way('goal: { event: order_placed, within: 14d, exit: true }\nexit:\n  - { event: order_placed, as: bought }'),
    );
    await s.event('ana', 'signed_up');
    await s.advance('1d');
    await s.event('ana', 'order_placed');
    expect(await s.ways()).toEqual(['ana way goal']);
  });

  it('b6: that does not exit is noted, though an exit ends the journey in the same instant', async () => {
    const s = await scenario(
      way('goal: { event: order_placed, within: 14d }\nexit:\n  - { event: order_placed, as: bought }'),
    );
    await s.event('ana', 'signed_up');
    await s.advance('1d');
    await s.event('ana', 'order_placed');
    expect(await s.enrollments()).toMatchObject([{ exitAs: 'bought', goal: '2026-03-03 10:00' }]);
  });

  it('counts and sums since the entry', async () => {
    const s = await scenario(
      way('goal: { event: order_placed, sum: { of: total, gte: 100 EUR }, within: 9d, exit: true }'),
    );
    const order = (amount: number) => s.event('ana', 'order_placed', { total: { amount, currency: 'EUR' } });
    await order(50_000);
    await s.event('ana', 'signed_up');
    await s.advance('1h');
    await order(6_000);
    expect(await s.ways()).toEqual(['ana way at rest']);
    await order(4_000);
    expect(await s.ways()).toEqual(['ana way goal']);
  });
});

describe('an exit', () => {
  it('b8, b9: by event counts from the entry, by state is read as it stands', async () => {
    const s = await scenario(
      way('exit:\n  - { event: visited, as: visited }\n  - { trait: plan, is: closed, as: closed }'),
    );
    await s.event('ana', 'visited');
    for (const who of ['ana', 'ben', 'cat']) await s.event(who, 'signed_up');
    await s.traits('dan', { plan: 'closed' });
    await s.event('dan', 'signed_up');
    expect(await s.ways()).toEqual(['ana way at rest', 'ben way at rest', 'cat way at rest', 'dan way closed']);
    await s.advance('1h');
    await s.event('ana', 'visited');
    await s.traits('ben', { plan: 'closed' });
    expect(await s.ways()).toEqual(['ana way visited', 'ben way closed', 'cat way at rest', 'dan way closed']);
  });

  it('that is true at the entry leaves no message', async () => {
    const s = await scenario(
      way('exit:\n  - { trait: plan, is: closed, as: closed }').replace(
        '  - id: rest',
        '  - id: hello\n    send: { channel: diary, template: hello }\n  - id: rest',
      ),
    );
    await s.traits('ana', { plan: 'closed' });
    await s.event('ana', 'signed_up');
    expect(await s.ways()).toEqual(['ana way closed']);
    expect(await s.messages()).toEqual([]);
  });

  it('that looks at the calendar fires by time alone', async () => {
    const s = await scenario(way('exit:\n  - { trait: ends_at, before: 7d ago, as: over }'));
    await s.traits('ana', { ends_at: Date.parse('2026-02-28T12:00:00Z') });
    await s.event('ana', 'signed_up');
    await s.runUntil('2026-03-31T00:00:00Z');
    expect(await s.enrollments()).toMatchObject([{ exitAs: 'over', exited: '2026-03-07 12:00' }]);
  });

  it('that looks at the calendar follows its trait when that moves', async () => {
    const s = await scenario(way('exit:\n  - { trait: ends_at, before: 7d ago, as: over }'));
    await s.event('ana', 'signed_up');
    await s.traits('ana', { ends_at: Date.parse('2026-02-25T12:00:00Z') });
    await s.runUntil('2026-03-04T11:00:00Z');
    await s.traits('ana', { ends_at: Date.parse('2026-02-27T12:00:00Z') });
    await s.runUntil('2026-03-31T00:00:00Z');
    expect(await s.enrollments()).toMatchObject([{ exitAs: 'over', exited: '2026-03-06 12:00' }]);
  });

  it('by the end of a window of events fires by time alone', async () => {
    const s = await scenario(way('exit:\n  - { never: visited, in_last: 3d, as: silent }'));
    await s.event('ana', 'visited');
    await s.event('ana', 'signed_up');
    await s.advance('1d');
    await s.event('ana', 'visited');
    await s.runUntil('2026-03-31T00:00:00Z');
    expect(await s.enrollments()).toMatchObject([{ exitAs: 'silent', exited: '2026-03-06 10:00' }]);
  });

  it('follows the segment, which never ends a journey by itself (3)', async () => {
    const segment = 'kind: segment\nid: free\nwhere: { trait: plan, is: free }\n---\n';
    const entry = '{ when: { enters: free }, current_members: skip }';
    const plain = await scenario(segment + way('').replace('{ when: { event: signed_up } }', entry));
    const watched = await scenario(
      segment +
        way('exit:\n  - { not: { segment: free }, as: no-longer }').replace('{ when: { event: signed_up } }', entry),
    );
    for (const s of [plain, watched]) {
      await s.traits('ana', { plan: 'free' });
      await s.advance('1h');
      await s.traits('ana', { plan: 'pro' });
    }
    expect(await plain.ways()).toEqual(['ana way at rest']);
    expect(await watched.ways()).toEqual(['ana way no-longer']);
  });

  it('comes before a wait that is met in the same instant (b6), and the first of several counts', async () => {
    const s = await scenario(`kind: journey
id: way
objective: engagement
entry: { when: { event: signed_up } }
exit:
  - { event: order_placed, where: { note: { is: gift } }, as: gift }
  - { event: order_placed, as: bought }
steps:
  - id: answer
    wait_for: { event: order_placed }
    for: 9d
    then: [ { exit: met } ]
`);
    await s.event('ana', 'signed_up');
    await s.event('ben', 'signed_up');
    await s.advance('1h');
    await s.event('ana', 'order_placed', { note: 'gift' });
    await s.event('ben', 'order_placed');
    expect(await s.ways()).toEqual(['ana way gift', 'ben way bought']);
  });

  it('b6: comes before a step that is due in the same instant', async () => {
    const s = await scenario(
      way(
        'exit:\n  - { event: visited, as: visited }',
        '  - id: hello\n    send: { channel: diary, template: hello }\n',
      ),
    );
    await s.event('ana', 'signed_up');
    s.clock.jumpTo(new Date('2026-03-12T10:00:00Z'));
    await s.event('ana', 'visited');
    expect(await s.ways()).toEqual(['ana way visited']);
    expect(await s.messages()).toEqual([]);
  });

  it('b9: counts what happened after the fact that opened the journey, though it arrived with it', async () => {
    const s = await scenario(
      way('exit:\n  - { event: order_placed, as: bought }').replace('signed_up', 'cart_updated'),
    );
    await s.advance('1h');
    await s.tell([
      { who: 'ana', type: 'cart_updated', at: '2026-03-02T10:10:00Z' },
      { who: 'ana', type: 'order_placed', at: '2026-03-02T10:20:00Z' },
    ]);
    await s.settle();
    expect(await s.ways()).toEqual(['ana way bought']);
  });
});
