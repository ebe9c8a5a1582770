/** Who a fact is about when others are at work at the same time, and in what order facts stand. Files: import-file.test.ts. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IdentifiedFact, Identifier } from '../../engine/profiles/identified-fact.ts';
import { identifierKey, identify, namesOf } from '../../engine/profiles/identify.ts';
import { ingestFacts, ingestRowsMax } from '../../engine/profiles/ingest.ts';
import { insertIdentifiers, insertProfiles, type Place } from '../../engine/profiles/queries.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

const now = new Date('2026-03-01T12:00:00Z');
let store: TestStore;
let session: OwnSession;
let other: OwnSession;

beforeAll(async () => {
  store = await testStore();
  session = await store.session();
  other = await store.session();
});
afterAll(async () => {
  await session.close();
  await other.close();
  await store.drop();
});

const email = (value: string): Identifier => ({ type: 'email', value });

function factOf(messageId: string, identifiers: readonly Identifier[], source = 'test'): IdentifiedFact {
  return { messageId, identifiers, fact: { at: now.getTime(), received: now.getTime(), source, trigger: true } };
}

/** Until the other session's statement waits for a lock. */
async function untilItWaits(): Promise<void> {
  for (;;) {
    const waiting = await session.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (waiting.length > 0) return;
  }
}

describe('a person whom another transaction creates meanwhile', () => {
  const place: Place = { lane: 977, profileId: 2_001_873 };

  test('is waited for and used, and no profile is left over', async () => {
    let ingestion: Promise<unknown> = Promise.resolve();
    await session.transaction(async (inner) => {
      await insertProfiles(inner, [place], now);
      await insertIdentifiers(inner, [email('b@example.org')], [place]);
      const rows = ['a', 'b', 'c'].map((name) => factOf(name, [email(`${name}@example.org`)]));
      ingestion = ingestFacts(other, [...rows, factOf('d', [email('b@example.org'), email('d@example.org')])], { now });
      await untilItWaits();
    });
    expect(await ingestion).toMatchObject({ facts: 4, duplicates: 0, newProfiles: 2, ambiguous: 0 });
    const owned = await session.query(
      `select value from parcours.identifier where lane = 977 and profile_id = 2001873 order by value`,
    );
    expect(owned).toEqual([{ value: 'b@example.org' }, { value: 'd@example.org' }]);
    expect(await session.query('select count(*) as profiles from parcours.profile')).toEqual([{ profiles: 3 }]);
  });

  test('is created after all when the other transaction fails', async () => {
    let ingestion: Promise<unknown> = Promise.resolve();
    const failing = session.transaction(async (inner) => {
      await insertIdentifiers(inner, [email('e@example.org')], [place]);
      ingestion = ingestFacts(other, [factOf('e', [email('e@example.org')])], { now });
      await untilItWaits();
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await ingestion).toMatchObject({ facts: 1, newProfiles: 1 });
  });
});

describe('a batch', () => {
  test('keeps the order given, for each person and for all', async () => {
    const rows = Array.from({ length: ingestRowsMax }, (_, i) =>
      factOf(`o${i}`, [email(`${i % 7}@example.org`)], 'order'),
    );
    const marked = rows.map((row, i) => ({ ...row, fact: { ...row.fact, at: i } }));
    await ingestFacts(session, marked, { now });
    const stored = await session.query<{ at: number }>(
      `select (body->>'at')::integer as at from parcours.inbox where body->>'source' = 'order' order by seq`,
    );
    expect(stored.map((row) => row.at)).toEqual(marked.map((_, i) => i));
  });

  test('keeps the first of two facts with one message id, and the ids of sources apart', async () => {
    const rows = [factOf('m', [email('m@example.org')], 'x'), factOf('m', [email('n@example.org')], 'x')];
    expect(await ingestFacts(session, rows, { now })).toMatchObject({ facts: 1, duplicates: 1, newProfiles: 1 });
    expect(await ingestFacts(session, [factOf('m', [email('n@example.org')], 'y')], { now })).toMatchObject({
      facts: 1,
    });
  });

  test('without rows does nothing', async () => {
    expect(await ingestFacts(session, [], { now })).toMatchObject({
      facts: 0,
      duplicates: 0,
      newProfiles: 0,
      ambiguous: 0,
    });
  });

  test('that fails leaves nothing behind, and may be sent again', async () => {
    const fact = factOf('half', [email('half@example.org')]);
    const broken: IdentifiedFact = { ...fact, messageId: 'half2', fact: { ...fact.fact, received: Number.NaN } };
    await expect(ingestFacts(session, [fact, broken], { now })).rejects.toThrow();
    expect(await session.query(`select 1 from parcours.identifier where value = 'half@example.org'`)).toEqual([]);
    expect(await ingestFacts(session, [fact], { now })).toMatchObject({ facts: 1, newProfiles: 1 });
  });
});

describe('identification', () => {
  const identifier = fc.record({ type: fc.constantFrom('a', 'b'), value: fc.constantFrom('1', '2', '3', '4') });
  const row = fc.record({ identifiers: fc.array(identifier, { minLength: 1, maxLength: 3 }) });

  const identifyBy = (rows: readonly { identifiers: Identifier[] }[], places: ReadonlyMap<string, Place>) => {
    const names = namesOf(rows);
    return identify(
      names,
      names.all.map((one) => places.get(identifierKey(one))),
    );
  };

  test('of a batch is that of its rows one after the other', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), (rows) => {
        const places = new Map<string, Place>();
        let ambiguous = 0;
        let created = 0;
        const oneByOne = rows.map((one) => {
          const found = identifyBy([one], places);
          const [person] = found.people;
          const place = person?.kind === 'known' ? person.place : { lane: 0, profileId: created++ };
          for (const { identifier } of found.attached) places.set(identifierKey(identifier), place);
          ambiguous += found.ambiguous.length;
          return place.profileId;
        });
        const batch = identifyBy(rows, new Map());
        expect(batch.people.map((person) => (person.kind === 'new' ? person.n : -1))).toEqual(oneByOne);
        expect([batch.newPeople, batch.ambiguous.length, batch.attached.length]).toEqual([
          created,
          ambiguous,
          places.size,
        ]);
      }),
      { seed: 11, numRuns: 500 },
    );
  });
});
