/**
 * Messages of an adapter on their way to its provider: so many at once whatever the number of batches, in the order in which they came. What
 * happens to one is its adapter's business.
 */
import type { OutgoingMessage, SendOutcome } from './adapter.ts';

export interface Tried {
  readonly outcome: SendOutcome;
  /** The next message would fare no better: what the rest of the batch gets without being tried. One refused login is enough. */
  readonly rest?: SendOutcome;
}

/** Batches that an adapter with such a queue takes together: two that send, and one that waits for its outcomes to be written. */
export const batchesAtOnce = 3;

interface Batch<C> {
  readonly messages: readonly OutgoingMessage[];
  /** What its messages are sent with. */
  readonly context: C;
  readonly outcomes: SendOutcome[];
  /** The first that wasn't begun. */
  next: number;
  /** Without an outcome yet. */
  left: number;
  rest: SendOutcome | null;
  end(outcomes: readonly SendOutcome[]): void;
  fail(fault: unknown): void;
}

/** Sends a batch; outcome i belongs to message i. Errors: what `sendOne` throws, which is a bug. */
export type SendQueue<C> = (messages: readonly OutgoingMessage[], context: C) => Promise<readonly SendOutcome[]>;

/** `sendOne` sends a message with what its batch was given. */
export function sendQueue<C>(
  width: number,
  sendOne: (message: OutgoingMessage, context: C) => Promise<Tried>,
): SendQueue<C> {
  const waiting: Batch<C>[] = [];
  let working = 0;

  async function work(): Promise<void> {
    for (let batch = waiting[0]; batch !== undefined; batch = waiting[0]) {
      const index = batch.next;
      batch.next += 1;
      if (batch.next === batch.messages.length) waiting.shift();
      await sendNext(batch, index, sendOne);
    }
    working -= 1;
  }

  return (messages, context) => {
    if (messages.length === 0) return Promise.resolve([]);
    return new Promise((end, fail) => {
      const outcomes = new Array<SendOutcome>(messages.length);
      waiting.push({ messages, context, outcomes, next: 0, left: messages.length, rest: null, end, fail });
      for (let more = Math.min(width - working, messages.length); more > 0; more -= 1) {
        working += 1;
        void work();
      }
    });
  };
}

async function sendNext<C>(
  batch: Batch<C>,
  index: number,
  sendOne: (message: OutgoingMessage, context: C) => Promise<Tried>,
): Promise<void> {
  try {
    const { outcome, rest } = batch.rest
      ? { outcome: batch.rest }
      : await sendOne(batch.messages[index]!, batch.context);
    if (rest) batch.rest ??= rest;
    batch.outcomes[index] = outcome;
  } catch (fault) {
    batch.fail(fault);
  }
  batch.left -= 1;
  // After a failure it has failed already, and this says nothing.
  if (batch.left === 0) batch.end(batch.outcomes);
}

/** Runs a call when its turn has come. Errors: those of the call. */
export type CallQueue = <T>(call: () => Promise<T>) => Promise<T>;

/** So many calls at once, in the order in which they came. */
export function callQueue(width: number): CallQueue {
  const waiting: (() => void)[] = [];
  let free = width;
  return async (call) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((begin) => waiting.push(begin));
    try {
      return await call();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
