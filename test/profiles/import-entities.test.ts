/** Files of rows of entities into a real store: who is told what, what a second import changes, who finds no room. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jumpingClock } from '../../engine/clock/clock.ts';
import type { Bundle } from '../../engine/compiler/ir.ts';
import { declarationsOf } from '../../engine/profiles/declarations.ts';
import type { EntityFact, Fact } from '../../engine/profiles/fact.ts';
import { type ImportSummary, importFile } from '../../engine/profiles/import-file.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { bundleOf } from '../compiler/project-of.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

const workspace = `
kind: workspace
id: travel
zone: Europe/Paris
currency: EUR
locale: fr
`;
const bookings = `
kind: schema
id: travel
events: { booked: { reference: id } }
entities:
  booking:
    key: booking_id
    fields:
      status: { type: enum, values: [option, confirmed, cancelled] }
      departs_at: { type: datetime }
      agent: { type: text, ignore: [none] }
      price: { type: money }
    people: { booker: { max: 1 }, traveller: { max: 3 } }
`;
const source = (rest: string) => `
kind: source
id: bookings
type: file
format: jsonl
occurred_at: changed_at
entity: booking
key: ref
${rest}`;
const whole = source(`
fields: { status: status, departs_at: { column: departs, zone: UTC }, agent: agent, price: price }
people:
  booker: { type: external_id, column: customer }
  traveller:
    list: travellers
    identifiers: [{ type: external_id, column: id }, { type: email, column: mail }]
`);

const noon = new Date('2026-03-01T12:00:00Z');
let store: TestStore;
let session: OwnSession;
let folder: string;

beforeAll(async () => {
  store = await testStore();
  session = await store.session();
  folder = mkdtempSync(join(tmpdir(), 'parcours-entities-'));
});
afterAll(async () => {
  await session.close();
  await store.drop();
});

const rejectsPath = () => join(folder, 'rejects.jsonl');
const rejects = () =>
  existsSync(rejectsPath())
    ? readFileSync(rejectsPath(), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { line: number; reason: string })
    : [];

async function clear(): Promise<void> {
  for (const table of ['inbox', 'entity', 'entity_tie', 'seen_message', 'identifier', 'profile']) {
    await session.query(`delete from parcours.${table}`);
  }
}

async function importRows(
  yaml: string,
  rows: readonly Readonly<Record<string, unknown>>[] | string,
  by: OwnSession = session,
): Promise<ImportSummary> {
  const bundle: Bundle = bundleOf(workspace, bookings, yaml);
  const found = bundle.resources.find((one) => one.kind === 'source');
  const declared = declarationsOf(bundle);
  if (found === undefined || declared === null) throw new Error('no source');
  const path = join(folder, `${Math.random()}.rows`);
  writeFileSync(path, typeof rows === 'string' ? rows : rows.map((row) => JSON.stringify(row)).join('\n'));
  return importFile({
    ...{ session: by, sourceId: found.id, source: found.body, declared, path, clock: jumpingClock(noon) },
    ...{ trigger: false, rejectsPath: rejectsPath() },
  });
}

/** `c1 booker+traveller b1 confirmed`: facts of rows in the inboxes, in order; `new` for who is one. */
async function told(): Promise<readonly string[]> {
  const rows = await session.query<{ who: string; body: Fact }>(
    `select i.value as who, b.body from parcours.inbox b
     join parcours.identifier i on i.lane = b.lane and i.profile_id = b.profile_id
     where i.type = 'external_id' order by b.seq`,
  );
  const words = ({ roles, key, fields }: EntityFact) => [roles.join('+') || 'nobody', key, fields.status];
  return rows.map(({ who, body }) =>
    [who, ...(body.entities ?? []).flatMap(words), body.event?.type, body.isNew && 'new'].filter(Boolean).join(' '),
  );
}

async function tied(): Promise<readonly string[]> {
  const rows = await session.query<{ line: string }>(
    `select t.key || ' ' || t.role || ' ' || i.value as line from parcours.entity_tie t
     join parcours.identifier i on i.lane = t.lane and i.profile_id = t.profile_id
     where i.type = 'external_id' order by 1`,
  );
  return rows.map(({ line }) => line);
}

