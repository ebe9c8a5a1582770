/**
 * One connection and how statements are sent over it. A statement's text is its name: it is prepared once a connection, and
 * the oldest prepared statement is deallocated beyond a limit, since a backend's plan weighs about 100 KB.
 * No SQL text of ours lives here (that is `queries.ts` in each room).
 */
import { createHash } from 'node:crypto';
import pg from 'pg';

/** Prepared statements kept on one connection. */
const preparedMax = 500;

const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    // int8: our identifiers stay far below 2^53, and arithmetic on strings is a trap.
    if (oid === pg.types.builtins.INT8) return Number;
    return pg.types.getTypeParser(oid, format as 'text');
  },
} as unknown as pg.CustomTypesConfig;

/** Runs statements. `query` prepares and caches the statement by its text; values travel as parameters, always. */
export interface Session {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A session that owns its connection: transactions, notifications, copy. */
export interface OwnSession extends Session {
  /** Sends text without parameters, possibly several statements (settings, migrations). */
  script(text: string): Promise<void>;
  /** `begin`, the work, `commit`; on a throw `rollback`, and the error goes on. */
  transaction<T>(work: (session: Session) => Promise<T>, options?: { readonly readOnly?: boolean }): Promise<T>;
  /** The driver's client, for LISTEN and COPY only. */
  readonly client: pg.Client;
  close(): Promise<void>;
}

/** Where the server is: a `DATABASE_URL`, or the parts of a connection (embedded server: a socket folder as host). */
export type ConnectionConfig = Readonly<pg.ClientConfig>;

/** Opens a connection whose time zone is UTC and whose search path is `parcours`. Errors: those of `pg`, wrapped by `openStore`. */
export async function openSession(
  config: ConnectionConfig,
  settings: Readonly<Record<string, string>> = {},
): Promise<OwnSession> {
  const client = new pg.Client({ ...config, types });
  await client.connect();
  // A lost connection must fail the statement in hand, not the process.
  client.on('error', () => {});
  const all = { TimeZone: 'UTC', search_path: 'parcours', ...settings };
  for (const [name, value] of Object.entries(all)) {
    await client.query('select set_config($1, $2, false)', [name, value]);
  }
  const names = new Map<string, string>();

  async function prepare(text: string): Promise<string> {
    const known = names.get(text);
    if (known !== undefined) {
      names.delete(text);
      names.set(text, known);
      return known;
    }
    if (names.size >= preparedMax) {
      const [oldText, oldName] = names.entries().next().value as [string, string];
      names.delete(oldText);
      await client.query(`deallocate ${oldName}`);
      delete (client as unknown as { connection: { parsedStatements: Record<string, string> } }).connection
        .parsedStatements[oldName];
    }
    const name = `p${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
    names.set(text, name);
    return name;
  }

  const session: OwnSession = {
    client,
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
      const name = await prepare(text);
      const result = await client.query({ name, text, values: values as unknown[] });
      return result.rows as Row[];
    },
    async script(text) {
      await client.query(text);
    },
    async transaction(work, options) {
      await client.query(options?.readOnly ? 'begin read only' : 'begin');
      try {
        const result = await work(session);
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch(() => {});
        throw error;
      }
    },
    async close() {
      await client.end();
    },
  };
  return session;
}
