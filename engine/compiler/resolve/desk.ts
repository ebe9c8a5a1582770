/** The desk of a call list: how many calls, who is called first, who calls, and when. */
import { asSet } from '../canonical.ts';
import type { Desk, ValueRef, ValueType } from '../ir.ts';
import { useEntity, useTrait } from '../references.ts';
import { readContactHours } from './hours.ts';
import { child, demand, fault, faultUnknown, items, type Place, textAt, textOf } from './place.ts';
import { durationAt } from './values.ts';

export function readDesk(place: Place): Desk {
  const capacity = child(place, 'capacity');
  const assignTo = child(place, 'assign_to');
  const transcript = durationAt(place, 'transcript');
  return {
    capacity:
      capacity === undefined
        ? null
        : {
            max: Number(textOf(demand(capacity, 'max'))),
            calendar: textOf(demand(capacity, 'calendar')) as 'day' | 'week',
          },
    rankBy: readRank(child(place, 'rank_by')),
    assignTo: assignTo === undefined ? null : (readRef(assignTo) ?? null),
    hours: readContactHours(child(place, 'contact_hours')),
    ...(transcript !== null && { transcript }),
    ...readKeys(place),
  };
}

/** A key in plain text would be a secret that everybody knows who reads the file. */
function readKeys(place: Place): Pick<Desk, 'apiKeys'> {
  const keys = items(child(place, 'api_keys'));
  for (const key of keys) {
    // A reference that isn't one as a whole is told of where all are looked at.
    if (textOf(key).includes(`\${secret.`)) continue;
    const detail = `A key lets whoever knows it read whom the desk calls, so it stands in no file. Write a reference to a secret, such as \`"\${secret.DESK_KEY}"\`.`;
    fault(key, 'CMP007', detail);
  }
  return keys.length === 0 ? {} : { apiKeys: asSet(keys.map(textOf)) };
}

const ordered: readonly ValueType[] = ['integer', 'number', 'money', 'date', 'datetime'];

function readRank(place: Place | undefined): Desk['rankBy'] {
  if (place === undefined) return null;
  const named = child(place, 'trait') ?? child(place, 'field');
  if (named === undefined) return { kind: 'waiting' };
  const of = readRef(named);
  if (of === undefined) return null;
  if (!ordered.includes(of.type)) {
    const detail = `\`${textOf(named)}\` is of type ${of.type}, which has no highest and no lowest. Rank by a number, an amount or a date.`;
    fault(named, 'CMP020', detail);
  }
  return { kind: 'value', of, order: textAt(place, 'order') === 'lowest' ? 'lowest' : 'highest' };
}

/** A trait, or a field of an entity. A desk serves many journeys, so there is no `entry` to read. */
function readRef(place: Place): ValueRef | undefined {
  const [first = '', second] = textOf(place).split('.');
  if (second === undefined) return traitRef(place, first);
  if (first === 'entry') {
    const detail =
      'A desk serves people of many journeys, so it has no `entry` to read. Name a trait, or a field of an entity such as `sale.advisor`.';
    fault(place, 'CMP236', detail);
    return undefined;
  }
  if (first === 'profile') return traitRef(place, second);
  const entity = useEntity(place, first);
  if (entity === undefined) return undefined;
  const field = Object.hasOwn(entity.fields, second) ? entity.fields[second] : undefined;
  if (field === undefined) {
    const remedy = 'Name one of its fields.';
    faultUnknown(place, 'CMP012', {
      what: `field of \`${first}\` named`,
      name: second,
      known: Object.keys(entity.fields),
      remedy,
    });
    return undefined;
  }
  return { root: 'entity', entity: first, field: second, type: field.type };
}

function traitRef(place: Place, name: string): ValueRef | undefined {
  const trait = useTrait(place, name);
  return trait === undefined ? undefined : { root: 'trait', trait: name, type: trait.type };
}