const b1 = { ref: 'b1', changed_at: '2026-02-01T10:00Z', status: 'option', customer: 'c1' };

describe('a row of an entity', () => {
  test('is told to each person tied to it, with all of its fields, once', async () => {
    await clear();
    const rows = [
      { ...b1, departs: '2026-05-01T08:00Z', agent: 'none', price: '120', travellers: [{ id: 'c1' }, { id: 'c2' }] },
    ];
    const first = await importRows(whole, rows);
    expect(first).toMatchObject({ rows: 1, facts: 1, duplicates: 0, newProfiles: 2, rowsChanged: 1, refused: 0 });
    expect(await told()).toEqual(['c1 booker+traveller b1 option new', 'c2 traveller b1 option new']);
    const [{ body } = { body: null }] = await session.query<{ body: Fact }>('select body from parcours.inbox limit 1');
    expect(body?.entities?.[0]?.fields).toEqual({
      booking_id: 'b1',
      status: 'option',
      departs_at: Date.parse('2026-05-01T08:00Z'),
      price: { amount: 12000, currency: 'EUR' },
    });
    expect(body).toMatchObject({ at: Date.parse('2026-02-01T10:00Z'), source: 'bookings', trigger: false });

    expect(await importRows(whole, rows)).toMatchObject({ facts: 0, duplicates: 1, newProfiles: 0, rowsChanged: 0 });
    expect(await told()).toHaveLength(2);
  });

  test('that says what is known tells nobody, and a change tells everybody', async () => {
    await clear();
    await importRows(whole, [{ ...b1, travellers: [{ id: 'c2' }] }]);
    await session.query('delete from parcours.inbox');
    expect(await importRows(whole, [{ ...b1, changed_at: '2026-02-02T10:00Z' }])).toMatchObject({
      facts: 1,
      rowsChanged: 0,
    });
    await importRows(whole, [{ ref: 'b1', changed_at: '2026-02-03T10:00Z', status: 'confirmed' }]);
    // Older than what is known: only what it says of a field that nobody told stands.
    await importRows(whole, [{ ...b1, changed_at: '2026-02-01T11:00Z', status: 'cancelled', agent: 'zoe' }]);
    expect(await told()).toEqual([
      ...['c1 booker b1 confirmed', 'c2 traveller b1 confirmed'],
      ...['c1 booker b1 confirmed', 'c2 traveller b1 confirmed'],
    ]);
  });

  test('tells who loses his role, and leaves roles alone of which it says nothing', async () => {
    await clear();
    await importRows(whole, [{ ...b1, travellers: [{ id: 'c2' }, { id: 'c3' }] }]);
    await session.query('delete from parcours.inbox');
    await importRows(whole, [
      { ref: 'b1', changed_at: '2026-02-02T10:00Z', customer: 'c4' },
      { ref: 'b1', changed_at: '2026-02-03T10:00Z', travellers: [{ mail: 'none@a.example', id: 'c3' }] },
      { ref: 'b1', changed_at: '2026-02-04T10:00Z', customer: null },
    ]);
    expect(await told()).toEqual([
      ...['c1 nobody b1 option', 'c4 booker b1 option new', 'c2 nobody b1 option'],
      'c4 nobody b1 option new',
    ]);
    expect(await tied()).toEqual(['b1 traveller c3']);
  });

  test('keeps what is told before anybody is tied to it', async () => {
    await clear();
    await importRows(whole, [{ ref: 'b9', changed_at: '2026-02-01T10:00Z', status: 'confirmed' }]);
    expect(await told()).toEqual([]);
    await importRows(whole, [{ ref: 'b9', changed_at: '2026-01-01T10:00Z', customer: 'c9' }]);
    expect(await told()).toEqual(['c9 booker b9 confirmed new']);
  });

  test('makes no more people than its roles have room for, and says whom it refused', async () => {
    await clear();
    const travellers = ['c1', 'c2', 'c1', 'c3', 'c4', 'c5'].map((id) => ({ id }));
    expect(await importRows(whole, [{ ...b1, travellers }])).toMatchObject({
      rejected: 0,
      facts: 1,
      newProfiles: 3,
      refused: 2,
    });
    expect(await tied()).toEqual(['b1 booker c1', 'b1 traveller c1', 'b1 traveller c2', 'b1 traveller c3']);
    expect(rejects()).toEqual([
      {
        line: 1,
        reason: 'the row was taken, but not 2 of its people: role traveller has room for 3',
        columns: ['travellers'],
      },
    ]);
  });

  test('is rejected whole when its key, a value or an identifier is wrong', async () => {
    await clear();
    const summary = await importRows(whole, [
      { ...b1, ref: '' },
      { ...b1, ref: ['b1'] },
      { ...b1, status: 'lost' },
      { ...b1, changed_at: '' },
      { ...b1, travellers: 'c1' },
      { ...b1, travellers: ['c1'] },
      { ...b1, travellers: [{}] },
      { ...b1, customer: { id: 1 } },
    ]);
    expect(summary).toMatchObject({ rows: 8, rejected: 8, facts: 0 });
    expect(rejects().map(({ reason }) => reason.split(':')[0])).toEqual([
      'the key of the row is missing',
      'not a key',
      'not one of the declared values',
      'the time is missing',
      'expected a list of people',
      'expected a list of objects',
      'a person of the list has no identifier',
      'not an identifier',
    ]);
  });
});

