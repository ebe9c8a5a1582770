/**
 * References to messages of steps inside a `repeat` (LANGUAGE b22): read inside the same repeat they mean this round, from
 * outside the last one. Which of the two is known when a journey is linked; the condition is rewritten to say it.
 */
import type { Condition } from './ir.ts';

/** By the id of a step, the `repeat` steps around it, from the outermost in. */
export type Loops = ReadonlyMap<string, readonly string[]>;

/** The condition as read at a step inside the loops `reader`. */
export function inRounds(condition: Condition, loops: Loops, reader: readonly string[]): Condition {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return { ...condition, of: condition.of.map((one) => inRounds(one, loops, reader)) };
    case 'not':
      return { kind: 'not', of: inRounds(condition.of, loops, reader) };
    case 'message':
      return messageInRounds(condition, loops, reader);
    default:
      return condition;
  }
}

function messageInRounds(
  leaf: Extract<Condition, { readonly kind: 'message' }>,
  loops: Loops,
  reader: readonly string[],
): Condition {
  const byRound = new Map<string, { readonly round: ReturnType<typeof roundOf>; readonly steps: string[] }>();
  for (const step of leaf.steps) {
    const round = roundOf(loops.get(step) ?? [], reader);
    const key = JSON.stringify(round);
    const known = byRound.get(key);
    if (known === undefined) byRound.set(key, { round, steps: [step] });
    else known.steps.push(step);
  }
  const leaves = [...byRound.values()].map(
    ({ round, steps }): Condition => ({ ...leaf, steps, ...(round !== null && { round }) }),
  );
  return leaves.length === 1 ? (leaves[0] as Condition) : { kind: 'any', of: leaves };
}

/** Which round of a step inside `own` a reader inside `reader` means; null: the step has no rounds. */
function roundOf(
  own: readonly string[],
  reader: readonly string[],
): { readonly of: string | null; readonly isLast: boolean } | null {
  if (own.length === 0) return null;
  const shared = own.filter((loop) => reader.includes(loop));
  return { of: shared.at(-1) ?? null, isLast: shared.length < own.length };
}
