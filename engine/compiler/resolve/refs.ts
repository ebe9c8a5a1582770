/**
 * Values named by their place (`profile.offer_topic`, `entry.total`, `booking.departs_at`, `renewal_date`) and moments made of
 * them. Which places may be read is the standpoint's.
 */
import { parseDuration, parseMoment } from '../durations.ts';
import type { Duration, Moment, ValueRef, ValueType } from '../ir.ts';
import { useEntity, useTrait } from '../references.ts';
import { fault, faultUnknown, type Place, textOf } from './place.ts';
import type { Standpoint } from './standpoint.ts';

/** The value that the text names, or undefined after saying why it can't be read here. */
export function readValueRef(place: Place, text: string, stand: Standpoint): ValueRef | undefined {
  const [root, name] = text.includes('.') ? (text.split('.') as [string, string]) : ['profile', text];
  if (root === 'profile') {
    const trait = useTrait(place, name);
    return trait === undefined ? undefined : { root: 'trait', trait: name, type: trait.type };
  }
  if (root === 'entry') {
    const type = entryType(place, name, stand);
    return type === undefined ? undefined : { root: 'entry', property: name, type };
  }
  const field = entityField(place, { entity: root, field: name }, stand);
  return field === undefined ? undefined : { root: 'entity', entity: root, field: name, type: field.type };
}

/** The type of a property of the fact that opened the enrollment; undefined after saying why it has none. */
export function entryType(place: Place, property: string, stand: Standpoint): ValueType | undefined {
  if (stand.kind === 'outside') {
    const detail = `\`entry\` is the fact that opened an enrollment, so it is read in journeys only. ${stand.name} can't read it.`;
    fault(place, 'CMP030', detail, { on: 'key' });
    return undefined;
  }
  const type = stand.entryProperties.get(property);
  if (type !== undefined) return type;
  const remedy =
    stand.entryProperties.size === 0
      ? 'No event opens this journey, so `entry` is empty.'
      : 'It must be declared by an event that opens this journey.';
  const known = stand.entryProperties.keys();
  faultUnknown(place, 'CMP012', { what: 'entry property', name: property, known, remedy });
  return undefined;
}

/** The field of the entity that the journey is per; undefined after saying why it can't be read. */
export function entityField(
  place: Place,
  { entity, field }: { readonly entity: string; readonly field: string },
  stand: Standpoint,
): { readonly type: ValueType; readonly values: readonly string[] | null } | undefined {
  const body = useEntity(place, entity);
  if (body === undefined) return undefined;
  if (stand.kind === 'outside' || stand.entity !== entity) {
    const detail = `\`${entity}.${field}\` is a field of one row, and ${stand.kind === 'outside' ? `${stand.name} has none` : `this journey isn't per \`${entity}\``}. Only a journey with \`per: { entity: ${entity}, role: … }\` reads it; elsewhere ask for rows with \`{ entity: ${entity}, where: … }\`.`;
    fault(place, 'CMP030', detail, { on: 'key' });
    return undefined;
  }
  if (field === body.key) return { type: 'id', values: null };
  const found = Object.hasOwn(body.fields, field) ? body.fields[field] : undefined;
  if (found !== undefined) return found;
  const known = [body.key, ...Object.keys(body.fields)];
  const remedy = 'Declare it under `fields` of the entity, or correct the name.';
  faultUnknown(place, 'CMP012', { what: `field of entity \`${entity}\` named`, name: field, known, remedy });
  return undefined;
}

const relativePattern = /^(?:(\S+) (before|after) )?([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)$/;
const nothing = { months: 0, days: 0, ms: 0 } as const;

/** The moment at the place, or undefined after saying why it is none. `expected` completes "Write `7d ago`, `in 3d`, or". */
export function readMoment(place: Place, stand: Standpoint, expected = constantMoment): Moment | undefined {
  const text = textOf(place).trim();
  if (text === 'now') return { kind: 'ago', duration: nothing };
  if (text === 'today') return { kind: 'today' };
  const relative = relativePattern.exec(text);
  if (relative !== null) return readRelative(place, relative, stand);
  const moment = parseMoment(text, place.at.names.workspace.zone);
  if (moment === null) {
    fault(place, 'CMP024', `\`${text}\` is no moment. Write \`7d ago\`, \`in 3d\`, or ${expected}.`);
    return undefined;
  }
  return moment;
}

const constantMoment = 'a date, or a date-time with its offset (2026-03-31T09:00:00Z)';

function readRelative(place: Place, match: RegExpExecArray, stand: Standpoint): Moment | undefined {
  const [, offset, side, name] = match as unknown as [string, string | undefined, 'before' | 'after', string];
  const to = readValueRef(place, name, stand);
  if (to === undefined) return undefined;
  if (to.type !== 'date' && to.type !== 'datetime') {
    const detail = `\`${name}\` is of type ${to.type}, and a moment is made of a date. Name a trait or field of type date or datetime.`;
    fault(place, 'CMP107', detail);
    return undefined;
  }
  if (offset === undefined) return { kind: 'relative', to, side: 'at', offset: null };
  return { kind: 'relative', to, side, offset: readOffset(place, offset) };
}

function readOffset(place: Place, text: string): Duration {
  const duration = parseDuration(text);
  if (duration === null) {
    fault(place, 'CMP023', `\`${text}\` is out of range. A duration is longer than nothing and at most 100 years.`);
  }
  return duration ?? nothing;
}
