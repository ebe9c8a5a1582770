/**
 * Facts of many requests in few transactions: whatever has come while the last transaction ran is the next one. A request is told when its
 * facts are durable. Nothing is read from requests here, and what a fact is, `profiles` knows.
 */
import { type AppFeedback, tellAppFeedback } from '../../activation/messages/providers/app-feedback.ts';
import type { Clock } from '../../clock/clock.ts';
import type { IdentityBody } from '../../compiler/ir.ts';
import { insertRejectedCalls, type RejectedCall } from '../../profiles/calls/queries.ts';
import type { IdentifiedFact } from '../../profiles/identified-fact.ts';
import { ingestFacts, ingestRowsMax } from '../../profiles/ingest.ts';
import { notifyInbox } from '../../profiles/queries.ts';
import type { OwnSession } from '../../store/session.ts';
import { ServeError } from '../serve-error.ts';
import type { SessionPool } from '../session-pool.ts';

/** What a request brings: stored together or not at all. */
export interface Load {
  readonly facts: readonly IdentifiedFact[];
  readonly rejected: readonly RejectedCall[];
  /** What apps tell of messages. */
  readonly feedback?: readonly AppFeedback[];
  /** Who is one person, by the revision under which the request came. */
  readonly identity: IdentityBody | null;
}

export interface MicroBatch {
  /** Resolves when the load is durable. Errors: `ServeError` 429 when too much waits; those of the store. */
  add(load: Load): Promise<void>;
  /** Facts that wait. */
  readonly waiting: number;
  /** Takes nothing more, and waits for what is there. */
  close(): Promise<void>;
}

export interface MicroBatchOptions {
  readonly sessions: SessionPool;
  readonly clock: Clock;
  /** Transactions at once. */
  readonly writers?: number;
  /** Facts that may wait. */
  readonly waitingMax?: number;
}

interface Waiting {
  readonly load: Load;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Classes of errors that come from a value (SQLSTATE): the loads beside it are innocent. */
const isOfValue = /^(22|23|54)[0-9A-Z]{3}$/;

export function microBatch({ sessions, clock, writers = 2, waitingMax = 20_000 }: MicroBatchOptions): MicroBatch {
  const queue: Waiting[] = [];
  const writing = new Set<Promise<void>>();
  let waiting = 0;
  let isClosed = false;

  function start(): void {
    while (writing.size < writers && queue.length > 0) {
      const batch = queue.splice(0, loadsOfBatch(queue));
      for (const { load } of batch) waiting -= load.facts.length;
      const done: Promise<void> = sessions
        .run((session) => write(session, clock, batch))
        .catch((error: unknown) => {
          for (const { reject } of batch) reject(error);
        })
        .finally(() => {
          writing.delete(done);
          start();
        });
      writing.add(done);
    }
  }

  return {
    get waiting() {
      return waiting;
    },
    add(load) {
      if (isClosed) throw new ServeError(503, 'closing', 'The server is ending. Try again.', { retryAfter: 1 });
      if (waiting > 0 && waiting + load.facts.length > waitingMax) {
        throw new ServeError(429, 'too_many_waiting', 'More arrives than can be stored. Try again.', { retryAfter: 1 });
      }
      return new Promise<void>((resolve, reject) => {
        queue.push({ load, resolve, reject });
        waiting += load.facts.length;
        // What comes in the same turn of the loop goes along.
        setImmediate(start);
      });
    },
    async close() {
      isClosed = true;
      start();
      while (writing.size > 0) await Promise.all(writing);
    },
  };
}

/** How many of them make a batch: whole loads, as many as fit one transaction. */
function loadsOfBatch(queue: readonly Waiting[]): number {
  let facts = 0;
  for (const [i, { load }] of queue.entries()) {
    facts += load.facts.length;
    if (i > 0 && facts > ingestRowsMax) return i;
  }
  return queue.length;
}

/** When a value of one load can't be stored, each is tried alone. */
async function write(session: OwnSession, clock: Clock, batch: readonly Waiting[]): Promise<void> {
  try {
    await store(
      session,
      clock,
      batch.map(({ load }) => load),
    );
  } catch (error) {
    const code = (error as { readonly code?: unknown } | null)?.code;
    if (typeof code !== 'string' || !isOfValue.test(code)) throw error;
    if (batch.length === 1) throw new ServeError(400, 'unstorable', 'A value cannot be stored.', { cause: error });
    for (const one of batch) await write(session, clock, [one]).catch(one.reject);
    return;
  }
  for (const { resolve } of batch) resolve();
}

async function store(session: OwnSession, clock: Clock, loads: readonly Load[]): Promise<void> {
  const facts = loads.flatMap((load) => load.facts);
  for (let from = 0; from < facts.length; from += ingestRowsMax) {
    const identity = loads.at(-1)?.identity ?? null;
    await ingestFacts(session, facts.slice(from, from + ingestRowsMax), { now: clock.now(), identity });
  }
  await tell(
    session,
    clock,
    loads.flatMap((load) => load.feedback ?? []),
  );
  await insertRejectedCalls(
    session,
    loads.flatMap((load) => load.rejected),
  );
}

async function tell(session: OwnSession, clock: Clock, feedback: readonly AppFeedback[]): Promise<void> {
  if (feedback.length === 0) return;
  await session.transaction((tx) => tellAppFeedback(tx, feedback, clock.now()));
  await notifyInbox(session);
}
