/** A fact that no statement takes, from being set apart to being handled after all. */
import { describe, expect, it } from 'vitest';
import { retryDead } from '../../../engine/activation/retry/retry-dead.ts';
import { readStatus } from '../../../engine/measure/health/status.ts';
import { selectDeadLetters } from '../../../engine/measure/messages/queries.ts';
import { journey } from '../pressure-house.ts';
import { type Scenario, scenario } from '../scenario.ts';

const letters = (s: Scenario) => s.store.withSession((session) => selectDeadLetters(session, null, 10));
const replay = (s: Scenario, seqs: readonly number[] | null = null) =>
  s.store.withSession((session) => retryDead(session, seqs, s.clock.now()));

/** Ana's sign-up can't be read; bob's can. */
async function poisoned(): Promise<Scenario> {
  const s = await scenario(journey({ id: 'welcome' }));
  await s.tell([
    { who: 'ana', type: 'signed_up' },
    { who: 'bob', type: 'signed_up' },
  ]);
  await s.rows(`update parcours.inbox b set body = jsonb_set(b.body, '{event,value}', '1e30') from parcours.identifier i
    where i.value = 'ana' and b.lane = i.lane and b.profile_id = i.profile_id`);
  await s.settle();
  return s;
}

describe('edge case 24: a poison event', () => {
  it('is isolated and visible: its person and all others go on', async () => {
    const s = await poisoned();
    expect(await s.sent()).toEqual(['bob welcome 2026-03-02 10:00']);
    await s.event('ana', 'visited');
    expect(await s.rows('select 1 from parcours.event')).toHaveLength(2);
    expect(await letters(s)).toMatchObject([{ kind: 'fact', name: null, reason: expect.stringMatching(/^22P02: /) }]);
    expect(await s.store.withSession((session) => readStatus(session, s.clock.now()))).toMatchObject({
      deadLetters: 1,
    });
  });

  it('is replayable: when its cause is gone it does what it would have done', async () => {
    const s = await poisoned();
    await s.rows(`update parcours.dead_letter set body = jsonb_set(body, '{event,value}', 'null')`);
    await s.advance('1h');
    expect(await replay(s)).toEqual({ retried: 1, enrollments: 0, unknown: [] });
    await s.settle();
    expect(await s.sent()).toEqual(['bob welcome 2026-03-02 10:00', 'ana welcome 2026-03-02 11:00']);
    expect(await letters(s)).toEqual([]);
    expect(await s.rows('select occurred_at from parcours.event where type = $1', ['signed_up'])).toEqual([
      { occurred_at: new Date('2026-03-02T10:00:00Z') },
      { occurred_at: new Date('2026-03-02T10:00:00Z') },
    ]);
  });

  it('whose cause is not gone is set apart again, and is handled once however often it is asked for', async () => {
    const s = await poisoned();
    const [before] = await letters(s);
    await Promise.all([replay(s), replay(s, [before?.seq ?? 0]), replay(s, [1, 2])]);
    await s.settle();
    const after = await letters(s);
    expect(after).toMatchObject([{ kind: 'fact' }]);
    expect(after[0]?.seq).not.toBe(before?.seq);
    expect(await s.rows('select 1 from parcours.inbox')).toEqual([]);
  });
});

const timed = `kind: segment
id: newcomers
where: [ { event: signed_up, in_last: 1d } ]
---
kind: trait
id: visits
count: { event: visited, in_last: 1d }
`;

describe('edge case 24: what time alone made due and could not be read', () => {
  it('is read again when it is replayed; an enrollment that ended stays ended', async () => {
    const s = await scenario(`${timed}---\n${journey({ id: 'welcome' })}`);
    await s.event('ana', 'signed_up');
    await s.event('ana', 'visited');
    // As after a failure: their wake-ups are gone, and dead letters stand for them.
    const [who] = await s.rows<{ lane: number; profile_id: number }>('select lane, profile_id from parcours.profile');
    await s.rows('update parcours.membership set next_change = null');
    await s.rows('delete from parcours.trait_wake');
    const kinds = [
      ['membership', 'newcomers'],
      ['trait', 'visits'],
      ['enrollment', 'welcome'],
    ];
    for (const [i, [kind, name]] of kinds.entries())
      await s.rows(
        `insert into parcours.dead_letter (lane, seq, profile_id, kind, body, reason, at) values ($1, $2, $3, $4, $5, 'P0001: x', $6)`,
        [...[who?.lane, 500_000 + i, who?.profile_id, kind, JSON.stringify({ name }), s.clock.now()]],
      );
    await s.advance('2d');
    expect(await s.members('newcomers')).toEqual(['ana']);
    expect(await replay(s)).toEqual({ retried: 2, enrollments: 1, unknown: [] });
    await s.settle();
    expect(await s.members('newcomers')).toEqual([]);
    expect(await s.rows(`select traits->>'visits' as visits from parcours.profile`)).toEqual([{ visits: '0' }]);
    expect(await letters(s)).toMatchObject([{ kind: 'enrollment' }]);
  });
});
