/**
 * A row of a file as a fact, as its source says: identifiers, event with typed properties and measure, traits, consents, time,
 * message id. A row that can't be used is a reject with its reason, never an exception. Nothing is read from the store.
 */
import { strict as assert } from 'node:assert';
import { isZone } from '../compiler/instants.ts';
import type { ColumnReading, EventBody, SourceBody, Value, ValueType } from '../compiler/ir.ts';
import { isStorable } from './clean-text.ts';
import { cleanCell, namingOf, notIdentifier, readIdentifier } from './cleaning/apply.ts';
import type { Cleaned } from './cleaning/clean.ts';
import type { Declarations } from './declarations.ts';
import { type MappedEntity, mapEntity, type Surplus } from './entities/map-entity.ts';
import type { Fact } from './fact.ts';
import type { IdentifiedFact, Identifier } from './identified-fact.ts';
import { isBlocked } from './identity/rules.ts';
import { contentMessageId, declaredMessageId, type EqualRows } from './message-id.ts';
import {
  type Cells,
  cellAt,
  isProblem,
  type Problem,
  problem,
  readCell,
  readDeclared,
  readValue,
  textAt,
} from './read-cell.ts';
import type { RowReading } from './readers/row.ts';

/** A row that can't be used: the line, why, and the columns concerned; never a value. */
export interface Reject {
  readonly kind: 'reject';
  readonly line: number;
  readonly reason: string;
  readonly columns: readonly string[];
}

export type MappedRow =
  | {
      readonly kind: 'fact';
      readonly fact: IdentifiedFact;
      /** People whom a row of an entity has no room for; the rest of the row is taken. */
      readonly surplus: readonly { readonly people: number; readonly reject: Reject }[];
    }
  | Reject;

export interface MapOptions {
  readonly sourceId: string;
  readonly source: SourceBody;
  readonly declared: Declarations;
  /** When the rows are received, milliseconds since the epoch. */
  readonly received: number;
  readonly trigger: boolean;
  /** Counts the file's equal rows, for sources without declared message ids. */
  readonly equalRows: EqualRows;
  /** Told of each value that a source with `on_error: null` leaves out. */
  readonly onLeftOut?: (problem: Problem) => void;
  /** Told of each trait that a rule changed. */
  readonly onCleaned?: (trait: string, cleaned: Cleaned) => void;
}

/** What is needed to read values, whatever they stand in. */
export type ReadingOptions = Pick<MapOptions, 'source' | 'declared' | 'onLeftOut' | 'onCleaned'>;

/** Maps one row. Rows must come in the order of the file, each once. Errors: `ImportError` of `equalRows`. */
export function mapRow(row: RowReading, options: MapOptions): MappedRow {
  if (row.kind === 'bad') return { kind: 'reject', line: row.line, reason: row.reason, columns: [] };
  const mapped = toFact(row.cells, options);
  if (isProblem(mapped)) return rejectOf(mapped, row.line);
  const { fact, surplus } = mapped;
  if (surplus.length === 0) return { kind: 'fact', fact, surplus: none };
  const left = surplus.map(({ people, problem: why }) => ({ people, reject: rejectOf(why, row.line) }));
  return { kind: 'fact', fact, surplus: left };
}

/** The problem of a row, with its line. */
export function rejectOf({ reason, columns }: Problem, line: number): Reject {
  return { kind: 'reject', line, reason, columns };
}

interface Mapped {
  readonly fact: IdentifiedFact;
  readonly surplus: readonly Surplus[];
}

function toFact(cells: Cells, options: MapOptions): Mapped | Problem {
  const { source, sourceId, received, trigger } = options;
  // First, so that equal rows are counted alike whatever becomes of them.
  const messageId = messageIdOf(cells, options);
  if (isProblem(messageId)) return messageId;
  const identifiers = identifiersOf(cells, options);
  if (isProblem(identifiers)) return identifiers;
  const occurred = occurredAt(cells, options);
  if (isProblem(occurred)) return occurred;
  const event = eventOf(cells, options);
  if (isProblem(event)) return event;
  const noted: { cleaned?: Record<string, Cleaned> } = {};
  const traits = source.traits.length === 0 ? null : traitsOf(cells, noting(options, noted));
  if (isProblem(traits)) return traits;
  const consents = source.consents.length === 0 ? none : consentsOf(cells, source);
  if (isProblem(consents)) return consents;
  const told = entityOf(cells, options);
  if (isProblem(told)) return told;
  const waits = source.future === 'wait' && occurred > received;
  // A file has thousands of them: what a fact doesn't say isn't among its keys, and nothing is copied to leave it out.
  const fact: Writable<Fact> = {
    at: waits ? occurred : Math.min(occurred, received),
    // A fact that waits for its time is received when that comes.
    received: waits ? occurred : received,
    source: sourceId,
    trigger,
  };
  if (event !== null) fact.event = event;
  if (traits !== null && hasKeys(traits)) fact.traits = traits;
  if (noted.cleaned !== undefined) fact.cleaned = noted.cleaned;
  if (consents.length > 0) fact.consents = consents;
  if (told === null) return { fact: { messageId, identifiers, fact }, surplus: none };
  return { fact: { messageId, identifiers, fact, row: told.row }, surplus: told.surplus };
}

