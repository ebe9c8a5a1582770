/**
 * Whether a condition, when true, makes another one true: by form alone, so "no" can also mean "not seen". Pure functions over
 * the IR; nothing is known here of what traits and events hold.
 */
import { canonicalJson } from './canonical.ts';
import type { Condition, CountTest, Value, ValueTest } from './ir.ts';

/** Whether `b` is true of everyone of whom `a` is. */
export function implies(a: Condition, b: Condition): boolean {
  if (a.kind === b.kind && canonicalJson(a) === canonicalJson(b)) return true;
  if (b.kind === 'all') return b.of.every((one) => implies(a, one));
  if (a.kind === 'any') return a.of.every((one) => implies(one, b));
  if (a.kind === 'all' && a.of.some((one) => implies(one, b))) return true;
  if (b.kind === 'any') return b.of.some((one) => implies(a, one));
  if (a.kind === 'not' && b.kind === 'not') return implies(b.of, a.of);
  if (b.kind === 'not') return excludes(a, b.of);
  return leafImplies(a, b);
}

/** Whether both can't be true at once, since they want different values of one thing. */
function excludes(a: Condition, b: Condition): boolean {
  if (!sameSubject(a, b) || !('test' in a) || !('test' in b)) return false;
  const wanted = valuesOf(a.test);
  const refused = valuesOf(b.test);
  if (wanted === null || refused === null) return false;
  const texts = refused.map(canonicalJson);
  return wanted.every((value) => !texts.includes(canonicalJson(value)));
}

function leafImplies(a: Condition, b: Condition): boolean {
  if (a.kind === 'persona' && b.kind === 'persona') {
    return a.persona === b.persona && a.in.every((one) => b.in.includes(one));
  }
  if (!sameSubject(a, b) || !('test' in a) || !('test' in b)) return false;
  return testImplies(a.test, b.test);
}

/** Whether they differ by their test alone. */
function sameSubject(a: Condition, b: Condition): boolean {
  if (a.kind !== b.kind || !('test' in a) || !('test' in b)) return false;
  return canonicalJson({ ...a, test: null }) === canonicalJson({ ...b, test: null });
}

type Test = ValueTest | CountTest;

function testImplies(a: Test, b: Test): boolean {
  if (canonicalJson(a) === canonicalJson(b) || b.op === 'exists') return true;
  const values = valuesOf(a);
  if (values !== null) return values.every((value) => holds(value, b));
  const inner = boundsOf(a);
  const outer = boundsOf(b);
  if (inner === null || outer === null || inner.unit !== outer.unit) return false;
  const lowFits = inner.low > outer.low || (inner.low === outer.low && (inner.lowIn ? outer.lowIn : true));
  const highFits = inner.high < outer.high || (inner.high === outer.high && (inner.highIn ? outer.highIn : true));
  return lowFits && highFits;
}

/** The only values that pass; null: more than can be named. */
function valuesOf(test: Test): readonly Value[] | null {
  if (test.op === 'is') return [test.value];
  return test.op === 'in' ? test.values : null;
}

function holds(value: Value, test: Test): boolean {
  const values = valuesOf(test);
  if (values !== null) return values.some((one) => canonicalJson(one) === canonicalJson(value));
  const bounds = boundsOf(test);
  const number = numberOf(value);
  if (bounds === null || number === null || number.unit !== bounds.unit) return false;
  const { low, lowIn, high, highIn } = bounds;
  return (
    (number.amount > low || (lowIn && number.amount === low)) &&
    (number.amount < high || (highIn && number.amount === high))
  );
}

interface Bounds {
  readonly unit: string | null;
  readonly low: number;
  readonly lowIn: boolean;
  readonly high: number;
  readonly highIn: boolean;
}

const open = { low: Number.NEGATIVE_INFINITY, lowIn: true, high: Number.POSITIVE_INFINITY, highIn: true } as const;

function boundsOf(test: Test): Bounds | null {
  switch (test.op) {
    case 'gt':
    case 'gte': {
      const low = numberOf(test.value);
      return low === null ? null : { ...open, unit: low.unit, low: low.amount, lowIn: test.op === 'gte' };
    }
    case 'lt':
    case 'lte': {
      const high = numberOf(test.value);
      return high === null ? null : { ...open, unit: high.unit, high: high.amount, highIn: test.op === 'lte' };
    }
    case 'between': {
      const low = numberOf(test.low);
      const high = numberOf(test.high);
      if (low === null || high === null) return null;
      return { ...open, unit: low.unit, low: low.amount, high: high.amount };
    }
    default:
      return null;
  }
}

function numberOf(value: Value): { readonly amount: number; readonly unit: string | null } | null {
  if (typeof value === 'number') return { amount: value, unit: null };
  if (typeof value !== 'object' || !('amount' in value)) return null;
  return { amount: value.amount, unit: value.currency };
}
