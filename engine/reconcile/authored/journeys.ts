/** A journey as its file says it: entry, goal, exits and steps. */
import type {
  Attribution,
  BodyByKind,
  Condition,
  Follow,
  JourneyBody,
  Moment,
  SplitChoice,
  StepAction,
  StepBody,
  Trigger,
  Value,
  ValueRef,
  WaitMoment,
} from '../../compiler/ir.ts';
import { formatMoment } from '../format-value.ts';
import {
  type Authored,
  type AuthoredMap,
  condition,
  conditionMap,
  conditionSince,
  instant,
  lean,
  literal,
  literals,
  type Measures,
  money,
  names,
  reference,
  share,
  span,
  tests,
} from './words.ts';

export function journey(body: BodyByKind['journey'], measures: Measures): AuthoredMap {
  const { entry, goal } = body;
  return {
    ...{ status: body.status, objective: body.objective, purpose: body.purpose, priority: body.priority },
    per:
      body.per &&
      (body.per.kind === 'property'
        ? { property: body.per.property }
        : { entity: body.per.entity, role: body.per.role }),
    holdout: share(body.holdout),
    entry: lean({
      when: triggers(entry.triggers, measures),
      if: entry.if === null ? undefined : conditionSince(entry.if, measures),
      current_members: takesMembers(entry) ? entry.currentMembers : undefined,
      reentry: entry.reentry.kind === 'after' ? { after: span(entry.reentry.duration) } : entry.reentry.kind,
      ...{ with: entry.with, from: instant(entry.from), until: instant(entry.until), max_entries: entry.maxEntries },
    }),
    goal: goal === null ? undefined : goalOf(goal, measures),
    exit: body.exits.map((one) => ({ ...conditionMap(one.if, measures), as: one.as })),
    in_flight: body.inFlight === 'pin' ? undefined : lean({ ...body.inFlight }),
    steps: steps(body.steps, measures),
  };
}

/** Only entries by segments and by what becomes true have members that are there already. */
function takesMembers({ triggers: list }: JourneyBody['entry']): boolean {
  return list.some(({ kind }) => kind === 'enters' || kind === 'becomes');
}

function goalOf(goal: NonNullable<JourneyBody['goal']>, measures: Measures): AuthoredMap {
  const { attribution } = goal;
  return lean({
    ...conditionMap(goal.if, measures),
    ...{ within: span(goal.within), exit: goal.exit },
    attribution: attribution && attributionOf(attribution),
  });
}

function attributionOf({ to, status, inLast }: Attribution): AuthoredMap {
  return { to, status, in_last: span(inLast) };
}

function triggers(list: readonly Trigger[], measures: Measures): Authored {
  const all = list.map((one) => lean(trigger(one, measures)));
  return all.length === 1 ? (all[0] as Authored) : all;
}

function trigger(one: Trigger, measures: Measures): AuthoredMap {
  switch (one.kind) {
    case 'enters':
      return { enters: one.segment };
    case 'leaves':
      return { leaves: one.segment };
    case 'event':
      return { event: names(one.types), where: tests(one.where), ...(one.followed && followed(one.followed)) };
    case 'schedule':
      return { cron: one.cron, zone: one.zone, members: one.members, late: span(one.late) };
    case 'becomes':
      return { becomes: condition(one.if, measures) };
    case 'changes': {
      const said = (value: Value | null) => (value === null ? undefined : literal(value, one.of.type));
      return { changes: placeOf(one.of), from: said(one.from), to: said(one.to) };
    }
    case 'date':
      return { date: moment(one.moment), at: one.at, late: span(one.late) };
    case 'anniversary': {
      const { offset } = one;
      const moved = offset === null ? undefined : `${offset.side === 'before' ? '-' : ''}${span(offset.duration)}`;
      return { anniversary: one.trait, offset: moved, at: one.at, feb_29: one.feb29, late: span(one.late) };
    }
    case 'started':
      return { started: true };
  }
}

/** A trait is named by itself where a moment or a value is meant. */
function placeOf(ref: ValueRef): string {
  return ref.root === 'trait' ? ref.trait : reference(ref);
}

function moment(one: Moment): string {
  if (one.kind !== 'relative') return formatMoment(one);
  const offset = one.offset === null ? '' : `${span(one.offset)} ${one.side} `;
  return `${offset}${placeOf(one.to)}`;
}

function followed({ not, types, where, match, within }: Follow): AuthoredMap {
  const inner = lean({ event: names(types), where: tests(where), match, within: span(within) });
  return { [not ? 'not_followed_by' : 'followed_by']: inner };
}

function steps(list: readonly StepBody[], measures: Measures): Authored {
  return list.map((one) => step(one, measures));
}

function step(one: StepBody, measures: Measures): AuthoredMap {
  const { at } = one;
  return lean({
    id: one.id,
    after: span(one.after),
    at: at === null || typeof at === 'string' ? at : { trait: at.trait, else: at.else },
    days: one.days,
    if: one.if === null ? undefined : conditionSince(one.if, measures),
    ...action(one.do, measures),
    // biome-ignore lint/suspicious/noThenProperty: a step's word, never awaited
    then: steps(one.then, measures),
    otherwise: steps(one.otherwise, measures),
  });
}

