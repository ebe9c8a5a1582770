/**
 * Sources of entities: how a row of a file becomes a row of an entity, with the people tied to it. What a source says of one
 * person besides (events, traits) is in `source.ts`.
 */
import { compareText } from '../canonical.ts';
import type { EntityBody, SourceBody, SourceEntity, SourceFormat, SourcePerson } from '../ir.ts';
import { useEntity } from '../references.ts';
import { checkColumn, type Reader, readColumn } from './columns.ts';
import { child, demand, entries, fault, faultUnknown, items, type Place, textAt, textOf } from './place.ts';
import { listed } from './values.ts';

interface Reading {
  readonly reader: Reader;
  readonly format: SourceFormat['kind'];
}

interface Entity {
  readonly name: string;
  readonly body: EntityBody;
}

/** The rows that the source `place` tells of; `named` is its `entity`. */
export function readSourceEntity(place: Place, named: Place, reading: Reading): SourceEntity {
  const name = textOf(named);
  const body = useEntity(named, name);
  if (body === undefined) return { entity: name, column: name, fields: [], people: [] };
  const entity = { name, body };
  const key = child(place, 'key');
  const column = key === undefined ? checkDefaultKey(named, entity, reading.reader) : checkColumn(key, reading.reader);
  checkOptions(place, column);
  return {
    entity: name,
    column,
    fields: readFields(child(place, 'fields'), entity, reading.reader),
    people: readPeople(child(place, 'people'), entity, reading),
  };
}

/** Without `key`, the key stands in the column of its name. */
function checkDefaultKey(named: Place, { name, body }: Entity, { columns }: Reader): string {
  if (columns !== null && !columns.includes(body.key)) {
    const remedy = `The key of \`${name}\` is read from the column of its name; name another one by \`key\`.`;
    faultUnknown(named, 'CMP019', { what: 'column', name: body.key, known: columns, remedy });
  }
  return body.key;
}

function checkOptions(place: Place, key: string): void {
  const messageId = child(place, 'message_id');
  const named = items(messageId).map(textOf);
  if (messageId !== undefined && named.every((column) => column === key)) {
    const detail = `\`${key}\` is the same in every version of a row, so all changes after the first would be skipped as known. Add the column of \`occurred_at\`, or leave \`message_id\` out.`;
    fault(messageId, 'CMP141', detail);
  }
  const future = child(place, 'future');
  if (future !== undefined && textOf(future) === 'wait') {
    const detail =
      "Rows of an entity don't wait for their time: the newest statement about a row stands at once. Remove `future`.";
    fault(future, 'CMP085', detail);
  }
}

function readFields(fields: Place | undefined, { name, body }: Entity, reader: Reader): SourceEntity['fields'] {
  const found = entries(fields).flatMap(([field, from]) => {
    const declared = Object.hasOwn(body.fields, field) ? body.fields[field] : undefined;
    if (field === body.key) {
      const detail = `\`${field}\` is the key of \`${name}\`. Name its column by \`key\` of the source.`;
      fault(from, 'CMP120', detail, { on: 'key' });
      return [];
    }
    if (declared === undefined) {
      const remedy = 'Declare it under `fields` of the entity, or correct the name.';
      const known = Object.keys(body.fields);
      faultUnknown(from, 'CMP012', { what: `field of entity \`${name}\` named`, name: field, known, remedy });
      return [];
    }
    const { type } = declared;
    return [{ field, type, from: readColumn(from, { type, label: `field \`${name}.${field}\`` }, reader) }];
  });
  return found.sort((a, b) => compareText(a.field, b.field));
}

function readPeople(people: Place | undefined, { name, body }: Entity, reading: Reading): SourceEntity['people'] {
  const found = entries(people).flatMap(([role, place]) => {
    if (!Object.hasOwn(body.people, role)) {
      const known = Object.keys(body.people);
      const remedy = `Its roles are ${listed(known)}.`;
      faultUnknown(place, 'CMP106', { what: `role of entity \`${name}\` named`, name: role, known, remedy });
      return [];
    }
    const several = Array.isArray(place.value) ? items(place) : null;
    const of = (several ?? [place]).map((one) => readPerson(one, reading));
    const names = several === null ? readNames(place, role, body) : refuseNames(several);
    return [{ role, names, of }];
  });
  return found.sort((a, b) => compareText(a.role, b.role));
}

/** Whether a row names everybody of the role. Where it could be either, the file says it. */
function readNames(place: Place, role: string, body: EntityBody): 'all' | 'more' {
  const names = textAt(place, 'names');
  if (names !== undefined) return names === 'more' ? 'more' : 'all';
  const max = body.people[role]?.max ?? 1;
  if (max > 1 && child(place, 'list') === undefined) {
    const detail = `Role \`${role}\` has room for ${max} people and a row names one of them, so it isn't clear whether the others lose it. Add \`names: more\` where each row names a further person, or \`names: all\` where it names the only one.`;
    fault(place, 'CMP140', detail, { on: 'key' });
  }
  return 'all';
}

/** Several people are all of them. */
function refuseNames(several: readonly Place[]): 'all' {
  for (const one of several) {
    const names = child(one, 'names');
    if (names === undefined) continue;
    const detail = '`names` is not read here. A list of people names all who have the role. Remove it.';
    fault(names, 'CMP085', detail, { on: 'key' });
  }
  return 'all';
}

function readPerson(place: Place, { reader, format }: Reading): SourcePerson {
  const list = child(place, 'list');
  if (list !== undefined && format !== 'jsonl') {
    const detail = '`list` is not read here. Only a cell of JSON Lines holds a list. Name a column for each person.';
    fault(list, 'CMP085', detail, { on: 'key' });
  }
  const type = textAt(place, 'type');
  const column = child(place, 'column');
  return {
    list: list === undefined ? null : textOf(list),
    identifiers:
      type === undefined
        ? readIdentifiers(place, list === undefined ? reader : null)
        : [{ type, column: column === undefined ? null : checkColumn(column, reader) }],
  };
}

/** In items of a list, columns are keys of theirs. */
function readIdentifiers(place: Place, reader: Reader | null): SourceBody['identifiers'] {
  return items(child(place, 'identifiers')).map((one) => {
    const column = demand(one, 'column');
    return {
      type: textOf(demand(one, 'type')),
      column: reader === null ? textOf(column) : checkColumn(column, reader),
    };
  });
}
