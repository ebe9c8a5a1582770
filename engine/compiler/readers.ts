/**
 * Who reads what: which facts, traits, segments and times can change a condition or a computed trait. What is left out here is
 * never looked at again, so in doubt it is named. Pure functions over the IR.
 */
import type { Condition, EventSelection, Formula, Moment, PropertyTest, TraitDefinition, ValueTest } from './ir.ts';
import { eventsOfChannel, eventsOfStatus } from './message-sql.ts';
import { eventsOfGains, eventsOfPoints, eventsOfTiers } from './points-sql.ts';
import { changesWithTime, holdsBeforeEvents, leavesOf, moves } from './reading.ts';
import { personaTrait } from './scopes.ts';

export interface Readers {
  readonly events: ReadonlySet<string>;
  readonly traits: ReadonlySet<string>;
  readonly segments: ReadonlySet<string>;
  readonly entities: ReadonlySet<string>;
  /** Anchors of `since`. */
  readonly anchors: ReadonlySet<string>;
  readonly consents: boolean;
  readonly messages: boolean;
  /** Whether it may be true at the moment it is first looked at, with no new fact: anything but events since an anchor. */
  readonly states: boolean;
}

interface Found {
  readonly events: Set<string>;
  readonly traits: Set<string>;
  readonly segments: Set<string>;
  readonly entities: Set<string>;
  readonly anchors: Set<string>;
  consents: boolean;
  messages: boolean;
  states: boolean;
}

type Leaf = ReturnType<typeof leavesOf>[number];

function nothingFound(): Found {
  return {
    events: new Set(),
    traits: new Set(),
    segments: new Set(),
    entities: new Set(),
    anchors: new Set(),
    consents: false,
    messages: false,
    states: false,
  };
}

/** Collects what a condition reads. */
export function readersOf(condition: Condition): Readers {
  const found = nothingFound();
  noteCondition(condition, found);
  return found;
}

/** Heads that read hours or days of the person's zone, whatever the property. */
const inTheirZone: ReadonlySet<TraitDefinition['kind']> = new Set(['top', 'best_hour', 'last_seen']);

/** Collects what a computed trait reads. */
export function readersOfTrait(definition: TraitDefinition): Readers {
  const found = nothingFound();
  for (const condition of conditionsIn(definition)) noteCondition(condition, found);
  for (const name of traitsIn(definition)) found.traits.add(name);
  if ('events' in definition) noteEvents(definition.events, found);
  if (inTheirZone.has(definition.kind)) found.traits.add(zone);
  if (definition.kind === 'preferred_channel') {
    found.messages = true;
    for (const type of eventsOfChannel(definition.status)) found.events.add(type);
  }
  return found;
}

/** The conditions in a definition. */
function conditionsIn(definition: TraitDefinition): readonly Condition[] {
  switch (definition.kind) {
    case 'score':
      return definition.of.map((part) => part.if);
    case 'cases':
      return definition.cases.map((one) => one.if);
    case 'quantile':
    case 'shares':
      return definition.among === null ? [] : [definition.among];
    default:
      return [];
  }
}

/** The traits that a definition computes with. */
function traitsIn(definition: TraitDefinition): readonly string[] {
  switch (definition.kind) {
    case 'bands':
    case 'quantile':
    case 'shares':
      return [definition.of];
    case 'coalesce':
      return definition.traits;
    case 'formula':
      return namesIn(definition.formula);
    default:
      return [];
  }
}

function namesIn(formula: Formula): readonly string[] {
  if (formula.kind === 'number') return [];
  return formula.kind === 'trait' ? [formula.trait] : [...namesIn(formula.left), ...namesIn(formula.right)];
}

/** The trait that says in which zone a person's days begin. */
const zone = 'zone';

function noteCondition(condition: Condition, found: Found): void {
  for (const leaf of leavesOf(condition)) {
    noteLeaf(leaf, found);
    found.states ||= !isSince(leaf);
  }
  found.states ||= holdsBeforeEvents(condition, false);
}

