/**
 * A plain reading of conditions in memory: what a condition means for one person at one time, written from the language and
 * not from the SQL. It is slow and obvious on purpose; the compiled statements are held to it. No store is touched here.
 */
import type {
  Condition,
  ConsentState,
  CountTest,
  TraitBody,
  TraitDefinition,
  Value,
  ValueRef,
  Weekday,
} from '../../engine/compiler/ir.ts';
import { addDuration } from './oracle-clock.ts';
import { counted, edgeOf, measured, total } from './oracle-events.ts';
import { messageHolds, messagesCount } from './oracle-messages.ts';
import { allPass, isBefore, type Present, passes } from './oracle-values.ts';

export { addDuration } from './oracle-clock.ts';

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

/** A row of an entity, in one of the roles in which it is tied to the person. */
export interface OracleRow {
  readonly entity: string;
  readonly key: string;
  readonly role: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A message by when each thing happened to it; null: not (yet). */
export interface OracleMessage {
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly step: string;
  readonly channel: string;
  readonly created: number;
  readonly accepted: number | null;
  readonly sent: number | null;
  readonly delivered: number | null;
  readonly seen: number | null;
  readonly acted: number | null;
  readonly replied: number | null;
  readonly bounced: number | null;
  /** It didn't leave, and never will. */
  readonly isEnded: boolean;
}

export interface OracleEnrollment {
  readonly journey: string;
  readonly key: string;
  readonly n: number;
  readonly entered: number;
  readonly exited: number | null;
  readonly as: string | null;
  /** When the present step began. */
  readonly stepSince: number;
  /** When steps were done. */
  readonly marks: Readonly<Record<string, number>>;
  readonly entry: Readonly<Record<string, unknown>>;
}

export interface OraclePerson {
  readonly zone: string | null;
  readonly observations: readonly Observation[];
  readonly events: readonly OracleEvent[];
  readonly consents: readonly ConsentStatement[];
  /** What the store says he is a member of; the reading as of a time works segments out instead. */
  readonly segments: readonly string[];
  /** Since when he is a member; without a word, ever. */
  readonly since?: Readonly<Record<string, number>>;
  readonly rows?: readonly OracleRow[];
  readonly messages?: readonly OracleMessage[];
  readonly enrollments?: readonly OracleEnrollment[];
  /** By set. */
  readonly personas?: Readonly<Record<string, string>>;
  /** Types of his identifiers. */
  readonly identifiers?: readonly string[];
}

/** How a person is read at t: from what is stored as current, or from facts up to t alone. */
export interface OracleReading {
  readonly t: number;
  readonly defaultZone: string;
  /** Days from Monday to the first of the house's week. */
  readonly weekStarts: number;
  /** Where the condition is asked inside an enrollment. */
  readonly enrollment: OracleEnrollment | null;
  trait(person: OraclePerson, name: string): unknown;
  isIn(person: OraclePerson, segment: string): boolean;
  consents(person: OraclePerson): readonly ConsentStatement[];
}

/** Traits, memberships and consents as they stand; events up to t. */
export function liveReading(
  t: number,
  defaultZone: string,
  enrollment: OracleEnrollment | null = null,
  weekStarts: Weekday = 'mon',
): OracleReading {
  return {
    t,
    defaultZone,
    weekStarts: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].indexOf(weekStarts),
    enrollment,
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
    ...liveReading(t, defaultZone),
    trait: (person, name) => {
      const body = definitions.traits[name];
      if (body?.origin === 'computed') return computed(body.definition, person, reading);
      return newest(person.observations.filter((one) => one.trait === name && one.at <= t))?.value;
    },
    isIn: (person, segment) => holds(definitions.segments[segment] as Condition, person, reading),
    consents: (person) => person.consents.filter((one) => one.at <= t),
  };
  return reading;
}

/** The value of a computed trait in its stored form. */
export function computed(definition: TraitDefinition, person: OraclePerson, reading: OracleReading): Value {
  if (definition.kind !== 'count' && definition.kind !== 'sum')
    throw new Error(`the oracle doesn't know ${definition.kind}`);
  const events = counted(definition.events, person, reading);
  if (definition.kind === 'count') return events.length;
  const amount = total(events, definition.unit);
  return definition.unit === null ? amount : { amount, currency: definition.unit };
}

/** What tests of the person's values read at t. */
export function presentOf(person: OraclePerson, reading: OracleReading): Present {
  return {
    t: reading.t,
    zone: person.zone ?? reading.defaultZone,
    value: (ref) => referred(ref, person, reading),
  };
}

function referred(ref: ValueRef, person: OraclePerson, reading: OracleReading): unknown {
  if (ref.root === 'trait') return reading.trait(person, ref.trait);
  if (ref.root === 'entry') return inside(reading).entry[ref.property];
  return boundRow(ref.entity, person, reading)?.fields[ref.field];
}

function inside({ enrollment }: OracleReading): OracleEnrollment {
  if (enrollment === null) throw new Error('The condition is asked outside an enrollment.');
  return enrollment;
}

/** The row that the enrollment is bound to by its key. */
function boundRow(entity: string, person: OraclePerson, reading: OracleReading): OracleRow | undefined {
  return person.rows?.find((row) => row.entity === entity && row.key === inside(reading).key);
}

