/**
 * Caps without room for a candidate: what they count, when they free, and the room that they keep for messages of a higher priority that
 * are already scheduled (`look_ahead`). Pure.
 */
import type { Cap, Duration, WhenCapped } from '../../compiler/ir.ts';
import { addExactly } from '../journeys/moments.ts';
import { isAbout, isCovered } from './covered.ts';
import type { CapRule } from './rules.ts';
import type { Candidate, Contact, Scene, Situation } from './situation.ts';

/** Past every validity. */
export const never = new Date(8.64e15);

export interface FullCap {
  readonly name: string;
  readonly count: number;
  readonly max: number;
  /** The newest messages that it counted, oldest first. */
  readonly counted: readonly number[];
  readonly window: string;
  readonly frees: Date;
  /** Messages of a higher priority for which it keeps its room; 0: it is full. */
  readonly kept: number;
  readonly whenCapped: WhenCapped;
}

/** Caps without room: those that drop first, those that only close the channel last, between them the one that frees last. */
export function fullCaps(candidate: Candidate, channel: string, scene: Scene): readonly FullCap[] {
  const { situation, rules } = scene;
  const full: FullCap[] = [];
  for (const rule of rules.caps) {
    const { name, cap, about } = rule;
    if (!isAbout(about, situation) || !isCovered(cap.covers, candidate, channel)) continue;
    const counted = countedBy(cap, scene);
    const keeping = counted.length < cap.max ? keepsRoom(cap, candidate, counted, scene) : null;
    if (counted.length < cap.max && keeping === null) continue;
    full.push({
      name,
      count: counted.length,
      max: cap.max,
      counted: counted.slice(-countedShownMax).map(({ messageId }) => messageId),
      window: windowName(cap),
      frees: keeping?.until ?? freesAt(cap, counted, situation),
      kept: keeping?.messages ?? 0,
      whenCapped: becomes(candidate, rule),
    });
  }
  return full.length < 2 ? full : full.sort(byWeight);
}

const weights = { drop: 0, defer: 1, next_channel: 2 } as const;

function byWeight(a: FullCap, b: FullCap): number {
  return (
    weights[a.whenCapped] - weights[b.whenCapped] || b.frees.getTime() - a.frees.getTime() || (a.name < b.name ? -1 : 1)
  );
}

/** Messages that a decision names; a cap may count a thousand. */
const countedShownMax = 10;

/** A message that a cap counts, from when on. */
interface Counted {
  readonly at: Date;
  readonly messageId: number;
}

/** What the send says, otherwise the cap's pressure. */
function becomes(candidate: Candidate, rule: CapRule): WhenCapped {
  return candidate.whenCapped ?? rule.whenCapped;
}

/** The contacts in the cap's window, oldest first. */
function countedBy(cap: Cap, { contacts, situation }: Scene): readonly Counted[] {
  const counted: Counted[] = [];
  for (const contact of contacts) {
    if (!isCovered(cap.covers, contact, contact.channel)) continue;
    const at = countsAt(cap, contact);
    if (at !== null && isInside(cap, at, situation)) counted.push({ at, messageId: contact.messageId });
  }
  return counted.length < 2 ? counted : counted.sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** Whether what counted at a time counts now. */
function isInside({ window }: Cap, at: Date, { t, calendar }: Situation): boolean {
  return window.kind === 'rolling' ? addExactly(at, window.duration) > t : at >= calendar[window.unit].start;
}

/** From when on the cap counts it; null: it hasn't come so far. */
function countsAt({ count }: Cap, { at, status, sentAt }: Contact): Date | null {
  if (count === undefined) return at;
  const hasCome = status === 'delivered' || (status === 'sent' && count === 'sent');
  return hasCome ? (sentAt ?? at) : null;
}

/** What is overdue is being worked off: it is looked at again so much later. */
const overdueMs = 60_000;

/**
 * Whether the candidate would take the room of messages of a higher priority that are already scheduled: for how many, and when the
 * first of them that would lose its room leaves. What has no room anyway keeps none.
 */
function keepsRoom(
  cap: Cap,
  candidate: Candidate,
  counted: readonly Counted[],
  { situation, scheduled }: Scene,
): { readonly messages: number; readonly until: Date } | null {
  const { t } = situation;
  if (cap.lookAhead === undefined || scheduled.length === 0) return null;
  const horizon = addExactly(t, cap.lookAhead);
  const higher = scheduled
    .filter(({ at, priority }) => priority > candidate.priority && at <= horizon)
    .filter((one) => isCovered(cap.covers, one, one.channels[0] ?? ''))
    .map(({ at }) => (at > t ? at : t))
    .sort((a, b) => a.getTime() - b.getTime());
  const before = counted.map(({ at }) => at);
  let messages = 0;
  let until: Date | null = null;
  for (const at of higher) {
    const used = before.filter((time) => isWithin(cap, time, at, situation)).length;
    if (used >= cap.max) continue;
    before.push(at);
    messages += 1;
    if (until === null && used + (isWithin(cap, t, at, situation) ? 1 : 0) >= cap.max) until = at;
  }
  return until === null ? null : { messages, until: new Date(Math.max(until.getTime(), t.getTime() + overdueMs)) };
}

/** Whether what counted at a time still counts at a later one. Of calendar windows only the present one is told from those after it. */
function isWithin({ window }: Cap, time: Date, at: Date, { calendar }: Situation): boolean {
  if (window.kind === 'rolling') return addExactly(time, window.duration) > at;
  const { start, end } = calendar[window.unit];
  return time >= (at < end ? start : end);
}

/** When so many contacts have left the window that there is room for one. */
function freesAt(cap: Cap, counted: readonly Counted[], situation: Situation): Date {
  if (cap.window.kind === 'calendar') return situation.calendar[cap.window.unit].end;
  const last = counted[counted.length - cap.max];
  // A cap of none never has room.
  return last === undefined ? never : addExactly(last.at, cap.window.duration);
}

function windowName(cap: Cap): string {
  return cap.window.kind === 'calendar' ? `calendar ${cap.window.unit}` : shortDuration(cap.window.duration);
}

function shortDuration({ months, days, ms }: Duration): string {
  const parts = [months > 0 ? `${months}mo` : '', days > 0 ? `${days}d` : '', ms > 0 ? `${ms / 60_000}min` : ''];
  return parts.filter((part) => part !== '').join(' ');
}
