/** What failed and is retried by hand: decided anew, as things stand then, once. */
import { describe, expect, it } from 'vitest';
import { type RetrySelection, retryMessages } from '../../engine/activation/retry/retry-messages.ts';
import { everywhere, house, signUp } from './pressure-house.ts';
import { type Scenario, scenario } from './scenario.ts';

const rules = 'caps: [ { id: weekly, max: 1, rolling: 7d } ]\nvalid_for: 3d';

async function failed(s: Scenario): Promise<void> {
  s.block('mail');
  await s.person({ external_id: 'ana', traits: everywhere });
  await signUp(s);
  await s.advance('1d');
  s.unblock('mail');
  expect(await s.messages()).toMatchObject([{ state: 'failed' }]);
}

function retry(s: Scenario, more: Partial<RetrySelection> = {}, evenUncertain = false) {
  const selection = { kind: 'state', state: 'failed', journey: 'letter', since: null, ...more } as RetrySelection;
  return s.store.withSession((session) => retryMessages(session, selection, { now: s.clock.now(), evenUncertain }));
}

async function onlyId(s: Scenario): Promise<number> {
  return (await s.messages())[0]?.id ?? 0;
}

describe('a message that failed', () => {
  it('is decided anew and sent, and takes the room of one', async () => {
    const s = await scenario(house(rules, [{ id: 'letter', channel: 'mail' }]));
    await failed(s);
    expect(await retry(s)).toEqual({ retried: 1, uncertain: 0, unknown: [], others: [] });
    await s.settle();
    expect(await s.sent()).toEqual(['ana letter 2026-03-03 10:00']);
    expect(await s.rows('select 1 from parcours.contact')).toHaveLength(1);
  });

  it('is decided once, however often it is asked for at once', async () => {
    const s = await scenario(house(rules, [{ id: 'letter', channel: 'mail' }]));
    await failed(s);
    await Promise.all([retry(s), retry(s), retry(s)]);
    await s.settle();
    expect(s.lines('mail')).toHaveLength(1);
    expect(await retry(s)).toMatchObject({ retried: 0 });
  });

  it('waits for room that was given away meanwhile', async () => {
    const s = await scenario(
      house(rules.replace('3d', '20d'), [
        { id: 'letter', channel: 'mail' },
        { id: 'other', channel: 'mail', on: 'visited' },
      ]),
    );
    await failed(s);
    await s.event('ana', 'visited');
    await retry(s);
    await s.settle();
    expect(await s.decisions()).toEqual(['ana letter deferred cap house/weekly', 'ana other queued']);
    await s.advance('8d');
    expect((await s.sent()).at(-1)).toMatch(/^ana letter /);
  });

  it('meets the consents of today', async () => {
    const s = await scenario(house(rules, [{ id: 'letter', channel: 'mail' }]));
    await failed(s);
    await s.person({ external_id: 'ana', consents: { 'marketing/email': 'denied' } });
    await retry(s, { kind: 'ids', ids: [await onlyId(s), 99] });
    await s.settle();
    expect(await s.messages()).toMatchObject([{ state: 'suppressed' }]);
  });

  it('expires when its validity has ended', async () => {
    const s = await scenario(house(rules, [{ id: 'letter', channel: 'mail' }]));
    await failed(s);
    await s.advance('3d');
    await retry(s);
    await s.settle();
    expect(await s.messages()).toMatchObject([{ state: 'expired', sent: null }]);
  });
});

describe('a message that is uncertain', () => {
  const uncertain = async (objective: string): Promise<Scenario> => {
    const s = await scenario(house(rules, [{ id: 'letter', channel: 'mail', objective }]));
    s.block('mail');
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    await s.rows('delete from parcours.outbox');
    await s.hears('letter', 'uncertain');
    s.unblock('mail');
    return s;
  };

  it('of marketing is let be, unless that is asked for; then it takes the room of one', async () => {
    const s = await uncertain('engagement');
    expect(await retry(s, { state: 'uncertain' })).toEqual({ retried: 0, uncertain: 1, unknown: [], others: [] });
    await s.settle();
    expect(await s.sent()).toEqual([]);
    expect(await retry(s, { state: 'uncertain' }, true)).toMatchObject({ retried: 1 });
    await s.settle();
    expect(await s.sent()).toEqual(['ana letter 2026-03-02 10:00']);
    expect(await s.rows('select 1 from parcours.contact')).toHaveLength(1);
  });

  it('of service is sent again', async () => {
    const s = await uncertain('service');
    expect(await retry(s, { state: 'uncertain' })).toMatchObject({ retried: 1, uncertain: 0 });
    await s.settle();
    expect(await s.sent()).toHaveLength(1);
  });
});

describe('a message that left', () => {
  it('is told to have left, and nobody hears twice', async () => {
    const s = await scenario(house(rules, [{ id: 'letter', channel: 'mail' }]));
    await s.person({ external_id: 'ana', traits: everywhere });
    await signUp(s);
    const id = await onlyId(s);
    expect(await retry(s, { kind: 'ids', ids: [id, 99] })).toEqual({
      ...{ retried: 0, uncertain: 0, unknown: [99] },
      others: [{ id, state: 'sent' }],
    });
    // Nor does a command that comes after it has left.
    await s.rows(
      `insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body)
       select lane, 0, $2, profile_id, 'retry', '{"message_id": ${id}, "even_uncertain": true}' from parcours.message where message_id = $1`,
      [id, s.clock.now()],
    );
    await s.settle();
    expect(s.lines('mail')).toHaveLength(1);
  });
});
