/**
 * Tests: a played scenario of a journey. Names and values are checked here as everywhere; playing it is no business of the
 * compiler. Values are typed by what they are given to, so texts stay as spelled.
 */

import { suggest } from '../../diagnostics/suggest.ts';
import { parseInstant } from '../instants.ts';
import type { TestBody, Value } from '../ir.ts';
import { channelTypeNamed, useConsent, useEntity, useEvent, useJourney, useSegment, useTrait } from '../references.ts';
import {
  child,
  demand,
  entries,
  fault,
  faultUnknown,
  isMap,
  items,
  type Place,
  type Resolving,
  root,
  textAt,
  textOf,
} from './place.ts';
import { listed, readLiteral, type Typed } from './values.ts';

export function resolveTest(at: Resolving): TestBody {
  const place = root(at);
  const journey = demand(place, 'journey');
  useJourney(journey, textOf(journey));
  const play = items(demand(place, 'play'));
  const arms = child(place, 'arms');
  checkTimes(demand(place, 'start'), play);
  checkGiven(demand(place, 'start'), items(child(demand(place, 'given'), 'events')));
  checkExpectations(play, textOf(journey));
  return {
    journey: textOf(journey),
    ...(arms !== undefined && { arms: readArms(arms, textOf(journey)) }),
    given: readPerson(demand(place, 'given')),
    start: textOf(demand(place, 'start')),
    play: play.map(readLine),
  };
}

/** By split, the arm that is drawn. Splits and arms are those of the journey; an unknown journey is said once. */
function readArms(place: Place, id: string): Readonly<Record<string, string>> {
  const journey = place.at.names.journeys.get(id);
  const read = entries(place).map(([step, arm]) => {
    const known = journey?.splits.get(step);
    if (known !== undefined && !known.includes(textOf(arm))) {
      const detail = `The split \`${step}\` of \`${id}\` has no arm \`${textOf(arm)}\`, so nobody could draw it. It has ${listed(known)}.`;
      fault(arm, 'CMP158', detail, { suggestion: suggest(textOf(arm), known) });
    } else if (journey !== undefined && known === undefined) {
      const splits = [...journey.splits.keys()];
      const has = splits.length === 0 ? 'It has none.' : `It has ${listed(splits)}.`;
      const detail = `\`${id}\` has no \`split\` at a step named \`${step}\`, so there is nothing to draw. ${has}`;
      fault(arm, 'CMP018', detail, { on: 'key', suggestion: suggest(step, splits) });
    }
    return [step, textOf(arm)] as const;
  });
  return Object.fromEntries(read);
}

/** What is known of a person: `consents`, `events`, `identified`, `devices`, traits by name, rows by entity. */
function readPerson(place: Place): Readonly<Record<string, unknown>> {
  const read = entries(place).map(([name, one]) => [name, readKnown(name, one)] as const);
  return Object.fromEntries(read);
}

function readKnown(name: string, place: Place): unknown {
  if (name === 'identified') return place.value;
  if (name === 'devices') return items(place).map((one) => channelTypeNamed(textOf(one)) ?? textOf(one));
  if (name === 'consents') return readConsents(place);
  if (name === 'events') return items(place).map(readEvent);
  if (isMap(place.value)) return readRow(place, name);
  return readTrait(place, name);
}

function readTrait(place: Place, name: string): Value | null {
  const trait = useTrait(place, name);
  if (trait === undefined) return null;
  return readValue(place, { type: trait.type, values: trait.values, label: `trait \`${name}\`` });
}

/** A list is texts; anything else is a constant of its type, or null: not known. */
function readValue(place: Place, typed: Typed): Value | null {
  if (place.value === null) return null;
  if (typed.type === 'list') return items(place).map(textOf);
  // Times of a play are those of the person, who has his own zone.
  if (typed.type === 'datetime') return readTime(place);
  return readLiteral(place, typed) ?? null;
}

function readTime(place: Place): string {
  if (parseInstant(textOf(place), { zone: 'UTC' }) === null) {
    fault(place, 'CMP024', `\`${textOf(place)}\` is no time. Write a date and a time, such as 2027-03-01T10:00.`);
  }
  return textOf(place);
}

function readRow(place: Place, name: string): Readonly<Record<string, unknown>> {
  const entity = useEntity(place, name);
  if (entity === undefined) return {};
  if (child(place, entity.key) === undefined) {
    const detail = `A row of \`${name}\` is known by its \`${entity.key}\`, which is missing here: nobody can tell which row is meant. Add it.`;
    fault(place, 'CMP012', detail, { on: 'key' });
  }
  const read = entries(place).map(([field, one]) => {
    if (field === entity.key) return [field, textOf(one)] as const;
    const declared = Object.hasOwn(entity.fields, field) ? entity.fields[field] : undefined;
    if (declared === undefined) {
      const known = [entity.key, ...Object.keys(entity.fields)];
      faultUnknownKey(one, `field of \`${name}\` named`, field, known);
      return [field, null] as const;
    }
    return [field, readValue(one, { ...declared, label: `field \`${name}.${field}\`` })] as const;
  });
  return Object.fromEntries(read);
}

function faultUnknownKey(place: Place, what: string, name: string, known: readonly string[]): void {
  const has = known.length === 0 ? 'It has none.' : `It has ${listed(known)}.`;
  fault(place, 'CMP012', `There is no ${what} \`${name}\`. ${has}`, { on: 'key', suggestion: suggest(name, known) });
}

function readConsents(place: Place): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    entries(place).map(([purpose, channels]) => {
      useConsent(channels, purpose);
      const said = entries(channels).map(([channel, state]) => [channelTypeNamed(channel) ?? channel, textOf(state)]);
      return [purpose, Object.fromEntries(said)];
    }),
  );
}

