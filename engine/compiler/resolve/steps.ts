/** The steps of a journey: what each does, its guards and delays, and the ways that follow it. */
import type { StepAction, StepBody } from '../ir.ts';
import { readCondition } from './condition.ts';
import { atStep, atWait, orderOf } from './journey-names.ts';
import { child, demand, fault, items, type Place, textAt, textOf } from './place.ts';
import { readSend, type SendContext } from './send.ts';
import { readDuration } from './values.ts';

const verbs = ['send', 'wait', 'wait_for', 'branch', 'exit'] as const;
type Verb = (typeof verbs)[number];
type Arm = Extract<StepAction, { readonly kind: 'branch' }>['arms'][number];

/** A list of steps; missing is none. */
export function readSteps(list: Place | undefined, context: SendContext): readonly StepBody[] {
  const places = items(list);
  warnUnreachable(places);
  return places.map((place) => readStep(place, context));
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

function readStep(place: Place, context: SendContext): StepBody {
  const verb = verbs.find((one) => child(place, one) !== undefined);
  if (verb === undefined) throw new Error('assertion failed: a valid step has a verb');
  const after = child(place, 'after');
  const condition = child(place, 'if');
  const order = orderOf(place, context.names);
  return {
    id: textAt(place, 'id') ?? null,
    after: after === undefined ? null : readDuration(after),
    at: textAt(place, 'at') ?? null,
    if: condition === undefined ? null : readCondition(condition, atStep(context.names, order)),
    do: readAction(place, verb, { context, order }),
    // biome-ignore lint/suspicious/noThenProperty: the key of the language; a step is never awaited.
    then: readSteps(child(place, 'then'), context),
    otherwise: readSteps(child(place, 'otherwise'), context),
  };
}

interface Standing {
  readonly context: SendContext;
  readonly order: number;
}

function readAction(place: Place, verb: Verb, { context, order }: Standing): StepAction {
  const inner = demand(place, verb);
  switch (verb) {
    case 'send':
      return readSend(inner, context);
    case 'wait':
      return { kind: 'wait', duration: readDuration(inner) };
    case 'wait_for': {
      const condition = readCondition(inner, atWait(context.names, order));
      return { kind: 'wait_for', if: condition, for: readDuration(demand(place, 'for')) };
    }
    case 'branch':
      return { kind: 'branch', arms: items(inner).map((arm) => readArm(arm, { context, order })) };
    case 'exit':
      return { kind: 'exit', as: textOf(inner) };
  }
}

function readArm(arm: Place, { context, order }: Standing): Arm {
  return {
    if: readCondition(demand(arm, 'if'), atStep(context.names, order)),
    steps: readSteps(child(arm, 'steps'), context),
  };
}
