/** `last_seen_at`: kept of everybody by the day, where something reads it. */
import { describe, expect, it } from 'vitest';
import { type Scenario, scenario } from './scenario.ts';

const asleep = `kind: segment
id: asleep
where: { trait: last_seen_at, before: 3d ago }
`;

async function lastSeen(s: Scenario): Promise<readonly string[]> {
  const rows = await s.rows<{ who: string; at: number | null }>(
    `select i.value as who, p.traits -> 'last_seen_at' as at from parcours.profile p join parcours.identifier i using (lane, profile_id) order by 1`,
  );
  return rows.map(({ who, at }) => `${who} ${at === null ? '–' : new Date(at).toISOString()}`);
}

/** Counts how often the person's row was written. */
const writesOf = async (s: Scenario): Promise<string> =>
  (await s.rows<{ version: string }>('select ctid::text || xmin::text as version from parcours.profile'))[0]?.version ??
  '';

describe('last_seen_at', () => {
  it('is the beginning of the day of the last event, where the person lives', async () => {
    const s = await scenario(asleep);
    await s.person({ external_id: 'ana', zone: 'Asia/Tokyo' });
    expect(await lastSeen(s)).toEqual(['ana –']);
    await s.event('ana', 'visited', { page: 'home' });
    // 19:00 on Monday in Tokyo, where the day began at 15:00 UTC of Sunday.
    expect(await lastSeen(s)).toEqual(['ana 2026-03-01T15:00:00.000Z']);
    await s.advance('4h');
    const before = await writesOf(s);
    await s.event('ana', 'visited', { page: 'shop' });
    await s.event('ana', 'cart_updated', { total: { amount: 100, currency: 'EUR' } });
    expect(await writesOf(s)).toBe(before);
    await s.event('ana', 'visited', { page: 'shop' }, { at: '2026-02-20T10:00:00Z' });
    expect(await lastSeen(s)).toEqual(['ana 2026-03-01T15:00:00.000Z']);
    await s.advance('2h');
    await s.event('ana', 'visited', { page: 'shop' });
    expect(await lastSeen(s)).toEqual(['ana 2026-03-02T15:00:00.000Z']);
    await s.runUntil('2026-03-05T14:59:59Z');
    expect(await s.members('asleep')).toEqual([]);
    await s.runUntil('2026-03-05T15:00:00Z');
    expect(await s.members('asleep')).toEqual(['ana']);
    await s.event('ana', 'visited', { page: 'home' });
    expect(await s.members('asleep')).toEqual([]);
    expect(await s.rows(`select from parcours.trait_value where trait = 'last_seen_at'`)).toEqual([]);
  });

  it('is not moved by what we tell ourselves, and not kept where nobody reads it', async () => {
    const journey = `kind: journey
id: hi
objective: loyalty
entry: { when: { event: signed_up } }
steps:
  - { id: hello, after: 2d, send: { channel: diary, template: hello } }
`;
    const s = await scenario(journey);
    await s.event('ana', 'signed_up', { plan: 'free' });
    expect(await lastSeen(s)).toEqual(['ana –']);
    // Read from now on: it is worked out of what was recorded.
    await s.reapply(`${journey}---\n${asleep}`);
    expect(await lastSeen(s)).toEqual(['ana 2026-03-02T00:00:00.000Z']);
    await s.advance('2d');
    await s.hears('hello', 'acted');
    expect(await lastSeen(s)).toEqual(['ana 2026-03-02T00:00:00.000Z']);
    await s.reapply(journey);
    expect(await lastSeen(s)).toEqual(['ana –']);
    expect(await s.deadLetters()).toEqual([]);
  });

  it('is what a source says, where a schema declares it', async () => {
    const s = await scenario(`kind: schema
id: crm
traits:
  last_seen_at: { type: datetime }
---
${asleep}`);
    await s.event('ana', 'visited', { page: 'home' });
    expect(await lastSeen(s)).toEqual(['ana –']);
    await s.traits('ana', { last_seen_at: Date.parse('2026-01-01T00:00:00Z') });
    expect(await s.members('asleep')).toEqual(['ana']);
  });
});
