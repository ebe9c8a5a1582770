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
    // The ledger refuses to be emptied: its triggers sleep meanwhile. Set for the session, since a change of it forgets every plan.
    const made = quiet({ ...onDatabase(connection, name), options: '-c session_replication_role=replica' });
    keepers.set(name, made);
    // A test may cut every session of its database.
    void made.then((client) => client.once('end', () => keepers.delete(name)));
    return made;
  };
  const reset = async (name: string, keptPids: ReadonlySet<number>): Promise<boolean> => {
    const client = await keeper(name);
    await client.query({ name: 'cut', text: cutText, values: [[...keptPids]] });
    const { rows } = await client.query({ name: 'empty', text: `select ${seedSchema}.emptied() as is_empty` });
    return rows[0]?.is_empty === true;
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

/** Of the template: copies of the rows that it begins with, the function that brings a copy of it back to them, and what its schema looks like. */
export async function saveSeeds(client: pg.Client): Promise<void> {
  await client.query(`create schema ${seedSchema}`);
  const texts: string[] = [];
  for (const { name, key, rest } of await tables(client)) {
    const { rowCount } = await client.query(`select from parcours.${name} limit 1`);
    if (rowCount !== 0) {
      await client.query(`create table ${seedSchema}.${name} as table parcours.${name}`);
      texts.push(restoreText(name, key, rest));
    } else texts.push(deleteText(name));
  }
  await client.query(emptiedText(texts));
  await client.query(`create table ${seedSchema}."the look" as ${lookText}`);
}

interface SeededTable {
  readonly name: string;
  /** Columns of the primary key, and the others. */
  readonly key: readonly string[];
  readonly rest: readonly string[];
}

/** Names are as SQL writes them. */
async function tables(client: pg.Client): Promise<readonly SeededTable[]> {
  const { rows } = await client.query(
    `select quote_ident(c.relname) as name,
        coalesce(array_agg(quote_ident(a.attname)) filter (where a.attnum = any(i.indkey)), '{}') as key,
        coalesce(array_agg(quote_ident(a.attname)) filter (where a.attnum = any(i.indkey) is not true), '{}') as rest
      from pg_class c left join pg_index i on i.indrelid = c.oid and i.indisprimary
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relkind = 'r' and c.relnamespace = 'parcours'::regnamespace group by c.relname order by c.relname`,
  );
  return rows;
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

/**
 * Brings every row and sequence back to how the template has it; false when the schema is not the template's. A function, so that a
 * session which empties many times plans it once.
 */
function emptiedText(texts: readonly string[]): string {
  return `create function ${seedSchema}.emptied() returns boolean language plpgsql as $emptied$
  declare bytes bigint; one record;
  begin
    if not exists (select from (${lookText}) now join ${seedSchema}."the look" l on l is not distinct from now) then
      return false;
    end if;
    ${texts.join('\n    ')}
    -- Sessions outlive the emptying and hold numbers of the ledger that they haven't given out: those must stay theirs.
    for one in select schemaname, sequencename, start_value from pg_sequences
      where schemaname = 'parcours' and last_value is not null and sequencename <> 'ledger_id'
    loop
      perform setval(format('%I.%I', one.schemaname, one.sequencename)::regclass, one.start_value, false);
    end loop;
    return true;
  end $emptied$`;
}

function deleteText(name: string): string {
  return `bytes := pg_relation_size('parcours.${name}');
    if bytes > ${deletedMaxBytes} then truncate parcours.${name};
    elsif bytes > 0 then delete from parcours.${name};
    end if;`;
}

/** Rows that were changed are changed back where they are: lanes deleted and inserted by each test would be a table of dead rows. */
function restoreText(name: string, key: readonly string[], rest: readonly string[]): string {
  const isSame = key.map((column) => `t.${column} = s.${column}`).join(' and ');
  const [table, seed] = [`parcours.${name}`, `${seedSchema}.${name}`];
  const set = rest.map((column) => `${column} = s.${column}`).join(', ');
  const change =
    rest.length === 0 ? '' : `update ${table} t set ${set} from ${seed} s where ${isSame} and t is distinct from s;`;
  return `if exists (select from ${table} t full join ${seed} s on ${isSame} where t is distinct from s) then
      delete from ${table} t where not exists (select from ${seed} s where ${isSame});
      ${change}
      insert into ${table} select * from ${seed} s where not exists (select from ${table} t where ${isSame});
    end if;`;
}
