/**
 * Whether two leaves of conditions can hold together. Every answer is certain: where calendars or other tests leave it open, they
 * can. Pure functions over the compiled form.
 */
import { canonicalJson } from '../canonical.ts';
import type { Condition, ConsentState, CountTest, Duration, Moment, Value, ValueTest } from '../ir.ts';

/** A condition that holds no others. */
export type Leaf = Exclude<Condition, { readonly kind: 'all' | 'any' | 'not' }>;

export interface SignedLeaf {
  readonly leaf: Leaf;
  readonly not: boolean;
}

/** What a leaf is about: leaves with the same `key` test the same value. `words` for messages. */
export function sameSubject(leaf: Leaf): { readonly key: string; readonly words: string } {
  return { key: canonicalJson(subjectKey(leaf)), words: wordsOf(leaf) };
}

/** What leaves must share to be worth comparing: their subject, whatever the window of its events. */
export function matterOf(leaf: Leaf): string {
  return 'events' in leaf ? canonicalJson([leaf.kind, leaf.events.types]) : sameSubject(leaf).key;
}

function subjectKey(leaf: Leaf): unknown {
  switch (leaf.kind) {
    case 'consent':
      return [leaf.kind, leaf.purpose, leaf.channel];
    case 'persona':
      return [leaf.kind, leaf.persona];
    case 'journey':
    case 'message':
    case 'segment':
    case 'tier':
    case 'identified':
      return leaf;
    default: {
      const { test: _test, ...subject } = leaf;
      return subject;
    }
  }
}

function wordsOf(leaf: Leaf): string {
  switch (leaf.kind) {
    case 'trait':
      return `trait \`${leaf.trait}\``;
    case 'field':
      return `field \`entry.${leaf.property}\``;
    case 'entity_field':
      return `field \`${leaf.entity}.${leaf.field}\``;
    case 'count':
    case 'sum':
    case 'aggregate':
      return `the events \`${leaf.events.types.join('`, `')}\``;
    case 'first':
    case 'last':
      return `the ${leaf.kind} \`${leaf.events.types.join('`, `')}\``;
    case 'segment':
      return `segment \`${leaf.segment}\``;
    case 'consent':
      return `consent \`${leaf.purpose}\``;
    case 'persona':
      return `persona \`${leaf.persona}\``;
    case 'entity':
      return `entity \`${leaf.entity}\``;
    case 'points':
    case 'tier':
    case 'gained':
      return `programme \`${leaf.program}\``;
    case 'journey':
      return `journey \`${leaf.journey}\``;
    case 'message':
      return `the message of \`${leaf.steps.join('`, `')}\``;
    case 'messages':
      return 'the messages';
    case 'identified':
      return 'the person';
  }
}

/** Whether no person satisfies both. */
export function excludeEachOther(a: SignedLeaf, b: SignedLeaf): boolean {
  if (a.not !== b.not && canonicalJson(a.leaf) === canonicalJson(b.leaf)) return true;
  if (neverAndOnce(a, b) || neverAndOnce(b, a)) return true;
  if (sameSubject(a.leaf).key !== sameSubject(b.leaf).key) return false;
  if (a.leaf.kind === 'consent' && b.leaf.kind === 'consent')
    return !a.not && !b.not && statesExclude(a.leaf.is, b.leaf.is);
  if (a.leaf.kind === 'persona' && b.leaf.kind === 'persona') {
    const others = b.leaf.in;
    return !a.not && !b.not && !a.leaf.in.some((one) => others.includes(one));
  }
  if (!('test' in a.leaf) || !('test' in b.leaf)) return false;
  return testsExclude({ not: a.not, test: a.leaf.test }, { not: b.not, test: b.leaf.test });
}

/** Confirmed and pending are granted, too. */
function statesExclude(a: ConsentState, b: ConsentState): boolean {
  const isGranted = (state: ConsentState) => state === 'confirmed' || state === 'pending';
  return a !== b && !(a === 'granted' && isGranted(b)) && !(b === 'granted' && isGranted(a));
}

/** Whether one of the two always holds: a leaf and its opposite, or negations of different values. */
export function nothingEscapes(a: SignedLeaf, b: SignedLeaf): boolean {
  if (a.not !== b.not) return canonicalJson(a.leaf) === canonicalJson(b.leaf);
  if (!a.not || sameSubject(a.leaf).key !== sameSubject(b.leaf).key) return false;
  return excludeEachOther({ ...a, not: false }, { ...b, not: false });
}

/** `never` of all time, and such an event in any window. */
function neverAndOnce(never: SignedLeaf, other: SignedLeaf): boolean {
  if (never.leaf.kind !== 'count' || other.leaf.kind !== 'count' || !never.not || other.not) return false;
  const isNever = canonicalJson(never.leaf.test) === canonicalJson({ op: 'gte', value: 1 });
  if (!isNever || never.leaf.events.window.kind !== 'ever' || holdsOfNone(other.leaf.test)) return false;
  const { window: _own, ...all } = never.leaf.events;
  const { window: _other, ...some } = other.leaf.events;
  return canonicalJson(all) === canonicalJson(some);
}

function holdsOfNone(test: CountTest): boolean {
  if (test.op === 'between') return test.low <= 0;
  return test.op === 'lte' || test.op === 'lt' || test.value <= 0;
}

