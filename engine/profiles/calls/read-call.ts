/**
 * One call of the Segment specification (identify, track, page, screen, group, alias) as a fact, as its source says. A call that can't be
 * used is a list of reasons, never an exception. Nothing is read from the store; whom it is about is found later.
 */
import { randomUUID } from 'node:crypto';
import { isStorableInstant, parseInstant } from '../../compiler/instants.ts';
import type { SourceBody } from '../../compiler/ir.ts';
import { namingOf, readIdentifier } from '../cleaning/apply.ts';
import type { Cleaned } from '../cleaning/clean.ts';
import type { Declarations } from '../declarations.ts';
import { mapEntity } from '../entities/map-entity.ts';
import type { Fact } from '../fact.ts';
import type { IdentifiedFact, Identifier } from '../identified-fact.ts';
import { consentsOf, eventOf, identifiersOf, type ReadingOptions, traitsOf } from '../map-row.ts';
import { declaredMessageId } from '../message-id.ts';
import { type Cells, isProblem, type Problem, problem } from '../read-cell.ts';
import { checkJson } from './check-json.ts';

export const callTypes = ['identify', 'track', 'page', 'screen', 'group', 'alias'] as const;
export type CallType = (typeof callTypes)[number];

export interface CallOptions {
  readonly sourceId: string;
  readonly source: SourceBody;
  readonly declared: Declarations;
  /** When it arrived, milliseconds since the epoch. */
  readonly received: number;
  /** When the sender's clock says that it was sent, where its envelope says so. */
  readonly sentAt?: unknown;
}

export type ReadCall =
  | {
      readonly kind: 'fact';
      readonly fact: IdentifiedFact /** Values left out by `on_error: null`. */;
      readonly leftOut: number;
    }
  /** Nothing in it is declared, and that is no mistake of the caller: a `page` where nobody asked for pages. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'bad'; readonly reasons: readonly string[] };

/** Events that `page` and `screen` are, where they are declared. */
const eventOfCall: Readonly<Partial<Record<CallType, string>>> = { page: 'page_viewed', screen: 'screen_viewed' };

/** Reads a call whose type is known (its address, or `type` in a batch). */
export function readCall(type: CallType, raw: unknown, options: CallOptions): ReadCall {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return bad('the call is no object');
  const unusable = checkJson(raw);
  if (unusable !== null) return bad(unusable);
  const call = raw as Cells;
  const wrongObject = ['traits', 'properties', 'context'].find((key) => !isObjectOrNothing(call[key]));
  if (wrongObject !== undefined) return bad(`/${wrongObject} is no object`);
  const wrongText = ['userId', 'anonymousId', 'previousId', 'groupId', 'messageId'].find(
    (key) => !isNameOrNothing(call[key]),
  );
  if (wrongText !== undefined) return bad(`/${wrongText} is neither a text nor a number`);
  const read = readTyped(type, normalised(type, call), options);
  return isProblem(read) ? bad(wordsOf(read)) : read;
}

function bad(...reasons: readonly string[]): ReadCall {
  return { kind: 'bad', reasons };
}

function wordsOf({ columns, reason }: Problem): string {
  const places = columns.map((column) => `/${column.replaceAll('.', '/')}`).join(', ');
  return places === '' ? reason : `${places}: ${reason}`;
}

function isObjectOrNothing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value));
}

function isNameOrNothing(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string' || typeof value === 'number';
}

/** The call with names of events, properties and traits as the language writes them: `Order Placed` and `orderPlaced` are `order_placed`. */
function normalised(type: CallType, call: Cells): Cells {
  const { traits, properties, context, event, name, category } = call;
  const ofContext = (context as Cells | null | undefined)?.traits;
  const extra = type === 'page' || type === 'screen' ? { name, category } : {};
  return {
    ...call,
    event: eventOfCall[type] ?? (typeof event === 'string' ? snake(event) : event),
    traits: withSnakeKeys(traits as Cells | null | undefined),
    properties: { ...extra, ...withSnakeKeys(properties as Cells | null | undefined) },
    ...(isObjectOrNothing(ofContext) && ofContext != null
      ? { context: { ...(context as Cells), traits: withSnakeKeys(ofContext as Cells) } }
      : {}),
  };
}

function withSnakeKeys(cells: Cells | null | undefined): Cells {
  if (cells === null || cells === undefined) return {};
  const written = Object.entries(cells);
  // What is written as declared wins over what only reads like it.
  const others = written.map(([key, value]) => [snake(key), value] as const);
  return Object.fromEntries([...others, ...written]);
}

const isSnake = /^[a-z][a-z0-9_]*$/;

/** A name in words joined by underscores. */
export function snake(text: string): string {
  if (isSnake.test(text)) return text;
  return text
    .trim()
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
}

