/** Migrations: order, seal, refusals, two at once. The SQL of each is judged by `schema.test.ts`. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  loadMigrations,
  type Migration,
  migrate,
  migrationsFolder,
  readFiles,
  sealMigrations,
} from '../../engine/store/migrate.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

const ours = readFiles();

function migration(number: number, text: string): Migration {
  return { number, name: `test-${number}`, checksum: `sum of ${text}`, text };
}

describe('migrations', () => {
  let store: TestStore;
  let folder: string;
  beforeAll(async () => {
    store = await testStore();
    folder = mkdtempSync(join(tmpdir(), 'parcours-test-'));
    for (const name of readdirSync(migrationsFolder)) copyFileSync(new URL(name, migrationsFolder), join(folder, name));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await store.drop();
  });

  test('the checksum file seals the migrations as they are', () => {
    expect(readFileSync(new URL('checksums.txt', migrationsFolder), 'utf8')).toBe(sealMigrations(ours));
  });

  test('a file that differs from its seal is refused before any server is asked', () => {
    const file = join(folder, '0001-foundation.sql');
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n-- changed`);
    expect(() => loadMigrations(pathToFileURL(`${folder}/`))).toThrow(
      expect.objectContaining({ code: 'STORE_TAMPERED', message: expect.stringContaining('checksums.txt') }),
    );
  });

  test('a clone of the template has them all, and a second run does nothing', async () => {
    const [ran, lanes] = await store.withSession(async (session) => [
      await migrate(session, ours),
      await session.query('select count(*) as lanes from lane'),
    ]);
    expect(ran).toBe(0);
    expect(lanes).toEqual([{ lanes: 1024 }]);
  });

  test('a database of a newer program is refused, by its number', async () => {
    const newer = [...ours, migration(ours.length + 1, 'create table parcours.later (id integer)')];
    await store.withSession(async (session) => {
      expect(await migrate(session, newer)).toBe(1);
      await expect(migrate(session, ours)).rejects.toMatchObject({
        code: 'STORE_TOO_NEW',
        message: expect.stringContaining(`migration ${ours.length + 1}`),
      });
    });
  });

  test('a database that ran another text of a migration is refused', async () => {
    const changed = [{ ...ours[0]!, checksum: 'another' }, ...ours.slice(1)];
    await expect(store.withSession((session) => migrate(session, changed))).rejects.toMatchObject({
      code: 'STORE_TAMPERED',
      message: expect.stringContaining('0001-foundation.sql'),
    });
  });
});

describe('an empty database', () => {
  let store: TestStore;
  beforeAll(async () => {
    store = await testStore({ empty: true });
  });
  afterAll(() => store.drop());

  test('is migrated once by four programs at once', async () => {
    const ran = await Promise.all([1, 2, 3, 4].map(() => store.withSession((session) => migrate(session, ours))));
    expect(ran.sort()).toEqual([0, 0, 0, ours.length]);
  });

  test('a migration that fails leaves nothing of itself, and what ran before stays', async () => {
    const next = ours.length + 1;
    const broken = [
      ...ours,
      migration(next, 'create table parcours.good (id integer)'),
      migration(next + 1, 'create table parcours.half (id integer); select 1 / 0'),
    ];
    await store.withSession(async (session) => {
      await expect(migrate(session, broken)).rejects.toMatchObject({ code: '22012' });
      const rows = await session.query(
        `select to_regclass('parcours.good') is not null as good, to_regclass('parcours.half') is not null as half,
           (select max(number) from parcours.migration) as number`,
      );
      expect(rows).toEqual([{ good: true, half: false, number: next }]);
    });
  });
});