/** Whether the condition is true of the person. */
export function holds(condition: Condition, person: OraclePerson, reading: OracleReading): boolean {
  const present = presentOf(person, reading);
  switch (condition.kind) {
    case 'all':
      return condition.of.every((child) => holds(child, person, reading));
    case 'any':
      return condition.of.some((child) => holds(child, person, reading));
    case 'not':
      return !holds(condition.of, person, reading);
    case 'trait':
      return passes(condition.type, condition.test, reading.trait(person, condition.trait), present);
    case 'field':
      return passes(condition.type, condition.test, inside(reading).entry[condition.property], present);
    case 'entity_field': {
      const row = boundRow(condition.entity, person, reading);
      return passes(condition.type, condition.test, row?.fields[condition.field], present);
    }
    case 'count':
      return compares(counted(condition.events, person, reading).length, condition.test);
    case 'sum':
      return compares(total(counted(condition.events, person, reading), condition.unit), condition.test);
    case 'aggregate': {
      const found = measured(condition, counted(condition.events, person, reading));
      return found !== null && compares(found, condition.test);
    }
    case 'first':
    case 'last': {
      const edge = edgeOf(condition.kind, counted(condition.events, person, reading));
      if (edge === undefined) return false;
      if (condition.of === null) return passes('datetime', condition.test, edge.at, present);
      return passes(condition.type, condition.test, edge.properties[condition.of], present);
    }
    case 'entity': {
      const tied = (person.rows ?? []).filter(
        ({ entity, role }) => entity === condition.entity && (condition.role === null || role === condition.role),
      );
      const keys = tied.filter((row) => allPass(condition.where, row.fields, present)).map((row) => row.key);
      return compares(new Set(keys).size, condition.test);
    }
    case 'segment':
      return isIn(condition, person, reading);
    case 'persona':
      return condition.in.includes(person.personas?.[condition.persona] ?? '');
    case 'consent':
      return consentHolds(condition, person, reading);
    case 'journey':
      return journeyHolds(condition, person, reading);
    case 'message':
      return (person.messages ?? []).some(
        (one) =>
          isOf(one, inside(reading)) && condition.steps.includes(one.step) && messageHolds(one, condition.status),
      );
    case 'messages':
      return messagesHold(condition, person, reading);
    case 'identified':
      return (person.identifiers ?? []).some((type) => type !== 'anonymous_id');
    case 'points':
    case 'tier':
    case 'gained':
      throw new Error(`The oracle reads no ${condition.kind}.`);
  }
}

type Leaf<K extends Condition['kind']> = Extract<Condition, { readonly kind: K }>;

function isIn({ segment, forAtLeast }: Leaf<'segment'>, person: OraclePerson, reading: OracleReading): boolean {
  if (forAtLeast === undefined) return reading.isIn(person, segment);
  // Since when has no past: it is what is stored.
  const since = person.segments.includes(segment) ? (person.since?.[segment] ?? 0) : null;
  return since !== null && addDuration(since, forAtLeast) <= reading.t;
}

function consentHolds(leaf: Leaf<'consent'>, person: OraclePerson, reading: OracleReading): boolean {
  const standing = standingOf(reading.consents(person), leaf.purpose, leaf.channel);
  if (stateOf(standing) !== leaf.is) return false;
  if (leaf.given === undefined || leaf.is === 'unknown') return true;
  const given = Math.max(...standing.filter(({ state }) => state === leaf.is).map(({ at }) => at));
  return isBefore(given, leaf.given.moment, presentOf(person, reading)) === (leaf.given.op === 'before');
}

function journeyHolds(
  { journey, is, as, inLast }: Leaf<'journey'>,
  person: OraclePerson,
  { t }: OracleReading,
): boolean {
  const begun = (person.enrollments ?? []).filter((one) => one.journey === journey && one.entered <= t);
  if (is === 'enrolled') return begun.some(({ exited }) => exited === null || exited > t);
  return begun.some(({ exited, as: way }) => {
    if (exited === null || exited > t) return false;
    if (is === 'completed' && way !== 'completed') return false;
    if (is === 'exited' && as !== null && way !== as) return false;
    return inLast === null || t < addDuration(exited, inLast);
  });
}

function isOf(message: OracleMessage, { journey, key, n }: OracleEnrollment): boolean {
  return message.journey === journey && message.key === key && message.n === n;
}

function messagesHold(leaf: Leaf<'messages'>, person: OraclePerson, reading: OracleReading): boolean {
  const { of, channel } = leaf;
  const onChannel = (person.messages ?? []).filter((one) => channel === null || one.channel === channel);
  if (of.kind === 'last') {
    const accepted = onChannel.filter((one) => isOf(one, inside(reading)) && one.accepted !== null);
    const last = newest(accepted.map((one) => ({ at: one.accepted as number, one })));
    return last !== undefined && messageHolds(last.one, leaf.status);
  }
  const asked = onChannel.filter(
    (one) => of.kind === 'any' || (one.journey === of.journey && (of.step === null || one.step === of.step)),
  );
  return compares(messagesCount(asked, leaf, reading.t), leaf.test);
}

function newest<T extends { readonly at: number }>(all: readonly T[]): T | undefined {
  return all.reduce<T | undefined>((best, one) => (best === undefined || one.at >= best.at ? one : best), undefined);
}

/** The newest word of each channel that has a say. */
function standingOf(
  said: readonly ConsentStatement[],
  purpose: string,
  channel: string | null,
): readonly ConsentStatement[] {
  const about = said.filter(
    (one) => one.purpose === purpose && (channel === null || one.channel === '*' || one.channel === channel),
  );
  return [...new Set(about.map((one) => one.channel))].map(
    (one) => newest(about.filter((other) => other.channel === one)) as ConsentStatement,
  );
}

/** A refusal that covers the channel outweighs a grant. */
function stateOf(standing: readonly ConsentStatement[]): ConsentState {
  if (standing.some(({ state }) => state === 'denied')) return 'denied';
  return standing.length > 0 ? 'granted' : 'unknown';
}

export function compares(number: number, test: CountTest): boolean {
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
