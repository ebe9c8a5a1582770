/** What caps count, which journeys rules cover by their tags, and what a send says of its urgency and its end. */
import { describe, expect, it } from 'vitest';
import { everywhere, house, journey, signUp } from './pressure-house.ts';
import { scenario } from './scenario.ts';

/** A journey with tags. */
const tagged = (id: string, tags: string, more: Partial<Parameters<typeof journey>[0]> = {}) =>
  journey({ id, ...more }).replace(/^kind: journey$/m, `kind: journey\ntags: [${tags}]`);

describe('a cap that counts what was delivered', () => {
  it('gives room until the provider says so, and counts from when the message left', async () => {
    const s = await scenario(
      house('caps: [ { id: paid, max: 1, rolling: 2d, count: delivered } ]\nwhen_capped: drop', [{ id: 'a' }]),
    );
    await signUp(s);
    await s.advance('1h');
    await signUp(s);
    await s.hears('a', 'delivered');
    await signUp(s);
    expect(await s.decisions()).toEqual(['ana a queued', 'ana a queued', 'ana a suppressed cap house/paid']);
    const [, , last] = await s.messages();
    const until = Date.parse('2026-03-04T11:00:00Z');
    expect(last?.decision).toMatchObject({ count: 2, max: 1, window: '2d', until });
    await s.runUntil('2026-03-04T11:00:00Z');
    await signUp(s);
    expect((await s.decisions()).at(-1)).toBe('ana a queued');
  });

  it('counts what was sent or may have been, and not what failed', async () => {
    const s = await scenario(
      house('caps: [ { id: paid, max: 1, rolling: 7d, count: sent } ]\nwhen_capped: drop', [
        { id: 'a', channel: 'mail' },
        { id: 'b', channel: 'mail', on: 'visited' },
      ]),
    );
    await s.person({ external_id: 'ana', traits: everywhere });
    s.block('mail');
    await signUp(s);
    await s.event('ana', 'visited');
    expect(await s.decisions()).toEqual(['ana a queued', 'ana b queued']);
    await s.rows(`delete from parcours.outbox`);
    await s.hears('a', 'uncertain');
    await s.hears('b', 'failed');
    await signUp(s);
    expect((await s.decisions()).at(-1)).toBe('ana a suppressed cap house/paid');
  });
});

describe('a rule that names tags', () => {
  it('covers the journeys that have one of them, and service messages of none', async () => {
    const s = await scenario(
      [
        house('caps: [ { id: offers, max: 1, rolling: 7d, tags: [offer, sale] } ]\nwhen_capped: drop', [
          { id: 'plain', priority: 10 },
        ]),
        tagged('code', 'offer', { objective: 'service', priority: 1 }),
        tagged('first', 'offer', { priority: 90 }),
        tagged('second', 'sale, spring', { priority: 80 }),
      ].join('---\n'),
    );
    await signUp(s);
    expect([...(await s.decisions())].sort()).toEqual([
      'ana code queued',
      'ana first queued',
      'ana plain queued',
      'ana second suppressed cap house/offers',
    ]);
    // A tag that a journey gets is a change of the rule.
    await s.reapply(
      [
        house('caps: [ { id: offers, max: 1, rolling: 7d, tags: [offer, sale] } ]\nwhen_capped: drop', []),
        tagged('plain', 'sale'),
      ].join('---\n'),
      { allowDestructive: ['journey/code', 'journey/first', 'journey/second'] },
    );
    await signUp(s);
    expect((await s.decisions()).at(-1)).toBe('ana plain suppressed cap house/offers');
  });
});

describe('a send', () => {
  it('that is urgent goes before older ones of its priority, and stays urgent while it waits alone', async () => {
    const s = await scenario(
      house('caps: [ { id: daily, max: 1, rolling: 1d } ]\nvalid_for: 10d', [
        { id: 'old' },
        { id: 'older', on: 'visited' },
        { id: 'new', on: 'cart_updated', more: ', urgent: true' },
      ]),
    );
    for (const type of ['signed_up', 'visited', 'cart_updated']) {
      await s.event('ana', type);
      await s.advance('1h');
    }
    await s.advance('3d');
    expect(await s.sent()).toEqual([
      'ana old 2026-03-02 10:00',
      'ana new 2026-03-03 10:00',
      'ana older 2026-03-04 10:00',
    ]);
  });

  it('that expires is given up at that moment, and follows it when it moves', async () => {
    const s = await scenario(
      house('caps: [ { id: weekly, max: 1, rolling: 7d } ]\nvalid_for: 30d', [
        { id: 'first', priority: 90 },
        { id: 'offer', more: ', expires: 2026-03-05' },
        { id: 'reminder', more: ', expires: 1h before ends_at' },
      ]),
    );
    await s.traits('ana', { ends_at: Date.parse('2026-03-04T10:00:00Z') });
    await signUp(s);
    const ends = () =>
      s.rows<{ line: string }>(
        `select step || ' ' || to_char(valid_until, 'YYYY-MM-DD HH24:MI') as line from parcours.message where step <> 'first' order by step`,
      );
    expect((await ends()).map(({ line }) => line)).toEqual(['offer 2026-03-05 00:00', 'reminder 2026-03-04 09:00']);
    await s.traits('ana', { ends_at: Date.parse('2026-03-20T10:00:00Z') });
    await s.advance('8d');
    expect([...(await s.decisions())].sort()).toEqual([
      'ana first queued',
      'ana offer expired expired',
      'ana reminder queued',
    ]);
    expect((await s.sent()).at(-1)).toBe('ana reminder 2026-03-09 10:00');
    expect([...(await s.ways())].sort()).toEqual([
      'ana first completed',
      'ana offer not-sent',
      'ana reminder completed',
    ]);
  });

  it('whose end is past when it is reached never leaves; one without a date has its validity alone', async () => {
    const s = await scenario(
      house('valid_for: 1d', [
        { id: 'late', more: ', expires: 2026-03-01' },
        { id: 'open', more: ', expires: 1h before ends_at' },
      ]),
    );
    await signUp(s);
    expect([...(await s.decisions())].sort()).toEqual(['ana late expired expired', 'ana open queued']);
  });
});

it('a country may say that what its caps stop is dropped', async () => {
  const country = `kind: country
id: fr
title: France
where: { trait: country, is: FR }
zone: Europe/Paris
caps: [ { id: rare, max: 1, rolling: 30d } ]
when_capped: drop
---
`;
  const s = await scenario(country + journey({ id: 'a' }));
  await s.person({ external_id: 'ana', traits: { country: 'FR' } });
  await signUp(s);
  await signUp(s);
  expect(await s.decisions()).toEqual(['ana a queued', 'ana a suppressed cap fr/rare']);
});
