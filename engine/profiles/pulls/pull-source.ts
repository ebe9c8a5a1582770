/**
 * Rows of a query of another database, from where the last time ended. How far it is is noted with the rows in one transaction; what is read twice, because
 * its cursor is equal or because of the overlap, is recognised by its message id. When a source is asked is decided elsewhere.
 */
import { hash } from 'node:crypto';
import { resolveSecrets, type SecretLookup, SecretMissing } from '../../channels/secrets.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Duration, SourceBody, SourceDatabase } from '../../compiler/ir.ts';
import { type OwnSession, openSession } from '../../store/session.ts';
import { insertRejectedCalls, type RejectedCall } from '../calls/queries.ts';
import type { Declarations } from '../declarations.ts';
import type { IdentifiedFact } from '../identified-fact.ts';
import { ImportError } from '../import-error.ts';
import { ingestFacts } from '../ingest.ts';
import { type MapOptions, mapRow } from '../map-row.ts';
import { equalRows } from '../message-id.ts';
import { readLine } from '../readers/jsonl.ts';
import type { RowReading } from '../readers/row.ts';
import { beginPull, endPull, fetchRows, lockPull, noteCursor, openRows, unlockPull } from './queries.ts';

export interface PullRequest {
  readonly session: OwnSession;
  readonly sourceId: string;
  readonly source: SourceBody;
  readonly database: SourceDatabase;
  readonly declared: Declarations;
  readonly secret: SecretLookup;
  readonly clock: Clock;
  /** Whether what is new may start journeys. What was there before the source was asked first is history in any case. */
  readonly trigger: boolean;
  /** Called after each batch. */
  readonly onProgress?: (summary: PullSummary) => void;
  /** Asked between batches: whether to stop. What was read stays read. */
  readonly isEnding?: () => boolean;
}

export interface PullSummary {
  readonly rows: number;
  readonly facts: number;
  /** Known from before. */
  readonly duplicates: number;
  /** Kept with their reasons in `rejected_call`. */
  readonly rejected: number;
  readonly newProfiles: number;
}

type Counts = { -readonly [K in keyof PullSummary]: number };

/** Longer rows are kept by their reasons alone. */
const rejectedBytesMax = 32 * 1024;

/**
 * Asks once. Null: another process is at it. Errors: `ImportError`, which is noted with the source, and those of the store.
 */
export async function pullSource(request: PullRequest): Promise<PullSummary | null> {
  const { session, sourceId, clock } = request;
  if (!(await lockPull(session, sourceId))) return null;
  const counts: Counts = { rows: 0, facts: 0, duplicates: 0, rejected: 0, newProfiles: 0 };
  const end = (state: 'done' | 'failed', reason: string | null) =>
    endPull(session, { source: sourceId, state, reason, now: clock.now(), ...counts });
  try {
    await pullRows(request, counts);
    await end('done', null);
    return counts;
  } catch (error) {
    if (error instanceof ImportError) await end('failed', error.message);
    throw error;
  } finally {
    await unlockPull(session, sourceId).catch(() => {}); // A session that is lost holds nothing.
  }
}

async function pullRows(request: PullRequest, counts: Counts): Promise<void> {
  const { session, sourceId, database, clock } = request;
  const now = clock.now();
  const last = await beginPull(session, { source: sourceId, column: database.cursor, now });
  const from = last === null ? null : fromOverlap(last, database);
  const options: MapOptions = {
    ...{ source: request.source, sourceId, declared: request.declared, received: now.getTime() },
    ...{ trigger: request.trigger && last !== null, equalRows: equalRows() },
  };
  const remote = await connect(request);
  try {
    await remote
      .transaction(
        async (inner) => {
          await openRows(inner, { query: database.query, cursor: database.cursor, from });
          for (;;) {
            if (request.isEnding?.() === true) return;
            const rows = await fetchRows(inner);
            if (rows.length === 0) return;
            await takeRows(request, { rows, options, counts, now });
            request.onProgress?.(counts);
          }
        },
        { readOnly: true },
      )
      .catch((error: unknown) => {
        throw error instanceof OfStore ? error.cause : asImportError(error, sourceId);
      });
  } finally {
    await remote.close().catch(() => {}); // Nothing was written there.
  }
}

/** An error of our own store, on its way through the other database's transaction. */
class OfStore extends Error {}

interface Taking {
  readonly rows: readonly { readonly row: string; readonly cursor: string }[];
  readonly options: MapOptions;
  readonly counts: Counts;
  readonly now: Date;
}

async function takeRows({ session, sourceId }: PullRequest, { rows, options, counts, now }: Taking): Promise<void> {
  const facts: IdentifiedFact[] = [];
  const rejected: RejectedCall[] = [];
  for (const [i, { row }] of rows.entries()) {
    const mapped = mapRow(readLine(counts.rows + i + 1, row), options);
    if (mapped.kind === 'fact') facts.push(mapped.fact);
    else rejected.push(rejectedRow({ sourceId, row, now }, mapped.reason, mapped.columns));
  }
  const cursor = rows.at(-1)?.cursor ?? '';
  const along = async (inner: Parameters<typeof insertRejectedCalls>[0]) => {
    await insertRejectedCalls(inner, rejected);
    await noteCursor(inner, sourceId, cursor);
  };
  const identity = options.declared.identity ?? null;
  const summary = await ingestFacts(session, facts, { now, identity, along }).catch((cause: unknown) => {
    throw new OfStore('the rows could not be stored', { cause });
  });
  counts.rows += rows.length;
  counts.facts += summary.facts;
  counts.duplicates += summary.duplicates;
  counts.rejected += rejected.length;
  counts.newProfiles += summary.newProfiles;
}

