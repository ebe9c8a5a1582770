/**
 * Numbered SQL files, forward only, each in a transaction of its own, recorded in `parcours.migration`. A file once released never
 * changes: `checksums.txt` seals the files, and each database remembers what it ran. The files themselves are in `migrations/`.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { systemClock } from '../clock/clock.ts';
import {
  createMigrationTable,
  hasMigrationTable,
  insertMigration,
  lockMigrations,
  type MigrationRow,
  readMigrations,
  unlockMigrations,
} from './queries.ts';
import type { OwnSession, Session } from './session.ts';
import { StoreError } from './store-error.ts';

export interface Migration {
  readonly number: number;
  readonly name: string;
  /** sha-256 of the file, in hex. */
  readonly checksum: string;
  readonly text: string;
}

/** The files lie in `engine/`, whether this runs from there or from `dist/`. */
export const migrationsFolder = new URL('../../engine/store/migrations/', import.meta.url);
const fileName = /^(\d{4})-([a-z0-9-]+)\.sql$/;

/** The program's migrations in order. Errors: STORE_TAMPERED when a file differs from its seal. */
export function loadMigrations(folder: URL = migrationsFolder): readonly Migration[] {
  const migrations = readFiles(folder);
  const seals = readFileSync(new URL('checksums.txt', folder), 'utf8');
  if (seals !== sealMigrations(migrations)) {
    throw new StoreError(
      'STORE_TAMPERED',
      'The migrations differ from their seal, checksums.txt. A released migration never changes: add a new one. Then `npm run golden` seals it.',
    );
  }
  return migrations;
}

/** The text of `checksums.txt` for these files. */
export function sealMigrations(migrations: readonly Migration[]): string {
  return migrations.map((m) => `${m.checksum}  ${fileOf(m)}\n`).join('');
}

/** The files as they are, without a look at their seal. Errors: an assertion when the numbers have gaps. */
export function readFiles(folder: URL = migrationsFolder): readonly Migration[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return names.sort().map((file, index) => {
    const [, number, name] = fileName.exec(file) ?? [];
    if (Number(number) !== index + 1 || name === undefined) throw new Error(`Migration ${file} is out of order.`);
    const text = readFileSync(new URL(file, folder), 'utf8');
    return { number: index + 1, name, checksum: createHash('sha256').update(text).digest('hex'), text };
  });
}

/**
 * Brings the database to the program's state; returns how many migrations ran. Two at once: the second waits.
 * Errors: STORE_TOO_NEW, STORE_TAMPERED; those of the SQL, with that migration rolled back and the earlier ones kept.
 */
export async function migrate(
  session: OwnSession,
  migrations: readonly Migration[] = loadMigrations(),
): Promise<number> {
  if ((await pendingMigrations(session, migrations)).length === 0) return 0;
  await lockMigrations(session);
  try {
    if (!(await hasMigrationTable(session))) await session.script(createMigrationTable);
    const pending = await pendingMigrations(session, migrations);
    for (const migration of pending) await runMigration(session, migration);
    return pending.length;
  } finally {
    await unlockMigrations(session).catch(() => {}); // A lost session has let go of it already.
  }
}

/** What the database lacks, in order. Errors: STORE_TOO_NEW, STORE_TAMPERED. */
export async function pendingMigrations(
  session: Session,
  migrations: readonly Migration[] = loadMigrations(),
): Promise<readonly Migration[]> {
  const applied = (await hasMigrationTable(session)) ? await readMigrations(session) : [];
  for (const row of applied) checkApplied(row, migrations);
  const done = new Set(applied.map((row) => row.number));
  return migrations.filter((m) => !done.has(m.number));
}

function checkApplied(row: MigrationRow, migrations: readonly Migration[]): void {
  const ours = migrations[row.number - 1];
  if (ours === undefined) {
    throw new StoreError(
      'STORE_TOO_NEW',
      `The store was migrated by a newer Parcours: it has migration ${row.number} (${row.name}), and this program ends with ${migrations.length}. Update Parcours.`,
    );
  }
  if (ours.checksum !== row.checksum) {
    throw new StoreError(
      'STORE_TAMPERED',
      `Migration ${fileOf(ours)} has changed since the store ran it, so its tables can't be trusted to be what this program expects. Use the Parcours that made the store, or start anew with \`parcours store reset\`.`,
    );
  }
}

async function runMigration(session: OwnSession, migration: Migration): Promise<void> {
  await session.transaction(async (inside) => {
    await inside.script(migration.text);
    await insertMigration(inside, { ...migration, applied_at: systemClock.now() });
  });
}

function fileOf(migration: Migration): string {
  return `${String(migration.number).padStart(4, '0')}-${migration.name}.sql`;
}
