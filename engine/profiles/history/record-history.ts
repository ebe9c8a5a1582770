/**
 * History written straight into its people's lanes: events and values of traits, set by set, in the transaction that identified the people.
 * Who writes holds the lanes, as a lane's own transaction does; it evaluates nothing, and leaves each lane a note of whom to look at again.
 * What needs more than that (consents, devices, rows of entities, who became known, facts of the future) goes through the inbox like any fact.
 */

import { compareText } from '../../compiler/canonical.ts';
import type { IdentityBody, Value } from '../../compiler/ir.ts';
import type { BulkSession, Session } from '../../store/session.ts';
import type { Fact } from '../fact.ts';
import {
  copyEvents,
  drawEventIds,
  firstValues,
  type NewEvent,
  type ToldValue,
  type TraitColumns,
  writeTraits,
} from '../facts/queries.ts';
import { isAnybodyMerged, lockLanes, selectTombstones } from '../identity/queries.ts';
import { type PersonTrait, projectChosen } from '../identity/survivorship.ts';
import type { Addressed } from '../mentions.ts';
import type { Place } from '../queries.ts';
import { appendTold, copyProfiles, knownZones, type NewProfile } from './queries.ts';

/** Body of an inbox row of the kind `history`: people of the lane of whom something was written. */
export interface ToldHistory {
  readonly people: readonly number[];
  /** Those among them who were unknown until now. */
  readonly fresh: readonly number[];
  readonly events: readonly string[];
  readonly traits: readonly string[];
}

/** Whether nothing but records follows from a fact. */
export function isPlainHistory(
  { trigger, consents, entities, isIdentified, at, received, traits }: Fact,
  { devices, now }: { readonly devices: ReadonlySet<string>; readonly now: Date },
): boolean {
  if (traits !== undefined) for (const trait of devices) if (Object.hasOwn(traits, trait)) return false;
  return (
    !trigger &&
    consents === undefined &&
    entities === undefined &&
    isIdentified === undefined &&
    at <= received &&
    received <= now.getTime()
  );
}

export interface History {
  /** In the order of the file; all of them plain, and of one source. */
  readonly facts: readonly Addressed[];
  /** Profiles that the transaction makes; this writes them. */
  readonly created: readonly Place[];
  readonly identity: IdentityBody | null;
  readonly now: Date;
}

/**
 * Writes it, inside the transaction that knows whom it is about. Returns the facts of profiles that were merged into others meanwhile: they
 * are for the inbox, which sends them on.
 */
export async function recordHistory(session: BulkSession, history: History): Promise<readonly Addressed[]> {
  const { created, identity, now } = history;
  const newcomers = new Set(created.map(({ profileId }) => profileId));
  await lockLanes(session, [...new Set(history.facts.map(({ place }) => place.lane))]);
  const gone = await goneOf(session, history.facts, newcomers);
  const late = gone.size === 0 ? [] : history.facts.filter(({ place }) => gone.has(place.profileId));
  const facts = gone.size === 0 ? history.facts : history.facts.filter(({ place }) => !gone.has(place.profileId));
  // None of them reads what another one writes: the next are put into words while the server is at work on the first.
  await Promise.all([
    recordEvents(session, facts),
    created.length > 0 && recordCreated(session, created, facts, now),
    recordOfKnown(session, facts, newcomers),
    facts.length > 0 && appendTold(session, toldOf(facts, newcomers), now),
  ]);
  await projectChosen(session, identity, chosenAmong(facts, identity));
  return late;
}

/** Those of the people known from before who are somebody else by now. */
async function goneOf(
  session: Session,
  facts: readonly Addressed[],
  newcomers: ReadonlySet<number>,
): Promise<ReadonlySet<number>> {
  if (!(await isAnybodyMerged(session))) return new Set();
  const known = new Set<number>();
  for (const { place } of facts) if (!newcomers.has(place.profileId)) known.add(place.profileId);
  return new Set((await selectTombstones(session, [...known])).map((row) => row.profile_id));
}

