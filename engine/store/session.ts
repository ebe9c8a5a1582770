/**
 * One connection and how statements are sent over it. A statement is prepared once a connection and found again by its text; the
 * one unused for longest is deallocated beyond a limit, since a backend's plan weighs about 100 KB.
 * No SQL text of ours lives here (that is `queries.ts` in each room).
 */
import { strict as assert } from 'node:assert';
import type { Writable } from 'node:stream';
import pg from 'pg';
import { type ParameterTypes, parameterTypes } from './array-parameters.ts';
import { bindMessage } from './bind-message.ts';
import { columnTypes } from './column-parsers.ts';
import { copyIn } from './copy-in.ts';
import { type Columns, execute } from './prepared.ts';
import { lostError } from './store-error.ts';

/** Prepared statements kept on one connection. */
export const preparedMax = 500;

/** Runs statements. `query` prepares and caches the statement by its text; values travel as parameters, always. */
export interface Session {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A session that takes more than single statements. */
export interface BulkSession extends Session {
  /** Sends text without parameters, possibly several statements (settings, migrations). */
  script(text: string): Promise<void>;
  /**
   * `copy … (columns) from stdin (format binary)` of rows that `copyRows` wrote, in its turn. All or none of them. Not on a connection that
   * sends without waiting.
   */
  copy(text: string, rows: readonly Buffer[]): Promise<void>;
}

/** A session that owns its connection: transactions, notifications. */
export interface OwnSession extends BulkSession {
  /**
   * `begin`, the work, `commit`; on a throw `rollback`, and the error goes on. One at a time, not nested. The work uses the session that it
   * is handed, which ends with the transaction: whatever of it goes on after that is refused (`TransactionOverError`).
   */
  transaction<T>(work: (inside: BulkSession) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** The driver's client, for LISTEN only. */
  readonly client: pg.Client;
  close(): Promise<void>;
}

export interface TransactionOptions {
  /** All its statements see one snapshot, so that what is read together fits together. */
  readonly readOnly?: boolean;
  /** Called when the commit was sent: what is asked for here is sent right behind it, and sees it. Not called after a throw. */
  readonly behind?: (session: Session) => void;
}

/** Where the server is: a `DATABASE_URL`, or the parts of a connection (embedded server: a socket folder as host). */
export type ConnectionConfig = Readonly<pg.ClientConfig>;

/** Opens a connection whose time zone is UTC and whose search path is `parcours`. Errors: those of `pg`, wrapped by `openStore`. */
export async function openSession(
  config: ConnectionConfig,
  settings: Readonly<Record<string, string>> = {},
): Promise<OwnSession> {
  const client = new pg.Client({ ...config, types: columnTypes });
  // A lost connection must fail the statement in hand, not the process.
  client.on('error', () => {});
  await client.connect();
  await applySettings(client, { TimeZone: 'UTC', search_path: 'parcours', ...settings });
  const inTurn = config.pipeline ? sendAtOnce(client) : queue();
  const columns = new Map<string, Columns>();
  const prepare = statementNames(client, inTurn, columns);

  const session: OwnSession = {
    client,
    // Its values are written before anything is awaited: who asked may change them afterwards.
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
      const { name, types } = prepare(text);
      const message = bindMessage(name, values, types);
      return inTurn(() => execute<Row>(client, { name, text, message, types, known: columns })).catch(lost);
    },
    async script(text) {
      await inTurn(() => client.query(text)).catch(lost);
    },
    async copy(text, rows) {
      assert(!config.pipeline, 'a copy waits for its answers');
      await inTurn(() => copyIn(client, text, rows)).catch(lost);
    },
    async transaction(work, options) {
      // Not awaited: the work's first statement is sent behind it, and fails if it failed.
      const begun = session.script(options?.readOnly ? 'begin isolation level repeatable read read only' : 'begin');
      begun.catch(() => {});
      const inside = boundedSession(session);
      try {
        const result = await work(inside.session);
        await begun;
        inside.end();
        const ended = inTurn(() => client.query('commit')).catch(lost);
        options?.behind?.(session);
        const end = await ended;
        // PostgreSQL answers `commit` of a failed transaction with a rollback, and no error.
        if (end.command === 'ROLLBACK') throw new Error('A statement failed and its error was swallowed: rolled back.');
        return result;
      } catch (error) {
        inside.end();
        await session.script('rollback').catch(() => {});
        throw error;
      }
    },
    async close() {
      await client.end();
    },
  };
  return session;
}

/** Something was asked of a session that had ended: our bug, or what follows from the failure that ended it, and never its cause. */
export class TransactionOverError extends Error {
  override readonly name = 'TransactionOverError';
  readonly code = 'TRANSACTION_OVER';

