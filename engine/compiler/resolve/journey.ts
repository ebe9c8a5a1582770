/** Journeys: entry, goal, exits and defaults; steps are in `steps.ts`. */
import type { JourneyBody, Objective } from '../ir.ts';
import { readCondition } from './condition.ts';
import { readEntry } from './entry.ts';
import { atGoalOrExit, type JourneyNames, readEntryProperties, readStepNames } from './journey-names.ts';
import { child, fault, items, type Place, type Resolving, root, textAt } from './place.ts';
import type { SendContext } from './send.ts';
import { readSteps } from './steps.ts';
import { readDuration } from './values.ts';

const defaultPriority = 50;

export function resolveJourney(at: Resolving): JourneyBody {
  const place = root(at);
  const entry = child(place, 'entry') ?? place;
  const names: JourneyNames = {
    steps: readStepNames(child(place, 'steps')),
    entryProperties: readEntryProperties(child(entry, 'when')),
  };
  const context = readContext(place, names);
  return {
    status: (textAt(place, 'status') ?? 'live') as JourneyBody['status'],
    objective: context.objective,
    purpose: context.purpose.id,
    priority: Number(textAt(place, 'priority') ?? defaultPriority),
    entry: readEntry(entry, names),
    goal: readGoal(child(place, 'goal'), names),
    exits: items(child(place, 'exit')).map((exit) => ({
      as: textAt(exit, 'as') ?? '',
      if: readCondition(exit, atGoalOrExit(names)),
    })),
    steps: readSteps(child(place, 'steps'), context),
    inFlight: readInFlight(place),
  };
}

/** A service message needs the consent `service`, all others `marketing`, unless the journey names its purpose. */
function readContext(place: Place, names: JourneyNames): SendContext {
  const objectivePlace = child(place, 'objective');
  const objective = (textAt(place, 'objective') ?? 'engagement') as Objective;
  const purposePlace = child(place, 'purpose') ?? objectivePlace ?? place;
  const defaults = child(place, 'defaults');
  return {
    names,
    objective,
    defaults: defaults === undefined ? undefined : child(defaults, 'send'),
    purpose: {
      id: textAt(place, 'purpose') ?? (objective === 'service' ? 'service' : 'marketing'),
      place: purposePlace,
    },
  };
}

function readGoal(goal: Place | undefined, names: JourneyNames): JourneyBody['goal'] {
  if (goal === undefined) return null;
  const within = child(goal, 'within');
  if (within === undefined) fault(goal, 'CMP051', 'A goal counts within a time of the entry: add `within: 14d`.');
  return {
    if: readCondition(goal, atGoalOrExit(names)),
    within: within === undefined ? { months: 0, days: 1, ms: 0 } : readDuration(within),
    exit: child(goal, 'exit')?.value === true,
  };
}

function readInFlight(place: Place): JourneyBody['inFlight'] {
  const inFlight = child(place, 'in_flight');
  return ((inFlight === undefined ? undefined : textAt(inFlight, 'policy')) ?? 'pin') as JourneyBody['inFlight'];
}
