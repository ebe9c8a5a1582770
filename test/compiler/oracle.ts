/**
 * A plain reading of conditions in memory: what a condition means for one person at one time, written from the language and
 * not from the SQL. It is slow and obvious on purpose; the compiled statements are held to it. No store is touched here.
 */
import type {
  Condition,
  ConsentState,
  CountTest,
  Duration,
  EventSelection,
  Moment,
  Money,
  TraitBody,
  TraitDefinition,
  Value,
  ValueTest,
  ValueType,
} from '../../engine/compiler/ir.ts';
import { midnightOf } from './oracle-midnight.ts';

/** Instants are milliseconds since the epoch. */
export interface OracleEvent {
  readonly type: string;
  readonly at: number;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly value: number | null;
  readonly unit: string | null;
}

/** What a source said of a trait; later entries of equal time were received later. */
export interface Observation {
  readonly trait: string;
  readonly at: number;
  readonly value: unknown;
}

/** `channel` is a type or `*`; later entries of equal time were said later. */
export interface ConsentStatement {
  readonly purpose: string;
  readonly channel: string;
  readonly state: 'granted' | 'denied';
  readonly at: number;
}

export interface OraclePerson {
  readonly zone: string | null;
  readonly observations: readonly Observation[];
  readonly events: readonly OracleEvent[];
  readonly consents: readonly ConsentStatement[];
  /** What the store says he is a member of; the reading as of a time works segments out instead. */
  readonly segments: readonly string[];
}

/** How a person is read at t: from what is stored as current, or from facts up to t alone. */
export interface OracleReading {
  readonly t: number;
  readonly defaultZone: string;
  trait(person: OraclePerson, name: string): unknown;
  isIn(person: OraclePerson, segment: string): boolean;
  consents(person: OraclePerson): readonly ConsentStatement[];
}

/** Traits, memberships and consents as they stand; events up to t. */
export function liveReading(t: number, defaultZone: string): OracleReading {
  return {
    t,
    defaultZone,
    trait: (person, name) => newest(person.observations.filter((one) => one.trait === name))?.value,
    isIn: (person, segment) => person.segments.includes(segment),
    consents: (person) => person.consents,
  };
}

/** What a reading as of a time must know of the bundle. */
export interface OracleDefinitions {
  readonly traits: Readonly<Record<string, TraitBody>>;
  readonly segments: Readonly<Record<string, Condition>>;
}

/** Nothing but facts dated up to t; segments and computed traits from their definitions. */
export function asOfReading(t: number, defaultZone: string, definitions: OracleDefinitions): OracleReading {
  const reading: OracleReading = {
    t,
    defaultZone,
    trait: (person, name) => {
      const body = definitions.traits[name];
      if (body?.origin === 'computed') return computed(body.definition, person, t);
      return newest(person.observations.filter((one) => one.trait === name && one.at <= t))?.value;
    },
    isIn: (person, segment) => holds(definitions.segments[segment] as Condition, person, reading),
    consents: (person) => person.consents.filter((one) => one.at <= t),
  };
  return reading;
}

/** The value of a computed trait in its stored form. */
export function computed(definition: TraitDefinition, person: OraclePerson, t: number): Value {
  if (definition.kind !== 'count' && definition.kind !== 'sum')
    throw new Error(`the oracle doesn't know ${definition.kind}`);
  const events = counted(definition.events, person, t);
  if (definition.kind === 'count') return events.length;
  const amount = total(events, definition.unit);
  return definition.unit === null ? amount : { amount, currency: definition.unit };
}

/** Whether the condition is true of the person. Conditions of enrollments are not read here. */
export function holds(condition: Condition, person: OraclePerson, reading: OracleReading): boolean {
  switch (condition.kind) {
    case 'all':
      return condition.of.every((child) => holds(child, person, reading));
    case 'any':
      return condition.of.some((child) => holds(child, person, reading));
    case 'not':
      return !holds(condition.of, person, reading);
    case 'trait': {
      const zone = person.zone ?? reading.defaultZone;
      return passes(condition.type, condition.test, reading.trait(person, condition.trait), { t: reading.t, zone });
    }
    case 'count':
      return compares(counted(condition.events, person, reading.t).length, condition.test);
    case 'sum':
      return compares(total(counted(condition.events, person, reading.t), condition.unit), condition.test);
    case 'segment':
      return reading.isIn(person, condition.segment);
    case 'consent':
      return stateOf(reading.consents(person), condition.purpose, condition.channel) === condition.is;
    default:
      throw new Error(`The oracle reads no ${condition.kind}.`);
  }
}

function newest<T extends { readonly at: number }>(all: readonly T[]): T | undefined {
  return all.reduce<T | undefined>((best, one) => (best === undefined || one.at >= best.at ? one : best), undefined);
}

/** The newest word of each channel stands; a refusal that covers the channel outweighs a grant. */
function stateOf(said: readonly ConsentStatement[], purpose: string, channel: string | null): ConsentState {
  const about = said.filter(
    (one) => one.purpose === purpose && (channel === null || one.channel === '*' || one.channel === channel),
  );
  const standing = [...new Set(about.map((one) => one.channel))].map(
    (one) => newest(about.filter((other) => other.channel === one))?.state,
  );
  if (standing.includes('denied')) return 'denied';
  return standing.includes('granted') ? 'granted' : 'unknown';
}

