/**
 * A person's candidates decided once more under other caps, each by itself: what a stopped one would have changed later isn't followed
 * (first order). Caps alone: whatever else stopped or delayed a message stands. Pure.
 */

import { addExactly } from '../../activation/journeys/moments.ts';
import { isCovered } from '../../activation/messages/covered.ts';
import type { CapRule } from '../../activation/messages/rules.ts';
import { dayOfInstant } from '../../compiler/instants.ts';
import type { Cap, Weekday } from '../../compiler/ir.ts';

export interface Wanted {
  readonly journey: string;
  readonly objective: string;
  readonly channel: string;
  readonly at: Date;
  /** It left; otherwise a cap stopped it. */
  readonly hasLeft: boolean;
  /** From before the time that is looked at: it counts, and isn't decided again. */
  readonly isHistory: boolean;
}

export interface Replaying {
  /** By which the store decided so far, and by which it will. */
  readonly before: readonly CapRule[];
  readonly after: readonly CapRule[];
  /** Whether a rule that isn't about everybody is about this person. */
  isAbout(rule: CapRule): boolean;
  readonly zone: string;
  readonly weekStarts: Weekday;
}

export interface Replayed {
  readonly wanted: Wanted;
  readonly change: 'none' | 'stopped' | 'freed';
}

/** The candidates that aren't history, in their order (by time), with what becomes of each. */
export function replayCaps(candidates: readonly Wanted[], replaying: Replaying): readonly Replayed[] {
  const old: Wanted[] = [];
  const now: Wanted[] = [];
  const found: Replayed[] = [];
  const { before, after } = replaying;
  for (const wanted of candidates) {
    const passedOld = hasRoom(wanted, before, old, replaying);
    const passesNow = hasRoom(wanted, after, now, replaying);
    if (wanted.isHistory) {
      old.push(wanted);
      now.push(wanted);
      continue;
    }
    // Where the old caps tell it otherwise than it went, other things decided, or the caps were others then: it stands.
    const isStopped = wanted.hasLeft && passedOld && !passesNow;
    const isFreed = !wanted.hasLeft && !passedOld && passesNow;
    if (wanted.hasLeft) old.push(wanted);
    if (wanted.hasLeft ? !isStopped : isFreed) now.push(wanted);
    found.push({ wanted, change: isStopped ? 'stopped' : isFreed ? 'freed' : 'none' });
  }
  return found;
}

function hasRoom(
  wanted: Wanted,
  rules: readonly CapRule[],
  contacts: readonly Wanted[],
  replaying: Replaying,
): boolean {
  return rules.every((rule) => {
    const { cap } = rule;
    if (!isCovered(cap.covers, wanted, wanted.channel) || !replaying.isAbout(rule)) return true;
    let counted = 0;
    // From the newest back: those before the window end it.
    for (let i = contacts.length - 1; i >= 0; i--) {
      const contact = contacts[i] as Wanted;
      if (!isInside(cap, contact.at, wanted.at, replaying)) break;
      if (isCovered(cap.covers, contact, contact.channel)) counted += 1;
    }
    return counted < cap.max;
  });
}

function isInside(cap: Cap, contact: Date, at: Date, { zone, weekStarts }: Replaying): boolean {
  if (cap.window.kind === 'rolling') return addExactly(contact, cap.window.duration) > at;
  const { unit } = cap.window;
  const period = (instant: Date) => periodOf(unit, dayOfInstant(instant.getTime(), zone), weekStarts);
  return period(contact) === period(at);
}

const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const dayMs = 86_400_000;

/** A name of the period in which a day (since 1970-01-01) lies. */
function periodOf(unit: 'day' | 'week' | 'month' | 'quarter', day: number, weekStarts: Weekday): number {
  if (unit === 'day') return day;
  // 1970-01-01 was a Thursday.
  if (unit === 'week') return Math.floor((day + 3 - weekdays.indexOf(weekStarts)) / 7);
  const date = new Date(day * dayMs);
  const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
  return unit === 'month' ? month : Math.floor(month / 3);
}
