/** What opens a journey: edges of segments and conditions, events, values that change, dates, schedules, other journeys. */
import type { Follow, Trigger, Value } from '../ir.ts';
import { useSegment } from '../references.ts';
import { readCondition } from './condition.ts';
import { type NamedEvent, propertyType, readEventTypes, readWhere, typeNames } from './events.ts';
import { atTrigger, type JourneyNames } from './journey-names.ts';
import { child, demand, fault, type Place, textAt, textOf } from './place.ts';
import { readValueRef } from './refs.ts';
import { readSchedule } from './schedule.ts';
import { durationAt, readDuration, readDurationText, readLiteral } from './values.ts';
import { readDateTrait, readFixedMoment, readLateness } from './waits.ts';

const heads = ['enters', 'leaves', 'event', 'becomes', 'changes', 'date', 'anniversary', 'started'] as const;

export function readTrigger(place: Place, names: JourneyNames): Trigger {
  const head = heads.find((one) => child(place, one) !== undefined);
  if (head === undefined) return readSchedule(place);
  const inner = demand(place, head);
  switch (head) {
    case 'enters':
    case 'leaves':
      useSegment(inner, textOf(inner));
      return { kind: head, segment: textOf(inner) };
    case 'event':
      return readEventTrigger(place, inner);
    case 'becomes':
      return { kind: 'becomes', if: readCondition(inner, atTrigger(names)) };
    case 'changes':
      return readChanges(place, inner, names);
    case 'date':
      return readDate(place, inner, names);
    case 'anniversary':
      return readAnniversary(place, inner);
    case 'started':
      return { kind: 'started' };
  }
}

function readEventTrigger(place: Place, named: Place): Trigger {
  const events = readEventTypes(named);
  const followed = readFollow(place, events);
  return {
    kind: 'event',
    types: typeNames(events),
    where: readWhere(child(place, 'where'), events),
    ...(followed !== null && { followed }),
  };
}

/** `followed_by` or `not_followed_by`; what doesn't come is only known when its time is over, so that needs one. */
function readFollow(place: Place, first: readonly NamedEvent[]): Follow | null {
  const not = child(place, 'not_followed_by');
  const follow = not ?? child(place, 'followed_by');
  if (follow === undefined) return null;
  const both = child(place, 'followed_by');
  if (not !== undefined && both !== undefined) {
    fault(both, 'CMP186', "One trigger asks for what follows or for what doesn't. Make two triggers of a list.", {
      on: 'key',
    });
  }
  const within = durationAt(follow, 'within');
  if (not !== undefined && within === null) {
    const detail =
      'Without `within` the other event may always still come, so this journey would never start. Say how long it is waited for: `within: 1h`.';
    fault(not, 'CMP181', detail, { on: 'key' });
  }
  const events = readEventTypes(demand(follow, 'event'));
  const match = child(follow, 'match');
  if (match !== undefined && events.length > 0 && first.length > 0)
    propertyType(match, textOf(match), [...first, ...events]);
  return {
    not: not !== undefined,
    types: typeNames(events),
    where: readWhere(child(follow, 'where'), events),
    match: match === undefined ? null : textOf(match),
    within,
  };
}

function readChanges(place: Place, named: Place, names: JourneyNames): Trigger {
  const of = readValueRef(named, textOf(named), atTrigger(names));
  const root = of ?? ({ root: 'trait', trait: textOf(named), type: 'text' } as const);
  const { traits, entities } = place.at.names;
  const values =
    of?.root === 'entity'
      ? (entities.get(of.entity)?.fields[of.field]?.values ?? null)
      : (traits.get(textOf(named))?.values ?? null);
  const typed = { type: root.type, values, label: `\`${textOf(named)}\`` };
  const literal = (key: string): Value | null => {
    const found = child(place, key);
    return found === undefined || of === undefined ? null : (readLiteral(found, typed) ?? null);
  };
  const trigger: Trigger = { kind: 'changes', of: root, from: literal('from'), to: literal('to') };
  if (trigger.to !== null && JSON.stringify(trigger.from) === JSON.stringify(trigger.to)) {
    fault(
      demand(place, 'to'),
      'CMP187',
      'A change from a value to the same value never happens. Correct one of the two.',
    );
  }
  return trigger;
}

function readDate(place: Place, named: Place, names: JourneyNames): Trigger {
  const moment = readFixedMoment(named, atTrigger(names), 'A journey is opened on a date that is known.');
  return {
    kind: 'date',
    moment: moment ?? { kind: 'today' },
    at: textAt(place, 'at') ?? null,
    late: readLateness(demand(place, 'late')),
  };
}

type Anniversary = Extract<Trigger, { readonly kind: 'anniversary' }>;

function readAnniversary(place: Place, named: Place): Anniversary {
  const offset = child(place, 'offset');
  const late = child(place, 'late');
  return {
    kind: 'anniversary',
    trait: readDateTrait(named),
    offset: offset === undefined ? null : readOffset(offset),
    at: textOf(demand(place, 'at')),
    feb29: (textAt(place, 'feb_29') ?? 'feb-28') as Anniversary['feb29'],
    late: late === undefined ? null : readLateness(late),
  };
}

function readOffset(place: Place): Anniversary['offset'] {
  const text = textOf(place);
  if (/^-?0+\D/.test(text)) return null;
  if (text.startsWith('-')) return { side: 'before', duration: readDurationText(place, text.slice(1)) };
  return { side: 'after', duration: readDuration(place) };
}
