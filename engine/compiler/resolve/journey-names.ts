/**
 * What the parts of one journey may name: its steps in the order of the file, which of them send, and the properties of the
 * facts that open it. And the standpoints of its conditions, made from that.
 */

import { suggest } from '../../diagnostics/suggest.ts';
import type { ValueType } from '../ir.ts';
import { child, fault, items, type Place, rangeOf, textOf } from './place.ts';
import type { Inside } from './standpoint.ts';

export interface StepName {
  readonly id: string;
  /** Place in the order of the file, over all nested lists. */
  readonly order: number;
  readonly sends: boolean;
}

export interface JourneyNames {
  readonly steps: ReadonlyMap<string, StepName>;
  readonly entryProperties: ReadonlyMap<string, ValueType>;
}

/** `since` and messages use these words for something else. */
const reservedIds = new Set(['entry', 'here', 'ever', 'last', 'any']);

/** The steps of a journey by id; says which ids are reserved or used twice. */
export function readStepNames(steps: Place | undefined): ReadonlyMap<string, StepName> {
  const names = new Map<string, StepName>();
  const places = new Map<string, Place>();
  for (const [order, step] of allSteps(steps).entries()) {
    const idPlace = child(step, 'id');
    if (idPlace === undefined) continue;
    const id = textOf(idPlace);
    const first = places.get(id);
    if (first !== undefined) {
      const related = [{ message: 'first used here', range: rangeOf(first) }];
      fault(
        idPlace,
        'CMP050',
        `Step ids are the migration contract of a journey, so \`${id}\` can't name two of them.`,
        { related },
      );
      continue;
    }
    if (reservedIds.has(id)) {
      fault(
        idPlace,
        'CMP004',
        `\`${id}\` has a meaning of its own where steps are named (\`since: ${id}\`). Choose another id.`,
      );
    }
    places.set(id, idPlace);
    names.set(id, { id, order, sends: child(step, 'send') !== undefined });
  }
  return names;
}

/** Every step, a parent before its children. */
function allSteps(steps: Place | undefined): readonly Place[] {
  return items(steps).flatMap((step) => [
    step,
    ...items(child(step, 'branch')).flatMap((arm) => allSteps(child(arm, 'steps'))),
    ...allSteps(child(step, 'then')),
    ...allSteps(child(step, 'otherwise')),
  ]);
}

/** Properties of the events that can open the journey; one that two events declare with two types can't be read. */
export function readEntryProperties(when: Place | undefined): ReadonlyMap<string, ValueType> {
  const properties = new Map<string, ValueType>();
  const clashing = new Set<string>();
  for (const trigger of items(when)) {
    for (const named of items(child(trigger, 'event'))) {
      const event = named.at.names.events.get(textOf(named));
      for (const [property, type] of Object.entries(event?.properties ?? {})) {
        if ((properties.get(property) ?? type) !== type) clashing.add(property);
        properties.set(property, type);
      }
    }
  }
  for (const property of clashing) properties.delete(property);
  return properties;
}

/** Read once at entry: nothing was sent, and nothing happened since. */
export function atEntry(names: JourneyNames): Inside {
  return {
    kind: 'inside',
    name: 'The `if` of an entry',
    defaultAnchor: null,
    anchors: new Set(),
    entryProperties: names.entryProperties,
    messages: null,
    faultStep: (place, id) => faultStep(place, id, { names, before: 0 }),
  };
}

/** A goal or an exit: watched all along, so it may name every step. */
export function atGoalOrExit(names: JourneyNames): Inside {
  return within(names, { name: 'A goal or exit', defaultAnchor: 'entry', before: Number.POSITIVE_INFINITY });
}

/** The `if` of a step or of an arm. */
export function atStep(names: JourneyNames, order: number): Inside {
  return within(names, { name: 'An `if`', defaultAnchor: null, before: order });
}

/** A `wait_for`: events count from the moment the wait began. */
export function atWait(names: JourneyNames, order: number): Inside {
  return within(names, { name: 'A `wait_for`', defaultAnchor: 'here', before: order });
}

interface Limits {
  readonly name: string;
  readonly defaultAnchor: 'entry' | 'here' | null;
  /** Steps from this one on can't have been done. */
  readonly before: number;
}

function within(names: JourneyNames, limits: Limits): Inside {
  const earlier = [...names.steps.values()].filter(({ order }) => order < limits.before);
  const anchors = new Set(['entry', ...earlier.map(({ id }) => id)]);
  if (limits.defaultAnchor === 'here') anchors.add('here');
  return {
    kind: 'inside',
    name: limits.name,
    defaultAnchor: limits.defaultAnchor,
    anchors,
    entryProperties: names.entryProperties,
    messages: new Set(earlier.filter(({ sends }) => sends).map(({ id }) => id)),
    faultStep: (place, id, wanted) => faultStep(place, id, { names, before: limits.before, wanted }),
  };
}

interface Reference {
  readonly names: JourneyNames;
  readonly before: number;
  readonly wanted?: 'message' | undefined;
}

function faultStep(place: Place, id: string, { names, before, wanted }: Reference): void {
  const step = names.steps.get(id);
  if (step === undefined) {
    const candidates = [...names.steps.values()].filter(({ sends }) => sends || wanted === undefined);
    const suggestion = suggest(
      id,
      candidates.map((one) => one.id),
    );
    fault(place, 'CMP018', `This journey has no step \`${id}\`. Name one of its own steps.`, { suggestion });
  } else if (wanted === 'message' && !step.sends) {
    fault(place, 'CMP052', `Step \`${id}\` sends nothing, so it has no message. Name a step with \`send\`.`);
  } else if (step.order >= before) {
    fault(place, 'CMP053', `Step \`${id}\` can't have been done when this is read. Name a step that stands before.`);
  }
}