/** Months by the calendar in UTC, the last day of a shorter month; a day is 24 hours. */
export function addDuration(at: number, { months, days, ms }: Duration, sign: 1 | -1 = 1): number {
  const date = new Date(at);
  const monthStart = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + sign * months, 1);
  const start = new Date(monthStart);
  const lastDay = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 0)).getUTCDate();
  const dayMs = 86_400_000;
  const moved = monthStart + (Math.min(date.getUTCDate(), lastDay) - 1) * dayMs + (((at % dayMs) + dayMs) % dayMs);
  return moved + sign * (days * dayMs + ms);
}

/** The person's events that count at t: in a window of length d while `at <= t < at + d`. */
export function counted(events: EventSelection, person: OraclePerson, t: number): readonly OracleEvent[] {
  const { window } = events;
  return person.events.filter((event) => {
    if (!events.types.includes(event.type) || event.at > t) return false;
    if (window.kind === 'in_last' && t >= addDuration(event.at, window.duration)) return false;
    return events.where.every(
      ({ property, type, not, test }) =>
        passes(type, test, event.properties[property], { t, zone: person.zone ?? 'UTC' }) !== not,
    );
  });
}

function total(events: readonly OracleEvent[], unit: string | null): number {
  return events.reduce((sum, event) => (event.unit === unit ? sum + (event.value ?? 0) : sum), 0);
}

function compares(number: number, test: CountTest): boolean {
  switch (test.op) {
    case 'is':
      return number === test.value;
    case 'gt':
      return number > test.value;
    case 'gte':
      return number >= test.value;
    case 'lt':
      return number < test.value;
    case 'lte':
      return number <= test.value;
    case 'between':
      return number >= test.low && number <= test.high;
  }
}

interface Present {
  readonly t: number;
  readonly zone: string;
}

/** A value of the wrong type is missing, and a missing value fails every test. */
export function passes(type: ValueType, test: ValueTest, stored: unknown, present: Present): boolean {
  if (!isOfType(type, stored)) return false;
  switch (test.op) {
    case 'exists':
      return true;
    case 'is':
      return order(stored, test.value) === 0;
    case 'in':
      return test.values.some((value) => order(stored, value) === 0);
    case 'gt':
      return order(stored, test.value) > 0;
    case 'gte':
      return order(stored, test.value) >= 0;
    case 'lt':
      return order(stored, test.value) < 0;
    case 'lte':
      return order(stored, test.value) <= 0;
    case 'between':
      return order(stored, test.low) >= 0 && order(stored, test.high) <= 0;
    case 'contains':
      return Array.isArray(stored) ? stored.includes(test.value) : (stored as string).includes(test.value);
    case 'starts_with':
      return (stored as string).startsWith(test.value);
    case 'ends_with':
      return (stored as string).endsWith(test.value);
    case 'matches':
    case 'same_as':
    case 'some':
    case 'anniversary_in_next':
    case 'anniversary_in_last':
      throw new Error(`the oracle doesn't know ${test.op}`);
    default:
      return passesInTime(test, instantOf(type, stored as number, present.zone), present.t);
  }
}

function isOfType(type: ValueType, stored: unknown): boolean {
  switch (type) {
    case 'text':
    case 'id':
    case 'enum':
      return typeof stored === 'string';
    case 'boolean':
      return typeof stored === 'boolean';
    case 'list':
      return Array.isArray(stored);
    case 'money': {
      const { amount, currency } = (stored ?? {}) as { readonly amount?: unknown; readonly currency?: unknown };
      return typeof amount === 'number' && typeof currency === 'string';
    }
    default:
      return typeof stored === 'number';
  }
}

/** Less, equal or greater; not a number for what can't be compared (another currency), which fails every comparison. */
function order(stored: unknown, value: Value): number {
  if (typeof value === 'object') {
    const { amount, currency } = stored as Money;
    return currency === (value as Money).currency ? amount - (value as Money).amount : Number.NaN;
  }
  if (typeof stored === 'number' && typeof value === 'number') return Math.sign(stored - value);
  if (typeof stored === 'boolean') return stored === value ? 0 : Number.NaN;
  return Buffer.compare(Buffer.from(String(stored), 'utf8'), Buffer.from(String(value), 'utf8'));
}

/** Years 1900 to 9999; anything else is no instant. */
function instantOf(type: ValueType, stored: number, zone: string): number {
  const inRange = stored >= (type === 'date' ? -25_567 : -2_208_988_800_000);
  if (!inRange || stored > (type === 'date' ? 2_932_896 : 253_402_300_799_999)) return Number.NaN;
  return type === 'date' ? midnightOf(stored, zone) : stored;
}

type TimeTest = Extract<ValueTest, { readonly op: 'before' | 'after' | 'in_last' | 'in_next' }>;

function passesInTime(test: TimeTest, at: number, t: number): boolean {
  if (Number.isNaN(at)) return false;
  switch (test.op) {
    case 'before':
      return isBefore(at, test.moment, t);
    case 'after':
      return !isBefore(at, test.moment, t);
    case 'in_last':
      return at <= t && t < addDuration(at, test.duration);
    case 'in_next':
      return addDuration(at, test.duration, -1) <= t && t < at;
  }
}

/** `before 7d ago` is true from the very instant that is 7 days after the value. */
function isBefore(at: number, moment: Moment, t: number): boolean {
  if (moment.kind === 'instant') return at < moment.at;
  if (moment.kind !== 'ago' && moment.kind !== 'ahead') throw new Error(`the oracle doesn't know ${moment.kind}`);
  return addDuration(at, moment.duration, moment.kind === 'ago' ? 1 : -1) <= t;
}