function readTyped(type: CallType, call: Cells, options: CallOptions): ReadCall | Problem {
  const { source, declared, sourceId, received } = options;
  const at = occurredAt(call, options);
  if (isProblem(at)) return at;
  const messageId = messageIdOf(call);
  if (isProblem(messageId)) return messageId;
  let leftOut = 0;
  const cleaned: Record<string, Cleaned> = {};
  const reading: ReadingOptions = {
    ...{ source, declared, onLeftOut: () => (leftOut += 1) },
    onCleaned: (trait, one) => (cleaned[trait] = one),
  };
  const said = readSaid(type, call, reading);
  if (isProblem(said) || said === null) return said ?? { kind: 'ignored' };
  const { identifiers, row, isAlias, ...about } = said;
  const changed = Object.keys(cleaned).length > 0 ? { cleaned } : {};
  const fact: Fact = { at, received, source: sourceId, trigger: true, ...about, ...changed };
  const alias = isAlias === undefined ? {} : { isAlias };
  return { kind: 'fact', leftOut, fact: { messageId, identifiers, fact, ...alias, ...(row && { row }) } };
}

type Said = Pick<IdentifiedFact, 'identifiers' | 'row' | 'isAlias'> & Pick<Fact, 'event' | 'traits' | 'consents'>;

/** What the call says; null: nothing that is declared. */
function readSaid(type: CallType, call: Cells, reading: ReadingOptions): Said | null | Problem {
  const { source, declared } = reading;
  if (type === 'alias') return readAlias(call, reading);
  if (type === 'group') return readGroup(call, reading);
  const identifiers = identifiersOf(call, reading);
  if (isProblem(identifiers)) return identifiers;
  const consents = consentsOf(call, source);
  if (isProblem(consents)) return consents;
  const given = consents.length === 0 ? {} : { consents };
  if (type === 'identify') {
    const traits = traitsOf(call, reading);
    if (isProblem(traits)) return traits;
    return { identifiers, ...given, ...(Object.keys(traits).length > 0 && { traits }) };
  }
  if (type !== 'track' && !declared.events.has(String(call.event))) return null;
  const event = eventOf(call, reading);
  if (isProblem(event)) return event;
  return { identifiers, ...given, ...(event !== null && { event }) };
}

/** `previousId` may be of a device or of an account. */
function readAlias(call: Cells, { source, declared }: ReadingOptions): Said | Problem {
  const naming = namingOf(call, source, declared);
  const identifiers: Identifier[] = [];
  const named = [
    ['external_id', 'userId'],
    ['anonymous_id', 'previousId'],
    ['external_id', 'previousId'],
  ] as const;
  for (const [type, column] of named) {
    const text = call[column] === undefined || call[column] === null ? '' : String(call[column]);
    const identifier = readIdentifier(type, text, naming);
    if (identifier === null) return problem('an alias needs both ids', column);
    identifiers.push(identifier);
  }
  return { identifiers, isAlias: true };
}

function readGroup(call: Cells, reading: ReadingOptions): Said | Problem {
  const { source, declared } = reading;
  const group = source.api?.group ?? null;
  if (group === null) return problem('this source takes no groups; its file says which entity they are by `group`');
  const identifiers = identifiersOf(call, reading);
  if (isProblem(identifiers)) return identifiers;
  const body = declared.entities.get(group.entity);
  if (body === undefined) return problem('the entity of groups is not in the live revision');
  const of = [{ list: null, identifiers: source.identifiers }];
  const mapped = mapEntity(
    call,
    {
      entity: group.entity,
      column: 'groupId',
      fields: Object.entries(body.fields)
        .filter(([field]) => field !== body.key)
        .map(([field, { type }]) => ({
          field,
          type,
          from: { column: `traits.${field}`, format: null, zone: null, currency: null, currencyColumn: null },
        })),
      people: [{ role: group.role, names: 'more', of }],
    },
    declared,
    source,
  );
  return isProblem(mapped) ? mapped : { identifiers: [], row: mapped.row };
}

function messageIdOf(call: Cells): string | Problem {
  const { messageId } = call;
  // Without one it can't be told from another: each is its own.
  if (messageId === undefined || messageId === null || messageId === '') return randomUUID();
  return declaredMessageId([String(messageId)]);
}

/**
 * When it happened, by our clock: the sender's clock may be wrong, but how long before sending it happened is right. Never later than now.
 */
export function occurredAt(
  call: Cells,
  { received, sentAt }: Pick<CallOptions, 'received' | 'sentAt'>,
): number | Problem {
  const timestamp = instantAt(call, 'timestamp');
  if (isProblem(timestamp)) return timestamp;
  const original = instantAt(call, 'originalTimestamp');
  if (isProblem(original)) return original;
  const sent = instantAt(call.sentAt === undefined ? { sentAt } : call, 'sentAt');
  if (isProblem(sent)) return sent;
  const happened = original ?? timestamp;
  if (happened === null) return received;
  const at = sent === null ? happened : received - (sent - happened);
  if (!isStorableInstant(at)) return problem('not a time in the years 1900 to 9999', 'timestamp');
  return Math.min(at, received);
}

function instantAt(call: Cells, key: string): number | null | Problem {
  const value = call[key];
  if (value === undefined || value === null) return null;
  const at = typeof value === 'string' ? parseInstant(value, { zone: 'UTC' }) : null;
  if (at === null || !isStorableInstant(at)) return problem('not an ISO date-time such as 2026-03-31T09:00:00Z', key);
  return at;
}
