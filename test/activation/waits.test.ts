/** `wait_for`: what meets it, from when facts count, what its limit and a message that never left do. */
import { describe, expect, it } from 'vitest';
import { type Scenario, scenario } from './scenario.ts';

const otherwise = '    then: [ { exit: met } ]\n    otherwise: [ { exit: not-met } ]';

/** A journey whose step `answer` waits for something. */
function waitFor(condition: string, { before = '', within = '2d', more = '' } = {}): string {
  return `kind: journey
id: way
objective: engagement
entry: { when: { event: signed_up } }
steps:
${before}  - id: answer
${more}    wait_for: ${condition}
    for: ${within}
${otherwise}
`;
}

async function outcome(s: Scenario): Promise<string | undefined> {
  const [first] = await s.enrollments();
  return first?.exitAs ?? `at ${first?.step}`;
}

describe('a wait for an event', () => {
  it('is met by the event, and goes `otherwise` at its limit', async () => {
    const s = await scenario(waitFor('{ event: order_placed, where: { total: { gte: 10 EUR } } }'));
    await s.event('ana', 'signed_up');
    await s.event('ben', 'signed_up');
    await s.advance('1d');
    await s.event('ana', 'order_placed', { total: { amount: 999, currency: 'EUR' } });
    await s.event('ben', 'order_placed', { total: { amount: 1000, currency: 'EUR' } });
    expect(await s.ways()).toEqual(['ana way at answer', 'ben way met']);
    await s.advance('23h 59min');
    expect(await s.ways()).toEqual(['ana way at answer', 'ben way met']);
    await s.advance('1min');
    expect(await s.ways()).toEqual(['ana way not-met', 'ben way met']);
    expect(await s.rows('select step, outcome from parcours.step_log order by profile_id')).toEqual([
      { step: 'answer', outcome: 'not in time' },
      { step: 'answer', outcome: 'met' },
    ]);
  });

  it('b8: never passes at once: what happened before it began does not count', async () => {
    const s = await scenario(waitFor('{ event: visited }', { before: '  - id: rest\n    wait: 1d\n' }));
    await s.event('ana', 'visited');
    await s.event('ana', 'signed_up');
    await s.advance('1h');
    await s.event('ana', 'visited');
    await s.advance('1d');
    expect(await outcome(s)).toBe('at answer');
    await s.event('ana', 'visited', {}, { at: '2026-03-03T10:00:00Z' });
    expect(await outcome(s)).toBe('at answer');
    await s.event('ana', 'visited', {}, { at: '2026-03-03T10:00:00.001Z' });
    expect(await outcome(s)).toBe('met');
  });

  it('is not met by an event of the batch in which it begins', async () => {
    const s = await scenario(waitFor('{ event: visited }'));
    await s.advance('1h');
    await s.tell([
      { who: 'ana', type: 'signed_up', at: '2026-03-02T10:10:00Z' },
      { who: 'ana', type: 'visited', at: '2026-03-02T10:20:00Z' },
    ]);
    await s.settle();
    expect(await outcome(s)).toBe('at answer');
  });

  it('after a delay begins when the delay is over', async () => {
    const s = await scenario(
      waitFor('{ event: order_placed, where: { total: { gte: 10 EUR } } }', { more: '    after: 1d\n' }),
    );
    await s.event('ana', 'signed_up');
    await s.advance('1h');
    await s.event('ana', 'order_placed', { total: { amount: 5000, currency: 'EUR' } });
    await s.advance('1d');
    await s.event('ana', 'order_placed', { total: { amount: 1, currency: 'EUR' } });
    expect(await outcome(s)).toBe('at answer');
    await s.runUntil('2026-03-05T10:00:00Z');
    expect(await outcome(s)).toBe('not-met');
  });

  it('with `since` looks back to what arrived before it began', async () => {
    const before = '  - id: hello\n    send: { channel: diary, template: hello }\n  - id: rest\n    wait: 1d\n';
    const s = await scenario(waitFor('{ event: visited, since: hello }', { before }));
    await s.event('ana', 'visited');
    await s.event('ana', 'signed_up');
    await s.advance('1d');
    expect(await outcome(s)).toBe('at answer');
    await s.event('ben', 'signed_up');
    await s.advance('1h');
    await s.event('ben', 'visited');
    await s.advance('1d');
    expect(await s.ways()).toEqual(['ana way at answer', 'ben way met']);
    await s.event('ana', 'visited');
    expect(await s.ways()).toEqual(['ana way met', 'ben way met']);
  });

  it('ends in favour of the event, when the limit comes in the same instant', async () => {
    const s = await scenario(waitFor('{ event: visited }'));
    await s.event('ana', 'signed_up');
    await s.advance('1d');
    s.clock.jumpTo(new Date('2026-03-04T10:00:00Z'));
    await s.event('ana', 'visited');
    expect(await outcome(s)).toBe('met');
  });

  it('b10: is met by a late event, up to `trigger_max_age`, by the time at which it happened', async () => {
    const s = await scenario(waitFor('{ event: visited }', { within: '5d' }));
    await s.event('ana', 'signed_up');
    await s.event('ben', 'signed_up');
    await s.advance('3d');
    await s.event('ana', 'visited', {}, { at: '2026-03-03T10:00:00Z' });
    await s.event('ben', 'visited', {}, { at: '2026-03-03T09:59:59Z' });
    expect(await s.ways()).toEqual(['ana way met', 'ben way at answer']);
  });

  it('is not met by history', async () => {
    const s = await scenario(waitFor('{ event: visited }'));
    await s.event('ana', 'signed_up');
    await s.advance('1h');
    await s.event('ana', 'visited', {}, { trigger: false });
    expect(await outcome(s)).toBe('at answer');
  });

  it('counts with `count` and any of several types', async () => {
    const s = await scenario(waitFor('{ event: [visited, cart_updated], count: { gte: 3 } }'));
    await s.event('ana', 'signed_up');
    await s.advance('1h');
    await s.event('ana', 'visited');
    await s.event('ana', 'cart_updated');
    expect(await outcome(s)).toBe('at answer');
    await s.event('ana', 'visited');
    expect(await outcome(s)).toBe('met');
  });
});

