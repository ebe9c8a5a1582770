/** Journeys: entry, goal, exits and defaults; steps are in `steps.ts`. */
import { strict as assert } from 'node:assert';
import type { Condition, JourneyBody, Objective } from '../ir.ts';
import { holdsBeforeEvents } from '../reading.ts';
import { readCondition } from './condition.ts';
import { readEntry } from './entry.ts';
import { atGoalOrExit, type JourneyNames, readJourneyNames } from './journey-names.ts';
import { child, demand, fault, items, type Place, type Resolving, root, textAt, textOf } from './place.ts';
import type { SendContext } from './send.ts';
import { readSteps } from './steps.ts';
import { readDuration } from './values.ts';

const defaultPriority = 50;

export function resolveJourney(at: Resolving): JourneyBody {
  const place = root(at);
  const entry = demand(place, 'entry');
  const names = readJourneyNames(place);
  const context = readContext(place, names);
  return {
    status: (textAt(place, 'status') ?? 'live') as JourneyBody['status'],
    objective: context.objective,
    purpose: context.purpose.id,
    priority: Number(textAt(place, 'priority') ?? defaultPriority),
    entry: readEntry(entry, names),
    goal: readGoal(child(place, 'goal'), names),
    exits: items(child(place, 'exit')).map((exit) => ({
      as: textOf(demand(exit, 'as')),
      if: readCondition(exit, atGoalOrExit(names)),
    })),
    steps: readSteps(child(place, 'steps'), context),
    inFlight: readInFlight(place),
  };
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

function readGoal(goal: Place | undefined, names: JourneyNames): JourneyBody['goal'] {
  if (goal === undefined) return null;
  return {
    if: readGoalCondition(goal, names),
    within: readDuration(demand(goal, 'within')),
    exit: child(goal, 'exit')?.value === true,
  };
}

/** A goal must turn true. One that nothing has to happen for (`never …`) would be met at the end of its window: not run yet. */
function readGoalCondition(goal: Place, names: JourneyNames): Condition {
  const condition = readCondition(goal, atGoalOrExit(names));
  if (holdsBeforeEvents(condition, false)) {
    fault(
      goal,
      'CMP055',
      'This goal is true before anything happens. A goal counts what turns true after entry; one that is met when its window ends (`never …`) is not run by this version. Name the event that you hope for.',
    );
  }
  return condition;
}

function readInFlight(place: Place): JourneyBody['inFlight'] {
  const inFlight = child(place, 'in_flight');
  if (inFlight !== undefined)
    assert.equal(textOf(demand(inFlight, 'policy')), 'pin', 'the schema allows no other policy yet');
  return 'pin';
}
