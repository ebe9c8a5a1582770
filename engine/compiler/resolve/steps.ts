/** The steps of a journey: what each does, its guards and delays, and the ways that follow it. What verbs read is in files of their own. */
import type { StepAction, StepBody } from '../ir.ts';
import { readAward, readCall, readConsentChange, readRedeem, readStart, readUpdate, readWebhook } from './acts.ts';
import { readConditionAt } from './check-messages.ts';
import { checkArms, checkGoto } from './check-ways.ts';
import { atRepeat, atStep } from './journey-names.ts';
import { child, demand, items, type Place, textAt, textOf } from './place.ts';
import { readSend, type SendContext } from './send.ts';
import { readSplit } from './split.ts';
import { readSwitch } from './switch.ts';
import { durationAt, readDuration } from './values.ts';
import { readDays, readStepTime, readWait, readWaitFor } from './waits.ts';

const verbs = [
  'send',
  'wait',
  'wait_for',
  'branch',
  'switch',
  'split',
  'repeat',
  'update',
  'consent',
  'award',
  'redeem',
  'call',
  'webhook',
  'start',
  'goto',
  'exit',
] as const;
type Verb = (typeof verbs)[number];
type Arm = Extract<StepAction, { readonly kind: 'branch' }>['arms'][number];

/** A list of steps; missing is none. */
export function readSteps(list: Place | undefined, context: SendContext): readonly StepBody[] {
  return items(list).map((place) => readStep(place, context));
}

function readStep(place: Place, context: SendContext): StepBody {
  const verb = verbs.find((one) => child(place, one) !== undefined);
  if (verb === undefined) throw new Error('assertion failed: a valid step has a verb');
  const at = child(place, 'at');
  const days = child(place, 'days');
  const condition = child(place, 'if');
  const order = context.names.flow.orderOf(place);
  const step: StepBody = {
    id: textAt(place, 'id') ?? null,
    after: durationAt(place, 'after'),
    at: at === undefined ? null : readStepTime(at),
    ...(days !== undefined && { days: readDays(days) }),
    if: condition === undefined ? null : readConditionAt(condition, atStep(context.names, order)),
    do: readAction(place, verb, { context, order }),
    // biome-ignore lint/suspicious/noThenProperty: the key of the language; a step is never awaited.
    then: readSteps(child(place, 'then'), context),
    otherwise: readSteps(child(place, 'otherwise'), context),
  };
  checkArms(place, step);
  return step;
}

interface Standing {
  readonly context: SendContext;
  readonly order: number;
}

function readAction(place: Place, verb: Verb, standing: Standing): StepAction {
  const { context, order } = standing;
  const { names } = context;
  const inner = demand(place, verb);
  const reading = { names, order, readSteps: (list: Place | undefined) => readSteps(list, context) };
  switch (verb) {
    case 'send':
      return readSend(inner, context, order);
    case 'wait':
      return readWait(inner, names, order);
    case 'wait_for':
      return readWaitFor(place, reading);
    case 'branch':
      return { kind: 'branch', arms: items(inner).map((arm) => readArm(arm, standing)) };
    case 'switch':
      return readSwitch(place, reading);
    case 'split':
      return readSplit(place, reading);
    case 'repeat':
      return readRepeat(place, standing);
    case 'goto':
      checkGoto(inner, names, order);
      return { kind: 'goto', step: textOf(inner) };
    case 'exit':
      return { kind: 'exit', as: textOf(inner) };
    default:
      return readAct(inner, verb, standing);
  }
}

type Act = 'update' | 'consent' | 'award' | 'redeem' | 'call' | 'webhook' | 'start';

function readAct(inner: Place, verb: Act, { context, order }: Standing): StepAction {
  switch (verb) {
    case 'update':
      return readUpdate(inner, context.names, order);
    case 'consent':
      return readConsentChange(inner);
    case 'award':
      return readAward(inner);
    case 'redeem':
      return readRedeem(inner);
    case 'call':
      return readCall(inner);
    case 'webhook':
      return readWebhook(inner);
    case 'start':
      return readStart(inner);
  }
}

function readArm(arm: Place, { context, order }: Standing): Arm {
  return {
    if: readConditionAt(demand(arm, 'if'), atStep(context.names, order)),
    steps: readSteps(child(arm, 'steps'), context),
  };
}

function readRepeat(place: Place, { context, order }: Standing): StepAction {
  const repeat = demand(place, 'repeat');
  const until = child(repeat, 'until');
  return {
    kind: 'repeat',
    every: readDuration(demand(repeat, 'every')),
    max: Number(textOf(demand(repeat, 'max'))),
    until: until === undefined ? null : readConditionAt(until, atRepeat(context.names, order)),
    steps: readSteps(child(place, 'steps'), context),
  };
}