describe('a file', () => {
  const passengers = source('people: { traveller: { type: external_id, column: passenger, names: more } }').replace(
    'jsonl',
    'csv',
  );

  test('with a row for each person adds one after the other, until the role is full', async () => {
    await clear();
    const rows = ['c1', 'c2', 'c3', 'c4', 'c1'].map((who, i) => `b1,2026-02-0${i + 1}T10:00Z,${who}`);
    const summary = await importRows(passengers, ['ref,changed_at,passenger', ...rows].join('\n'));
    expect(summary).toMatchObject({ rows: 5, facts: 5, rowsChanged: 3, refused: 1, newProfiles: 4 });
    expect(await tied()).toEqual(['b1 traveller c1', 'b1 traveller c2', 'b1 traveller c3']);
    expect(rejects()).toMatchObject([{ line: 5, columns: ['passenger'] }]);
    // Who was only named is somebody all the same.
    expect((await told()).at(-1)).toBe('c4 new');
  });

  test('may name several columns, and tell of one person besides', async () => {
    await clear();
    const yaml = source(`
identifiers: [{ type: external_id, column: customer }]
event: booked
properties: { reference: ref }
people:
  booker: { type: external_id, column: customer }
  traveller: [{ type: external_id, column: p1 }, { type: external_id, column: p2 }]
`).replace('jsonl', 'csv');
    const text = 'ref,changed_at,customer,p1,p2\nb1,2026-02-01T10:00Z,c1,c2,\nb1,2026-02-02T10:00Z,c1,,\n';
    expect(await importRows(yaml, text)).toMatchObject({ facts: 2, rowsChanged: 1 });
    expect(await told()).toEqual(['c1 booker b1 booked new', 'c2 traveller b1 new', 'c1 booked new']);
  });

  test("whose header lacks a column of a person isn't read", async () => {
    await expect(importRows(passengers, 'ref,changed_at,passanger\n')).rejects.toThrow(
      /`passenger` \(did you mean `passanger`\?\)/,
    );
  });
});

test('two imports that tell of the same rows at once leave what the newer says, whoever is first', async () => {
  await clear();
  const other = await store.session();
  try {
    const keys = Array.from({ length: 40 }, (_, i) => `b${i}`);
    const rows = (day: string, status: string, customer: string, order: readonly string[]) =>
      order.map((ref) => ({
        ref,
        changed_at: `2026-02-${day}T10:00Z`,
        status,
        customer,
        travellers: [{ id: customer }],
      }));
    await Promise.all([
      importRows(whole, rows('01', 'option', 'c1', keys)),
      importRows(whole, rows('02', 'confirmed', 'c2', [...keys].reverse()), other),
    ]);
    expect(await session.query(`select distinct fields ->> 'status' as status from parcours.entity`)).toEqual([
      { status: 'confirmed' },
    ]);
    expect(new Set((await tied()).map((line) => line.split(' ')[2]))).toEqual(new Set(['c2']));
    expect(await tied()).toHaveLength(80);
  } finally {
    await other.close();
  }
});