function noteLeaf(leaf: Leaf, found: Found): void {
  if ('events' in leaf) noteEvents(leaf.events, found);
  if ('type' in leaf && leaf.kind !== 'aggregate') noteTest(leaf.test, found);
  switch (leaf.kind) {
    case 'trait':
      found.traits.add(leaf.trait);
      break;
    case 'entity_field':
      found.entities.add(leaf.entity);
      break;
    case 'entity':
      found.entities.add(leaf.entity);
      noteTests(leaf.where, found);
      break;
    case 'segment':
      found.segments.add(leaf.segment);
      break;
    case 'persona':
      found.traits.add(personaTrait(leaf.persona));
      break;
    case 'consent':
      found.consents = true;
      if (leaf.given !== undefined) noteMoment(leaf.given.moment, found);
      break;
    case 'message':
      found.messages = true;
      // These two are no step of the ladder: they are read of their events, which come a transaction after the message has changed.
      if (leaf.status === 'replied' || leaf.status === 'bounced') found.events.add(`message_${leaf.status}`);
      break;
    case 'messages':
      found.messages = true;
      for (const type of eventsOfStatus(leaf.status)) found.events.add(type);
      break;
    case 'journey':
      for (const type of ['journey_entered', 'journey_exited']) found.events.add(type);
      break;
    case 'identified':
      found.events.add('identified');
      break;
    case 'points':
      for (const type of eventsOfPoints) found.events.add(type);
      break;
    case 'tier':
      for (const type of eventsOfTiers) found.events.add(type);
      break;
    case 'gained':
      for (const type of eventsOfGains) found.events.add(type);
      break;
  }
}

function noteEvents({ types, where, window, until, followed }: EventSelection, found: Found): void {
  for (const type of [...types, ...(followed?.types ?? [])]) found.events.add(type);
  noteTests([...where, ...(followed?.where ?? [])], found);
  if (window.kind === 'since') found.anchors.add(window.anchor);
  if (window.kind === 'calendar') found.traits.add(zone);
  if (window.kind === 'from') noteMoment(window.moment, found);
  if (until !== undefined) noteMoment(until, found);
}

function noteTests(where: readonly PropertyTest[], found: Found): void {
  for (const { test } of where) noteTest(test, found);
}

function noteTest(test: ValueTest, found: Found): void {
  if (test.op === 'some') noteTests(test.where, found);
  if (test.op === 'same_as') noteRef(test.ref, found);
  if (test.op === 'before' || test.op === 'after') noteMoment(test.moment, found);
  // Dates begin at midnight of the person's zone.
  if (changesWithTime(test)) found.traits.add(zone);
}

function noteMoment(moment: Moment, found: Found): void {
  found.traits.add(zone);
  if (moment.kind === 'relative') noteRef(moment.to, found);
}

function noteRef(ref: Extract<Moment, { readonly kind: 'relative' }>['to'], found: Found): void {
  if (ref.root === 'trait') found.traits.add(ref.trait);
  if (ref.root === 'entity') found.entities.add(ref.entity);
}

/** Whether time alone can change a condition. */
export function readsTime(condition: Condition): boolean {
  return leavesOf(condition).some(leafReadsTime);
}

function leafReadsTime(leaf: Leaf): boolean {
  switch (leaf.kind) {
    case 'count':
    case 'sum':
    case 'aggregate':
      return eventsReadTime(leaf.events);
    case 'first':
    case 'last':
      return eventsReadTime(leaf.events) || changesWithTime(leaf.test);
    case 'trait':
    case 'field':
    case 'entity_field':
      return changesWithTime(leaf.test);
    case 'entity':
      return leaf.where.some(({ test }) => changesWithTime(test));
    case 'segment':
      return leaf.forAtLeast !== undefined;
    case 'consent':
      return leaf.given !== undefined && moves(leaf.given.moment);
    case 'messages':
    case 'journey':
    case 'gained':
      return leaf.inLast !== null;
    case 'points':
      return true;
    case 'persona':
    case 'message':
    case 'identified':
    case 'tier':
      return false;
  }
}

function eventsReadTime({ window, until, where, followed }: EventSelection): boolean {
  const isTimed = ({ test }: PropertyTest) => changesWithTime(test);
  return (
    window.kind === 'in_last' ||
    window.kind === 'calendar' ||
    (window.kind === 'from' && moves(window.moment)) ||
    (until !== undefined && moves(until)) ||
    (followed?.not === true && followed.within !== null) ||
    where.some(isTimed) ||
    followed?.where.some(isTimed) === true
  );
}

function isSince(leaf: Condition): boolean {
  return 'events' in leaf && leaf.events.window.kind === 'since';
}
