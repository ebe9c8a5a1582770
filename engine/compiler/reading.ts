/** What conditions are made of and what time does to them: pure functions over the IR. Who reads what is in `readers.ts`. */
import type { Condition, CountTest, Moment, ValueTest } from './ir.ts';

/** The leaves, from left to right. */
export function leavesOf(
  condition: Condition,
): readonly Exclude<Condition, { readonly kind: 'all' | 'any' | 'not' }>[] {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.of.flatMap(leavesOf);
    case 'not':
      return leavesOf(condition.of);
    default:
      return [condition];
  }
}

/** Whether some leaf about events is true, in its place under `not`, before anything happens. */
export function holdsBeforeEvents(condition: Condition, negated: boolean): boolean {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.of.some((child) => holdsBeforeEvents(child, negated));
    case 'not':
      return holdsBeforeEvents(condition.of, !negated);
    case 'count':
    case 'sum':
      return holdsOfNothing(condition.test) !== negated;
    case 'aggregate':
      return (condition.fn === 'distinct' && holdsOfNothing(condition.test)) !== negated;
    case 'first':
    case 'last':
      return negated;
    default:
      return false;
  }
}

/** Whether no event at all, hence a count or sum of zero, passes. */
function holdsOfNothing(test: CountTest): boolean {
  switch (test.op) {
    case 'is':
      return test.value === 0;
    case 'gt':
      return test.value < 0;
    case 'gte':
      return test.value <= 0;
    case 'lt':
      return test.value > 0;
    case 'lte':
      return test.value >= 0;
    case 'between':
      return test.low <= 0 && test.high >= 0;
  }
}

/** Whether time alone can change what the test says of a value. */
export function changesWithTime(test: ValueTest): boolean {
  switch (test.op) {
    case 'in_last':
    case 'in_next':
    case 'anniversary_in_next':
    case 'anniversary_in_last':
      return true;
    case 'before':
    case 'after':
      return moves(test.moment);
    case 'some':
      return test.where.some((one) => changesWithTime(one.test));
    default:
      return false;
  }
}

/** Whether the test compares with something of the person: a value of his, or his zone, in which dates begin. */
export function readsPerson(test: ValueTest): boolean {
  switch (test.op) {
    case 'same_as':
    case 'before':
    case 'after':
    case 'in_last':
    case 'in_next':
    case 'anniversary_in_next':
    case 'anniversary_in_last':
      return true;
    case 'some':
      return test.where.some((one) => readsPerson(one.test));
    default:
      return false;
  }
}

/** Whether the moment moves with the time. One that is relative to a value moves with that value. */
export function moves({ kind }: Moment): boolean {
  return kind === 'ago' || kind === 'ahead' || kind === 'today';
}

/** Whether the condition is made of tests of traits alone, of which none reads a zone, the time or another trait of the person. */
export function readsOnlyTraits(condition: Condition): boolean {
  return leavesOf(condition).every((leaf) => leaf.kind === 'trait' && !readsPerson(leaf.test));
}
