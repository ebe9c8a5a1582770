/** Ways through a journey: cases of a switch, jumps ahead, waits with arms, rounds of a repeat. */
import { describe, expect, it } from 'vitest';
import { scenario } from './scenario.ts';
import { logOf, note, signUp, way } from './steps-yaml.ts';

describe('a switch', () => {
  it('b4: takes the first case that fits, otherwise the other way; all rejoin', async () => {
    const s = await scenario(
      way(`  - id: by-plan
    switch: { field: entry.plan }
    cases:
      - is: pro
        steps:
${note('dear-pro', 10)}
      - is: [free, trial]
        steps:
          - exit: too-small
    otherwise:
${note('who-are-you', 6)}
${note('after')}`),
    );
    for (const [who, plan] of [
      ['ana', 'pro'],
      ['ben', 'trial'],
      ['cat', 'huge'],
    ] as const)
      await s.event(who, 'signed_up', { plan });
    expect(await s.ways()).toEqual(['ana way completed', 'ben way too-small', 'cat way completed']);
    expect((await s.messages()).map(({ who, step }) => `${who} ${step}`)).toEqual([
      'ana dear-pro',
      'ana after',
      'cat who-are-you',
      'cat after',
    ]);
    expect(await logOf(s, 'ben')).toEqual(['by-plan case 2']);
  });

  it('reads the newest event, and goes on where nothing fits', async () => {
    const s = await scenario(
      way(`  - id: by-note
    switch: { last: order_placed.note, since: ever }
    cases:
      - { is: gift, steps: [ { exit: giver } ] }
${note('after')}`),
    );
    await s.event('ana', 'order_placed', { note: 'gift' });
    await s.event('ana', 'signed_up', {});
    await s.event('ben', 'signed_up', {});
    expect(await s.ways()).toEqual(['ana way giver', 'ben way completed']);
  });
});

describe('a goto', () => {
  it('b1: skips ahead to its step, from inside an arm too, and leaves what stands between undone', async () => {
    const s = await scenario(
      way(`  - goto: last
    if: { field: entry.plan, is: pro }
  - id: fork
    branch:
      - if: { field: entry.plan, is: trial }
        steps:
          - goto: last
          
${note('between')}
${note('last')}`),
    );
    for (const plan of ['pro', 'trial', 'free']) await s.event(plan, 'signed_up', { plan });
    expect((await s.messages()).map(({ who, step }) => `${who} ${step}`)).toEqual([
      'pro last',
      'trial last',
      'free between',
      'free last',
    ]);
  });
});

describe('a wait with arms', () => {
  const wait = way(`  - id: answer
    wait_for:
      - when: { event: order_placed }
        steps: [ { exit: bought } ]
      - when: { any: [ { event: visited }, { trait: plan, is: pro } ] }
        steps:
${note('seen', 10)}
    for: 2d
    otherwise: [ { exit: silent } ]
${note('after')}`);

  it('takes the arm that comes true first, and `otherwise` at its limit', async () => {
    const s = await scenario(wait);
    for (const who of ['ana', 'ben', 'cat']) await signUp(s, who);
    await s.advance('1d');
    await s.event('ana', 'visited', {});
    await s.event('ben', 'order_placed', {});
    await s.advance('3d');
    expect(await s.ways()).toEqual(['ana way completed', 'ben way bought', 'cat way silent']);
    expect(await logOf(s)).toEqual(['answer arm 2', 'seen queued', 'after queued']);
    expect(await logOf(s, 'cat')).toEqual(['answer not in time']);
  });

  it('b4: takes the upper arm of two that come true together, and passes at once on a state', async () => {
    const s = await scenario(wait);
    await signUp(s, 'ana');
    await s.advance('1h');
    await s.tell([
      { who: 'ana', type: 'visited', properties: {} },
      { who: 'ana', type: 'order_placed', properties: {} },
    ]);
    await s.settle();
    await s.person({ external_id: 'ben', traits: { plan: 'pro' } });
    await s.event('ben', 'signed_up', {});
    expect(await s.ways()).toEqual(['ana way bought', 'ben way completed']);
    expect(await logOf(s, 'ben')).toEqual(['answer arm 2', 'seen queued', 'after queued']);
  });

  it('b22: goes to `otherwise` at once when none of the messages it waits for was sent', async () => {
    const s = await scenario(
      way(`  - id: nudge
    send: { channel: mail, template: hello }
  - id: reaction
    wait_for:
      - { when: { message: nudge, status: acted }, steps: [ { exit: acted } ] }
      - { when: { message: nudge, status: seen }, steps: [ { exit: seen } ] }
    for: 2d
    otherwise: [ { exit: unreached } ]
`),
    );
    await s.event('ana', 'signed_up', {});
    expect(await s.ways()).toEqual(['ana way unreached']);
  });
});

describe('a wait that ends while nobody works', () => {
  const wait = way(`  - id: order
    wait_for: { event: order_placed }
    for: 1h
    then: [ { exit: bought } ]
    otherwise: [ { exit: silent } ]`);

  it('is not met by what happened after its limit, and is by what happened at it or before (b6, b8)', async () => {
    const s = await scenario(wait);
    for (const who of ['ana', 'ben', 'cat']) await signUp(s, who);
    // Down for three hours: the timers and the events are seen together.
    s.clock.jumpTo(new Date('2026-03-02T13:00:00Z'));
    await s.tell([
      { who: 'ana', type: 'order_placed', properties: {}, at: '2026-03-02T10:59:00Z' },
      { who: 'ben', type: 'order_placed', properties: {}, at: '2026-03-02T11:00:00Z' },
      { who: 'cat', type: 'order_placed', properties: {}, at: '2026-03-02T11:00:01Z' },
    ]);
    await s.settle();
    expect(await s.ways()).toEqual(['ana way bought', 'ben way bought', 'cat way silent']);
  });
});