function action(one: StepAction, measures: Measures): AuthoredMap {
  switch (one.kind) {
    case 'send':
      return { send: send(one) };
    case 'wait':
      return { wait: span(one.duration) };
    case 'wait_until':
      return { wait: lean({ until: waitMoment(one.until), at: one.at, late: span(one.late) }) };
    case 'wait_for':
      return { wait_for: condition(one.if, measures), for: span(one.for) };
    case 'wait_for_first':
      return { wait_for: arms(one.arms, 'when', measures), for: span(one.for) };
    case 'branch':
      return { branch: arms(one.arms, 'if', measures) };
    case 'switch':
      return switching(one.cases, measures);
    case 'split': {
      const list = one.arms.map(({ id, weight, cost, steps: own }) =>
        lean({ id, weight, cost: money(cost), steps: steps(own, measures) }),
      );
      return {
        split: list.map((arm, i) => ({ ...arm, steps: steps(one.arms[i]?.steps ?? [], measures) })),
        ...choice(one.choose, measures),
      };
    }
    case 'repeat': {
      const until = one.until === null ? undefined : condition(one.until, measures);
      return { repeat: lean({ every: span(one.every), max: one.max, until }), steps: steps(one.steps, measures) };
    }
    default:
      return acting(one);
  }
}

type Acting = Extract<
  StepAction,
  { readonly kind: 'update' | 'consent' | 'award' | 'redeem' | 'call' | 'webhook' | 'start' | 'goto' | 'exit' }
>;

function acting(one: Acting): AuthoredMap {
  switch (one.kind) {
    case 'update':
      return { update: Object.fromEntries(Object.entries(one.set).map(([name, value]) => [name, setTo(value)])) };
    case 'consent':
      return { consent: lean({ purpose: one.purpose, channel: one.channel, set: one.set, proof: one.proof }) };
    case 'award':
      return { award: lean({ program: one.program, points: one.points, reason: one.reason }) };
    case 'redeem':
      return { redeem: { program: one.program, reward: one.reward } };
    case 'call':
      return {
        call: lean({ list: one.list, script: one.script, within: span(one.within), urgent: one.urgent || undefined }),
      };
    case 'webhook':
      return { webhook: lean({ destination: one.destination, body: one.body as Authored }) };
    case 'start':
      return {
        start: Object.keys(one.with).length === 0 ? one.journey : { journey: one.journey, with: literals(one.with) },
      };
    case 'goto':
      return { goto: one.step };
    case 'exit':
      return { exit: one.as };
  }
}

function setTo(value: Value | ValueRef | null): Authored {
  if (value === null) return null;
  if (typeof value === 'object' && 'root' in value) return { from: reference(value) };
  return literal(value as Value);
}

function send(one: Extract<StepAction, { readonly kind: 'send' }>): AuthoredMap {
  const [only] = one.channels;
  const key = one.choose ?? 'first_of';
  return lean({
    channel: one.channels.length === 1 && one.choose === undefined ? only : { [key]: one.channels },
    ...{ to: one.to, template: one.template, with: literals(one.with) },
    ...{ valid_for: span(one.validFor), when_capped: one.whenCapped },
    expires: one.expires === undefined ? undefined : moment(one.expires),
    ...{ urgent: one.urgent, objective: one.objective, purpose: one.purpose },
  });
}

function waitMoment(one: WaitMoment): Authored {
  switch (one.kind) {
    case 'moment':
      return moment(one.moment);
    case 'anniversary':
      return { anniversary: one.trait, feb_29: one.feb29 };
    case 'month_day':
      return `${String(one.month).padStart(2, '0')}-${String(one.day).padStart(2, '0')}`;
    case 'weekday':
      return { weekday: one.days };
    case 'business_day':
      return { business_day: 'next' };
  }
}

interface Arm {
  readonly if: Condition;
  readonly steps: readonly StepBody[];
}

/** An arm without steps goes right on, and says so. */
function arms(list: readonly Arm[], key: 'if' | 'when', measures: Measures): Authored {
  return list.map((one) => ({
    [key]: key === 'if' ? conditionSince(one.if, measures) : condition(one.if, measures),
    steps: steps(one.steps, measures),
  }));
}

/** What all cases are about; the rest of each is its test. */
const subjectKeys: ReadonlySet<string> = new Set([
  'trait',
  'field',
  'persona',
  'tier',
  'last',
  'where',
  'match',
  'since',
]);

function switching(cases: readonly Arm[], measures: Measures): AuthoredMap {
  const said = cases.map((one) => conditionMap(one.if, measures));
  const [first = {}] = said;
  return {
    switch: Object.fromEntries(Object.entries(first).filter(([key]) => subjectKeys.has(key))),
    cases: said.map((one, i) => ({
      ...Object.fromEntries(Object.entries(one).filter(([key]) => !subjectKeys.has(key))),
      steps: steps(cases[i]?.steps ?? [], measures),
    })),
  };
}

function choice(choose: SplitChoice, measures: Measures): AuthoredMap {
  switch (choose.kind) {
    case 'weights':
      return {};
    case 'pinned':
      return { winner: { is: choose.arm } };
    case 'winner':
      return {
        winner: {
          by: choose.by === 'goal' ? 'goal' : condition(choose.by, measures),
          ...{ confidence: share(choose.confidence), each_at_least: choose.eachAtLeast },
          ...{ decide_by: span(choose.decideBy), undecided: choose.undecided ?? 'keep' },
        },
      };
    case 'bandit': {
      const { maximise } = choose;
      const most =
        maximise === 'goal'
          ? maximise
          : { sum: `${maximise.event}.${maximise.property}`, within: span(maximise.within) };
      return { bandit: { maximise: most, explore: share(choose.explore) } };
    }
  }
}