async function recordOfKnown(
  session: Session,
  facts: readonly Addressed[],
  newcomers: ReadonlySet<number>,
): Promise<void> {
  const told = facts.filter(({ place, fact }) => fact.traits !== undefined && !newcomers.has(place.profileId));
  if (told.length > 0) await writeTraits(session, columnsOf(toldValues(told)));
}

async function recordEvents(session: BulkSession, facts: readonly Addressed[]): Promise<void> {
  const told = facts.filter(({ fact }) => fact.event !== undefined);
  if (told.length === 0) return;
  // In the order of the file: of one person at one instant, what was told later is later.
  const eventIds = await drawEventIds(session, told.length);
  const events = told.map(({ place, fact }, i): NewEvent => {
    const event = fact.event as NonNullable<Fact['event']>;
    return {
      lane: place.lane,
      type: event.type,
      profileId: place.profileId,
      occurredAt: fact.at,
      eventId: eventIds[i]!,
      receivedAt: fact.received,
      value: event.value,
      unit: event.unit,
      source: fact.source,
      properties: JSON.stringify(event.properties),
    };
  });
  // In the order of the key, so that neighbours meet the same pages of the index.
  events.sort(
    (a, b) =>
      a.lane - b.lane || compareText(a.type, b.type) || a.profileId - b.profileId || a.occurredAt - b.occurredAt,
  );
  await copyEvents(session, events);
}

interface Told {
  readonly place: Place;
  readonly fact: Fact;
  readonly trait: string;
  readonly value: Value | null;
}

/** By the time they happened; of one person, trait and instant the last that was told. A file has one source. */
function toldValues(facts: readonly Addressed[]): Told[] {
  const inTime = inOrderOfTime(facts);
  const values = new Map<string, Told>();
  const seen = new Set<number>();
  for (const { place, fact } of inTime) {
    const put = (trait: string, value: Value | null) => {
      values.set(`${place.profileId} ${trait} ${fact.at}`, { place, fact, trait, value });
    };
    if (fact.isNew === true && !seen.has(place.profileId)) {
      seen.add(place.profileId);
      // Known since this fact, unless the source says better.
      put('first_seen_at', fact.since ?? fact.at);
    }
    for (const trait in fact.traits) put(trait, fact.traits[trait] as Value | null);
  }
  return [...values.values()];
}

function inOrderOfTime(facts: readonly Addressed[]): readonly Addressed[] {
  const isInOrder = facts.every(({ fact }, i) => i === 0 || facts[i - 1]!.fact.at <= fact.at);
  return isInOrder ? facts : [...facts].sort((a, b) => a.fact.at - b.fact.at);
}

function columnsOf(values: readonly Told[]): TraitColumns {
  return {
    lanes: values.map(({ place }) => place.lane),
    profiles: values.map(({ place }) => place.profileId),
    traits: values.map(({ trait }) => trait),
    observedAt: datesOf(values, ({ fact }) => fact.at),
    receivedAt: datesOf(values, ({ fact }) => fact.received),
    sources: values.map(({ fact }) => fact.source),
    values: values.map(({ value }) => JSON.stringify(value)),
    raws: values.map(({ fact, trait }) => fact.cleaned?.[trait]?.raw ?? null),
    cleanedBy: values.map(({ fact, trait }) => fact.cleaned?.[trait]?.by ?? null),
  };
}

/** One date for neighbours of one instant: it is written once. */
function datesOf<T>(rows: readonly T[], at: (row: T) => number): readonly Date[] {
  let last = new Date(0);
  return rows.map((row) => {
    const time = at(row);
    if (last.getTime() !== time) last = new Date(time);
    return last;
  });
}

