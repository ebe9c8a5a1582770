/**
 * What this version compiles and doesn't run: the one list, by form of the compiled language. Plan says it, apply refuses it,
 * so the engine never meets it; `notRun` stands where it would. A form leaves this file when the engine learns it.
 */
import { builtInEvents } from './built-ins.ts';
import { asSet, compareText } from './canonical.ts';
import type {
  Bundle,
  BundleResource,
  Condition,
  CountryBody,
  EventSelection,
  JourneyBody,
  LoyaltyBody,
  PressureBody,
  StepBody,
  TraitBody,
  Trigger,
} from './ir.ts';

/** A resource that is kept from the engine. */
export interface Held {
  /** `kind/id`. */
  readonly resource: string;
  /** What it uses that isn't run yet, as written in files: `split`, `kind: loyalty`. Sorted; empty when only `needs` holds it. */
  readonly forms: readonly string[];
  /** `kind/id` of held resources that it needs; sorted. */
  readonly needs: readonly string[];
  /** A draft runs nowhere anyway, so it stands in nobody's way. */
  readonly isDraft: boolean;
}

/** The bundle without what is held; its digest stays that of the whole. */
export function runnable(bundle: Bundle): Bundle {
  return { ...bundle, resources: splitHeld(bundle).run };
}

interface Split {
  readonly run: readonly BundleResource[];
  readonly held: readonly Held[];
}

/** Planning and applying ask several times. */
const splits = new WeakMap<Bundle, Split>();

/** Splits a bundle into what the engine runs and what is held: forms not run by this version, and what needs them. */
export function splitHeld(bundle: Bundle): Split {
  const known = splits.get(bundle) ?? splitAnew(bundle);
  splits.set(bundle, known);
  return known;
}

function splitAnew(bundle: Bundle): Split {
  const forms = new Map(bundle.resources.map((one) => [nameOf(one), asSet(formsOf(one))]));
  const isHeld = new Set([...forms].filter(([, used]) => used.length > 0).map(([name]) => name));
  for (let grew = true; grew; ) {
    grew = false;
    for (const one of bundle.resources) {
      if (isHeld.has(nameOf(one)) || !one.needs.some((name) => isHeld.has(name))) continue;
      isHeld.add(nameOf(one));
      grew = true;
    }
  }
  const held = bundle.resources
    .filter((one) => isHeld.has(nameOf(one)) && one.kind !== 'test')
    .map((one) => ({
      resource: nameOf(one),
      forms: forms.get(nameOf(one)) ?? [],
      needs: one.needs.filter((name) => isHeld.has(name)).sort(compareText),
      isDraft: one.kind === 'journey' && one.body.status === 'draft',
    }));
  return { run: bundle.resources.filter((one) => !isHeld.has(nameOf(one)) && one.kind !== 'test'), held };
}

/** Stands where the engine would meet a form that `splitHeld` keeps from it. */
export function notRun(form: string): never {
  throw new Error(`assertion failed: \`${form}\` is held back by plan and apply`);
}

function nameOf(resource: BundleResource): string {
  return `${resource.kind}/${resource.id}`;
}

/** The forms of the resource that aren't run, in the words of the files. */
function formsOf(resource: BundleResource): readonly string[] {
  switch (resource.kind) {
    case 'trait':
      return inTrait(resource.body);
    case 'country':
      return inCountry(resource.body);
    case 'segment':
      return inCondition(resource.body.where);
    case 'destination':
      return resource.body.type === 'webhook' ? [] : [`type: ${resource.body.type} of a destination`];
    case 'persona':
      return resource.body.fresh === null ? [] : inCondition(resource.body.fresh);
    case 'source':
      return resource.body.path === undefined ? [] : ['path of a source'];
    case 'pressure':
      return inPressure(resource.body);
    case 'loyalty':
      return inLoyalty(resource.body);
    case 'journey':
      return inJourney(resource.body);
    default:
      return [];
  }
}

function inLoyalty({ members, earn, challenges, referral, rewards }: LoyaltyBody): readonly string[] {
  return [
    ...(challenges.length === 0 ? [] : ['challenges']),
    ...(referral === null ? [] : ['referral']),
    ...rewards.flatMap((reward) => [
      ...(reward.stock === null ? [] : ['stock of a reward']),
      ...('codes' in reward.give ? ['codes of a reward'] : []),
      ...(reward.where === null ? [] : inCondition(reward.where)),
    ]),
    ...(members === null ? [] : inCondition(members)),
    ...earn.flatMap((rule) => [...(rule.if === null ? [] : inCondition(rule.if)), ...inEvents(rule.when)]),
  ];
}

