/**
 * Names that resources only refer to, read from documents before these are resolved: what a journey asks of a `start`, tiers
 * and rewards of programmes, personas of sets. What is wrong with the documents is said where they are resolved.
 */
import type { ValueType } from '../ir.ts';
import type { JourneyName, ProgrammeName } from '../names.ts';
import { child, entries, items, type Place, type Resolving, root, textAt, textOf } from './place.ts';

/** What the journey is per, and what it is handed by a `start`. */
export function declareJourney(at: Resolving): JourneyName {
  const place = root(at);
  const entry = child(place, 'entry');
  return {
    per: readPer(child(place, 'per')),
    with: readHanded(entry === undefined ? undefined : child(entry, 'with')),
  };
}

function readPer(per: Place | undefined): JourneyName['per'] {
  if (per === undefined) return null;
  const property = textAt(per, 'property');
  if (property !== undefined) return { kind: 'property', property };
  return { kind: 'entity', entity: textAt(per, 'entity') ?? '', role: textAt(per, 'role') ?? '' };
}

/** The types of `entry.with`. */
export function readHanded(handed: Place | undefined): ReadonlyMap<string, ValueType> {
  return new Map(entries(handed).map(([name, type]) => [name, textOf(type) as ValueType]));
}

/** Tiers in the order of the file, and rewards. */
export function declareProgramme(at: Resolving): ProgrammeName {
  const idsOf = (key: string): readonly string[] =>
    items(child(root(at), key)).flatMap((one) => textAt(one, 'id') ?? []);
  return { tiers: idsOf('tiers'), rewards: new Set(idsOf('rewards')) };
}

/** The ids of the set's personas, in the order of the file. */
export function declarePersonas(at: Resolving): readonly string[] {
  return items(child(root(at), 'personas')).flatMap((one) => textAt(one, 'id') ?? []);
}
