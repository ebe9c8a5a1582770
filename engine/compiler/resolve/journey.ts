/** Journeys: entry, goal, exits and defaults; steps are in `steps.ts`. */
import { implies } from '../implies.ts';
import type { Condition, JourneyBody, Objective } from '../ir.ts';
import { holdsBeforeEvents } from '../reading.ts';
import { readAttribution } from './attribution.ts';
import { readConditionAt } from './check-messages.ts';
import { checkTimes } from './check-times.ts';
import { warnUnreached } from './check-ways.ts';
import { allOf } from './combine.ts';
import { readEntry, readPer } from './entry.ts';
import { atGoalOrExit, type JourneyNames, readJourneyNames } from './journey-names.ts';
import {
  child,
  demand,
  entries,
  fault,
  faultUnknown,
  items,
  type Place,
  type Resolving,
  root,
  textAt,
  textOf,
} from './place.ts';
import type { SendContext } from './send.ts';
import { readShare } from './shares.ts';
import { readSteps } from './steps.ts';
import { readDuration } from './values.ts';

const defaultPriority = 50;

export function resolveJourney(at: Resolving): JourneyBody {
  const place = root(at);
  const names = readJourneyNames(place);
  const context = readContext(place, names);
  const per = child(place, 'per');
  const holdout = child(place, 'holdout');
  const body: JourneyBody = {
    status: (textAt(place, 'status') ?? 'live') as JourneyBody['status'],
    ...(per !== undefined && { per: readPer(per, names) }),
    objective: context.objective,
    purpose: context.purpose.id,
    priority: Number(textAt(place, 'priority') ?? defaultPriority),
    entry: readEntry(demand(place, 'entry'), names),
    goal: readGoal(child(place, 'goal'), names),
    exits: items(child(place, 'exit')).map((exit) => readExit(exit, names)),
    steps: readSteps(child(place, 'steps'), context),
    inFlight: readInFlight(child(place, 'in_flight'), names),
    ...(holdout !== undefined && { holdout: readShare(holdout, 50, 'a holdout is the smaller part of the people.') }),
  };
  warnUnreached(names.flow);
  for (const { place: step } of names.flow.steps) checkExitName(child(step, 'exit'));
  checkBegins(child(place, 'goal'), body);
  checkTimes(place, body);
  return body;
}

/** A service message needs the consent `service`, all others `marketing`, unless the journey names its purpose. */
function readContext(place: Place, names: JourneyNames): SendContext {
  const objectivePlace = demand(place, 'objective');
  const objective = textOf(objectivePlace) as Objective;
  const defaults = child(place, 'defaults');
  return {
    names,
    objective,
    defaults: defaults === undefined ? undefined : child(defaults, 'send'),
    purpose: {
      id: textAt(place, 'purpose') ?? (objective === 'service' ? 'service' : 'marketing'),
      place: child(place, 'purpose') ?? objectivePlace,
    },
  };
}

/** A goal that is true before anything happens (`never …`) is met when it is still true at the end of its time. */
function readGoal(goal: Place | undefined, names: JourneyNames): JourneyBody['goal'] {
  if (goal === undefined) return null;
  const condition = readConditionAt(goal, atGoalOrExit(names));
  const attribution = child(goal, 'attribution');
  return {
    if: condition,
    within: readDuration(demand(goal, 'within')),
    exit: child(goal, 'exit')?.value === true,
    ...(holdsBeforeEvents(condition, false) && { kept: true as const }),
    ...(attribution !== undefined && { attribution: readAttribution(attribution) }),
  };
}

/** A state that entering proves can't turn true afterwards (LANGUAGE, change 14): the goal would count nobody. */
function checkBegins(goal: Place | undefined, { goal: body, entry }: JourneyBody): void {
  if (goal === undefined || body === null || body.kept === true) return;
  const known = entry.triggers.map((trigger) => {
    const edge: readonly Condition[] =
      trigger.kind === 'enters'
        ? [{ kind: 'segment', segment: trigger.segment }]
        : trigger.kind === 'becomes'
          ? [trigger.if]
          : [];
    return allOf([...edge, ...(entry.if === null ? [] : [entry.if])]);
  });
  if (!known.every((one) => !isEmpty(one) && implies(one, body.if))) return;
  const detail =
    'Whoever enters fulfils this already, and a goal counts only what turns true after entry, so nobody would reach it. Name what you hope for beyond that.';
  fault(goal, 'CMP055', detail);
}

function isEmpty(condition: Condition): boolean {
  return condition.kind === 'all' && condition.of.length === 0;
}

/** The `as` names the exit; a condition that has an `as` of its own stands in an `all`. */
function readExit(exit: Place, names: JourneyNames): JourneyBody['exits'][number] {
  const as = demand(exit, 'as');
  checkExitName(as);
  const { as: _, ...condition } = exit.value as Readonly<Record<string, unknown>>;
  return { as: textOf(as), if: readConditionAt({ ...exit, value: condition }, atGoalOrExit(names)) };
}

const reservedExits: ReadonlySet<string> = new Set(['completed', 'goal', 'left-entity', 'holdout']);

/** Names of the ways out that the engine takes itself: reports would count two things as one. */
function checkExitName(as: Place | undefined): void {
  if (as === undefined || !reservedExits.has(textOf(as))) return;
  const detail = `\`${textOf(as)}\` is how the engine calls an end of its own (the last step, the goal, the row that is gone, the holdout), and reports would count both as one. Choose another name.`;
  fault(as, 'CMP004', detail);
}

function readInFlight(inFlight: Place | undefined, names: JourneyNames): JourneyBody['inFlight'] {
  const policy = inFlight === undefined ? 'pin' : textOf(demand(inFlight, 'policy'));
  if (inFlight === undefined) return 'pin';
  const map = child(inFlight, 'map');
  const waits = child(inFlight, 'waits');
  for (const said of [map, waits]) {
    if (said === undefined || policy === 'migrate') continue;
    const detail = `People move to other steps with \`policy: migrate\` only, and the policy is \`${policy}\`. Say \`migrate\`, or remove it.`;
    fault(said, 'CMP178', detail, { on: 'key' });
  }
  for (const [, to] of entries(map)) {
    if (names.steps.has(textOf(to))) continue;
    const remedy = 'The right side of `map` names steps of this journey as it is now.';
    faultUnknown(to, 'CMP018', { what: 'step', name: textOf(to), known: names.steps.keys(), remedy });
  }
  if (policy === 'pin') return 'pin';
  return {
    policy: policy as 'migrate' | 'drain' | 'exit',
    map: Object.fromEntries(entries(map).map(([from, to]) => [from, textOf(to)])),
    waits: waits !== undefined && textOf(waits) === 'recompute' ? 'recompute' : 'keep',
  };
}