function readEvent(place: Place): Readonly<Record<string, unknown>> {
  const named = demand(place, 'event');
  const name = textOf(named);
  const event = useEvent(named, name);
  const at = child(place, 'at');
  const properties = entries(child(place, 'properties')).map(([property, one]) => {
    const types = event?.properties ?? {};
    const type = Object.hasOwn(types, property) ? types[property] : undefined;
    if (event !== undefined && type === undefined) {
      faultUnknownKey(one, `property of event \`${name}\` named`, property, Object.keys(types));
    }
    const typed = type === undefined ? null : { type, values: null, label: `property \`${property}\`` };
    return [property, typed === null ? null : readValue(one, typed)] as const;
  });
  return { event: name, ...(at !== undefined && { at: readTime(at) }), properties: Object.fromEntries(properties) };
}

function readLine(place: Place): Readonly<Record<string, unknown>> {
  const expect = child(place, 'expect');
  const at = child(place, 'at');
  return {
    ...(at !== undefined && { at: textOf(at) }),
    ...readHappening(place),
    ...(expect !== undefined && { expect: readExpectation(expect) }),
  };
}

function readHappening(place: Place): Readonly<Record<string, unknown>> {
  if (child(place, 'event') !== undefined) return readEvent(place);
  const entity = child(place, 'entity');
  if (entity !== undefined) return { entity: textOf(entity), set: readRow(demand(place, 'set'), textOf(entity)) };
  const person = child(place, 'identify') ?? child(place, 'traits');
  if (person !== undefined) return { [String(person.path.at(-1))]: readPerson(person) };
  const message = child(place, 'message');
  if (message !== undefined) return { message: { step: textAt(message, 'step'), status: textAt(message, 'status') } };
  const until = textAt(place, 'until');
  return until === undefined ? { advance: textAt(place, 'advance') } : { until };
}

const stepKeys = ['sent', 'placed', 'deferred', 'dropped'] as const;
const segmentKeys: ReadonlySet<string> = new Set(['in_segment', 'not_in_segment']);

/** Lists of steps and segments have one form. */
function readExpectation(place: Place): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    entries(place).map(([key, one]) => {
      if (segmentKeys.has(key)) for (const segment of items(one)) useSegment(segment, textOf(segment));
      if (segmentKeys.has(key) || stepKeys.some((known) => known === key)) return [key, items(one).map(textOf)];
      return [key, typeof one.value === 'boolean' ? one.value : textOf(one)];
    }),
  );
}

/** Steps and ways out that a test names are those of its journey; a test without an expectation can't fail. */
function checkExpectations(play: readonly Place[], id: string): void {
  const [first] = play;
  const expected = play.flatMap((line) => child(line, 'expect') ?? []);
  if (first !== undefined && expected.length === 0) {
    fault(
      first,
      'CMP211',
      'No line of this test says what must have come of it, so it can never fail. Add `expect` to a line.',
    );
  }
  const journey = first?.at.names.journeys.get(id);
  if (journey === undefined) return;
  const messages = play.flatMap((line) => child(line, 'message') ?? []);
  const steps = [
    ...expected.flatMap((one) => stepKeys.flatMap((key) => items(child(one, key)))),
    ...messages.map((one) => demand(one, 'step')),
  ];
  for (const step of steps) {
    if (journey.messages.has(textOf(step))) continue;
    const remedy = `Name one of its steps that send.`;
    faultUnknown(step, 'CMP018', {
      what: `step of \`${id}\` that sends and is named`,
      name: textOf(step),
      known: journey.messages,
      remedy,
    });
  }
  for (const step of expected.flatMap((one) => child(one, 'at_step') ?? [])) {
    if (journey.steps.has(textOf(step))) continue;
    const remedy = 'Name one of its steps.';
    faultUnknown(step, 'CMP018', { what: `step of \`${id}\` named`, name: textOf(step), known: journey.steps, remedy });
  }
  const exits = new Set([...journey.exits, 'goal', 'completed', 'left-entity']);
  for (const exit of expected.flatMap((one) => child(one, 'exited') ?? [])) {
    if (exits.has(textOf(exit))) continue;
    const remedy = 'Name the `as` of an exit, `goal` or `completed`.';
    faultUnknown(exit, 'CMP104', { what: `way out of \`${id}\` named`, name: textOf(exit), known: exits, remedy });
  }
}

/** What is given is history: an event of later belongs into the play. */
function checkGiven(start: Place, events: readonly Place[]): void {
  const began = parseInstant(textOf(start), { zone: 'UTC' });
  for (const at of events.flatMap((event) => child(event, 'at') ?? [])) {
    const happened = parseInstant(textOf(at), { zone: 'UTC' });
    if (began === null || happened === null || happened <= began) continue;
    const detail = `What is given happened before the start, ${textOf(start)}, and this is later. Write an earlier time, or a line of \`play\` with \`at: ${textOf(at)}\`.`;
    fault(at, 'CMP239', detail);
  }
}

/** `until` and `at` only go on. Times without an offset are all of one zone, so they compare as they are. */
function checkTimes(start: Place, play: readonly Place[]): void {
  let last = { place: start, at: parseInstant(textOf(start), { zone: 'UTC' }) };
  readTime(start);
  for (const until of play.flatMap((line) => child(line, 'until') ?? child(line, 'at') ?? [])) {
    const at = parseInstant(textOf(until), { zone: 'UTC' });
    readTime(until);
    if (at !== null && last.at !== null && at <= last.at) {
      const detail = `The play has come to ${textOf(last.place)} before, and time doesn't run backwards. Write a later time.`;
      fault(until, 'CMP239', detail);
    }
    if (at !== null) last = { place: until, at };
  }
}
