/**
 * A file through a source into the store: read, map, ingest in batches, one transaction each. The next batch is read while the
 * last is being written. History of people goes straight into their lanes, in batches as large as nobody minds; all else through the inbox.
 * It prints nothing; progress and summary are the caller's to show.
 */
import { stat } from 'node:fs/promises';
import { setImmediate as others } from 'node:timers/promises';
import type { Clock } from '../clock/clock.ts';
import { elapsedMs } from '../clock/clock.ts';
import type { SourceBody } from '../compiler/ir.ts';
import type { OwnSession } from '../store/session.ts';
import { checkColumns } from './check-columns.ts';
import type { Declarations } from './declarations.ts';
import { columnsOf, noRoom } from './entities/map-entity.ts';
import { type BatchSize, historyBatches, inboxBatches } from './history/batch-size.ts';
import type { IdentifiedFact } from './identified-fact.ts';
import { ImportError } from './import-error.ts';
import { type IngestSummary, ingestFacts, ingestRowsMax } from './ingest.ts';
import { type MapOptions, mapRow, rejectOf } from './map-row.ts';
import { equalRows } from './message-id.ts';
import { readRows } from './readers/read-rows.ts';
import { type ReadLimits, type ReadProgress, readLimits } from './readers/row.ts';
import { type RejectsFile, rejectsFile } from './rejects-file.ts';

/** Rows that are read in one go; then whoever waits for the store goes on, so that it isn't idle meanwhile. */
const rowsInOneGo = 256;
/** A batch ends when this much of the file has been read, however few its rows: it lies in memory, and again in the server's. */
const batchBytesMax = 8 * 1024 * 1024;

export interface ImportRequest {
  readonly session: OwnSession;
  readonly sourceId: string;
  readonly source: SourceBody;
  readonly declared: Declarations;
  readonly path: string;
  readonly clock: Clock;
  /** Whether the facts may start journeys. History may not. */
  readonly trigger: boolean;
  /** Where rejected rows are listed; null: only counted. */
  readonly rejectsPath: string | null;
  /** Where history goes. Default: straight into the lanes, where its kind of facts may. */
  readonly through?: 'lanes' | 'inbox';
  /** Called after each batch. */
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly limits?: ReadLimits;
}

export interface ImportProgress {
  readonly rows: number;
  readonly rejected: number;
  /** Read so far; `bytesTotal` is null when the length isn't known (a pipe). */
  readonly bytes: number;
  readonly bytesTotal: number | null;
}

export interface ImportSummary {
  /** Records of the file. rows = facts + duplicates + erased + rejected. */
  readonly rows: number;
  /** Appended to the inbox. */
  readonly facts: number;
  /** Known from before, by message id. */
  readonly duplicates: number;
  /** Of people who were erased; nothing of it is kept. */
  readonly erased: number;
  readonly rejected: number;
  readonly newProfiles: number;
  /** Rows whose identifiers point at several profiles; the most trusted one was taken. */
  readonly ambiguous: number;
  /** Facts that changed a row of an entity, or who is tied to it; 0 for sources of people. */
  readonly rowsChanged: number;
  /** People for whom a role of a row had no room; the rows were taken. */
  readonly refused: number;
  readonly bytes: number;
  readonly ms: number;
}

/**
 * Imports a file. Errors: `ImportError`, and those of the store; batches committed before stay, and importing the file again
 * after repair skips what is in, which the message of an `ImportError` says.
 */
export async function importFile(request: ImportRequest): Promise<ImportSummary> {
  const started = elapsedMs();
  const rejects = request.rejectsPath === null ? null : rejectsFile(request.rejectsPath);
  const run = newRun(request, rejects, await batchSizeOf(request));
  try {
    await importRows(request, run);
    await rejects?.finish();
  } catch (error) {
    await run.writing.catch(() => {});
    await rejects?.abandon();
    throw error instanceof ImportError ? withStanding(error, run.counts) : error;
  }
  return { ...run.counts, bytes: run.progress.bytes, ms: Math.round(elapsedMs() - started) };
}

/** Rows of entities and what may start journeys go through the inbox. */
function batchSizeOf({ session, source, trigger, through, clock }: ImportRequest): Promise<BatchSize> | BatchSize {
  if (trigger || through === 'inbox' || source.entity !== undefined) return inboxBatches();
  return historyBatches(session, clock);
}

type Counts = { -readonly [K in Exclude<keyof ImportSummary, 'bytes' | 'ms'>]: number };

interface Run {
  readonly counts: Counts;
  readonly progress: ReadProgress;
  readonly rejects: RejectsFile | null;
  readonly now: Date;
  readonly size: BatchSize;
  /** Whether the last batch had rows that are in already, as when a file is imported again. */
  isMeetingKnown: boolean;
  /** The batch that is on its way; settled before the next one starts, so that the file's order is kept. */
  writing: Promise<void>;
}

function newRun(request: ImportRequest, rejects: RejectsFile | null, size: BatchSize): Run {
  return {
    counts: {
      rows: 0,
      facts: 0,
      duplicates: 0,
      erased: 0,
      rejected: 0,
      newProfiles: 0,
      ambiguous: 0,
      rowsChanged: 0,
      refused: 0,
    },
    progress: { bytes: 0 },
    rejects,
    now: request.clock.now(),
    size,
    isMeetingKnown: false,
    writing: Promise.resolve(),
  };
}

