/** How a journey is entered: its triggers, who is inside already, when one may enter again, and between which dates. */
import { asSet } from '../canonical.ts';
import { parseInstant } from '../instants.ts';
import type { JourneyBody, Per, Reentry } from '../ir.ts';
import { useEntity } from '../references.ts';
import { readConditionAt } from './check-messages.ts';
import { readHanded } from './declare-named.ts';
import { atEntry, type JourneyNames } from './journey-names.ts';
import { child, demand, fault, faultUnknown, isMap, items, type Place, textAt, textOf } from './place.ts';
import { readTrigger } from './triggers.ts';
import { listed, readDuration } from './values.ts';

export function readEntry(entry: Place, names: JourneyNames): JourneyBody['entry'] {
  const when = items(demand(entry, 'when'));
  const condition = child(entry, 'if');
  const handed = child(entry, 'with');
  const bounds = readBounds(entry);
  const max = textAt(entry, 'max_entries');
  if (handed !== undefined) checkHanded(handed, when);
  return {
    triggers: asSet(when.map((place) => readTrigger(place, names))),
    if: condition === undefined ? null : readConditionAt(condition, atEntry(names)),
    currentMembers: readCurrentMembers(entry, when),
    reentry: readReentry(child(entry, 'reentry')),
    ...(handed !== undefined && { with: Object.fromEntries(readHanded(handed)) }),
    ...bounds,
    ...(max !== undefined && { maxEntries: Number(max) }),
  };
}

/** The schema demands the word beside `enters` and `becomes`; without them there are no present members to decide about. */
function readCurrentMembers(entry: Place, when: readonly Place[]): 'enter' | 'skip' {
  const hasMembers = when.some((trigger) => (child(trigger, 'enters') ?? child(trigger, 'becomes')) !== undefined);
  return hasMembers && textOf(demand(entry, 'current_members')) === 'enter' ? 'enter' : 'skip';
}

function readReentry(place: Place | undefined): Reentry {
  if (place === undefined) return { kind: 'never' };
  if (isMap(place.value)) return { kind: 'after', duration: readDuration(demand(place, 'after')) };
  return { kind: textOf(place) === 'always' ? 'always' : 'never' };
}

/** Only a `start` hands something over. */
function checkHanded(handed: Place, when: readonly Place[]): void {
  if (when.some((trigger) => child(trigger, 'started') !== undefined)) return;
  const detail =
    'Only a `start` hands values over, and nothing here is opened by one. Add `started: true` to `when`, or remove it.';
  fault(handed, 'CMP166', detail, { on: 'key' });
}

function readBounds(entry: Place): { readonly from?: number; readonly until?: number } {
  const from = readBound(child(entry, 'from'));
  const untilPlace = child(entry, 'until');
  const until = readBound(untilPlace);
  if (from !== undefined && until !== undefined && untilPlace !== undefined && from >= until) {
    fault(untilPlace, 'CMP176', 'The entry ends before it begins, so nobody ever enters. Correct `from` or `until`.');
  }
  return { ...(from !== undefined && { from }), ...(until !== undefined && { until }) };
}

function readBound(place: Place | undefined): number | undefined {
  if (place === undefined) return undefined;
  const at = parseInstant(textOf(place).trim(), { zone: place.at.names.workspace.zone, needsOffset: true });
  if (at !== null) return at;
  fault(
    place,
    'CMP024',
    `\`${textOf(place)}\` is no day of the calendar. Write \`2027-01-31\`, or an instant with its offset.`,
  );
  return undefined;
}

/** One enrollment for each value or row; says when a trigger can't give one. */
export function readPer(per: Place, names: JourneyNames): Per {
  const property = child(per, 'property');
  if (property !== undefined) {
    checkKey(property, names);
    return { kind: 'property', property: textOf(property) };
  }
  const entity = demand(per, 'entity');
  const role = demand(per, 'role');
  const body = useEntity(entity, textOf(entity));
  if (body !== undefined && !Object.hasOwn(body.people, textOf(role))) {
    const remedy = `Entity \`${textOf(entity)}\` ties people as ${listed(Object.keys(body.people))}.`;
    faultUnknown(role, 'CMP106', { what: 'role', name: textOf(role), known: Object.keys(body.people), remedy });
  }
  return { kind: 'entity', entity: textOf(entity), role: textOf(role) };
}

/** Who enters without a key isn't enrolled (LANGUAGE b18), so what opens the journey must have the property. */
function checkKey(property: Place, names: JourneyNames): void {
  if (names.entryProperties.has(textOf(property))) return;
  const remedy = 'Each enrollment has a key of its own: name a property of the events that open the journey.';
  const what = 'entry property';
  faultUnknown(property, 'CMP012', { what, name: textOf(property), known: names.entryProperties.keys(), remedy });
}
