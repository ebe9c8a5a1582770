/** Names of profiles as people type them, against a real store. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findProfile } from '../../engine/profiles/find-profile.ts';
import type { Identifier } from '../../engine/profiles/identified-fact.ts';
import { ingestFacts } from '../../engine/profiles/ingest.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

const now = new Date('2026-03-01T12:00:00Z');
let store: TestStore;
let session: OwnSession;

beforeAll(async () => {
  store = await testStore();
  session = await store.session();
  const people: Identifier[][] = [
    [
      { type: 'external_id', value: '00004' },
      { type: 'email', value: 'ana@example.org' },
    ],
    [
      { type: 'external_id', value: '1' },
      { type: 'urn', value: 'shop:8' },
    ],
    [{ type: 'phone', value: '00004' }],
  ];
  const fact = { at: now.getTime(), received: now.getTime(), source: 'test', trigger: false };
  await ingestFacts(
    session,
    people.map((identifiers, i) => ({ messageId: `m${i}`, identifiers, fact })),
    { now },
  );
});
afterAll(async () => {
  await session.close();
  await store.drop();
});

test.each([
  ['external_id:00004', 1],
  ['phone:00004', 3],
  // Of several types the first in the alphabet.
  ['00004', 1],
  ['email: ANA@Example.org', 1],
  ['Ana@Example.org', 1],
  ['shop:8', 2],
  ['urn:shop:8', 2],
  // An identifier goes before a number of ours.
  ['1', 2],
  ['3', 3],
])('%s finds its profile', async (text, profileId) => {
  expect(await findProfile(session, text)).toEqual({ lane: profileId, profileId });
});

test.each(['', ' ', ':', '4', '0', 'external_id:', 'email:bea@example.org', '99999999999999999999', 'a\0b'])(
  '%j finds nobody',
  async (text) => {
    expect(await findProfile(session, text)).toBeNull();
  },
);

test('nobody is found in an empty store', async () => {
  const empty = await testStore();
  await empty.withSession(async (own) => expect(await findProfile(own, 'ana')).toBeNull());
  await empty.drop();
});