describe('a wait for a state', () => {
  it('b8: that is true already passes at once', async () => {
    const s = await scenario(waitFor('{ trait: plan, is: pro }'));
    await s.traits('ana', { plan: 'pro' });
    await s.event('ana', 'signed_up');
    await s.event('ben', 'signed_up');
    expect(await s.ways()).toEqual(['ana way met', 'ben way at answer']);
    await s.traits('ben', { plan: 'pro' });
    expect(await s.ways()).toEqual(['ana way met', 'ben way met']);
  });

  it('is met by time alone', async () => {
    const s = await scenario(waitFor('{ trait: ends_at, in_next: 1d }', { within: '30d' }));
    await s.traits('ana', { ends_at: Date.parse('2026-03-10T15:00:00Z') });
    await s.event('ana', 'signed_up');
    await s.runUntil('2026-03-09T14:59:00Z');
    expect(await outcome(s)).toBe('at answer');
    await s.advance('1min');
    expect(await outcome(s)).toBe('met');
  });

  it('follows a segment and a consent', async () => {
    const s = await scenario(`kind: segment
id: pros
where: { trait: plan, is: pro }
---
${waitFor('{ any: [ { segment: pros }, { consent: newsletter, is: granted } ] }')}`);
    await s.event('ana', 'signed_up');
    await s.event('ben', 'signed_up');
    await s.event('cat', 'signed_up');
    await s.traits('ana', { plan: 'pro' });
    await s.person({ external_id: 'ben', consents: { 'newsletter/email': 'granted' } });
    await s.person({ external_id: 'cat', consents: { 'newsletter/email': 'denied' } });
    expect(await s.ways()).toEqual(['ana way met', 'ben way met', 'cat way at answer']);
  });
});

