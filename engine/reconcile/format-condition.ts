/**
 * Conditions in the words of the language, one line each: `{ trait: kyc_status, is: approved }`. For people who read a plan;
 * nothing evaluates or parses these texts.
 */
import { formatMoney } from '../compiler/decimals.ts';
import { formatDuration } from '../compiler/durations.ts';
import type { Condition, CountTest, EventSelection, PropertyTest, ValueTest, ValueType } from '../compiler/ir.ts';
import { notRun } from '../compiler/not-run.ts';
import { formatMoment, formatTyped } from './format-value.ts';

/** The parts of an `all`, or the condition itself as the only part. */
export function formatConditions(condition: Condition): readonly string[] {
  return condition.kind === 'all' ? condition.of.map(formatCondition) : [formatCondition(condition)];
}

/** One condition as it would be written in a file, in one line. */
export function formatCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return `{ ${condition.kind}: [${condition.of.map(formatCondition).join(', ')}] }`;
    case 'not':
      return formatNot(condition.of);
    case 'trait':
      return `{ trait: ${condition.trait}, ${formatTest(condition.test, condition.type)} }`;
    case 'field':
      return `{ field: entry.${condition.property}, ${formatTest(condition.test, condition.type)} }`;
    case 'count':
      return formatCount(condition.events, condition.test);
    case 'sum':
      return `{ ${formatEvents('event', condition.events)}, sum: { ${formatNumbers(condition.test, condition.unit)} } }`;
    case 'segment':
      return `{ segment: ${condition.segment} }`;
    case 'consent':
      return `{ consent: ${condition.purpose}${condition.channel === null ? '' : `, channel: ${condition.channel}`}, is: ${condition.is} }`;
    case 'message':
      return `{ message: ${formatList(condition.steps)}, status: ${condition.status} }`;
    default:
      return notRun(condition.kind);
  }
}

function formatNot(inner: Condition): string {
  if (inner.kind === 'count' && isOnce(inner.test)) return `{ ${formatEvents('never', inner.events)} }`;
  return `{ not: ${formatCondition(inner)} }`;
}

function formatCount(events: EventSelection, test: CountTest): string {
  if (isOnce(test)) return `{ ${formatEvents('event', events)} }`;
  if (test.op === 'is' && test.value === 0) return `{ ${formatEvents('never', events)} }`;
  return `{ ${formatEvents('event', events)}, count: { ${formatNumbers(test, null)} } }`;
}

function isOnce(test: CountTest): boolean {
  return (test.op === 'gte' && test.value === 1) || (test.op === 'gt' && test.value === 0);
}

function formatEvents(key: 'event' | 'never', events: EventSelection): string {
  const parts = [`${key}: ${formatList(events.types)}`];
  if (events.where.length > 0) parts.push(`where: ${formatPropertyTests(events.where)}`);
  if (events.window.kind === 'in_last') parts.push(`in_last: ${formatDuration(events.window.duration)}`);
  if (events.window.kind === 'since') parts.push(`since: ${events.window.anchor}`);
  return parts.join(', ');
}

/** The `where` of an event in one line. */
export function formatPropertyTests(tests: readonly PropertyTest[]): string {
  const each = tests.map(({ property, type, not, test }) => {
    const words = formatTest(test, type);
    return `${property}: { ${not ? `not: { ${words} }` : words} }`;
  });
  return `{ ${each.join(', ')} }`;
}

function formatTest(test: ValueTest, type: ValueType): string {
  switch (test.op) {
    case 'exists':
      return 'exists: true';
    case 'in':
      return `in: [${test.values.map((value) => formatTyped(value, type)).join(', ')}]`;
    case 'between':
      return `between: [${formatTyped(test.low, type)}, ${formatTyped(test.high, type)}]`;
    case 'before':
    case 'after':
      return `${test.op}: ${formatMoment(test.moment)}`;
    case 'in_last':
    case 'in_next':
      return `${test.op}: ${formatDuration(test.duration)}`;
    case 'matches':
    case 'same_as':
    case 'some':
    case 'anniversary_in_next':
    case 'anniversary_in_last':
      return notRun(test.op);
    default:
      return `${test.op}: ${formatTyped(test.value, type)}`;
  }
}

function formatNumbers(test: CountTest, unit: string | null): string {
  const word = (value: number) => (unit === null ? String(value) : formatMoney({ amount: value, currency: unit }));
  return test.op === 'between' ? `between: [${word(test.low)}, ${word(test.high)}]` : `${test.op}: ${word(test.value)}`;
}

function formatList(names: readonly string[]): string {
  return names.length === 1 ? String(names[0]) : `[${names.join(', ')}]`;
}