/** Makes the new profiles with what was told of them: the newest value of each trait is theirs, since nothing else is known of them. */
async function recordCreated(
  session: BulkSession,
  created: readonly Place[],
  facts: readonly Addressed[],
  now: Date,
): Promise<void> {
  const told = new Map<number, Addressed[]>();
  for (const one of facts) {
    const his = told.get(one.place.profileId);
    if (his === undefined) told.set(one.place.profileId, [one]);
    else his.push(one);
  }
  const zones = new Set<string>();
  const profiles: NewProfile[] = [];
  const first = firstValues();
  for (const place of [...created].sort((a, b) => a.lane - b.lane || a.profileId - b.profileId)) {
    const values = valuesOf(told.get(place.profileId) ?? []);
    const newest: Record<string, Value | null> = {};
    for (const { trait, value } of values) newest[trait] = value;
    const [zone, locale] = [textOf(newest.zone), textOf(newest.locale)];
    if (zone !== null) zones.add(zone);
    profiles.push({ lane: place.lane, profileId: place.profileId, traits: JSON.stringify(newest), zone, locale });
    for (const one of values.sort(byTrait)) first.add(place.lane, place.profileId, asTold(one));
  }
  const known = await knownZones(session, [...zones]);
  await Promise.all([copyProfiles(session, profiles, { known, now }), first.copy(session)]);
}

/** Most are told of once, and then nothing else can be said of them at the same instant. */
function valuesOf(facts: readonly Addressed[]): Told[] {
  const [only, second] = facts;
  if (only === undefined) return [];
  if (second !== undefined) return toldValues(facts);
  const { place, fact } = only;
  const values: Told[] = [];
  if (fact.isNew === true && fact.traits?.first_seen_at === undefined)
    values.push({ place, fact, trait: 'first_seen_at', value: fact.since ?? fact.at });
  for (const trait in fact.traits) values.push({ place, fact, trait, value: fact.traits[trait] as Value | null });
  return values;
}

function byTrait(a: Told, b: Told): number {
  return compareText(a.trait, b.trait) || a.fact.at - b.fact.at;
}

function asTold({ fact, trait, value }: Told): ToldValue {
  return {
    trait,
    observedAt: fact.at,
    receivedAt: fact.received,
    source: fact.source,
    cleaned: fact.cleaned?.[trait],
    value: JSON.stringify(value),
  };
}

function textOf(value: Value | null | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** Of people and traits that were told of, those whose value isn't simply the newest. */
function chosenAmong(facts: readonly Addressed[], identity: IdentityBody | null): readonly PersonTrait[] {
  const chosen = identity === null ? [] : Object.keys(identity.survivorship);
  if (chosen.length === 0) return [];
  const told = new Map<string, PersonTrait>();
  for (const { place, fact } of facts) {
    for (const trait of chosen) {
      const isTold = fact.traits?.[trait] !== undefined || (trait === 'first_seen_at' && fact.isNew === true);
      if (isTold) told.set(`${place.profileId} ${trait}`, { profileId: place.profileId, trait });
    }
  }
  return [...told.values()];
}

function toldOf(facts: readonly Addressed[], newcomers: ReadonlySet<number>) {
  const byLane = new Map<
    number,
    { people: Set<number>; fresh: Set<number>; events: Set<string>; traits: Set<string> }
  >();
  for (const { place, fact } of facts) {
    let lane = byLane.get(place.lane);
    if (lane === undefined) {
      lane = { people: new Set(), fresh: new Set(), events: new Set(), traits: new Set() };
      byLane.set(place.lane, lane);
    }
    lane.people.add(place.profileId);
    if (newcomers.has(place.profileId)) lane.fresh.add(place.profileId);
    if (fact.event !== undefined) lane.events.add(fact.event.type);
    if (fact.traits !== undefined) for (const trait of Object.keys(fact.traits)) lane.traits.add(trait);
  }
  return [...byLane].map(([lane, { people, fresh, events, traits }]) => {
    const told: ToldHistory = { people: [...people], fresh: [...fresh], events: [...events], traits: [...traits] };
    return { lane, body: JSON.stringify(told) };
  });
}
