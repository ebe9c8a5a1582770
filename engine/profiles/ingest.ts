/**
 * Facts into the inboxes of their people's lanes, one transaction a batch: deduplicate, identify, create, append. It waits for no
 * lane and evaluates nothing. History may go straight into the lanes instead (`history/`). Where the facts come from (file, API) is not
 * known here.
 */
import { strict as assert } from 'node:assert';
import { setImmediate } from 'node:timers/promises';
import type { IdentityBody } from '../compiler/ir.ts';
import type { BulkSession, OwnSession, Session } from '../store/session.ts';
import { type RowNews, type RowTold, tellRows } from './entities/tell-rows.ts';
import { findFew, findMany } from './find-people.ts';
import { planForKeys } from './history/queries.ts';
import { isPlainHistory, recordHistory } from './history/record-history.ts';
import type { IdentifiedFact, Identifier } from './identified-fact.ts';
import {
  type Identities,
  identifierKey,
  identify,
  isStrong,
  knownBy,
  type Names,
  namesOf,
  type Person,
} from './identify.ts';
import { linksOf } from './identity/links.ts';
import { askMerges, type MergeAsked } from './identity/queries.ts';
import { laneOf } from './lane-of.ts';
import { type Addressed, type Mentions, mentionsOf, spread } from './mentions.ts';
import { erasedAmong } from './privacy/erased.ts';
import { isAnybodyErased } from './privacy/queries.ts';
import {
  appendFacts,
  copyIdentifiers,
  copyMessages,
  drawProfileIds,
  insertIdentifiers,
  insertProfiles,
  markSavepoint,
  notifyInbox,
  type Place,
  peopleKnown,
  rollbackToSavepoint,
  takeMessages,
} from './queries.ts';

/** Facts of one transaction. */
export const ingestRowsMax = 2000;
/** The same of history that goes straight into the lanes: a statement a set, however large the set. */
export const historyRowsMax = 8_000;
/** How often a batch begins anew when it met another in a deadlock. */
const transactionAttemptsMax = 5;
/** How often people are identified anew when another batch named one of them first. Each time some other batch got on. */
const identifyAttemptsMax = 20;

/** Classes of inbox rows: live facts go first, imports of history last. */
const liveClass = 1;
const importClass = 4;

export interface IngestOptions {
  /** The time at which new messages and profiles are noted. */
  readonly now: Date;
  /** Who is one person. Default: nothing is said, so only devices join who names himself. */
  readonly identity?: IdentityBody | null;
  /** Write what is history straight into the lanes, which are held until the end. Default: all goes through inboxes. */
  readonly intoLanes?: boolean;
  /** Of facts of one source: most likely none of them was told before, so that their messages can be noted in one go. */
  readonly isLikelyNew?: boolean;
  /** Done in the same transaction, after the facts; it may be tried again with them. */
  readonly along?: (session: Session) => Promise<void>;
  /** Of those: traits of which a fact needs more than its record. */
  readonly devices?: ReadonlySet<string>;
}

export interface IngestSummary {
  /** Taken: those with a person of their own and those about rows of entities alike. */
  readonly facts: number;
  /** Known by their message id, from before or from earlier in the batch. */
  readonly duplicates: number;
  /** Of people who were erased: they aren't revived, and nothing of it is kept. */
  readonly erased: number;
  readonly newProfiles: number;
  /** Facts whose identifiers point at several profiles; the most trusted one was taken. */
  readonly ambiguous: number;
  /** Facts that changed a row of an entity, or who is tied to it. */
  readonly rowsChanged: number;
  /** People for whom a role of a row had no room. */
  readonly refused: readonly Refusal[];
}

export interface Refusal {
  readonly fact: IdentifiedFact;
  readonly role: string;
  readonly people: number;
}

const nothing = { facts: 0, erased: 0, newProfiles: 0, ambiguous: 0, rowsChanged: 0, refused: [] };

/**
 * Ingests at most `ingestRowsMax` facts (`historyRowsMax` straight into the lanes): all or none. Facts of one person are numbered in the order given. Wakes the workers.
 * May run many times at once. Errors: those of the store; repeating it after any of them is harmless.
 */
export async function ingestFacts(
  session: OwnSession,
  rows: readonly IdentifiedFact[],
  options: IngestOptions,
): Promise<IngestSummary> {
  assert(rows.length <= (options.intoLanes === true ? historyRowsMax : ingestRowsMax), 'a batch is bounded');
  for (let attempt = 1; ; attempt++) {
    try {
      const summary = await session.transaction(async (inside) => {
        const taken = await ingestBatch(inside, rows, options);
        await options.along?.(inside);
        return taken;
      });
      if (summary.facts > 0) await notifyInbox(session);
      return summary;
    } catch (error) {
      // 40001 and 40P01: another transaction was in the way, and this one left nothing behind.
      const code = (error as { readonly code?: unknown }).code;
      if ((code !== '40001' && code !== '40P01') || attempt >= transactionAttemptsMax) throw error;
    }
  }
}

