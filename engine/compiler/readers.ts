/**
 * What can change the truth of a condition: the events, traits and segments it reads, and whether messages, consents or time
 * alone can. The runtime touches a condition only for these. No SQL here.
 */
import type { Condition, EventSelection, ValueTest } from './ir.ts';

export interface Readers {
  readonly events: ReadonlySet<string>;
  readonly traits: ReadonlySet<string>;
  readonly segments: ReadonlySet<string>;
  /** Reads statuses of messages of the enrollment. */
  readonly messages: boolean;
  readonly consents: boolean;
  /** Can turn with no new fact: a sliding window, a moment relative to now. */
  readonly time: boolean;
}

interface Gathered {
  readonly events: Set<string>;
  readonly traits: Set<string>;
  readonly segments: Set<string>;
  messages: boolean;
  consents: boolean;
  time: boolean;
}

/** What `condition` reads itself; segments are named, not followed. */
export function readersOf(condition: Condition): Readers {
  const found: Gathered = {
    events: new Set(),
    traits: new Set(),
    segments: new Set(),
    messages: false,
    consents: false,
    time: false,
  };
  gather(condition, found);
  return found;
}

function gather(condition: Condition, found: Gathered): void {
  switch (condition.kind) {
    case 'all':
    case 'any':
      for (const child of condition.of) gather(child, found);
      break;
    case 'not':
      gather(condition.of, found);
      break;
    case 'trait':
      found.traits.add(condition.trait);
      if (movesWithTime(condition.test)) found.time = true;
      break;
    case 'field':
      if (movesWithTime(condition.test)) found.time = true;
      break;
    case 'count':
    case 'sum':
      gatherEvents(condition.events, found);
      break;
    case 'segment':
      found.segments.add(condition.segment);
      break;
    case 'consent':
      found.consents = true;
      break;
    case 'message':
      found.messages = true;
      break;
  }
}

function gatherEvents(events: EventSelection, found: Gathered): void {
  for (const type of events.types) found.events.add(type);
  if (events.window.kind === 'in_last' || events.where.some(({ test }) => movesWithTime(test))) found.time = true;
}

function movesWithTime(test: ValueTest): boolean {
  switch (test.op) {
    case 'in_last':
    case 'in_next':
      return true;
    case 'before':
    case 'after':
      return test.moment.kind !== 'instant';
    default:
      return false;
  }
}