async function importRows(request: ImportRequest, run: Run): Promise<void> {
  const { source, sourceId, declared, trigger, path, limits = readLimits } = request;
  const { counts, progress } = run;
  const options: MapOptions = {
    ...{ source, sourceId, declared, trigger },
    received: run.now.getTime(),
    equalRows: equalRows(),
  };
  const checkHeader = (header: readonly string[]) => checkColumns(source, header);
  if (source.format.kind !== 'jsonl' && source.format.columns !== null) checkHeader(source.format.columns);
  const bytesTotal = await lengthOf(path);
  let batch = newBatch();
  let batchFrom = 0;
  for await (const row of readRows({ path, format: source.format, limits, progress, checkHeader })) {
    const mapped = mapRow(row, options);
    counts.rows += 1;
    if (counts.rows % rowsInOneGo === 0) await others();
    if (mapped.kind === 'fact') {
      add(batch, mapped.fact, row.line);
      for (const { people, reject } of mapped.surplus) {
        counts.refused += people;
        await run.rejects?.write(reject);
      }
    } else {
      counts.rejected += 1;
      await run.rejects?.write(mapped);
    }
    if (batch.people < run.size.rows() && progress.bytes - batchFrom < batchBytesMax) continue;
    await startWriting(request, run, batch);
    request.onProgress?.({ rows: counts.rows, rejected: counts.rejected, bytes: progress.bytes, bytesTotal });
    batch = newBatch();
    batchFrom = progress.bytes;
  }
  await startWriting(request, run, batch);
  await run.writing;
  request.onProgress?.({ rows: counts.rows, rejected: counts.rejected, bytes: progress.bytes, bytesTotal });
}

interface Batch {
  readonly facts: IdentifiedFact[];
  /** Whom the facts are about: a row of an entity may tie many. */
  people: number;
  /** Where each stood in the file. */
  readonly lines: Map<IdentifiedFact, number>;
}

function newBatch(): Batch {
  return { facts: [], people: 0, lines: new Map() };
}

function add(batch: Batch, fact: IdentifiedFact, line: number): void {
  batch.facts.push(fact);
  batch.people += fact.row?.people.reduce((sum, { of }) => sum + of.length, 1) ?? 1;
  if (fact.row !== undefined) batch.lines.set(fact, line);
}

/** Waits for the batch before, and leaves this one on its way. */
async function startWriting(request: ImportRequest, run: Run, batch: Batch): Promise<void> {
  await run.writing;
  if (batch.facts.length === 0) return;
  run.writing = write(request, run, batch);
  // Whoever waits for it next gets the error; until then it is not unhandled.
  run.writing.catch(() => {});
}

async function write(request: ImportRequest, run: Run, { facts, lines }: Batch): Promise<void> {
  if (!run.size.intoLanes) return count(request, run, await ingest(request, run, facts, false), lines);
  const started = elapsedMs();
  try {
    await count(request, run, await ingest(request, run, facts, true), lines);
    await run.size.took(facts.length, elapsedMs() - started);
  } catch (error) {
    if (!isDataError(error)) throw error;
    // One of them can't be written. Through the inbox it is found, and set apart alone.
    for (let from = 0; from < facts.length; from += ingestRowsMax) {
      const some = facts.slice(from, from + ingestRowsMax);
      await count(request, run, await ingest(request, run, some, false), lines);
    }
  }
}

function ingest({ session, declared }: ImportRequest, run: Run, facts: readonly IdentifiedFact[], intoLanes: boolean) {
  return ingestFacts(session, facts, {
    ...{ now: run.now, identity: declared.identity ?? null, intoLanes },
    isLikelyNew: intoLanes && !run.isMeetingKnown,
    ...(declared.devices && { devices: declared.devices }),
  });
}

/** SQLSTATE classes of what a row's own values bring about. */
function isDataError(error: unknown): boolean {
  return /^(?:22|23|54|P0)/.test(String((error as { readonly code?: unknown } | null)?.code ?? ''));
}

async function count(
  { source }: ImportRequest,
  run: Run,
  summary: IngestSummary,
  lines: Batch['lines'],
): Promise<void> {
  const { counts, rejects } = run;
  run.isMeetingKnown = summary.duplicates > 0;
  counts.facts += summary.facts;
  counts.duplicates += summary.duplicates;
  counts.erased += summary.erased;
  counts.newProfiles += summary.newProfiles;
  counts.ambiguous += summary.ambiguous;
  counts.rowsChanged += summary.rowsChanged;
  for (const { fact, role, people } of summary.refused) {
    const of = source.entity?.people.find((one) => one.role === role)?.of ?? [];
    counts.refused += people;
    await rejects?.write(rejectOf(noRoom({ role, people }, columnsOf(of)), lines.get(fact) ?? 0));
  }
}

async function lengthOf(path: string): Promise<number | null> {
  // Readers say what is wrong with a path; this is for progress only.
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? found.size : null;
}

function withStanding(error: ImportError, { facts }: Counts): ImportError {
  const standing =
    facts === 0
      ? 'Nothing was imported.'
      : `Rows imported before that stay: ${facts}. Import the file again after the repair; rows that are in are recognised and skipped.`;
  const line = error.line === null ? {} : { line: error.line };
  return new ImportError(error.code, `${error.message} ${standing}`, { cause: error.cause ?? error, ...line });
}
