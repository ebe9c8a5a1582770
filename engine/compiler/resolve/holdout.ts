/** Holdouts: a share of all people that gets no messages of some objectives, to measure what these do together. */
import { asSet } from '../canonical.ts';
import type { HoldoutBody, Objective } from '../ir.ts';
import { child, demand, fault, items, type Place, type Resolving, root, textOf } from './place.ts';
import { readShare } from './shares.ts';
import { durationAt } from './values.ts';

const shareMax = 50;

export function resolveHoldout(at: Resolving): HoldoutBody {
  const place = root(at);
  return {
    percent: readShare(
      demand(place, 'percent'),
      shareMax,
      'a group of nobody measures nothing, and one of most people leaves few to write to.',
    ),
    renew: durationAt(place, 'renew'),
    objectives: readObjectives(child(place, 'objectives')),
  };
}

/** What people need for what they bought is never withheld to measure something (LANGUAGE b26). */
function readObjectives(place: Place | undefined): HoldoutBody['objectives'] {
  if (place === undefined) return null;
  const objectives = items(place);
  for (const one of objectives) {
    if (textOf(one) !== 'service') continue;
    const detail =
      'Messages of service are never withheld: people need them for what they bought. Take `service` out of the holdout.';
    fault(one, 'CMP213', detail);
  }
  return asSet(objectives.map((one) => textOf(one) as Objective));
}
