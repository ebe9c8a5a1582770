/** Conditions put together, in canonical form: nested `all` and `any` are flattened, sorted and without repetitions. */
import { asSet } from '../canonical.ts';
import type { Condition } from '../ir.ts';

/** Stands for what couldn't be resolved; the mistake has been said, so no bundle comes of it. */
export const unresolved: Condition = { kind: 'all', of: [] };

/** All of them. */
export function allOf(conditions: readonly Condition[]): Condition {
  return combine('all', conditions);
}

/** Any of them. */
export function anyOf(conditions: readonly Condition[]): Condition {
  return combine('any', conditions);
}

function combine(kind: 'all' | 'any', conditions: readonly Condition[]): Condition {
  const of = asSet(conditions.flatMap((one) => (one.kind === kind ? one.of : [one])));
  const only = of[0];
  return of.length === 1 && only !== undefined ? only : { kind, of };
}

/** Not it. */
export function negate(condition: Condition): Condition {
  return condition.kind === 'not' ? condition.of : { kind: 'not', of: condition };
}
