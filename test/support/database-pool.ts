/**
 * The databases of a run of the tests. One that a test gave back is emptied and used again, by the next test of the file or by the
 * next file: making, warming and deleting a database costs ten times as much. What a test did to the schema can't be undone so; such a
 * database is deleted. `test/support/database-pool.test.ts` holds that a used one is as a new one.
 */
import pg from 'pg';
import { onDatabase } from '../../engine/store/on-database.ts';
import { createDatabase, dropDatabase } from '../../engine/store/queries.ts';
import type { ConnectionConfig } from '../../engine/store/session.ts';

export interface DatabasePool {
  /** A database that is migrated and empty, for this process alone. */
  claim(): Promise<ClaimedDatabase>;
  /** Gives back; sessions that the caller left open there, but for the kept ones, are cut. */
  release(database: ClaimedDatabase): void;
}

export interface ClaimedDatabase {
  readonly name: string;
  /** Backends that may stay connected from one use to the next. */
  readonly keptPids: Set<number>;
}

/** More than a run can need: whoever finds them taken leaks them. */
const numberMax = 10_000;

/** Locks of the run, in the database that tests are told to connect to first. */
const lockSpace = 714;

/** A table that was larger than this is cut off instead: deleted rows would be read by the tests to come. */
const deletedMaxBytes = 1_000_000;

/** Copies of what migrations write, beside the tables; part of the template. */
const seedSchema = 'parcours_seed';

/** Pools of the files and processes of one run share the template; each claims by a lock that ends with its connection. */
export function databasePool(connection: ConnectionConfig, template: string): DatabasePool {
  const free: ClaimedDatabase[] = [];
  const keepers = new Map<string, Promise<pg.Client>>();
  let admin: Promise<pg.Client> | undefined;
  let lastLocked = -1;

  const lockOne = async (client: pg.Client): Promise<ClaimedDatabase> => {
    // A lock can be had twice by the same session, so the search goes on behind the last one.
    for (let number = lastLocked + 1; number < numberMax; number += 1) {
      lastLocked = number;
      const { rows } = await client.query('select pg_try_advisory_lock($1, $2) as is_mine', [lockSpace, number]);
      if (rows[0]?.is_mine) return { name: `${template}_${number}`, keptPids: new Set() };
    }
    throw new Error('Every database of the run is taken.');
  };
  const keeper = (name: string): Promise<pg.Client> => {
    const known = keepers.get(name);
    if (known !== undefined) return known;
    const made = quiet(onDatabase(connection, name));
    keepers.set(name, made);
    // A test may cut every session of its database.
    void made.then((client) => client.once('end', () => keepers.delete(name)));
    return made;
  };
  const reset = async (name: string, keptPids: ReadonlySet<number>): Promise<boolean> => {
    const client = await keeper(name);
    await client.query(cutText, [[...keptPids]]);
    return emptied(client);
  };
  const remake = async (name: string) => {
    const known = keepers.get(name);
    keepers.delete(name);
    await (await known)?.end();
    const client = await (admin as Promise<pg.Client>);
    await dropDatabase(client, name);
    await createDatabase(client, name, template);
  };

  return {
    async claim() {
      admin ??= quiet(connection);
      const database = free.pop() ?? (await lockOne(await admin));
      const { rowCount } = await (await admin).query('select from pg_database where datname = $1', [database.name]);
      if (rowCount === 0) await createDatabase(await admin, database.name, template);
      else if (!(await reset(database.name, database.keptPids))) {
        database.keptPids.clear();
        await remake(database.name);
      }
      return database;
    },
    release: (database) => void free.push(database),
  };
}

/** A connection that keeps nobody from ending. */
async function quiet(connection: ConnectionConfig): Promise<pg.Client> {
  const client = new pg.Client({ ...connection });
  client.on('error', () => {});
  await client.connect();
  (client as unknown as { connection: { stream: { unref(): void } } }).connection.stream.unref();
  return client;
}

/** Ends only when the backends are gone, as does dropping a database. */
const cutText = `select pg_terminate_backend(pid, 10_000) from pg_stat_activity
  where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() and pid <> all($1)`;

/** Of the template: copies of the rows that it begins with, and what its schema looks like. */
export async function saveSeeds(client: pg.Client): Promise<void> {
  await client.query(`create schema ${seedSchema}`);
  for (const name of await tables(client)) {
    const { rowCount } = await client.query(`select from parcours.${name} limit 1`);
    if (rowCount !== 0) await client.query(`create table ${seedSchema}.${name} as table parcours.${name}`);
  }
  await client.query(`create table ${seedSchema}."the look" as ${lookText}`);
}

async function tables(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'parcours'::regnamespace`,
  );
  return rows.map(({ name }: { readonly name: string }) => pg.escapeIdentifier(name));
}

/** What a test may have changed beside rows: enough to notice, not to tell what. */
const lookText = `select
    (select sum(hashtext(concat(n.nspname, c.relname, c.relkind, c.relnatts, c.relchecks, c.relhastriggers, c.reloptions)))
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.oid >= 16384 and n.nspname !~ '^pg_' and n.nspname <> '${seedSchema}') as relations,
    (select sum(hashtext(concat(attname, atttypid, attnotnull, atthasdef))) from pg_attribute a join pg_class c on c.oid = a.attrelid
       where c.relnamespace = to_regnamespace('parcours') and a.attnum > 0) as columns,
    (select sum(hashtext(conname || contype::text)) from pg_constraint where connamespace = to_regnamespace('parcours')) as constraints,
    (select sum(hashtext(proname || prosrc)) from pg_proc where oid >= 16384) as functions,
    (select sum(hashtext(tgname || tgenabled::text)) from pg_trigger) as triggers,
    (select count(*) from pg_namespace where nspname !~ '^pg_' and nspname <> '${seedSchema}') as schemas,
    (select count(*) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase where d.datname = current_database()) as settings`;

/** Brings every row and sequence back to how the template has it; false when the schema is not the template's. */
async function emptied(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from (${lookText}) now where exists (select from ${seedSchema}."the look" l where l is not distinct from now)`,
  );
  if (rowCount !== 1) return false;
  await client.query(emptyText);
  return true;
}

const emptyText = `do $$
  declare one record;
  begin
    -- The ledger refuses to be emptied: its triggers sleep meanwhile.
    perform set_config('session_replication_role', 'replica', true);
    for one in
      select c.relname as name, pg_relation_size(c.oid) as bytes, s.oid is not null as is_seeded
      from pg_class c left join pg_class s on s.relname = c.relname and s.relnamespace = '${seedSchema}'::regnamespace
      where c.relkind = 'r' and c.relnamespace = 'parcours'::regnamespace and pg_relation_size(c.oid) > 0
    loop
      if one.is_seeded then
        execute format('delete from parcours.%1$I t where t::text not in (select s::text from ${seedSchema}.%1$I s)', one.name);
        execute format('insert into parcours.%1$I select * from ${seedSchema}.%1$I except select * from parcours.%1$I', one.name);
      elsif one.bytes > ${deletedMaxBytes} then
        execute format('truncate parcours.%I', one.name);
      else
        execute format('delete from parcours.%I', one.name);
      end if;
    end loop;
    -- Sessions outlive the emptying and hold numbers of the ledger that they haven't given out: those must stay theirs.
    for one in select schemaname, sequencename, start_value from pg_sequences
      where schemaname = 'parcours' and last_value is not null and sequencename <> 'ledger_id'
    loop
      perform setval(format('%I.%I', one.schemaname, one.sequencename)::regclass, one.start_value, false);
    end loop;
  end $$`;
