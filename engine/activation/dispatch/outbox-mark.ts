/**
 * From which due time on a dispatcher looks into the outbox. Messages that have left stay in its index for as long as an old snapshot keeps them,
 * and each probe of the index would read them all. A look at everything finds what became due late; no statement lives here.
 */

/** After so long, everything is looked at once: a message that was queued by a slow transaction, or put back, may be due below the mark. */
const sweepEveryMs = 5_000;
/** The mark stays so far behind what was seen: as long as a transaction takes that queues messages, and as clocks of hosts differ. */
const slackMs = 2_000;

export interface OutboxMark {
  /** From which due time on to look at t; null: from the beginning. `now`: elapsed milliseconds. */
  from(t: Date, now: number): Date | null;
  /** Everything that was due at t from there on is in somebody's hands. */
  raise(t: Date): void;
}

/** `isThorough`: everything is looked at each time, as where nobody else holds a snapshot. */
export function createOutboxMark(isThorough: boolean): OutboxMark {
  let sweptAt = Number.NEGATIVE_INFINITY;
  /** Milliseconds since the epoch; null: not everything was worked off since the last sweep. */
  let mark: number | null = null;
  return {
    from(t, now) {
      // A host's clock that is set back brings messages with it that are due before those that have left.
      const isBack = mark !== null && t.getTime() - slackMs < mark;
      const isSweep = isThorough || now - sweptAt > sweepEveryMs || isBack;
      if (isSweep) sweptAt = now;
      if (isSweep) mark = null;
      return mark === null ? null : new Date(mark);
    },
    raise(t) {
      mark = Math.max(mark ?? 0, t.getTime() - slackMs);
    },
  };
}
