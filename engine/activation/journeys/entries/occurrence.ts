/** When a date trigger fires for somebody: pure, over what was stored and what his dates say now (LANGUAGE b13, b14). */
import type { Duration } from '../../../compiler/ir.ts';
import { addExactly } from '../moments.ts';
import type { Wake } from './wakes/queries.ts';

/** A time that was known before is late by who works, not by who tells: it's still taken after so long. */
const graceMs = 3_600_000;

/** The last occurrence up to now and the next one: by what makes it (`of`), and when. */
export interface Around {
  readonly last: { readonly of: string; readonly at: Date } | null;
  readonly next: { readonly of: string; readonly at: Date } | null;
}

export interface Looked {
  readonly fires: boolean;
  /** What is to be stored; null: nothing. */
  readonly wake: Wake | null;
}

/**
 * Looks at the occurrences of one person or row. An occurrence fires once: at its moment, or later by less than `late` when it was
 * known no earlier. What comes by history only waits for a live run, which `mayFire` is.
 */
export function lookAt(
  { last, next }: Around,
  stored: Wake | null,
  { t, late, mayFire }: { readonly t: Date; readonly late: Duration; readonly mayFire: boolean },
): Looked {
  const upcoming = next === null ? nothing : { of: next.of, at: next.at, nextChange: next.at };
  if (last === null) return { fires: false, wake: next === null ? null : { ...upcoming, done: null } };
  const endsAt = addExactly(last.at, late);
  const wasKnown = stored?.of === last.of;
  const allowedUntil = Math.max(endsAt.getTime(), wasKnown ? last.at.getTime() + graceMs : 0);
  const isInTime = t.getTime() < allowedUntil || t.getTime() === last.at.getTime();
  if (stored?.done === last.of || !isInTime) {
    // Once it's too late for it, nothing has to be remembered of it.
    const done = t < endsAt ? last.of : null;
    return { fires: false, wake: next === null && done === null ? null : { ...upcoming, done } };
  }
  if (!mayFire) {
    const wake = { of: wasKnown ? last.of : null, at: last.at, nextChange: t, done: stored?.done ?? null };
    return { fires: false, wake };
  }
  return { fires: true, wake: { ...upcoming, done: last.of } };
}

const nothing = { of: null, at: null, nextChange: null } as const;

/** Whether there is nothing to write. */
export function isSameWake(one: Wake | null, other: Wake | null): boolean {
  if (one === null || other === null) return one === other;
  return (
    one.of === other.of &&
    one.done === other.done &&
    one.at?.getTime() === other.at?.getTime() &&
    one.nextChange?.getTime() === other.nextChange?.getTime()
  );
}
