/** Conditions of journeys that ask for the last message before any step can have sent one. Names of steps are in `journey-names.ts`. */
import type { Condition } from '../ir.ts';
import { leavesOf } from '../reading.ts';
import { readCondition } from './condition.ts';
import { fault, type Place } from './place.ts';
import type { Inside } from './standpoint.ts';

/** The condition at the place; says when it reads the `last` message where none can have been sent. */
export function readConditionAt(place: Place, stand: Inside): Condition {
  const condition = readCondition(place, stand);
  const readsLast = leavesOf(condition).some((leaf) => leaf.kind === 'messages' && leaf.of.kind === 'last');
  if (readsLast && stand.messages !== null && stand.messages.size === 0) {
    const detail =
      'No step before this one sends a message, so there is no last one and this is never true. Ask after a `send`, or name the message of another journey.';
    fault(place, 'CMP153', detail);
  }
  return condition;
}
