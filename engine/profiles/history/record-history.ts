/**
 * History written straight into its people's lanes: events and values of traits, set by set, in the transaction that identified the people.
 * Who writes holds the lanes, as a lane's own transaction does; it evaluates nothing, and leaves each lane a note of whom to look at again.
 * What needs more than that (consents, devices, rows of entities, who became known, facts of the future) goes through the inbox like any fact.
 */
import type { IdentityBody, Value } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import type { Fact } from '../fact.ts';
import { drawEventIds, insertEvents, insertTraits, type TraitColumns, writeTraits } from '../facts/queries.ts';
import { lockLanes, selectTombstones } from '../identity/queries.ts';
import { projectChosen } from '../identity/survivorship.ts';
import type { Addressed } from '../mentions.ts';
import type { Place } from '../queries.ts';
import { appendTold, insertProfilesWithTraits } from './queries.ts';

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
  /** In the order of the file; all of them plain. */
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
export async function recordHistory(session: Session, history: History): Promise<readonly Addressed[]> {
  const { created, now } = history;
  const newcomers = new Set(created.map(({ profileId }) => profileId));
  await lockLanes(session, [...new Set([...history.facts.map(({ place }) => place.lane)])]);
  const known = [...new Set(history.facts.map(({ place }) => place.profileId))].filter((id) => !newcomers.has(id));
  const gone = new Set((await selectTombstones(session, known)).map((row) => row.profile_id));
  const late = gone.size === 0 ? [] : history.facts.filter(({ place }) => gone.has(place.profileId));
  const facts = gone.size === 0 ? history.facts : history.facts.filter(({ place }) => !gone.has(place.profileId));
  await recordEvents(session, facts);
  const values = toldValues(facts);
  await insertCreated(session, created, values, now);
  const [ofNew, ofKnown] = [
    values.filter(({ place }) => newcomers.has(place.profileId)),
    values.filter(({ place }) => !newcomers.has(place.profileId)),
  ];
  if (ofNew.length > 0) await insertTraits(session, columnsOf(ofNew));
  if (ofKnown.length > 0) await writeTraits(session, columnsOf(ofKnown));
  await projectChosen(session, history.identity, chosenAmong(values, history.identity));
  if (facts.length > 0) await appendTold(session, toldOf(facts, newcomers), now);
  return late;
}

async function recordEvents(session: Session, facts: readonly Addressed[]): Promise<void> {
  const rows = facts.filter(({ fact }) => fact.event !== undefined);
  if (rows.length === 0) return;
  // In the order of the file: of one person at one instant, what was told later is later.
  const eventIds = await drawEventIds(session, rows.length);
  await insertEvents(session, {
    lanes: rows.map(({ place }) => place.lane),
    types: rows.map(({ fact }) => fact.event?.type ?? ''),
    profiles: rows.map(({ place }) => place.profileId),
    occurredAt: datesOf(rows, ({ fact }) => fact.at),
    eventIds,
    receivedAt: datesOf(rows, ({ fact }) => fact.received),
    values: rows.map(({ fact }) => fact.event?.value ?? null),
    units: rows.map(({ fact }) => fact.event?.unit ?? null),
    properties: rows.map(({ fact }) => JSON.stringify(fact.event?.properties ?? {})),
    sources: rows.map(({ fact }) => fact.source),
  });
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

interface Told {
  readonly place: Place;
  readonly fact: Fact;
  readonly trait: string;
  readonly value: Value | null;
}

/** By the time they happened; of one person, trait and instant the last that was told. A file has one source. */
function toldValues(facts: readonly Addressed[]): readonly Told[] {
  const inTime = [...facts].sort((a, b) => a.fact.at - b.fact.at);
  const times = new Map<number, number>();
  for (const { place } of facts) times.set(place.profileId, (times.get(place.profileId) ?? 0) + 1);
  // Most are told of once, and nothing else can be said of them at the same instant.
  const once: Told[] = [];
  const values = new Map<string, Told>();
  const seen = new Set<number>();
  for (const { place, fact } of inTime) {
    const isOnce = times.get(place.profileId) === 1;
    const put = (trait: string, value: Value | null) => {
      const told = { place, fact, trait, value };
      if (isOnce && (trait !== 'first_seen_at' || fact.traits?.first_seen_at === undefined)) once.push(told);
      else values.set(`${place.profileId} ${trait} ${fact.at}`, told);
    };
    if (fact.isNew === true && !seen.has(place.profileId)) {
      seen.add(place.profileId);
      // Known since this fact, unless the source says better.
      put('first_seen_at', fact.since ?? fact.at);
    }
    if (fact.traits === undefined) continue;
    for (const trait of Object.keys(fact.traits)) put(trait, fact.traits[trait] as Value | null);
  }
  return values.size === 0 ? once : [...once, ...values.values()];
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

/** The newest value of each trait is that of who is new: nothing else is known of him. */
async function insertCreated(
  session: Session,
  created: readonly Place[],
  values: readonly Told[],
  now: Date,
): Promise<void> {
  if (created.length === 0) return;
  const traits = new Map<number, Record<string, Value | null>>(created.map(({ profileId }) => [profileId, {}]));
  for (const { place, trait, value } of values) {
    const his = traits.get(place.profileId);
    if (his !== undefined) his[trait] = value;
  }
  const columns = {
    lanes: created.map(({ lane }) => lane),
    profiles: created.map(({ profileId }) => profileId),
    traits: created.map(({ profileId }) => JSON.stringify(traits.get(profileId))),
  };
  await insertProfilesWithTraits(session, columns, now);
}

function chosenAmong(
  values: readonly Told[],
  identity: IdentityBody | null,
): readonly { readonly profileId: number; readonly trait: string }[] {
  if (identity === null) return [];
  const chosen = values.filter(({ trait }) => Object.hasOwn(identity.survivorship, trait));
  return [
    ...new Map(
      chosen.map(({ place, trait }) => [`${place.profileId} ${trait}`, { profileId: place.profileId, trait }]),
    ).values(),
  ];
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
