/**
 * Names that resources only refer to, read from documents before these are resolved: what a journey asks of a `start`, tiers
 * and rewards of programmes, personas of sets. What is wrong with the documents is said where they are resolved.
 */
import { asSet, compareText } from '../canonical.ts';
import type { ContactHours, ValueType } from '../ir.ts';
import type { JourneyName, ProgrammeName, QuietHours } from '../names.ts';
import { readCoverage } from './coverage.ts';
import { readContactHours } from './hours.ts';
import { child, entries, isMap, items, type Place, type Resolving, root, textAt, textOf, textsAt } from './place.ts';

/** What the journey is per, and what it is handed by a `start`. */
export function declareJourney(at: Resolving): JourneyName {
  const place = root(at);
  const entry = child(place, 'entry');
  const maps = mapsIn(place.value, []);
  return {
    per: readPer(child(place, 'per')),
    with: readHanded(entry === undefined ? undefined : child(entry, 'with')),
    isStarted: items(entry === undefined ? undefined : child(entry, 'when')).some(
      (one) => child(one, 'started') !== undefined,
    ),
    messages: new Set(maps.flatMap(({ id, send, call }) => ((send ?? call) && typeof id === 'string' ? [id] : []))),
    steps: new Set(maps.flatMap((one) => (isStep(one) ? [String(one.id)] : []))),
    splits: new Map(
      maps.flatMap(({ id, split }) => (typeof id === 'string' && Array.isArray(split) ? [[id, idsIn(split)]] : [])),
    ),
    exits: new Set(maps.flatMap(({ as, exit }) => [as, exit].filter((one) => typeof one === 'string'))),
  };
}

/** Adds every map in the document: steps stand in arms, cases and rounds, and only their ids are wanted. */
function mapsIn(
  value: unknown,
  found: Readonly<Record<string, unknown>>[],
): readonly Readonly<Record<string, unknown>>[] {
  if (typeof value !== 'object' || value === null) return found;
  if (isMap(value)) found.push(value);
  for (const inner of Object.values(value)) mapsIn(inner, found);
  return found;
}

/** Arms of a split have ids, too, and nothing to do but their steps. */
function isStep({ id, weight }: Readonly<Record<string, unknown>>): boolean {
  return typeof id === 'string' && weight === undefined;
}

function idsIn(list: readonly unknown[]): readonly string[] {
  return list.flatMap((one) => (isMap(one) && typeof one.id === 'string' ? [one.id] : []));
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
  const parts = (key: string) => items(child(root(at), key));
  return {
    tiers: idsOf('tiers'),
    rewards: new Set(idsOf('rewards')),
    costs: new Map(parts('rewards').map((one) => [textAt(one, 'id') ?? '', Number(textAt(one, 'cost') ?? 0)])),
    challenges: new Map(parts('challenges').map((one) => [textAt(one, 'id') ?? '', textAt(one, 'badge') ?? null])),
  };
}

/** The ids of the set's personas, in the order of the file. */
export function declarePersonas(at: Resolving): readonly string[] {
  return items(child(root(at), 'personas')).flatMap((one) => textAt(one, 'id') ?? []);
}

/** When the desk of a call list is open. */
export function declareDesk(at: Resolving): readonly ContactHours[] {
  return readContactHours(child(root(silent(at)), 'contact_hours'));
}

/** The quiet hours of a `pressure` document that hold on every day for everybody. */
export function declareQuietHours(at: Resolving): readonly QuietHours[] {
  return items(child(root(silent(at)), 'quiet_hours'))
    .filter((hours) => child(hours, 'days') === undefined && child(hours, 'where') === undefined)
    .map((hours) => ({
      covers: readCoverage(hours),
      from: textAt(hours, 'from') ?? '',
      to: textAt(hours, 'to') ?? '',
    }));
}

/** Journeys by their tags, for rules that cover them so; where no rule does, a new tag makes no other world of names. */
export function declareTags(
  journeys: readonly Resolving[],
  rules: readonly Resolving[],
): ReadonlyMap<string, readonly string[]> {
  const asks = rules.some((one) =>
    ['caps', 'mute', 'quiet_hours'].some((key) =>
      items(child(root(one), key)).some((rule) => child(rule, 'tags') !== undefined),
    ),
  );
  const byTag = new Map<string, string[]>();
  for (const one of asks ? journeys : []) {
    for (const tag of textsAt(root(one), 'tags')) byTag.set(tag, [...(byTag.get(tag) ?? []), one.resource.id]);
  }
  return new Map([...byTag].sort(([a], [b]) => compareText(a, b)).map(([tag, ids]) => [tag, asSet(ids)]));
}

/** What is wrong is said where the document is resolved. */
function silent(at: Resolving): Resolving {
  return { ...at, diagnostics: [], needs: new Set() };
}