  constructor() {
    super('The transaction of this statement is over: it was not sent.');
  }
}

/**
 * A session that ends before its connection does: with its transaction, or with the savepoint that its statements belong to. Work that runs
 * side by side may go on after one part of it has failed; what it asks for then would be carried out, and stay, beside what was rolled
 * back.
 */
export interface Bounded {
  readonly session: BulkSession;
  /** Whatever is asked for from now on is refused with `TransactionOverError`; what was asked for before is sent. */
  end(): void;
}

export function boundedSession({ query, script, copy }: BulkSession): Bounded {
  let isOver = false;
  return {
    session: {
      query: (text, values) => (isOver ? refused() : query(text, values)),
      script: (text) => (isOver ? refused() : script(text)),
      copy: (text, rows) => (isOver ? refused() : copy(text, rows)),
    },
    end() {
      isOver = true;
    },
  };
}

/** Nobody may be waiting for it any more. */
function refused(): Promise<never> {
  const refusal = Promise.reject(new TransactionOverError());
  refusal.catch(() => {});
  return refusal;
}

function lost(error: unknown): never {
  throw lostError(error);
}

/** Sends when its turn has come. */
type Turns = <T>(send: () => Promise<T>) => Promise<T>;

/** More than that isn't kept for one write: the server begins with it while the next statement is made ready. */
const atOnceBytes = 16 * 1024;

/**
 * With `pipeline` the driver sends without waiting for answers; small statements asked for in one go leave in one write. COPY and cursors
 * can't share such a connection.
 */
function sendAtOnce(client: pg.Client): Turns {
  const { stream } = (client as unknown as { connection: { stream: Writable } }).connection;
  let isCorked = false;
  const leave = () => {
    if (!isCorked) return;
    isCorked = false;
    stream.uncork();
  };
  return (send) => {
    if (!isCorked) {
      isCorked = true;
      stream.cork();
      process.nextTick(leave);
    }
    const sent = send();
    if (stream.writableLength > atOnceBytes) leave();
    return sent;
  };
}

/** One statement after the other, in the order in which they were asked for: the driver's own queue is on its way out. */
function queue(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (send) => {
    const turn = last.then(send);
    last = turn.catch(() => {}); // Its asker learns of it; the next in line is not concerned.
    return turn;
  };
}

async function applySettings(client: pg.Client, settings: Readonly<Record<string, string>>): Promise<void> {
  const calls = Object.keys(settings).map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, false)`);
  try {
    await client.query(`select ${calls.join(', ')}`, Object.entries(settings).flat());
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

interface Statement {
  readonly name: string;
  readonly types: ParameterTypes;
}

/**
 * Gives each text its name on this connection. A name is never used twice, so a statement that is still queued can't meet a
 * deallocated one. Nothing is awaited: statements go out in the order in which they were asked for.
 */
function statementNames(client: pg.Client, inTurn: Turns, columns: Map<string, Columns>): (text: string) => Statement {
  // A Map keeps the order of insertion: its first entry is the one unused for longest.
  const statements = new Map<string, Statement>();
  let count = 0;

  return (text) => {
    const known = statements.get(text);
    count += 1;
    const statement = known ?? { name: `s${count}`, types: parameterTypes(text) };
    statements.delete(text);
    statements.set(text, statement);
    if (statements.size > preparedMax) {
      const [oldText, { name: oldName }] = statements.entries().next().value as [string, Statement];
      statements.delete(oldText);
      columns.delete(oldName);
      inTurn(() => deallocate(client, oldName)).catch(() => {}); // Lost connections show at the next statement.
    }
    return statement;
  };
}

async function deallocate(client: pg.Client, name: string): Promise<void> {
  const { parsedStatements } = (client as unknown as { connection: { parsedStatements: Record<string, string> } })
    .connection;
  // One that never parsed isn't there, and deallocating it would fail the transaction.
  if (parsedStatements[name] === undefined) return;
  await client.query(`deallocate ${name}`);
  delete parsedStatements[name];
}