function inTrait(body: TraitBody): readonly string[] {
  if (body.origin === 'sourced') return [];
  const { definition } = body;
  if ('events' in definition) return inEvents(definition.events);
  switch (definition.kind) {
    case 'score':
      return definition.of.flatMap((part) => inCondition(part.if));
    case 'cases':
      return definition.cases.flatMap((one) => inCondition(one.if));
    case 'quantile':
    case 'shares':
      return definition.among === null ? [] : inCondition(definition.among);
    default:
      return [];
  }
}

function inCondition(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.of.flatMap(inCondition);
    case 'not':
      return inCondition(condition.of);
    case 'count':
    case 'sum':
    case 'aggregate':
    case 'first':
    case 'last':
      return inEvents(condition.events);
    default:
      return [];
  }
}

function inEvents({ types, followed }: EventSelection): readonly string[] {
  return inTypes([...types, ...(followed?.types ?? [])]);
}

/** Events of ours that the engine records; the others have no one yet who tells them. */
const told: ReadonlySet<string> = new Set([
  'message_queued',
  'message_sent',
  'message_delivered',
  'message_seen',
  'message_clicked',
  'message_acted',
  'message_replied',
  'message_bounced',
  'message_failed',
  'journey_entered',
  'journey_exited',
  'consent_changed',
  'identified',
  'reward_redeemed',
  'points_earned',
  'points_redeemed',
  'points_held',
  'points_returned',
  'points_reversed',
  'points_expired',
  'points_expiring',
  'tier_changed',
  // The desk tells it.
  'call_closed',
]);

function inTypes(types: readonly string[]): readonly string[] {
  return types.filter((type) => builtInEvents.has(type) && !told.has(type)).map((type) => `event ${type}`);
}

function inCountry(body: CountryBody): readonly string[] {
  return [
    ...inCondition(body.where),
    ...body.consent.flatMap(({ unless }) => (unless === null ? [] : inCondition(unless))),
    ...body.caps.flatMap(({ where }) => (where === undefined ? [] : inCondition(where))),
  ];
}

function inPressure({ caps, mute, quietHours }: PressureBody): readonly string[] {
  return [...caps, ...mute, ...quietHours].flatMap(({ where }) => (where === undefined ? [] : inCondition(where)));
}

function inJourney(body: JourneyBody): readonly string[] {
  const { entry, goal } = body;
  return [
    ...entry.triggers.flatMap(inTrigger),
    ...(entry.if === null ? [] : inCondition(entry.if)),
    ...(goal === null ? [] : inCondition(goal.if)),
    ...body.exits.flatMap((exit) => inCondition(exit.if)),
    ...body.steps.flatMap(inStep),
  ];
}

function inTrigger(trigger: Trigger): readonly string[] {
  switch (trigger.kind) {
    case 'enters':
    case 'leaves':
    case 'changes':
    case 'date':
    case 'anniversary':
    case 'started':
    case 'schedule':
      return [];
    case 'becomes':
      return inCondition(trigger.if);
    case 'event':
      return inTypes([...trigger.types, ...(trigger.followed?.types ?? [])]);
  }
}

function inStep(step: StepBody): readonly string[] {
  return [
    ...(step.if === null ? [] : inCondition(step.if)),
    ...inAction(step.do),
    ...step.then.flatMap(inStep),
    ...step.otherwise.flatMap(inStep),
  ];
}

function inAction(action: StepBody['do']): readonly string[] {
  switch (action.kind) {
    case 'send':
    case 'wait':
    case 'wait_until':
    case 'call':
    case 'webhook':
    case 'update':
    case 'consent':
    case 'start':
    case 'goto':
    case 'exit':
    case 'award':
    case 'redeem':
      return [];
    case 'wait_for':
      return inCondition(action.if);
    case 'branch':
    case 'wait_for_first':
      return inArms(action.arms);
    case 'split':
      return [
        ...(action.choose.kind === 'winner' && action.choose.by !== 'goal' ? inCondition(action.choose.by) : []),
        ...action.arms.flatMap((arm) => arm.steps.flatMap(inStep)),
      ];
    case 'switch':
      return inArms(action.cases);
    case 'repeat':
      return [...(action.until === null ? [] : inCondition(action.until)), ...action.steps.flatMap(inStep)];
  }
}

function inArms(arms: readonly { readonly if: Condition; readonly steps: readonly StepBody[] }[]): readonly string[] {
  return arms.flatMap((arm) => [...inCondition(arm.if), ...arm.steps.flatMap(inStep)]);
}