type Test = ValueTest | CountTest;
interface SignedTest {
  readonly not: boolean;
  readonly test: Test;
}

function testsExclude(a: SignedTest, b: SignedTest): boolean {
  if (a.test.op === 'exists' && a.not) return !b.not;
  if (b.test.op === 'exists' && b.not) return !a.not;
  const [one, other] = [listOf(a.test), listOf(b.test)];
  if (one !== null && other !== null) {
    if (!a.not && !b.not) return !one.some((value) => other.includes(value));
    if (!a.not && b.not) return one.every((value) => other.includes(value));
    if (a.not && !b.not) return other.every((value) => one.includes(value));
    return false;
  }
  const [left, right] = [rangeOf(a), rangeOf(b)];
  if (left !== null && right !== null) return areApart(left, right) || areApart(right, left);
  if (a.not || b.not) return false;
  const [early, late] = [timesOf(a.test), timesOf(b.test)];
  return early !== null && late !== null && (endsBefore(early, late) || endsBefore(late, early));
}

/** The values that satisfy the test, as canonical texts; null where they aren't listed. */
function listOf(test: Test): readonly string[] | null {
  if (test.op === 'is') return [canonicalJson(test.value)];
  return test.op === 'in' ? test.values.map((value) => canonicalJson(value)) : null;
}

interface Range {
  readonly unit: string | null;
  readonly low: number;
  readonly lowOpen: boolean;
  readonly high: number;
  readonly highOpen: boolean;
}

/** The amounts that satisfy the test; null where it isn't about amounts. A negation also holds of what is missing. */
function rangeOf({ test, not }: SignedTest): Range | null {
  const range = positiveRange(test);
  if (range === null || !not) return range;
  const isLow = range.low === Number.NEGATIVE_INFINITY;
  const isHigh = range.high === Number.POSITIVE_INFINITY;
  if (isLow === isHigh) return null;
  if (isHigh) return { ...range, low: Number.NEGATIVE_INFINITY, high: range.low, highOpen: !range.lowOpen };
  return { ...range, low: range.high, lowOpen: !range.highOpen, high: Number.POSITIVE_INFINITY };
}

function positiveRange(test: Test): Range | null {
  switch (test.op) {
    case 'is':
      return between(test.value, test.value);
    case 'between':
      return between(test.low, test.high);
    case 'gt':
    case 'gte': {
      const low = amountOf(test.value);
      if (low === null) return null;
      return { ...low, low: low.amount, lowOpen: test.op === 'gt', high: Number.POSITIVE_INFINITY, highOpen: false };
    }
    case 'lt':
    case 'lte': {
      const high = amountOf(test.value);
      if (high === null) return null;
      return { ...high, low: Number.NEGATIVE_INFINITY, lowOpen: false, high: high.amount, highOpen: test.op === 'lt' };
    }
    default:
      return null;
  }
}

function between(from: Value, to: Value): Range | null {
  const low = amountOf(from);
  const high = amountOf(to);
  if (low === null || high === null) return null;
  return { unit: low.unit, low: low.amount, lowOpen: false, high: high.amount, highOpen: false };
}

function amountOf(value: Value): { readonly unit: string | null; readonly amount: number } | null {
  if (typeof value === 'number') return { unit: null, amount: value };
  if (typeof value !== 'object' || !('currency' in value)) return null;
  return { unit: value.currency, amount: value.amount };
}

function areApart(below: Range, above: Range): boolean {
  if (below.unit !== above.unit) return true;
  if (below.high < above.low) return true;
  return below.high === above.low && (below.highOpen || above.lowOpen);
}

/** After `low` and up to `high`; null is without bound. */
interface Times {
  readonly low: Moment | null;
  readonly high: Moment | null;
}

const now: Moment = { kind: 'ago', duration: { months: 0, days: 0, ms: 0 } };

function timesOf(test: Test): Times | null {
  switch (test.op) {
    case 'before':
      return { low: null, high: test.moment };
    case 'after':
      return { low: test.moment, high: null };
    case 'in_last':
      return { low: { kind: 'ago', duration: test.duration }, high: now };
    case 'in_next':
      return { low: now, high: { kind: 'ahead', duration: test.duration } };
    default:
      return null;
  }
}

function endsBefore(one: Times, other: Times): boolean {
  return one.high !== null && other.low !== null && isNotAfter(one.high, other.low);
}

/** Whether the first moment is certainly not after the second. */
function isNotAfter(a: Moment, b: Moment): boolean {
  if (a.kind === 'instant' && b.kind === 'instant') return a.at <= b.at;
  const [left, right] = [distanceOf(a), distanceOf(b)];
  if (left === null || right === null) return false;
  const months = right.months - left.months;
  const days = right.days - left.days;
  const monthDays = months >= 0 ? 28 : 31;
  return months * monthDays + days >= 0;
}

/** How far from now, ahead counted up, in months and days; null for other moments. */
function distanceOf(moment: Moment): { readonly months: number; readonly days: number } | null {
  if (moment.kind !== 'ago' && moment.kind !== 'ahead') return null;
  const sign = moment.kind === 'ago' ? -1 : 1;
  const { months, days, ms }: Duration = moment.duration;
  return { months: sign * months, days: sign * (days + ms / 86_400_000) };
}
