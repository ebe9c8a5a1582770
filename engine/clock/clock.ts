/**
 * The only place that reads the time. Everything else is given a Clock, so that a simulation is the engine itself
 * with a clock that jumps. Leaf: imports nothing.
 */

/** Tells the time. `now()` is in UTC with millisecond resolution, as every time column of the store. */
export interface Clock {
  now(): Date;
}

/** A clock that stands still until it is told where to go. It never goes backwards. */
export interface JumpingClock extends Clock {
  jumpTo(instant: Date): void;
}

/** The host's clock. */
export const systemClock: Clock = { now: () => new Date() };

/** A clock for simulations and tests, starting at `start`. */
export function jumpingClock(start: Date): JumpingClock {
  let at = start.getTime();
  return {
    now: () => new Date(at),
    jumpTo: (instant) => {
      at = Math.max(at, instant.getTime());
    },
  };
}

/** The same clock, but when it is set back it stands still until it has caught up: what was due stays due. */
export function neverBack(clock: Clock): Clock {
  let latest = clock.now();
  return {
    now() {
      const now = clock.now();
      if (now > latest) latest = now;
      return latest;
    },
  };
}

/** Milliseconds of a monotonic timer, for measuring durations (never for dates). */
export function elapsedMs(): number {
  return performance.now();
}