const none: readonly never[] = [];

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function hasKeys(record: Readonly<Record<string, unknown>>): boolean {
  for (const _ in record) return true;
  return false;
}

/** The options of a reader that notes what rules change. */
function noting(
  { source, declared, onLeftOut }: MapOptions,
  noted: { cleaned?: Record<string, Cleaned> },
): ReadingOptions {
  const onCleaned = (trait: string, one: Cleaned) => {
    noted.cleaned ??= {};
    noted.cleaned[trait] = one;
  };
  return onLeftOut === undefined ? { source, declared, onCleaned } : { source, declared, onLeftOut, onCleaned };
}

function entityOf(cells: Cells, { source, declared }: MapOptions): MappedEntity | null | Problem {
  return source.entity === undefined ? null : mapEntity(cells, source.entity, declared, source);
}

function messageIdOf(cells: Cells, { source, equalRows }: MapOptions): string | Problem {
  if (source.messageId.length === 0) return contentMessageId(cells, equalRows);
  const values: string[] = [];
  for (const column of source.messageId) {
    const text = textAt(cells, column);
    if (text === null || !isStorable(text)) return problem('no message id, but another kind of value', column);
    values.push(text);
  }
  if (values.every((value) => value === '')) return problem('the message id is missing', ...source.messageId);
  return declaredMessageId(values);
}

/** Whom the row is about; a problem when nobody is named. */
export function identifiersOf(cells: Cells, options: ReadingOptions): readonly Identifier[] | Problem {
  const { source, declared } = options;
  const identifiers: Identifier[] = [];
  const naming = namingOf(cells, source, declared);
  for (const { type, column } of source.identifiers) {
    const text = textAt(cells, column);
    if (text === '') continue;
    const identifier = text === null ? null : readIdentifier(type, text, naming);
    if (identifier === null) {
      const why = leftOut(notIdentifier(type, column, naming), options);
      if (why !== undefined) return why;
    } else if (!isBlocked(naming.identity, identifier)) identifiers.push(identifier);
  }
  // Who is tied to a row of an entity is named by role.
  if (identifiers.length > 0 || source.identifiers.length === 0) return identifiers;
  return problem('the identifier is missing', ...source.identifiers.map((one) => one.column));
}

function occurredAt(cells: Cells, { source, declared, received }: MapOptions): number | Problem {
  if (source.occurredAt === null) return received;
  const reading = readCell(cells, 'datetime', source.occurredAt, declared.workspace);
  if (isProblem(reading)) return reading;
  return (reading as number | null | undefined) ?? problem('the time is missing', source.occurredAt.column);
}

/** The event that the row is; null: the source has none. */
export function eventOf(cells: Cells, options: ReadingOptions): NonNullable<Fact['event']> | null | Problem {
  const { source, declared } = options;
  if (source.event === null) return null;
  const named = source.event.type;
  const type = named.kind === 'constant' ? named.value : textAt(cells, named.column);
  const body = type === null ? undefined : declared.events.get(type);
  if (type === null || body === undefined) {
    assert(named.kind === 'column', 'the compiler checked the constant event type');
    return problem(type === '' ? 'the event type is missing' : 'not an event type that is declared', named.column);
  }
  const properties = propertiesOf(cells, source.event, body, options);
  if (isProblem(properties)) return properties;
  const { value, unit } = measureOf(properties, body);
  return { type, value, unit, properties };
}

type Properties = Readonly<Record<string, Value>>;

/** Named columns win over the object of `propertiesFrom`. */
function propertiesOf(
  cells: Cells,
  event: NonNullable<SourceBody['event']>,
  body: EventBody,
  options: ReadingOptions,
): Properties | Problem {
  const { workspace } = options.declared;
  const properties: Record<string, Value> | Problem =
    event.propertiesFrom === null ? {} : nestedProperties(cells, event.propertiesFrom, body, options);
  if (isProblem(properties)) return properties;
  for (const { property, from } of event.properties) {
    const type = body.properties[property];
    // A file of several event types names the properties of all of them.
    if (type === undefined) continue;
    const value = leftOut(readCell(cells, type, from, workspace), options);
    if (isProblem(value)) return value;
    if (value !== null && value !== undefined) properties[property] = value;
  }
  return properties;
}

