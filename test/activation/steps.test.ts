/** How people move along the steps: waits and clock times, guards, branches, exits, and sends that hold them. */
import { describe, expect, it } from 'vitest';
import { type Scenario, scenario } from './scenario.ts';

/** A journey that anybody enters by signing up. */
function steps(text: string, more = ''): string {
  return `kind: journey
id: way
objective: engagement
entry: { when: { event: signed_up } }
steps:
${text}
${more}`;
}

const note = (id: string) => `  - id: ${id}\n    send: { channel: diary, template: hello }`;

async function signedUp(s: Scenario, zone = 'UTC', who = 'ana'): Promise<void> {
  await s.person({ external_id: who, zone });
  await s.event(who, 'signed_up', { plan: 'free' });
}

describe('a wait', () => {
  it('b11: counts days by the calendar of the person, hours and minutes exactly', async () => {
    // Paris loses an hour in the night to 29 March.
    const s = await scenario(steps(`  - id: rest\n    wait: 1d\n${note('hello')}`), { start: '2026-03-28T09:00:00Z' });
    await signedUp(s, 'Europe/Paris', 'ana');
    await signedUp(s, 'UTC', 'ben');
    await s.advance('3d');
    expect(await s.sent()).toEqual(['ana hello 2026-03-29 08:00', 'ben hello 2026-03-29 09:00']);

    const exact = await scenario(steps(`  - id: rest\n    wait: 24h\n${note('hello')}`), {
      start: '2026-03-28T09:00:00Z',
    });
    await signedUp(exact, 'Europe/Paris');
    await exact.advance('3d');
    expect(await exact.sent()).toEqual(['ana hello 2026-03-29 09:00']);
  });

  it('b11: of a month ends on the last day of a shorter one', async () => {
    const s = await scenario(steps(`  - id: rest\n    wait: 1mo\n${note('hello')}`), { start: '2026-01-31T10:00:00Z' });
    await signedUp(s);
    await s.runUntil('2026-03-05T00:00:00Z');
    expect(await s.sent()).toEqual(['ana hello 2026-02-28 10:00']);
  });

  it('takes the zone of the workspace for a person without one, or with one that nobody knows', async () => {
    const s = await scenario(
      {
        'parcours.yaml': 'kind: workspace\nid: test\nzone: Europe/Paris\ncurrency: EUR\nlocale: en\n',
        'scenario.yaml': steps(`  - id: rest\n    wait: 1d\n${note('hello')}`),
      },
      { start: '2026-03-28T09:00:00Z' },
    );
    await s.event('ana', 'signed_up');
    await signedUp(s, 'Moon/Base', 'ben');
    await s.advance('3d');
    expect(await s.sent()).toEqual(['ana hello 2026-03-29 08:00', 'ben hello 2026-03-29 08:00']);
  });
});

describe('`after` and `at`', () => {
  const at = (when: string) => steps(`  - id: hello\n${when}\n    send: { channel: diary, template: hello }`);

  it('delays a step by the calendar', async () => {
    const s = await scenario(at('    after: 2d'), { start: '2026-03-28T09:00:00Z' });
    await signedUp(s, 'Europe/Paris');
    await s.advance('4d');
    expect(await s.sent()).toEqual(['ana hello 2026-03-30 08:00']);
  });

  it('means the next occurrence of a clock time, which may be now', async () => {
    const s = await scenario(at('    at: "09:00"'), { start: '2026-03-02T08:00:00Z' });
    await signedUp(s, 'UTC', 'ana');
    await s.runUntil('2026-03-02T09:00:00Z');
    await signedUp(s, 'UTC', 'ben');
    await s.advance('1min');
    await signedUp(s, 'UTC', 'cat');
    await signedUp(s, 'America/Lima', 'dan');
    await s.advance('2d');
    expect(await s.sent()).toEqual([
      'ana hello 2026-03-02 09:00',
      'ben hello 2026-03-02 09:00',
      'dan hello 2026-03-02 14:00',
      'cat hello 2026-03-03 09:00',
    ]);
  });

  it('b11: means nine the next calendar day after a day at nine, whatever the hour', async () => {
    const s = await scenario(at('    after: 1d\n    at: "09:00"'), { start: '2026-03-02T00:30:00Z' });
    await signedUp(s, 'UTC', 'ana');
    await s.runUntil('2026-03-02T23:30:00Z');
    await signedUp(s, 'UTC', 'ben');
    // In Paris it is half past midnight of the third already.
    await signedUp(s, 'Europe/Paris', 'cat');
    await s.advance('3d');
    expect(await s.sent()).toEqual([
      'ana hello 2026-03-03 09:00',
      'ben hello 2026-03-03 09:00',
      'cat hello 2026-03-04 08:00',
    ]);
  });

  it('b11: takes the first valid time for a skipped one and the first occurrence of a repeated one', async () => {
    const spring = await scenario(at('    at: "02:30"'), { start: '2026-03-28T12:00:00Z' });
    await signedUp(spring, 'Europe/Paris');
    await spring.advance('2d');
    expect(await spring.sent()).toEqual(['ana hello 2026-03-29 01:00']);
    const autumn = await scenario(at('    at: "02:30"'), { start: '2026-10-24T12:00:00Z' });
    await signedUp(autumn, 'Europe/Paris');
    await autumn.advance('2d');
    expect(await autumn.sent()).toEqual(['ana hello 2026-10-25 00:30']);
  });

  it('reads `if` when the delay is over', async () => {
    const s = await scenario(at('    after: 1d\n    if: { trait: plan, is: pro }'));
    await signedUp(s, 'UTC', 'ana');
    await signedUp(s, 'UTC', 'ben');
    await s.traits('ben', { plan: 'pro' });
    await s.advance('2d');
    expect(await s.sent()).toEqual(['ben hello 2026-03-03 10:00']);
    expect(await s.ways()).toEqual(['ana way completed', 'ben way completed']);
  });
});

