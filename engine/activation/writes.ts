/**
 * Writes of a lane transaction that nobody waits for: they are sent over the pipelined session in order, what is read later sees them,
 * and they are awaited together before the commit. Each wait saved is a round trip.
 */

export interface Writes {
  /** Lets a write that was sent go on by itself. */
  later(write: Promise<unknown>): void;
  /** Awaits the work and then all writes; of several failures throws the one that caused the others. */
  through<T>(work: () => Promise<T>): Promise<T>;
}

/** What a server says of statements after the one that failed. */
const inFailedTransaction = '25P02';

export function writesOfBatch(): Writes {
  let sent: Promise<unknown>[] = [];
  return {
    later(write) {
      write.catch(() => {}); // `through` learns of it.
      sent.push(write);
    },
    async through(work) {
      const [done] = await Promise.allSettled([work()]);
      const writes = await Promise.allSettled(sent);
      sent = [];
      const reasons = [done, ...writes].flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
      const cause = reasons.find((reason) => (reason as { readonly code?: unknown })?.code !== inFailedTransaction);
      if (reasons.length > 0) throw cause ?? reasons[0];
      return (done as PromiseFulfilledResult<Awaited<ReturnType<typeof work>>>).value;
    },
  };
}