describe('a repeat', () => {
  const rounds = (repeat: string, steps = note('news', 6)) =>
    way(`  - id: life
    repeat: ${repeat}
    steps:
${steps}
${note('after')}`);

  it('b7: does its first round at once, then one `every` so often from the start of a round, and no more than `max`', async () => {
    const s = await scenario(rounds('{ every: 1d, max: 3 }'));
    await signUp(s, 'ana');
    await s.advance('5d');
    expect(await s.sent()).toEqual([
      'ana news 2026-03-02 10:00',
      'ana news 2026-03-03 10:00',
      'ana news 2026-03-04 10:00',
      'ana after 2026-03-04 10:00',
    ]);
    expect(await logOf(s)).toEqual([
      'life round 1',
      'news queued',
      'life round 2',
      'news queued',
      'life round 3',
      'news queued',
      'life rounds over',
      'after queued',
    ]);
  });

  it('b7: counts months from the first round, so that the 31st comes back, and waits `after` before the first', async () => {
    const s = await scenario(
      way(`  - id: life
    after: 1d
    repeat: { every: 1mo, max: 3 }
    steps:
${note('news', 6)}`),
      { start: '2026-01-30T10:00:00Z' },
    );
    await signUp(s, 'ana');
    await s.runUntil('2026-05-01T00:00:00Z');
    expect(await s.sent()).toEqual([
      'ana news 2026-01-31 10:00',
      'ana news 2026-02-28 10:00',
      'ana news 2026-03-31 10:00',
    ]);
  });

  it('b7: ends when `until` turns true in the pause, or did since the repeat began; not within a round', async () => {
    const s = await scenario(
      rounds(
        '{ every: 1d, max: 9, until: { event: order_placed } }',
        `      - { id: rest, wait: 2h }\n${note('news', 6)}`,
      ),
    );
    for (const who of ['ana', 'ben']) await signUp(s, who);
    await s.advance('1h');
    await s.event('ana', 'order_placed', {});
    expect(await s.ways()).toEqual(['ana way at rest', 'ben way at rest']);
    await s.advance('4h');
    await s.event('ben', 'order_placed', {});
    await s.settle();
    expect((await s.sent()).filter((line) => line.includes('after'))).toEqual([
      'ana after 2026-03-02 12:00',
      'ben after 2026-03-02 15:00',
    ]);
    expect(await logOf(s)).toEqual(['life round 1', 'rest waited', 'news queued', 'life until', 'after queued']);
  });

  it('begins the next round when a round took longer than `every`, and makes up one round after a silence', async () => {
    const long = await scenario(
      rounds('{ every: 1h, max: 3 }', `${note('news', 6)}\n      - { id: rest, wait: 90min }`),
    );
    await signUp(long, 'ana');
    await long.advance('1d');
    expect((await long.sent()).filter((line) => line.includes('news'))).toEqual([
      'ana news 2026-03-02 10:00',
      'ana news 2026-03-02 11:30',
      'ana news 2026-03-02 13:00',
    ]);
    const silent = await scenario(rounds('{ every: 1d, max: 9 }'));
    await signUp(silent, 'ana');
    silent.clock.jumpTo(new Date('2026-03-06T12:00:00Z'));
    await silent.advance('25h');
    expect(await silent.sent()).toEqual([
      'ana news 2026-03-02 10:00',
      'ana news 2026-03-06 12:00',
      'ana news 2026-03-07 12:00',
    ]);
  });

  it('b22: a message of a step means this round inside, and the last one outside', async () => {
    const s = await scenario(
      rounds(
        '{ every: 1d, max: 2 }',
        `${note('news', 6)}
      - id: read
        wait_for: { message: news, status: seen }
        for: 3h
        otherwise:
${note('reminder', 10)}`,
      ).replace(
        note('after'),
        `  - id: at-last
    branch:
      - { if: { message: news, status: seen }, steps: [ { exit: reader } ] }
    otherwise: [ { exit: not-reader } ]`,
      ),
    );
    await signUp(s, 'ana');
    await signUp(s, 'ben');
    const sees = async (who: string, nth: number) => {
      const mine = (await s.messages()).filter((one) => one.who === who && one.step === 'news');
      await s.rows(
        `insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body)
         select m.lane, 3, $2, m.profile_id, 'outcome',
           jsonb_build_object('message_id', m.message_id, 'attempt', 1, 'state', 'seen', 'at', extract(epoch from $2::timestamptz) * 1000)
         from parcours.message m where m.message_id = $1`,
        [mine[nth]?.id, s.clock.now()],
      );
      await s.settle();
    };
    await s.advance('1h');
    await sees('ana', 0);
    await s.runUntil('2026-03-03T11:00:00Z');
    await sees('ben', 1);
    await s.advance('1d');
    expect((await s.sent()).filter((line) => line.includes('reminder'))).toEqual([
      'ben reminder 2026-03-02 13:00',
      'ana reminder 2026-03-03 13:00',
    ]);
    expect(await s.ways()).toEqual(['ana way not-reader', 'ben way reader']);
  });

  it('can stand in a round of another, which begins it anew', async () => {
    const s = await scenario(
      rounds(
        '{ every: 1d, max: 2 }',
        `      - id: twice
        repeat: { every: 1h, max: 2 }
        steps:
${note('news', 10)}`,
      ),
    );
    await signUp(s, 'ana');
    await s.advance('3d');
    expect(await s.sent()).toEqual([
      'ana news 2026-03-02 10:00',
      'ana news 2026-03-02 11:00',
      'ana news 2026-03-03 10:00',
      'ana news 2026-03-03 11:00',
      'ana after 2026-03-03 11:00',
    ]);
  });
});
