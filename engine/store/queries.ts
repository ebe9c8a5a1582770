/**
 * The store's own statements: databases, sessions, migrations. What rooms ask of their tables is in each room's own `queries.ts`.
 */
import pg from 'pg';
import type { Session } from './session.ts';

/** Whether the server has a database of that name. */
export async function findDatabase(client: pg.Client, name: string): Promise<boolean> {
  const result = await client.query('select from pg_database where datname = $1', [name]);
  return result.rowCount === 1;
}

/** Creates a database in UTF8 and `C`, empty or as a copy. Nobody connects to template0, so that copying it can't be hindered. */
export async function createDatabase(client: pg.Client, name: string, template = 'template0'): Promise<void> {
  const copied = template === 'template0' ? " encoding 'UTF8' lc_collate 'C' lc_ctype 'C'" : '';
  await client.query(`create database ${pg.escapeIdentifier(name)} template ${pg.escapeIdentifier(template)}${copied}`);
}

/** Drops a database and cuts its sessions. */
export async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
}

export interface ServerRow {
  readonly version: string;
  readonly version_num: number;
  readonly encoding: string;
  readonly database: string;
  readonly user: string;
}

export async function readServer(session: Session): Promise<ServerRow> {
  const rows = await session.query<ServerRow>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int as version_num,
       current_setting('server_encoding') as encoding, current_database() as database, current_user as "user"`,
  );
  return rows[0]!;
}

/** Other sessions of clients on this database; `application_name` is all that is known of them. */
export async function otherSessions(
  session: Session,
): Promise<readonly { readonly pid: number; readonly name: string }[]> {
  return session.query(
    `select pid, application_name as name from pg_stat_activity
     where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() order by pid`,
  );
}

/** The name by which the idle watch's session is known. */
export const idleWatchName = 'parcours idle watch';

/** Whether the server is watched, so that it stops when idle. */
export async function hasIdleWatch(session: Session): Promise<boolean> {
  const rows = await session.query('select from pg_stat_activity where application_name = $1', [idleWatchName]);
  return rows.length > 0;
}

/** One watch a server: false when there is one already. Held until the session ends. */
export async function claimIdleWatch(session: Session): Promise<boolean> {
  const rows = await session.query<{ claimed: boolean }>(
    `select pg_try_advisory_lock(hashtextextended('parcours idle watch', 0)) as claimed`,
  );
  return rows[0]!.claimed;
}

/** Sessions there are, and sessions there have been, beside those on `postgres`, where the watch itself is. */
export async function readActivity(session: Session): Promise<{ readonly open: number; readonly total: number }> {
  const rows = await session.query<{ open: number; total: number }>(
    `select
       (select count(*) from pg_stat_activity where backend_type = 'client backend' and datname <> 'postgres') as open,
       (select coalesce(sum(sessions), 0)::bigint from pg_stat_database where datname <> 'postgres') as total`,
  );
  return rows[0]!;
}

export async function databaseBytes(session: Session): Promise<number> {
  const rows = await session.query<{ bytes: number }>('select pg_database_size(current_database()) as bytes');
  return rows[0]!.bytes;
}

// ---------------------------------------------------------------- migrations

/** Two programs that migrate at once: the second waits, and finds nothing left to do. Held by the session. */
export async function lockMigrations(session: Session): Promise<void> {
  await session.query(`select pg_advisory_lock(hashtextextended('parcours migration', 0))`);
}

export async function unlockMigrations(session: Session): Promise<void> {
  await session.query(`select pg_advisory_unlock(hashtextextended('parcours migration', 0))`);
}

export async function hasMigrationTable(session: Session): Promise<boolean> {
  const rows = await session.query<{ found: boolean }>(`select to_regclass('parcours.migration') is not null as found`);
  return rows[0]!.found;
}

export const createMigrationTable = `
  create schema if not exists parcours;
  create table if not exists parcours.migration (
    number integer primary key,
    name text not null,
    checksum text not null,
    applied_at timestamptz(3) not null
  )`;

export interface MigrationRow {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  readonly applied_at: Date;
}

export async function readMigrations(session: Session): Promise<readonly MigrationRow[]> {
  return session.query('select number, name, checksum, applied_at from parcours.migration order by number');
}

export async function insertMigration(session: Session, row: MigrationRow): Promise<void> {
  await session.query('insert into parcours.migration (number, name, checksum, applied_at) values ($1, $2, $3, $4)', [
    row.number,
    row.name,
    row.checksum,
    row.applied_at,
  ]);
}

export const dropSchema = 'drop schema if exists parcours cascade';

// ---------------------------------------------------------------- scratch databases

/** Names of databases that begin so. */
export async function listDatabases(client: pg.Client, prefix: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    'select datname as name from pg_database where starts_with(datname, $1) order by 1',
    [prefix],
  );
  return rows.map(({ name }) => name);
}

/** Names are taken over at once: nobody finds a database under its last name that isn't whole. */
export async function renameDatabase(client: pg.Client, from: string, to: string): Promise<void> {
  await client.query(`alter database ${pg.escapeIdentifier(from)} rename to ${pg.escapeIdentifier(to)}`);
}

/** Waits until nobody else holds the name; held until the session ends or gives it back. */
export async function lockDatabaseName(client: pg.Client, name: string): Promise<void> {
  await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [name]);
}

/** The same without waiting: false when a living process holds it. */
export async function tryLockDatabaseName(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    'select pg_try_advisory_lock(hashtextextended($1, 0)) as taken',
    [name],
  );
  return rows[0]?.taken === true;
}

export async function unlockDatabaseName(client: pg.Client, name: string): Promise<void> {
  await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]);
}
