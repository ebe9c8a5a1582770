/**
 * What a row of a file says of a row of an entity: its key, its fields, and its people by their identifiers. A row that can't be used
 * is a problem, never an exception. Nothing is read from the store.
 */
import { strict as assert } from 'node:assert';
import type { EntityBody, SourceBody, SourceEntity, SourcePerson, Value, WorkspaceBody } from '../../compiler/ir.ts';
import { cleanIdentifier, identifierCharsMax } from '../clean-text.ts';
import { type Naming, namingOf, notIdentifier, readIdentifier } from '../cleaning/apply.ts';
import type { Declarations } from '../declarations.ts';
import type { Identifier, RowStatement } from '../identified-fact.ts';
import { isBlocked } from '../identity/rules.ts';
import { type Cells, cellAt, isProblem, type Problem, problem, readDeclared, textAt } from '../read-cell.ts';

export interface MappedEntity {
  readonly row: RowStatement;
  /** Who was left out, by role. */
  readonly surplus: readonly Surplus[];
}

/** People for whom a role of the row has no room. */
export interface Surplus {
  readonly people: number;
  readonly problem: Problem;
}

export function mapEntity(
  cells: Cells,
  source: SourceEntity,
  declared: Declarations,
  of: Pick<SourceBody, 'country' | 'traits'> = { traits: [] },
): MappedEntity | Problem {
  const { entities, workspace } = declared;
  const naming = namingOf(cells, of, declared);
  const body = entities.get(source.entity);
  assert(body !== undefined, 'the compiler checked the entity');
  const key = keyOf(cells, source.column);
  if (isProblem(key)) return key;
  const fields = fieldsOf(cells, source, body, workspace);
  if (isProblem(fields)) return fields;
  const people: RowStatement['people'][number][] = [];
  const surplus: Surplus[] = [];
  for (const { role, names, of } of source.people) {
    const max = body.people[role]?.max ?? 0;
    const named = peopleOf(cells, of, naming);
    if (isProblem(named)) return named;
    if (named === null) continue;
    // Cut here, so that a list without end makes no profiles; whom others named before is counted when the row is told.
    const left = named.length - max;
    if (left > 0) surplus.push({ people: left, problem: noRoom({ role, max, people: left }, columnsOf(of)) });
    people.push({ role, names, max, of: named.slice(0, max) });
  }
  return { row: { entity: source.entity, key, fields: { [body.key]: key, ...fields }, people }, surplus };
}

/** Why some people of a row weren't tied to it. */
export function noRoom(
  { role, max, people }: { readonly role: string; readonly max?: number; readonly people: number },
  columns: readonly string[],
): Problem {
  const room = max === undefined ? 'is full' : `has room for ${max}`;
  return problem(`the row was taken, but not ${people} of its people: role ${role} ${room}`, ...columns);
}

function keyOf(cells: Cells, column: string): string | Problem {
  const text = textAt(cells, column);
  if (text === '') return problem('the key of the row is missing', column);
  const key = text === null ? null : cleanIdentifier('key', text);
  return key ?? problem(`not a key: no text, or longer than ${identifierCharsMax} characters`, column);
}

function fieldsOf(
  cells: Cells,
  source: SourceEntity,
  body: EntityBody,
  workspace: WorkspaceBody,
): Readonly<Record<string, Value | null>> | Problem {
  const fields: Record<string, Value | null> = {};
  for (const { field, type, from } of source.fields) {
    const declared = body.fields[field];
    const value = readDeclared(cells, { type, from, values: null, ignore: [], ...declared }, workspace);
    if (isProblem(value)) return value;
    if (value !== undefined) fields[field] = value;
  }
  return fields;
}

type Named = readonly (readonly Identifier[])[];

/** All who are named, each once; null when the columns say nothing. */
function peopleOf(cells: Cells, of: readonly SourcePerson[], naming: Naming): Named | null | Problem {
  const all = new Map<string, readonly Identifier[]>();
  let isSaid = false;
  for (const person of of) {
    const named =
      person.list === null ? personOf(cells, person, naming) : listOf(cells, person.list, { person, naming });
    if (isProblem(named)) return named;
    isSaid ||= named !== null;
    for (const one of named ?? []) all.set(JSON.stringify(one), one);
  }
  return isSaid ? [...all.values()] : null;
}

function personOf(cells: Cells, { identifiers }: SourcePerson, naming: Naming): Named | null | Problem {
  const found: Identifier[] = [];
  let isNull = false;
  for (const { type, column } of identifiers) {
    const identifier = identifierOf(type, cells, { column: column ?? '', naming });
    if (isProblem(identifier)) return identifier;
    if (identifier !== null && !isBlocked(naming.identity, identifier)) found.push(identifier);
    isNull ||= cellAt(cells, column ?? '') === null;
  }
  if (found.length > 0) return [found];
  return isNull ? [] : null;
}

interface Listed {
  readonly person: SourcePerson;
  readonly naming: Naming;
}

function listOf(cells: Cells, list: string, { person, naming }: Listed): Named | null | Problem {
  const cell = cellAt(cells, list);
  if (cell === undefined || cell === '') return null;
  if (cell === null) return [];
  if (!Array.isArray(cell)) return problem('expected a list of people', list);
  const people: (readonly Identifier[])[] = [];
  for (const item of cell as readonly unknown[]) {
    const named = itemOf(item, list, { person, naming });
    if (isProblem(named)) return named;
    // Who is named by nothing but what names nobody is nobody.
    const known = named.filter((one) => !isBlocked(naming.identity, one));
    if (known.length > 0) people.push(known);
  }
  return people;
}

/** An item is an identifier, or an object that holds some. */
function itemOf(item: unknown, list: string, { person, naming }: Listed): readonly Identifier[] | Problem {
  const { identifiers } = person;
  const isObject = typeof item === 'object' && item !== null && !Array.isArray(item);
  const found: Identifier[] = [];
  for (const { type, column } of identifiers) {
    if (column !== null && !isObject) return problem('expected a list of objects', list);
    const identifier = identifierOf(type, column === null ? { [list]: item } : (item as Cells), {
      ...{ column: column ?? list, naming },
    });
    if (isProblem(identifier)) return problem(identifier.reason, list);
    if (identifier !== null) found.push(identifier);
  }
  return found.length > 0 ? found : problem('a person of the list has no identifier', list);
}

function identifierOf(
  type: string,
  cells: Cells,
  { column, naming }: { readonly column: string; readonly naming: Naming },
): Identifier | null | Problem {
  const text = textAt(cells, column);
  if (text === '') return null;
  return (text === null ? null : readIdentifier(type, text, naming)) ?? notIdentifier(type, column, naming);
}

/** The columns of the file that name the people. */
export function columnsOf(of: readonly SourcePerson[]): readonly string[] {
  return of.flatMap(({ list, identifiers }) =>
    list === null ? identifiers.flatMap(({ column }) => (column === null ? [] : [column])) : [list],
  );
}
