/** What a condition reads: the compiler's knowledge of which facts can change it. Pure functions over the IR. */
import type { Condition, CountTest, EventSelection, TraitDefinition, ValueTest } from './ir.ts';
import { notRun } from './not-run.ts';

export interface Readers {
  readonly events: ReadonlySet<string>;
  readonly traits: ReadonlySet<string>;
  readonly segments: ReadonlySet<string>;
  /** Anchors of `since`. */
  readonly anchors: ReadonlySet<string>;
  readonly consents: boolean;
  readonly messages: boolean;
  /** Whether it may be true at the moment it is first looked at, with no new fact: anything but events since an anchor. */
  readonly states: boolean;
}

/** Collects what a condition reads. */
export function readersOf(condition: Condition): Readers {
  const readers = {
    events: new Set<string>(),
    traits: new Set<string>(),
    segments: new Set<string>(),
    anchors: new Set<string>(),
    consents: false,
    messages: false,
    states: false,
  };
  for (const leaf of leavesOf(condition)) {
    switch (leaf.kind) {
      case 'count':
      case 'sum':
        for (const type of leaf.events.types) readers.events.add(type);
        if (leaf.events.window.kind === 'since') readers.anchors.add(leaf.events.window.anchor);
        break;
      case 'trait':
        readers.traits.add(leaf.trait);
        break;
      case 'segment':
        readers.segments.add(leaf.segment);
        break;
      case 'consent':
        readers.consents = true;
        break;
      case 'message':
        readers.messages = true;
        break;
      case 'field':
        break;
    }
    readers.states ||= !isSince(leaf);
  }
  readers.states ||= holdsBeforeEvents(condition, false);
  return readers;
}

/** Whether time alone can change it. */
export function readsTime(condition: Condition): boolean {
  return leavesOf(condition).some((leaf) => {
    if (leaf.kind === 'count' || leaf.kind === 'sum') return leaf.events.window.kind === 'in_last';
    return (leaf.kind === 'trait' || leaf.kind === 'field') && isRelative(leaf.test);
  });
}

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

function isSince(leaf: Condition): boolean {
  return (leaf.kind === 'count' || leaf.kind === 'sum') && leaf.events.window.kind === 'since';
}

/** Whether some leaf that counts events is true, in its place under `not`, before anything happens. */
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

function isRelative(test: ValueTest): boolean {
  if (test.op === 'in_last' || test.op === 'in_next') return true;
  return (test.op === 'before' || test.op === 'after') && test.moment.kind !== 'instant';
}

/** The events that a computed trait reads. */
export function eventsOf(definition: TraitDefinition): EventSelection {
  return definition.kind === 'count' || definition.kind === 'sum' ? definition.events : notRun(definition.kind);
}