describe('`if`', () => {
  it('b2: skips the step with its lists and goes on after it', async () => {
    const s = await scenario(
      steps(`  - id: guarded
    if: { field: entry.plan, is: pro }
    send: { channel: diary, template: hello }
    then:
      - exit: reached
    otherwise:
      - exit: unreachable
${note('after-it')}`),
    );
    await s.event('ana', 'signed_up', { plan: 'free' });
    await s.event('ben', 'signed_up', { plan: 'pro' });
    expect(await s.ways()).toEqual(['ana way completed', 'ben way reached']);
    expect(await s.sent()).toEqual(['ana after-it 2026-03-02 10:00', 'ben guarded 2026-03-02 10:00']);
  });
});

describe('a branch', () => {
  const branch = steps(`  - id: which
    branch:
      - if: { field: entry.plan, in: [pro, team] }
        steps:
${note('for-pro').replace(/^/gm, '      ')}
      - if: { field: entry.plan, is: team }
        steps:
${note('never-reached').replace(/^/gm, '      ')}
    otherwise:
${note('for-free').replace(/^/gm, '    ')}
${note('for-all')}`);

  it('b1, b4: takes the first arm that holds, otherwise the other way, and both rejoin', async () => {
    const s = await scenario(branch);
    await s.event('ana', 'signed_up', { plan: 'team' });
    await s.event('ben', 'signed_up', { plan: 'free' });
    expect([...(await s.decisions())].sort()).toEqual([
      'ana for-all queued',
      'ana for-pro queued',
      'ben for-all queued',
      'ben for-free queued',
    ]);
  });

  it('without an arm that holds and without another way goes on', async () => {
    const s = await scenario(
      steps(`  - id: which
    branch:
      - if: { field: entry.plan, is: pro }
        steps: [ { exit: pro } ]
${note('for-all')}`),
    );
    await s.event('ana', 'signed_up', { plan: 'free' });
    await s.event('ben', 'signed_up', { plan: 'pro' });
    expect(await s.ways()).toEqual(['ana way completed', 'ben way pro']);
  });

  it('b8, b9: reads an event since the entry strictly after the fact that opened it', async () => {
    const s = await scenario(
      steps(`  - id: rest
    wait: 1d
  - id: which
    branch:
      - if: { event: signed_up, since: entry }
        steps: [ { exit: again } ]
      - if: { event: visited, since: rest }
        steps: [ { exit: too-late } ]
      - if: { event: visited, since: ever }
        steps: [ { exit: visited } ]`),
    );
    await s.event('ana', 'visited');
    await s.event('ana', 'signed_up');
    await s.event('ben', 'signed_up');
    await s.event('cat', 'signed_up');
    await s.advance('1h');
    await s.event('cat', 'signed_up');
    await s.advance('2d');
    expect(await s.ways()).toEqual(['ana way visited', 'ben way completed', 'cat way again']);
  });

  it('keeps in the log which arms held', async () => {
    const s = await scenario(branch);
    await s.event('ana', 'signed_up', { plan: 'team' });
    const log = await s.rows<{ step: string; outcome: string; detail: unknown }>(
      'select step, outcome, detail from parcours.step_log order by seq',
    );
    expect(log).toEqual([
      { step: 'which', outcome: 'arm 1', detail: { held: [true, true] } },
      { step: 'for-pro', outcome: 'queued', detail: null },
      { step: 'for-all', outcome: 'queued', detail: null },
    ]);
  });
});

describe('the end', () => {
  it('is `completed` after the last step, and the name of an `exit` before it', async () => {
    const s = await scenario(
      steps(`  - exit: not-pro
    if: { field: entry.plan, is_not: pro }
${note('hello')}`),
    );
    await s.event('ana', 'signed_up', { plan: 'free' });
    await s.event('ben', 'signed_up', { plan: 'pro' });
    expect(await s.ways()).toEqual(['ana way not-pro', 'ben way completed']);
  });

  it('is reached in one instant by a journey without waits, however many messages it sends', async () => {
    const s = await scenario(steps(Array.from({ length: 20 }, (_, i) => note(`n${i}`)).join('\n')));
    await s.event('ana', 'signed_up');
    expect(await s.ways()).toEqual(['ana way completed']);
    expect(await s.sent()).toEqual(Array.from({ length: 20 }, (_, i) => `ana n${i} 2026-03-02 10:00`));
  });
});

