/** Room that caps keep for what is already scheduled with a higher priority (`look_ahead`). */
import { describe, expect, it } from 'vitest';
import { everywhere, house, journey, signUp } from './pressure-house.ts';
import { scenario } from './scenario.ts';

const weekly = (more = '') => `caps: [ { id: weekly, max: 1, rolling: 2d, look_ahead: 1d${more} } ]\nvalid_for: 10d`;

const waiting = (wait: string, then = 'send: { channel: diary, template: hello }') => `---
kind: journey
id: high
objective: engagement
priority: 90
entry: { when: { event: cart_updated }, reentry: always }
steps:
  - id: rest
    ${wait}
  - id: high
    ${then}
`;

const low = house(weekly(), [{ id: 'low', priority: 10 }]);

describe('a cap that looks ahead', () => {
  it('keeps its room for the send to which a timer leads, and gives it to others after that', async () => {
    const s = await scenario(low + waiting('wait: 20h'));
    await s.event('ana', 'cart_updated');
    await s.advance('1h');
    await signUp(s);
    const [message] = await s.messages();
    expect(message?.decision).toMatchObject({
      outcome: 'deferred',
      ...{ rule: 'cap house/weekly', count: 0, max: 1, kept: 1 },
      until: Date.parse('2026-03-03T06:00:00Z'),
    });
    await s.advance('5d');
    expect(await s.sent()).toEqual(['ana high 2026-03-03 06:00', 'ana low 2026-03-05 06:00']);
  });

  it('keeps none for what comes later than it looks, has room beside it, or has no higher priority', async () => {
    const later = await scenario(low + waiting('wait: 30h'));
    await later.event('ana', 'cart_updated');
    await signUp(later);
    expect(await later.decisions()).toEqual(['ana low queued']);
    const wide = await scenario(low.replace('max: 1', 'max: 2') + waiting('wait: 20h'));
    await wide.event('ana', 'cart_updated');
    await signUp(wide);
    await signUp(wide);
    expect(await wide.decisions()).toEqual(['ana low queued', 'ana low deferred cap house/weekly']);
    const equal = await scenario(low + waiting('wait: 20h').replace('priority: 90', 'priority: 10'));
    await equal.event('ana', 'cart_updated');
    await signUp(equal);
    expect(await equal.decisions()).toEqual(['ana low queued']);
  });

  it('knows of timers that the same transaction set, and of no send that a condition still decides', async () => {
    const both = (wait: string, then?: string) =>
      scenario(low + waiting(wait, then).replace('event: cart_updated', 'event: signed_up'));
    const certain = await both('wait: 20h');
    await signUp(certain);
    expect(await certain.decisions()).toEqual(['ana low deferred cap house/weekly']);
    const delayed = await both('wait: 1min', 'after: 20h\n    send: { channel: diary, template: hello }');
    await signUp(delayed);
    await delayed.advance('2min');
    await signUp(delayed);
    expect(await delayed.decisions()).toEqual(['ana low queued', 'ana low deferred cap house/weekly']);
    const unsure = await both(
      'wait: 20h',
      'if: { trait: plan, is: pro }\n    send: { channel: diary, template: hello }',
    );
    await signUp(unsure);
    expect(await unsure.decisions()).toEqual(['ana low queued']);
    const hoped = await both('wait_for: { event: visited }\n    for: 20h');
    await signUp(hoped);
    expect(await hoped.decisions()).toEqual(['ana low queued']);
  });

  it('keeps room for messages that wait for their hours, on the channel that they will take', async () => {
    const s = await scenario(
      `${house(`${weekly()}\nquiet_hours: [ { channels: [push], from: "20:00", to: "08:00" } ]`, [
        { id: 'low', priority: 10, channel: 'mail' },
        { id: 'high', priority: 90, channel: '{ first_of: [push, mail] }' },
      ])}`,
      { start: '2026-03-02T21:00:00Z' },
    );
    await s.person({ external_id: 'ana', traits: everywhere });
    await s.person({ external_id: 'ben', traits: { email: everywhere.email } });
    await signUp(s);
    await signUp(s, 'ben');
    // Whom push doesn't reach gets the mail of the higher priority at once.
    expect([...(await s.decisions())].sort()).toEqual([
      'ana high deferred quiet house',
      'ana low deferred cap house/weekly',
      'ben high queued',
      'ben low deferred cap house/weekly',
    ]);
    await s.advance('3d');
    expect((await s.sent()).filter((line) => line.startsWith('ana'))).toEqual([
      'ana high 2026-03-03 08:00',
      'ana low 2026-03-05 08:00',
    ]);
  });

  it('keeps room for journeys that people will enter by a date, or by a schedule as members', async () => {
    const dated = journey({ id: 'high', priority: 90 }).replace(
      'event: signed_up',
      'date: ends_at, at: "09:00", late: 1d',
    );
    const s = await scenario(`${low}---\n${dated}`);
    await s.traits('ana', { ends_at: Date.parse('2026-03-03T00:00:00Z') });
    await s.traits('ben', { ends_at: Date.parse('2026-03-13T00:00:00Z') });
    await signUp(s);
    await signUp(s, 'ben');
    expect([...(await s.decisions())].sort()).toEqual(['ana low deferred cap house/weekly', 'ben low queued']);
    const digest = `${low}---
kind: segment
id: readers
where: { trait: plan, is: pro }
---
${journey({ id: 'high', priority: 90 }).replace('event: signed_up', 'every: day, at: "09:00", members: readers')}`;
    const d = await scenario(digest);
    await d.traits('ana', { plan: 'pro' });
    await d.traits('ben', { plan: 'free' });
    await signUp(d);
    await signUp(d, 'ben');
    expect([...(await d.decisions())].sort()).toEqual(['ana low deferred cap house/weekly', 'ben low queued']);
  });
});
