/** Tests of a number that is made of many rows: a count, a sum, an average, points. Values of one row are in `values.ts`. */
import type { CountTest, Money } from '../ir.ts';
import { child, type Place } from './place.ts';
import { readBounds, readLiteral, type Typed } from './values.ts';

/** A test, and the currency of its constants: null for numbers without unit. */
export interface NumberTest {
  readonly test: CountTest;
  readonly unit: string | null;
}

/** Tests of a count or of a sum in minor units; for whole numbers `gt` and `lt` take their closed form. */
export function readNumberTests(place: Place, typed: Typed): readonly NumberTest[] {
  const tests: NumberTest[] = [];
  for (const op of ['is', 'gt', 'gte', 'lt', 'lte'] as const) {
    const operand = child(place, op);
    const value = operand === undefined ? undefined : readLiteral(operand, typed);
    if (value === undefined) continue;
    const number = typeof value === 'number' ? value : (value as Money).amount;
    tests.push({ test: typed.type === 'number' ? { op, value: number } : closed(op, number), unit: unitOf(value) });
  }
  const operand = child(place, 'between');
  const bounds = operand === undefined ? undefined : readBounds(operand, typed);
  if (bounds !== undefined) {
    const [low, high] = bounds.map((value) => (typeof value === 'number' ? value : (value as Money).amount)) as [
      number,
      number,
    ];
    const test: CountTest = low === high ? { op: 'is', value: low } : { op: 'between', low, high };
    tests.push({ test, unit: unitOf(bounds[0]) });
  }
  return tests;
}

function closed(op: 'is' | 'gt' | 'gte' | 'lt' | 'lte', value: number): CountTest {
  if (op === 'gt') return { op: 'gte', value: value + 1 };
  if (op === 'lt') return { op: 'lte', value: value - 1 };
  return { op, value };
}

function unitOf(value: unknown): string | null {
  return typeof value === 'number' ? null : (value as Money).currency;
}

/** The tests of a count of things. */
export function readCountTests(place: Place, label = 'the count'): readonly CountTest[] {
  return readNumberTests(place, { type: 'integer', values: null, label }).map(({ test }) => test);
}