async function ingestBatch(
  session: BulkSession,
  rows: readonly IdentifiedFact[],
  options: IngestOptions,
): Promise<IngestSummary> {
  if (options.intoLanes === true) await planForKeys(session);
  // Before anything of theirs is noted.
  const alive = await withoutErased(session, rows);
  const erased = rows.length - alive.length;
  const unique = firstOfEach(alive);
  const taking = takeFresh(session, unique, options);
  // Who waits for it next gets the error; until then it is not unhandled.
  taking.catch(() => {});
  // While the server compares: it is sent now, and what is likely new is new nearly always.
  if (options.isLikelyNew === true) await setImmediate();
  const guess = options.isLikelyNew === true ? namedIn(unique) : null;
  const fresh = await taking;
  const duplicates = alive.length - fresh.length;
  if (fresh.length === 0) return { ...nothing, duplicates, erased };
  const { mentions, names } = guess !== null && fresh === unique ? guess : namedIn(fresh);
  const { places, identities, identified, created, placeOf } = await findOrCreate(
    session,
    names,
    options.intoLanes === true,
  );
  await askMerges(session, asked(mentions, identities, placeOf, options));
  const news = await newsOf(session, fresh, mentions, places);
  const newcomers = new Set(identities.people.flatMap(({ kind }, i) => (kind === 'new' ? [places[i]!.profileId] : [])));
  const addressed = spread({
    facts: fresh,
    mentions,
    places,
    newcomers,
    identified,
    rowFacts: news.map((one) => one?.facts ?? []),
  });
  await take(session, { addressed, created }, options);
  return {
    facts: fresh.length,
    duplicates,
    erased,
    newProfiles: identities.newPeople,
    ambiguous: identities.ambiguous.length,
    rowsChanged: news.filter((one) => one?.isChange).length,
    refused: news.flatMap((one, i) =>
      Object.entries(one?.refused ?? {}).map(([role, people]) => ({ fact: fresh[i]!, role, people })),
    ),
  };
}

/** Whom facts name, and by which identifiers. */
function namedIn(facts: readonly IdentifiedFact[]): { readonly mentions: Mentions; readonly names: Names } {
  const mentions = mentionsOf(facts);
  return { mentions, names: namesOf(mentions.all) };
}

/** Makes the new profiles, and brings the facts to where they belong: straight into the lanes, or into their inboxes. */
async function take(
  session: BulkSession,
  { addressed, created }: { readonly addressed: readonly Addressed[]; readonly created: readonly Place[] },
  { intoLanes, identity = null, devices = new Set(), now }: IngestOptions,
): Promise<void> {
  if (intoLanes !== true) {
    if (created.length > 0) await insertProfiles(session, created, now);
    return append(session, addressed);
  }
  // Whoever has a fact for the inbox has his later ones there, too: of what is said of one instant the later stands.
  const waiting = new Set<number>();
  const isPlain = addressed.map(({ fact, place: { profileId } }) => {
    if (!waiting.has(profileId) && isPlainHistory(fact, { devices, now })) return true;
    waiting.add(profileId);
    return false;
  });
  const facts = addressed.filter((_, i) => isPlain[i]);
  const late = await recordHistory(session, { facts, created, identity, now });
  const others = facts.length === addressed.length ? [] : addressed.filter((_, i) => !isPlain[i]);
  if (late.length + others.length > 0) await append(session, [...late, ...others]);
}

async function append(session: Session, addressed: readonly Addressed[]): Promise<void> {
  await appendFacts(session, {
    places: addressed.map(({ place }) => place),
    classes: addressed.map(({ fact }) => (fact.trigger ? liveClass : importClass)),
    // A fact that waits for its time says that it is received then.
    visibleAt: addressed.map(({ fact }) => fact.received),
    bodies: addressed.map(({ fact }) => JSON.stringify(fact)),
  });
}

/** The merges that the batch asks for. */
function asked(
  { all }: Mentions,
  { ambiguous }: Identities,
  placeOf: Found['placeOf'],
  { identity = null, now }: IngestOptions,
): readonly MergeAsked[] {
  return ambiguous.flatMap(({ row, found }) =>
    linksOf(found, all[row]!.isAlias === true, identity).map(({ a, b, rule }) => ({
      ...{ a: placeOf(a).profileId, b: placeOf(b).profileId, rule, at: now },
    })),
  );
}

/** What the facts about rows of entities are for the people tied to them; null for other facts. */
async function newsOf(
  session: Session,
  facts: readonly IdentifiedFact[],
  mentions: Mentions,
  places: readonly Place[],
): Promise<readonly (RowNews | null)[]> {
  const told = facts.map(({ row, fact }, i): RowTold | null => {
    if (row === undefined) return null;
    const { tied } = mentions.byFact[i]!;
    const people = row.people.map(({ role, names, max }, n) => ({
      ...{ role, names, max },
      places: tied[n]!.map((mention) => places[mention]!),
    }));
    return { entity: row.entity, key: row.key, at: fact.at, fields: row.fields, people };
  });
  const news = await tellRows(
    session,
    told.filter((one) => one !== null),
  );
  let next = 0;
  return told.map((one) => (one === null ? null : news[next++]!));
}

