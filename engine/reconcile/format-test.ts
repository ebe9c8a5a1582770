/**
 * Tests of one value in the words of the language: `is: approved`, `between: [20 EUR, 40 EUR]`, and the `where` of events and rows.
 * For people who read; what is tested is said by `format-condition.ts`.
 */
import { formatMoney } from '../compiler/decimals.ts';
import { formatDuration } from '../compiler/durations.ts';
import type { CountTest, PropertyTest, ValueTest, ValueType } from '../compiler/ir.ts';
import { formatLiteral, formatMoment, formatRef, formatWord } from './format-value.ts';

/** `is_not` is the opposite of `is`; most operators have no word for theirs. */
export interface TestWords {
  readonly words: string;
  /** The words of the opposite, where the language has them. */
  readonly negated: string | null;
}

/** A test of one value, as it stands beside what is tested. */
export function formatTest(test: ValueTest, type: ValueType): string {
  return testWords(test, type).words;
}

/** The test and, where one operator says it, its opposite. */
export function testWords(test: ValueTest, type: ValueType): TestWords {
  switch (test.op) {
    case 'exists':
      return { words: 'exists: true', negated: 'exists: false' };
    case 'is':
      return withNegative('is', 'is_not', formatLiteral(test.value, type));
    case 'in':
      return withNegative('in', 'not_in', `[${test.values.map((value) => formatLiteral(value, type)).join(', ')}]`);
    case 'same_as':
      return withNegative('same_as', 'not_same_as', formatRef(test.ref));
    case 'between':
      return positive(`between: [${formatLiteral(test.low, type)}, ${formatLiteral(test.high, type)}]`);
    case 'before':
    case 'after':
      return positive(`${test.op}: ${formatMoment(test.moment)}`);
    case 'in_last':
    case 'in_next':
      return positive(`${test.op}: ${formatDuration(test.duration)}`);
    case 'anniversary_in_next':
    case 'anniversary_in_last': {
      const feb29 = test.feb29 === 'feb-28' ? '' : `, feb_29: ${test.feb29}`;
      return positive(`${test.op}: ${formatDuration(test.duration)}${feb29}`);
    }
    case 'matches':
      return positive(`matches: ${JSON.stringify(test.pattern)}`);
    case 'some':
      return positive(`some: ${formatPropertyTests(test.where)}`);
    case 'contains':
    case 'starts_with':
    case 'ends_with':
      return positive(`${test.op}: ${formatWord(test.value)}`);
    default:
      return positive(`${dated(test.op, type)}: ${formatLiteral(test.value, type)}`);
  }
}

/** A date against a day is stored as a number's comparison and written as a date's. */
function dated(op: 'gt' | 'gte' | 'lt' | 'lte', type: ValueType): string {
  if (type !== 'date') return op;
  return op === 'lt' ? 'before' : op === 'gte' ? 'after' : op;
}

function positive(words: string): TestWords {
  return { words, negated: null };
}

function withNegative(op: string, negative: string, operand: string): TestWords {
  return { words: `${op}: ${operand}`, negated: `${negative}: ${operand}` };
}

/** The `where` of events or rows in one line. */
export function formatPropertyTests(tests: readonly PropertyTest[]): string {
  const byProperty = new Map<string, string[]>();
  for (const one of tests) byProperty.set(one.property, [...(byProperty.get(one.property) ?? []), propertyWords(one)]);
  const each = [...byProperty].map(([property, words]) => {
    const [only, second] = words;
    const short = second === undefined ? /^is: (.*)$/.exec(only as string) : null;
    return `${property}: ${short === null ? `{ ${words.join(', ')} }` : short[1]}`;
  });
  return `{ ${each.join(', ')} }`;
}

function propertyWords({ type, not, test }: PropertyTest): string {
  const { words, negated } = testWords(test, type);
  if (!not) return words;
  return negated ?? `not: { ${words} }`;
}

/** A test of a count or an amount; `unit` is the currency of its minor units. */
export function formatNumberTest(test: CountTest, unit: string | null): string {
  const word = (value: number) => (unit === null ? String(value) : formatMoney({ amount: value, currency: unit }));
  return test.op === 'between' ? `between: [${word(test.low)}, ${word(test.high)}]` : `${test.op}: ${word(test.value)}`;
}
