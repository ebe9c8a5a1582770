/**
 * Writes of a lane transaction that nobody waits for: they are sent over the pipelined session in order, what is read later sees them,
 * and the commit is sent right behind them. Each wait saved is a round trip.
 */

export interface Writes {
  /** Lets a write that was sent go on by itself. All its statements were sent: one that waits for another's answer would miss the commit. */
  later(write: Promise<unknown>): void;
  /** Throws for an error of the transaction the failure that caused it: that of a write, if one failed. */
  blame(error: unknown): Promise<never>;
  /** Awaits the work and then all writes; of several failures throws the one that caused the others. */
  through<T>(work: () => Promise<T>): Promise<T>;
  /** Awaits all writes once the commit is through: throws where one was not sent before it, since that one is lost. Our bug. */
  settled(): Promise<void>;
}

/** What a server says of statements after the one that failed (25P02), and we of those that are asked for when all is rolled back. */
const consequences: ReadonlySet<unknown> = new Set(['25P02', 'TRANSACTION_OVER']);

export function writesOfBatch(): Writes {
  let sent: Promise<unknown>[] = [];
  /** Awaits what was sent, and gives the failures beside the given one. */
  async function failures(first: PromiseSettledResult<unknown>): Promise<readonly unknown[]> {
    const writes = await Promise.allSettled(sent);
    sent = [];
    return [first, ...writes].flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  }
  return {
    later(write) {
      write.catch(() => {}); // `blame` and `through` learn of it.
      sent.push(write);
    },
    async blame(error) {
      const [, ...writes] = await failures({ status: 'rejected', reason: error });
      throw causeOf(writes) ?? causeOf([error]) ?? error;
    },
    async through(work) {
      const [done] = await Promise.allSettled([work()]);
      const reasons = await failures(done);
      if (reasons.length > 0) throw causeOf(reasons) ?? reasons[0];
      return (done as PromiseFulfilledResult<Awaited<ReturnType<typeof work>>>).value;
    },
    async settled() {
      await Promise.all(sent);
    },
  };
}

/** The failure that isn't merely that of a transaction that had failed already. */
function causeOf(reasons: readonly unknown[]): unknown {
  return reasons.find((reason) => !consequences.has((reason as { readonly code?: unknown } | null)?.code));
}
