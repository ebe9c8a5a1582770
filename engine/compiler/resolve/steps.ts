/** The steps of a journey: what each does, its guards and delays, and the ways that follow it. */
import type { StepAction, StepBody } from '../ir.ts';
import { readCondition } from './condition.ts';
import { atStep, atWait } from './journey-names.ts';
import { child, fault, isMap, items, type Place, textAt, textOf } from './place.ts';
import { readSend, type SendContext } from './send.ts';
import { readClock, readDuration } from './values.ts';

const verbs = ['send', 'wait', 'wait_for', 'branch', 'exit'] as const;
type Verb = (typeof verbs)[number];

/** A list of steps; missing is none. */
export function readSteps(list: Place | undefined, context: SendContext): readonly StepBody[] {
  const places = items(list);
  warnUnreachable(places);
  return places.flatMap((place) => readStep(place, context) ?? []);
}

/** What stands after an `exit` without `if` is a mistake of indentation more often than a plan. */
function warnUnreachable(places: readonly Place[]): void {
  const exit = places.findIndex((place) => child(place, 'exit') !== undefined && child(place, 'if') === undefined);
  const next = exit < 0 ? undefined : places[exit + 1];
  if (next !== undefined) {
    fault(
      next,
      'CMP054',
      'The step before always ends the journey, so nobody comes here. Move it, or give the `exit` an `if`.',
    );
  }
}

function readStep(place: Place, context: SendContext): StepBody | undefined {
  const found = verbs.filter((verb) => child(place, verb) !== undefined);
  const [verb, second] = found;
  if (verb === undefined || second !== undefined) {
    fault(
      place,
      'CMP051',
      `A step does one thing: ${verbs.map((one) => `\`${one}\``).join(', ')}. This version knows no others.`,
    );
    return undefined;
  }
  const id = textAt(place, 'id') ?? null;
  if (id === null && verb !== 'exit') {
    fault(
      place,
      'CMP051',
      'A step that holds people needs an `id`: it is how they are moved when the journey changes.',
    );
  }
  const after = child(place, 'after');
  const at = child(place, 'at');
  const condition = child(place, 'if');
  const order = orderOf(id, context);
  return {
    id,
    after: after === undefined ? null : readDuration(after),
    at: at === undefined ? null : readClock(at),
    if: condition === undefined ? null : readCondition(condition, atStep(context.names, order)),
    do: readAction(place, verb, { context, order }),
    // biome-ignore lint/suspicious/noThenProperty: the key of the language; a step is never awaited.
    then: readSteps(child(place, 'then'), context),
    otherwise: readSteps(child(place, 'otherwise'), context),
  };
}

/** Steps without id are exits: all that stands before them may be named, and they are named by nobody. */
function orderOf(id: string | null, context: SendContext): number {
  if (id === null) return Number.POSITIVE_INFINITY;
  return context.names.steps.get(id)?.order ?? Number.POSITIVE_INFINITY;
}

interface Standing {
  readonly context: SendContext;
  readonly order: number;
}

function readAction(place: Place, verb: Verb, { context, order }: Standing): StepAction {
  const inner = child(place, verb) as Place;
  switch (verb) {
    case 'send':
      return readSend(inner, context);
    case 'wait':
      return { kind: 'wait', duration: readWait(inner) };
    case 'wait_for':
      return {
        kind: 'wait_for',
        if: readCondition(inner, atWait(context.names, order)),
        for: readLimit(place),
      };
    case 'branch':
      return { kind: 'branch', arms: items(inner).map((arm) => readArm(arm, { context, order })) };
    case 'exit':
      return { kind: 'exit', as: textOf(inner) };
  }
}

function readWait(place: Place): Extract<StepAction, { readonly kind: 'wait' }>['duration'] {
  if (isMap(place.value)) fault(place, 'CMP006', 'This version waits for durations only: `wait: 2d`.');
  return isMap(place.value) ? { months: 0, days: 1, ms: 0 } : readDuration(place);
}

function readLimit(place: Place): Extract<StepAction, { readonly kind: 'wait_for' }>['for'] {
  const limit = child(place, 'for');
  if (limit !== undefined) return readDuration(limit);
  fault(place, 'CMP051', 'A `wait_for` says for how long: add `for: 2d`. Without a limit people would wait for ever.');
  return { months: 0, days: 1, ms: 0 };
}

function readArm(
  arm: Place,
  { context, order }: Standing,
): Extract<StepAction, { readonly kind: 'branch' }>['arms'][number] {
  const condition = child(arm, 'if');
  if (condition === undefined) fault(arm, 'CMP051', 'An arm of a branch says when it is taken: add `if`.');
  return {
    if: condition === undefined ? { kind: 'all', of: [] } : readCondition(condition, atStep(context.names, order)),
    steps: readSteps(child(arm, 'steps'), context),
  };
}