describe('a send', () => {
  const capped = `---
kind: pressure
id: house
caps: [ { id: daily, max: 1, rolling: 1d } ]
valid_for: 3d
`;

  it('b2: goes `otherwise` when the message cannot leave: no address, no consent', async () => {
    const s = await scenario(
      steps(`  - id: hello
    send: { channel: mail, template: hello }
    then: [ { exit: reached } ]
    otherwise: [ { exit: unreachable } ]`),
    );
    await s.person({ external_id: 'ana', traits: { email: 'ana@shop.example' } });
    await s.person({ external_id: 'ben' });
    await s.person({
      external_id: 'cat',
      traits: { email: 'cat@shop.example' },
      consents: { 'marketing/*': 'denied' },
    });
    for (const who of ['ana', 'ben', 'cat']) await s.event(who, 'signed_up');
    expect(await s.ways()).toEqual(['ana way reached', 'ben way unreachable', 'cat way unreachable']);
    expect(await s.decisions()).toEqual([
      'ana hello queued',
      'ben hello suppressed no-address mail',
      'cat hello suppressed no-consent marketing',
    ]);
  });

  it('b3, b20: holds the person while its message is deferred, and the waits after it run from the acceptance', async () => {
    const s = await scenario(
      steps(`${note('first')}\n${note('second')}\n  - id: rest\n    wait: 2d\n  - exit: done`, capped),
    );
    await s.event('ana', 'signed_up');
    expect(await s.ways()).toEqual(['ana way at second']);
    expect(await s.enrollments()).toMatchObject([{ posture: 'held', due: '2026-03-03 10:00' }]);
    await s.advance('1d');
    expect(await s.enrollments()).toMatchObject([{ step: 'rest', due: '2026-03-05 10:00' }]);
    await s.advance('2d');
    expect(await s.ways()).toEqual(['ana way done']);
    expect(await s.sent()).toEqual(['ana first 2026-03-02 10:00', 'ana second 2026-03-03 10:00']);
  });

  it('b20: gives up when the validity ends, which runs from reaching the send', async () => {
    const s = await scenario(
      steps(
        `${note('first')}
  - id: second
    send: { channel: diary, template: hello, valid_for: 5h }
    otherwise: [ { exit: too-late } ]`,
        capped,
      ),
    );
    await s.event('ana', 'signed_up');
    await s.advance('4h 59min');
    expect(await s.ways()).toEqual(['ana way at second']);
    await s.advance('1min');
    expect(await s.ways()).toEqual(['ana way too-late']);
    expect(await s.decisions()).toEqual(['ana first queued', 'ana second expired expired']);
  });

  it('b20: reads its `if` again at each try', async () => {
    const s = await scenario(
      steps(
        `${note('first')}
  - id: second
    if: { trait: plan, is_not: pro }
    send: { channel: diary, template: hello }
    otherwise: [ { exit: too-late } ]`,
        capped,
      ),
    );
    await s.event('ana', 'signed_up');
    await s.traits('ana', { plan: 'pro' });
    await s.advance('2d');
    expect(await s.ways()).toEqual(['ana way completed']);
    expect(await s.decisions()).toEqual(['ana first queued', 'ana second suppressed left the journey']);
    expect(await s.messages()).toMatchObject([{ state: 'sent' }, { state: 'suppressed' }]);
  });

  it('b21: takes its deferred message back when the person leaves', async () => {
    const s = await scenario(
      steps(`${note('first')}\n${note('second')}`, capped).replace(
        'steps:',
        'exit:\n  - { event: order_placed, as: bought }\nsteps:',
      ),
    );
    await s.event('ana', 'signed_up');
    await s.event('ana', 'order_placed', {}, { at: '2026-03-02T10:00:00.000Z' });
    expect(await s.ways()).toEqual(['ana way at second']);
    await s.advance('1h');
    await s.event('ana', 'order_placed');
    expect(await s.ways()).toEqual(['ana way bought']);
    await s.advance('5d');
    expect(await s.messages()).toMatchObject([
      { step: 'first', state: 'sent' },
      { step: 'second', state: 'suppressed' },
    ]);
  });

  it('with literals writes them into the message', async () => {
    const s = await scenario({
      'scenario.yaml': steps('  - id: hello\n    send: { channel: diary, template: coded, with: { code: X1 } }'),
      'coded.yaml': 'kind: template\nid: coded\nany:\n  en: { text: "Code {{with.code}} for {{entry.plan}}" }\n',
    });
    await s.event('ana', 'signed_up', { plan: 'pro' });
    expect(s.lines('diary')).toMatchObject([{ text: 'Code X1 for pro', journey: 'way', step: 'hello' }]);
  });
});