/** The value; where the source says so, nothing in the place of a problem. */
function leftOut<T>(value: T | Problem, { source, onLeftOut }: ReadingOptions): T | undefined | Problem {
  if (source.isLenient !== true || !isProblem(value)) return value;
  onLeftOut?.(value);
  return undefined;
}

function nestedProperties(
  cells: Cells,
  column: string,
  body: EventBody,
  options: ReadingOptions,
): Record<string, Value> | Problem {
  const { zone, currency } = options.declared.workspace;
  const nested = cellAt(cells, column) ?? {};
  if (typeof nested !== 'object' || Array.isArray(nested)) return problem('expected an object of properties', column);
  const properties: Record<string, Value> = {};
  for (const [property, type] of Object.entries(body.properties)) {
    const raw = Object.hasOwn(nested, property) ? (nested as Cells)[property] : undefined;
    const context = { column: `${column}.${property}`, format: null, zone, currency: null, defaultCurrency: currency };
    const value = leftOut(readValue(raw, type, context), options);
    if (isProblem(value)) return value;
    if (value !== null && value !== undefined) properties[property] = value;
  }
  return properties;
}

/** The value by which an event counts, and its currency. */
export function measureOf(
  properties: Properties,
  { measure }: EventBody,
): { value: number | null; unit: string | null } {
  const value = measure === null ? undefined : properties[measure.property];
  if (typeof value === 'number') return { value, unit: null };
  if (typeof value === 'object' && 'amount' in value) return { value: value.amount, unit: value.currency };
  return { value: null, unit: null };
}

/** Traits by name; null forgets. */
export function traitsOf(cells: Cells, options: ReadingOptions): Readonly<Record<string, Value | null>> | Problem {
  const traits: Record<string, Value | null> = {};
  for (const one of options.source.traits) {
    const value = leftOut(readTrait(cells, one, options), options);
    if (isProblem(value)) return value;
    if (value !== undefined) traits[one.trait] = value;
  }
  return traits;
}

function readTrait(
  cells: Cells,
  { trait, type, from }: { readonly trait: string; readonly type: ValueType; readonly from: ColumnReading },
  options: ReadingOptions,
): Value | null | undefined | Problem {
  const { workspace, traits } = options.declared;
  const body = traits.get(trait);
  const declared = body?.origin === 'sourced' ? body : { values: null, ignore: [], clean: undefined };
  const written = cleanCell(cells, { from, rule: declared.clean }, options);
  if (isProblem(written)) return written;
  const { values, ignore } = declared;
  const value = readDeclared(written.cells, { type, from: written.from, values, ignore }, workspace);
  if (written.cleaned !== null && value !== undefined && !isProblem(value)) options.onCleaned?.(trait, written.cleaned);
  // Built in; the store computes local days with it, so it must be one that exists.
  if (trait === 'zone' && typeof value === 'string' && !isZone(value)) {
    return problem('not a time zone, such as Europe/Paris', from.column);
  }
  return value;
}

const consentWords: Readonly<Record<string, 'granted' | 'denied' | 'confirmed'>> = {
  confirmed: 'confirmed',
  ...Object.fromEntries(['granted', 'true', 'yes', 'y', '1', 'on'].map((word) => [word, 'granted'] as const)),
  ...Object.fromEntries(['denied', 'false', 'no', 'n', '0', 'off'].map((word) => [word, 'denied'] as const)),
};

/** Longer proofs are cut: a proof names the text and how it was agreed to, it isn't the text. */
const proofCharsMax = 500;

export function consentsOf(cells: Cells, source: SourceBody): NonNullable<Fact['consents']> | Problem {
  const consents: NonNullable<Fact['consents']>[number][] = [];
  for (const { purpose, channel, column, proof } of source.consents) {
    const text = textAt(cells, column)?.toLowerCase();
    if (text === '') continue;
    const state = text !== undefined && Object.hasOwn(consentWords, text) ? consentWords[text] : undefined;
    if (state === undefined)
      return problem('expected granted, denied or confirmed (or true, false, yes, no, 1, 0)', column);
    const why = proof === undefined ? '' : (textAt(cells, proof) ?? '').slice(0, proofCharsMax);
    consents.push({ purpose, channel: channel ?? '*', state, ...(why !== '' && { proof: why }) });
  }
  return consents;
}