/** As calls of the API that can't be used: place and reason, and the row as it came. */
export function rejectedRow(
  { sourceId, row, now }: { readonly sourceId: string; readonly row: string; readonly now: Date },
  reason: string,
  columns: readonly string[],
): RejectedCall {
  const places = columns.map((column) => `/${column.replaceAll('.', '/')}`).join(', ');
  return {
    ...{ source: sourceId, receivedAt: now, reasons: [places === '' ? reason : `${places}: ${reason}`] },
    messageId: `sha256:${hash('sha256', row, 'base64url')}`,
    body: Buffer.byteLength(row) <= rejectedBytesMax && !row.includes('\\u0000') ? row : null,
  };
}

/** All rows of the query as they are, for who only looks at them. Errors: `ImportError`. */
export async function* databaseRows(
  asked: Pick<PullRequest, 'database' | 'secret' | 'sourceId'>,
): AsyncGenerator<RowReading> {
  const { database, sourceId } = asked;
  const remote = await connect(asked);
  const guarded = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw asImportError(error, sourceId);
    });
  try {
    await guarded(remote.script('begin'));
    await guarded(openRows(remote, { query: database.query, cursor: database.cursor, from: null }));
    for (let line = 0; ; ) {
      const rows = await guarded(fetchRows(remote));
      if (rows.length === 0) return;
      for (const { row } of rows) {
        line += 1;
        yield readLine(line, row);
      }
    }
  } finally {
    await remote.close().catch(() => {}); // Nothing was written there.
  }
}

async function connect({
  database,
  secret,
  sourceId,
}: Pick<PullRequest, 'database' | 'secret' | 'sourceId'>): Promise<OwnSession> {
  let address: string;
  try {
    address = resolveSecrets(database.connection, secret);
  } catch (error) {
    if (!(error instanceof SecretMissing)) throw error;
    throw new ImportError(
      'IMPORT_SECRET',
      `The ${error.message}: it is the address of the database of source ${sourceId}.`,
    );
  }
  try {
    return await openSession(
      { connectionString: address, connectionTimeoutMillis: 15_000 },
      {
        ...{ application_name: 'parcours source', search_path: '"$user", public', default_transaction_read_only: 'on' },
        ...{ statement_timeout: '600s', DateStyle: 'ISO, YMD', cursor_tuple_fraction: '1' },
      },
    );
  } catch (error) {
    throw asImportError(error, sourceId);
  }
}

/** Times as PostgreSQL writes them in UTC, with or without zone. */
const writtenTime = /^(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}:\d{2}(?:\.\d+)?)(?:\+00)?)?$/;

/** The bound from which on is read. Cursors that are no times have no overlap. */
export function fromOverlap(last: string, { overlap }: Pick<SourceDatabase, 'overlap'>): string {
  const parts = overlap === null ? null : writtenTime.exec(last);
  if (parts === null || overlap === null) return last;
  const at = new Date(`${parts[1]}T${parts[2] ?? '00:00:00'}Z`);
  return backBy(at, overlap)
    .toISOString()
    .replace('T', ' ')
    .replace('Z', last.endsWith('+00') ? '+00' : '');
}

function backBy(t: Date, { months, days, ms }: Duration): Date {
  const back = new Date(t.getTime() - days * 86_400_000 - ms);
  back.setUTCMonth(back.getUTCMonth() - months);
  return back;
}

/** Words of a server may quote values and addresses: only those about names and syntax are repeated. */
function asImportError(error: unknown, sourceId: string): ImportError {
  if (error instanceof ImportError) return error;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const state = typeof code === 'string' ? code : '';
  if (/^42/.test(state)) {
    const words = `The database of source ${sourceId} refuses the query: ${String(message)}. Correct \`query\` or \`cursor\`.`;
    return new ImportError('IMPORT_QUERY', words);
  }
  if (state === '25006') {
    const words = `The query of source ${sourceId} would write. Only what reads is asked of a database.`;
    return new ImportError('IMPORT_QUERY', words);
  }
  const why = known[state] ?? (state === '' ? 'the connection failed' : `it answers ${state}`);
  return new ImportError('IMPORT_DATABASE', `The database of source ${sourceId} can't be asked: ${why}.`);
}

const known: Readonly<Record<string, string>> = {
  '28P01': 'the name or the password is wrong',
  '28000': 'the server lets this name in by no way',
  '3D000': 'there is no such database',
  '57014': 'the query took more than ten minutes',
  STORE_LOST: 'the connection ended',
  ECONNREFUSED: 'nobody answers at the address',
  ENOTFOUND: 'the name of the host is not known',
};