/** The rows, of which no two have one message, whose messages weren't seen before, in order. */
async function takeFresh(
  session: BulkSession,
  unique: readonly IdentifiedFact[],
  { now, isLikelyNew }: IngestOptions,
): Promise<readonly IdentifiedFact[]> {
  const source = unique[0]?.fact.source;
  if (isLikelyNew === true && source !== undefined) {
    const ids = unique.map(({ messageId }) => messageId);
    if (await copyMessages(session, source, ids, now)) return unique;
  }
  const taken = await takeMessages(
    session,
    unique.map((row) => row.fact.source),
    unique.map((row) => row.messageId),
    now,
  );
  if (taken === null) return unique;
  const free = new Set(taken.map((row) => messageKey(row.source, row.message_id)));
  return unique.filter((row) => free.has(messageKey(row.fact.source, row.messageId)));
}

/** Of facts with one id the first. A file has one source, and no key is made for it. */
function firstOfEach(rows: readonly IdentifiedFact[]): readonly IdentifiedFact[] {
  const source = rows[0]?.fact.source;
  const isOne = rows.every(({ fact }) => fact.source === source);
  const seen = new Set<string>();
  return rows.filter(({ fact, messageId }) => {
    const before = seen.size;
    seen.add(isOne ? messageId : messageKey(fact.source, messageId));
    return seen.size > before;
  });
}

/** The facts but those that name somebody who was erased, by whichever of his identifiers; tied people go without their row. */
async function withoutErased(session: Session, facts: readonly IdentifiedFact[]): Promise<readonly IdentifiedFact[]> {
  // Nearly always: nothing needs to be gathered.
  if (!(await isAnybodyErased(session))) return facts;
  const wanted = new Map<string, Identifier>();
  const keysOf = ({ identifiers, row }: IdentifiedFact) => {
    const tied = (row?.people ?? []).flatMap(({ of }) => of.flat());
    return [...identifiers, ...tied].map((one) => {
      const key = identifierKey(one);
      wanted.set(key, one);
      return key;
    });
  };
  const keys = facts.map(keysOf);
  const erased = await erasedAmong(session, wanted);
  return erased.size === 0 ? facts : facts.filter((_, i) => !keys[i]!.some((key) => erased.has(key)));
}

function messageKey(source: string, messageId: string): string {
  return `${source}\0${messageId}`;
}

interface Found {
  /** One for each mention. */
  readonly places: readonly Place[];
  readonly identities: Identities;
  /** Mentions by which people who were anonymous become known. */
  readonly identified: ReadonlySet<number>;
  /** Places of profiles that are to be made. */
  readonly created: readonly Place[];
  readonly placeOf: (person: Person) => Place;
}

/**
 * Two batches may meet the same new person. Whoever inserts an identifier second waits for the first to commit, finds it taken, goes
 * back and looks again: so no profile is left without identifiers, and nobody becomes two.
 */
async function findOrCreate(session: BulkSession, names: Names, isBulk: boolean): Promise<Found> {
  await markSavepoint(session);
  for (let attempt = 1; attempt <= identifyAttemptsMax; attempt++) {
    const identities = identify(names, await (isBulk ? findMany : findFew)(session, names.all));
    const created = await drawPlaces(session, identities.newPeople);
    const identified = await becomeKnown(session, identities);
    const placeOf = (person: Person) => (person.kind === 'known' ? person.place : created[person.n]!);
    if (await attach(session, identities, placeOf, isBulk)) {
      return { places: identities.people.map(placeOf), identities, identified, created, placeOf };
    }
    await rollbackToSavepoint(session);
  }
  throw Object.assign(new Error('People are being created by others faster than they can be looked up.'), {
    code: '40001',
  });
}

/** Mentions by which people become known. Looked up only when somebody whom the store has gets a strong identifier. */
async function becomeKnown(session: Session, identities: Identities): Promise<ReadonlySet<number>> {
  const places = identities.attached.flatMap(({ identifier, person }) =>
    isStrong(identifier) && person.kind === 'known' ? [person.place] : [],
  );
  const known = places.length === 0 ? [] : await peopleKnown(session, places);
  return knownBy(identities, new Set(known.map((row) => row.profile_id)));
}

async function drawPlaces(session: Session, count: number): Promise<readonly Place[]> {
  if (count === 0) return [];
  const ids = await drawProfileIds(session, count);
  return ids.map((id) => ({ lane: laneOf(id), profileId: id }));
}

/** Whether all new identifiers were still free. */
async function attach(
  session: BulkSession,
  { attached }: Identities,
  placeOf: (person: Identities['people'][number]) => Place,
  isBulk: boolean,
): Promise<boolean> {
  if (attached.length === 0) return true;
  const identifiers = attached.map((one) => one.identifier);
  const places = attached.map((one) => placeOf(one.person));
  if (isBulk) return copyIdentifiers(session, identifiers, places);
  return (await insertIdentifiers(session, identifiers, places)) === attached.length;
}