describe('a wait for a message', () => {
  const hello = (more: string) => `  - id: hello\n    send: { channel: mail, template: hello${more} }\n`;
  const withMail = { external_id: 'ana', traits: { email: 'ana@shop.example' } };

  it('is met by the status, which means "at least"', async () => {
    const s = await scenario(waitFor('{ message: hello, status: delivered }', { before: hello('') }));
    await s.person(withMail);
    await s.event('ana', 'signed_up');
    expect(await outcome(s)).toBe('at answer');
    await s.advance('1h');
    await s.hears('hello', 'seen');
    expect(await outcome(s)).toBe('met');
    expect(await s.messages()).toMatchObject([{ state: 'seen' }]);
  });

  it('b22: goes `otherwise` at once when it was not sent', async () => {
    const s = await scenario(waitFor('{ message: hello, status: seen }', { before: hello('') }));
    await s.event('ana', 'signed_up');
    expect(await outcome(s)).toBe('not-met');
    expect(await s.rows('select step, outcome from parcours.step_log order by seq')).toEqual([
      { step: 'hello', outcome: 'suppressed' },
      { step: 'answer', outcome: 'not sent' },
    ]);
  });

  it('b22: goes `otherwise` at once when it fails on its way', async () => {
    const s = await scenario(waitFor('{ message: hello, status: seen }', { before: hello('') }));
    s.block('mail');
    await s.person(withMail);
    await s.event('ana', 'signed_up');
    expect(await s.messages()).toMatchObject([{ state: 'queued' }]);
    expect(await outcome(s)).toBe('at answer');
    await s.advance('3h');
    expect(await s.messages()).toMatchObject([{ state: 'failed' }]);
    expect(await outcome(s)).toBe('not-met');
  });

  it('waits until its limit when it was sent and nobody says what became of it', async () => {
    const s = await scenario(waitFor('{ message: hello, status: seen }', { before: hello('') }));
    await s.person(withMail);
    await s.event('ana', 'signed_up');
    await s.advance('1d');
    expect(await outcome(s)).toBe('at answer');
    await s.advance('1d');
    expect(await outcome(s)).toBe('not-met');
  });

  it('b22: finds every status false of a message that was not sent, `unseen` and `unacted` too', async () => {
    const branch = ['queued', 'sent', 'unseen', 'unacted']
      .map((status) => `      - if: { message: hello, status: ${status} }\n        steps: [ { exit: ${status} } ]`)
      .join('\n');
    const s = await scenario(`kind: journey
id: way
objective: engagement
entry: { when: { event: signed_up } }
steps:
${hello('')}  - id: rest
    wait: 1h
  - id: which
    branch:
${branch.replace('- if: { message: hello, status: queued }', '- if: { message: hello, status: seen }').replace('exit: queued', 'exit: seen')}
`);
    await s.person(withMail);
    await s.event('ana', 'signed_up');
    await s.event('ben', 'signed_up');
    await s.advance('2h');
    expect(await s.ways()).toEqual(['ana way sent', 'ben way completed']);
  });

  it('never takes a status back: seen stays seen when a late "delivered" comes (10)', async () => {
    const s = await scenario(waitFor('{ message: hello, status: acted }', { before: hello('') }));
    await s.person(withMail);
    await s.event('ana', 'signed_up');
    for (const state of ['seen', 'delivered', 'sent', 'failed']) {
      await s.hears('hello', state);
      expect(await s.messages()).toMatchObject([{ state: 'seen' }]);
      expect(await s.rows('select journey from parcours.contact')).toHaveLength(1);
    }
    await s.hears('hello', 'acted');
    expect(await outcome(s)).toBe('met');
  });

  it('b22: reads the messages of its own enrollment only', async () => {
    const s = await scenario(`kind: journey
id: way
objective: engagement
entry: { when: { event: signed_up }, reentry: always }
steps:
  - id: hello
    if: { field: entry.plan, is: pro }
    send: { channel: mail, template: hello }
  - id: which
    branch:
      - if: { message: hello, status: queued }
        steps: [ { exit: told } ]
`);
    await s.person(withMail);
    await s.event('ana', 'signed_up', { plan: 'pro' });
    await s.advance('1h');
    await s.event('ana', 'signed_up', { plan: 'free' });
    expect(await s.ways()).toEqual(['ana way told', 'ana way completed']);
  });
});
