/** People who have no identifier in common and are alike: how alike texts are, and what is told of whom. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchKeeper } from '../../engine/activation/schedules/matches.ts';
import { jumpingClock } from '../../engine/clock/clock.ts';
import type { IdentityBody, MatchKey } from '../../engine/compiler/ir.ts';
import { plainText, similarity, soundOf } from '../../engine/profiles/identity/match/alike.ts';
import { matchPeople } from '../../engine/profiles/identity/match/match-people.ts';
import { laneOf } from '../../engine/profiles/lane-of.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

describe('texts', () => {
  it.each([
    ['García', 'GARCIA'],
    ['García López', 'lopes garsia'],
    ['Schmidt', 'Schmitt'],
    ['Philippe', 'Filipe'],
    ['Müller', 'Muler'],
    ["O'Brien", 'O Brian'],
  ])('%s sounds like %s', (a, b) => expect(soundOf(a)).toBe(soundOf(b)));

  it.each([
    ['García', 'Gómez'],
    ['Martin', 'Morales'],
    ['Иванов', 'Петров'],
  ])('%s does not sound like %s', (a, b) => expect(soundOf(a)).not.toBe(soundOf(b)));

  it('are the same but for case, accents and signs', () => {
    expect(plainText(' D’Ávila-Núñez ')).toBe('d avila nunez');
    expect(plainText(28004)).toBe('28004');
    expect(plainText(null)).toBe('');
  });

  it('are as similar as the trigrams that they share', () => {
    expect(similarity('word', 'two words')).toBeCloseTo(4 / 11);
    expect(similarity('Ana María', 'ana maria')).toBe(1);
    expect(similarity('', 'ana')).toBe(0);
  });
});

describe('parcours identity match', () => {
  let store: TestStore;
  let session: OwnSession;
  const now = new Date('2026-03-01T00:00:00Z');
  const nameAndPlace: MatchKey = {
    id: 'name-and-place',
    on: [
      { trait: 'first_name', by: 'similar', atLeast: 0.4 },
      { trait: 'last_name', by: 'sound', atLeast: null },
      { trait: 'postal_code', by: 'equal', atLeast: null },
    ],
    outcome: 'propose',
  };
  const identity = (match: readonly MatchKey[]): IdentityBody => ({
    mergeBy: [],
    maxProfiles: 50,
    survivorship: {},
    match,
  });

  beforeAll(async () => {
    store = await testStore();
    session = await store.session();
    const people = [
      ['Ana', 'García', '28004'],
      ['ANA', 'Garsia', '28 004'],
      ['Ana', 'García', '08001'],
      ['Luis', 'García', '28004'],
      ['Anna', 'Garcia', '28004'],
      ...Array.from({ length: 60 }, () => ['Eva', 'Sol', '1']),
    ];
    for (const [i, [first_name, last_name, postal_code]] of people.entries()) {
      await session.query(
        'insert into parcours.profile (lane, profile_id, traits, created_at) values ($1, $2, $3, $4)',
        [...[laneOf(i + 1), i + 1, JSON.stringify({ first_name, last_name, postal_code }), now]],
      );
    }
    await session.query(
      `insert into parcours.profile (lane, profile_id, traits, created_at) values (900, 900, '{"first_name": "Ana"}', $1)`,
      [now],
    );
  });
  afterAll(async () => {
    await session.close();
    await store.drop();
  });

  it('proposes pairs once, and passes over groups that say too little', async () => {
    expect(await matchPeople(session, { identity: identity([nameAndPlace]), now })).toEqual([
      { key: 'name-and-place', people: 65, alike: 3, told: 3, passedOver: 1 },
    ]);
    expect(await session.query('select a_id, b_id, rule, reason from parcours.merge_proposal order by 1, 2')).toEqual(
      [
        [1, 2],
        [1, 5],
        [2, 5],
      ].map(([a_id, b_id]) => ({ a_id, b_id, rule: 'match name-and-place', reason: 'alike in name-and-place' })),
    );
    expect(await matchPeople(session, { identity: identity([nameAndPlace]), now })).toMatchObject([
      { alike: 3, told: 0 },
    ]);
  });

  it('asks for merges where the key says so, but for pairs that people decided on', async () => {
    await session.query(`update parcours.merge_proposal set state = 'declined' where b_id = 5`);
    await session.query('delete from parcours.merge_proposal where b_id = 2');
    await matchPeople(session, { identity: identity([{ ...nameAndPlace, outcome: 'merge' }]), now });
    expect(await session.query('select a_id, b_id from parcours.merge_request')).toEqual([{ a_id: 1, b_id: 2 }]);
  });

  it('is done as often as a key says, once whoever runs, and never where it says nothing', async () => {
    const clock = jumpingClock(now);
    const every = { months: 0, days: 1, ms: 0 };
    const running = (keys: readonly MatchKey[]) => ({ program: { identity: identity(keys) } });
    const daily = running([{ ...nameAndPlace, id: 'daily', outcome: 'propose', every }, nameAndPlace]);
    const keepers = [1, 2].map(() => matchKeeper({ clock, everyMs: 0, open: () => store.session() }));
    const look = async () => (await Promise.all(keepers.map((one) => one.look(daily)))).reduce((all, n) => all + n, 0);
    const looked = () => session.query('select key, looked_at from parcours.identity_match');
    expect(await keepers[0]?.look(running([nameAndPlace]))).toBe(0);
    expect(await looked()).toEqual([]);
    await session.query('delete from parcours.merge_proposal');
    expect(await look()).toBe(3);
    expect(await looked()).toEqual([{ key: 'daily', looked_at: now }]);
    clock.jumpTo(new Date(now.getTime() + 86_399_000));
    expect(await look()).toBe(0);
    expect(await looked()).toEqual([{ key: 'daily', looked_at: now }]);
    clock.jumpTo(new Date(now.getTime() + 86_400_000));
    await session.query('delete from parcours.merge_proposal');
    expect(await look()).toBe(3);
    await Promise.all(keepers.map((one) => one.close()));
  });
});
