/**
 * Lanes take over a new revision: changed traits are computed, changed segments filled, removed journeys ended, and those whom the
 * change brings into a segment are handed to the journeys that say `current_members: enter`. A lane does it in one transaction,
 * so that for each person the old definitions serve until the new ones do; lanes not yet moved go on under their revision.
 */

import type { JourneyBody, Trigger } from '../../compiler/ir.ts';
import type { LinkedJourney } from '../../compiler/linked-journey.ts';
import { type LinkedTrigger, triggerName } from '../../compiler/linked-trigger.ts';
import type { Level, LinkedSegment, LinkedTrait, Program } from '../../compiler/program.ts';
import type { Readers } from '../../compiler/readers.ts';
import type { Session } from '../../store/session.ts';
import type { Batch } from '../batch.ts';
import { settleCountriesOfLanes, settleLanesNext } from '../facts/countries.ts';
import type { Hops } from '../in-flight/hops.ts';
import { moveInFlight, passRevision } from '../in-flight/move.ts';
import { renameInLanes } from '../in-flight/rename.ts';
import { fillTriggers } from '../journeys/entries/fill.ts';
import { recountTimes } from '../journeys/live-times.ts';
import { activeVersions, exitJourneys, heldOutside, openEnrollments, watchNow } from '../journeys/queries.ts';
import { loadEnrollments, saveEnrollments } from '../journeys/stored.ts';
import { lookAtAccounts, programmesOfOtherTerms } from '../loyalty/booking.ts';
import { cancelDeferred } from '../messages/queries.ts';
import { arraysOf, type Person } from '../people.ts';
import type { Running } from '../running.ts';
import { chainOf, keysOf, segmentKey, traitKey } from '../segments/chains.ts';
import { assignPersonas } from '../segments/personas.ts';
import {
  clearSegments,
  clearTraits,
  clearTraitWakes,
  fillNewSegments,
  peopleOfLanes,
  planForFills,
  planForPeople,
  refillSegments,
} from '../segments/queries.ts';
import { fillTraits } from '../segments/traits.ts';
import { appendInbox, dropRefreshes } from './queries.ts';
import { whichLanes } from './which-lanes.ts';

/** What differs between two revisions for the people of a lane. */
export interface Adoption {
  /** Whether zones and languages of people may be others. */
  readonly hasOtherCountries: boolean;
  readonly traits: ReadonlySet<string>;
  readonly segments: ReadonlySet<string>;
  /** Those of the segments that weren't there before: no lane holds rows of them. */
  readonly newSegments: ReadonlySet<string>;
  /** What is no longer there. */
  readonly goneTraits: readonly string[];
  readonly goneSegments: readonly string[];
  readonly goneJourneys: readonly string[];
  /** Journeys whose steps or rules are others than before. */
  readonly changedJourneys: readonly LinkedJourney[];
  /** Loyalty programmes whose tiers or times are others than before. */
  readonly changedProgrammes: readonly string[];
  /** Journeys whose entry by segment is new: all members count as brought in. */
  readonly newEntries: ReadonlySet<string>;
  /** Triggers whose times are to be worked out for everybody, new or not, and those that are no longer there. */
  readonly triggers: readonly LinkedTrigger[];
  readonly goneTriggers: readonly string[];
}

/** What is to be filled: what is other than before, and all that reads it. */
interface Spread {
  readonly traits: ReadonlySet<string>;
  readonly segments: ReadonlySet<string>;
  readonly inherits: (readers: Readers) => boolean;
}

interface Others {
  readonly changed: (kind: string, id: string) => boolean;
  readonly isOtherTrait: (trait: LinkedTrait) => boolean;
  readonly isOtherSegment: (segment: LinkedSegment) => boolean;
}

function spreadOf({ levels }: Program, { changed, isOtherTrait, isOtherSegment }: Others): Spread {
  const traits = new Set<string>();
  const segments = new Set<string>();
  const inherits = (one: Readers) =>
    [...one.events].some((type) => changed('event', type)) ||
    [...one.traits].some((name) => traits.has(name) || changed('trait', name)) ||
    [...one.segments].some((id) => segments.has(id)) ||
    [...one.entities].some((id) => changed('entity', id));
  for (const level of levels) {
    for (const trait of level.traits) if (inherits(trait.readers) || isOtherTrait(trait)) traits.add(trait.name);
    for (const { id, trait, readers } of level.personas) {
      if (inherits(readers) || changed('persona', id)) traits.add(trait);
    }
    for (const { readers, segments: group } of level.groups) {
      for (const segment of group) if (inherits(readers) || isOtherSegment(segment)) segments.add(segment.id);
    }
  }
  return { traits, segments, inherits };
}

/** What lanes fill that took a program over before these of its traits could be told. Nothing else differs. */
export function fillOf(program: Program, names: ReadonlySet<string>): Adoption {
  const { traits, segments, inherits } = spreadOf(program, {
    changed: () => false,
    isOtherTrait: ({ name }) => names.has(name),
    isOtherSegment: () => false,
  });
  const triggers = program.triggers.filter(({ trigger, readers }) => trigger.kind === 'becomes' && inherits(readers));
  const gone = { goneTraits: [], goneSegments: [], goneJourneys: [], goneTriggers: [] };
  const same = { hasOtherCountries: false, newSegments: new Set<string>(), newEntries: new Set<string>(), ...gone };
  return { traits, segments, triggers, changedJourneys: [], changedProgrammes: [], ...same };
}

/** Compares two programs; `before` null: everything is new. Segments change with what they read. */
export function adoptionOf(before: Running | null, after: Running): Adoption {
  const changed = (kind: string, id: string) =>
    before?.revision.resources[`${kind}/${id}`]?.digest !== after.revision.resources[`${kind}/${id}`]?.digest;
  // By the program and not by resources: some traits are kept without being declared.
  const known = new Map(before?.program.computedTraits.map(({ name, digest }) => [name, digest]));
  const { traits, segments, inherits } = spreadOf(after.program, {
    changed,
    isOtherTrait: ({ name, digest }) => known.get(name) !== digest,
    isOtherSegment: ({ id, digest }) => before?.program.segments.get(id)?.digest !== digest,
  });
  const newEntries = new Set(
    [...after.program.journeys.values()]
      .filter(({ id }) => entryOf(before?.program, id) !== entryOf(after.program, id))
      .map(({ id }) => id),
  );
  const kept = new Set(keptTraits(after.program));
  const goneTraits = before === null ? [] : keptTraits(before.program).filter((name) => !kept.has(name));
  const goneSegments = gone(before?.program.segments, after.program.segments);
  const goneJourneys = gone(before?.program.journeys, after.program.journeys);
  const newSegments = new Set([...segments].filter((id) => before?.program.segments.has(id) !== true));
  const isNewTrigger = ({ name, digest, trigger, readers }: LinkedTrigger) =>
    before?.program.triggers.every((one) => one.name !== name || one.digest !== digest) !== false ||
    (trigger.kind === 'becomes' && inherits(readers));
  const triggers = after.program.triggers.filter(isNewTrigger);
  const present = new Set(after.program.triggers.map(({ name }) => name));
  const goneTriggers = (before?.program.triggers ?? []).map(({ name }) => name).filter((name) => !present.has(name));
  const changedJourneys = [...after.program.journeys.values()].filter(({ id }) => changed('journey', id));
  const goneAll = { goneTraits, goneSegments, goneJourneys, goneTriggers };
  const changedProgrammes = programmesOfOtherTerms(before?.program, after.program);
  const countries = (program: Program | undefined) =>
    JSON.stringify(program?.countries.map(({ id, body }) => [id, body]) ?? []);
  const hasOtherCountries = countries(before?.program) !== countries(after.program);
  return {
    traits,
    segments,
    hasOtherCountries,
    newSegments,
    newEntries,
    changedJourneys,
    changedProgrammes,
    triggers,
    ...goneAll,
  };
}

/** The traits that the engine keeps itself: computed ones, and the personas of sets. */
function keptTraits(program: Program): readonly string[] {
  return [...program.computedTraits.map(({ name }) => name), ...program.personas.map(({ trait }) => trait)];
}

function gone(
  before: ReadonlyMap<string, unknown> | undefined,
  after: ReadonlyMap<string, unknown>,
): readonly string[] {
  return [...(before?.keys() ?? [])].filter((id) => !after.has(id));
}

/** A journey that was paused goes on: entries missed meanwhile aren't made up (LANGUAGE b29). */
function entryOf(program: Program | undefined, journey: string): string | null {
  const body = program?.journeys.get(journey)?.body;
  return body === undefined
    ? null
    : JSON.stringify([body.status === 'draft', body.entry.triggers, body.entry.currentMembers]);
}

/** Takes the lanes over to the batch's program; that they are is written with their own time (`finishLanes`). */
export async function adopt(
  batch: Batch,
  { hops, ...adoption }: Adoption & { readonly hops: Hops },
  lanes: readonly number[],
): Promise<void> {
  const { session, program, t } = batch;
  await renameInLanes(session, lanes, { renames: hops.renames, revision: program.revision });
  for (const passed of hops.passed) await passRevision(batch, passed, lanes);
  const changed = [...adoption.traits, ...adoption.goneTraits];
  // Before the fill, so that whoever is told later than it reads is told in vain at worst, and never too early.
  if (isRanking(adoption, program)) batch.writes.later(dropRefreshes(session, lanes, [...adoption.traits]));
  if (changed.length > 0) await clearTraitWakes(session, lanes, changed);
  const { goneTraits, goneSegments, goneJourneys } = adoption;
  const undeclared = goneTraits.filter((name) => !program.traits.has(name));
  if (undeclared.length > 0) await clearTraits(session, lanes, undeclared);
  if (goneSegments.length > 0) await clearSegments(session, lanes, goneSegments);
  const moved = adoption.hasOtherCountries ? await settleCountriesOfLanes(batch, lanes) : [];
  if (adoption.traits.size + adoption.segments.size > 0) {
    batch.writes.later(planForFills(session));
    await fillLevels(batch, adoption, lanes);
    batch.writes.later(planForPeople(session));
  }
  await settleLanesNext(batch, [...adoption.segments, ...goneSegments], lanes);
  await lookAtAccounts(batch, adoption.changedProgrammes, lanes);
  if (goneJourneys.length > 0) await endRemoved(batch, lanes);
  await moveInFlight(batch, { changed: adoption.changedJourneys, movedSteps: hops.movedSteps }, lanes);
  if (moved.length > 0) await followZones(batch, moved);
  await lookAgain(batch, new Set([...adoption.segments, ...goneSegments]), adoption.traits);
  await fillTriggers(batch, adoption, lanes);
  await handOver(session, program, adoption, lanes, t);
}

/** Whether traits are filled that are read by everybody's values. */
function isRanking({ traits }: Adoption, { computedTraits }: Program): boolean {
  return computedTraits.some(({ name, definition }) => 'refresh' in definition && traits.has(name));
}

/** Who lives in another zone now finds the times of his journeys anew (LANGUAGE b11). */
async function followZones(batch: Batch, moved: readonly Person[]): Promise<void> {
  const rows = await openEnrollments(batch.session, arraysOf(moved), batch.t);
  const open = await loadEnrollments(batch.session, batch.versions, rows);
  await recountTimes(batch, open);
  await saveEnrollments(batch.session, open, batch.t);
}

/** Fills what changed, traits of several levels at once where nothing else stands between them. */
async function fillLevels(batch: Batch, adoption: Adoption, lanes: readonly number[]): Promise<void> {
  const { levels } = batch.program;
  const pending = new Set([...[...adoption.traits].map(traitKey), ...[...adoption.segments].map(segmentKey)]);
  for (const [height, level] of levels.entries()) {
    if (level.traits.some(({ name }) => pending.has(traitKey(name)))) {
      const stages = chainOf(levels.slice(height), pending, ({ name }) => pending.has(traitKey(name)));
      await fillTraits(batch, stages, { lanes, isTold: false });
      for (const { name } of stages.flat()) pending.delete(traitKey(name));
    }
    await fillLevel(batch, level, adoption, lanes);
    for (const key of keysOf([level])) pending.delete(key);
  }
}

/** Fills personas and segments of a level that changed; they read only what was filled before. */
async function fillLevel(batch: Batch, level: Level, adoption: Adoption, lanes: readonly number[]): Promise<void> {
  const { session, t, statements } = batch;
  const sets = level.personas.filter(({ trait }) => adoption.traits.has(trait));
  if (sets.length > 0) {
    const rows = await peopleOfLanes(session, lanes);
    const people = rows.map((row) => ({ lane: row.lane, profileId: row.profile_id }));
    await assignPersonas(
      batch,
      sets.map((set) => ({ set, people })),
    );
  }
  const segments = level.groups.flatMap((group) => group.segments).filter(({ id }) => adoption.segments.has(id));
  const [fresh, changed] = [true, false].map((isNew) =>
    segments.filter(({ id }) => adoption.newSegments.has(id) === isNew),
  ) as [LinkedSegment[], LinkedSegment[]];
  const statementOf = (chunk: readonly LinkedSegment[]) => {
    const { text, rest } = statements.segmentsOverLanes(chunk, whichLanes(lanes));
    return { text, values: [t, lanes, ...rest] };
  };
  for (const chunk of chunksOf(fresh)) batch.writes.later(fillNewSegments(session, statementOf(chunk)));
  for (const chunk of chunksOf(changed)) {
    const ids = chunk.map(({ id }) => id);
    batch.writes.later(refillSegments(session, statementOf(chunk), ids));
  }
}

/** Segments of one statement: each costs it memory. */
const segmentsMax = 8;

function chunksOf(segments: readonly LinkedSegment[]): readonly (readonly LinkedSegment[])[] {
  const count = Math.ceil(segments.length / segmentsMax);
  return Array.from({ length: count }, (_, i) => segments.slice(i * segmentsMax, (i + 1) * segmentsMax));
}

/** Ends the enrollments of journeys that are gone, and what of them was deferred (LANGUAGE b21). */
async function endRemoved({ session, program, t }: Batch, lanes: readonly number[]): Promise<void> {
  const kept = [...program.journeys.keys()];
  const held = await heldOutside(session, lanes, kept);
  await cancelDeferred(
    session,
    held.map((row) => ({ ...row, profileId: row.profile_id })),
  );
  await exitJourneys(session, lanes, kept, t);
}

/** States are read as they stand (LANGUAGE b8): goals, exits and waits that read what changed are looked at once more. */
async function lookAgain(
  { session, versions, lanes, t }: Batch,
  segments: ReadonlySet<string>,
  traits: ReadonlySet<string>,
): Promise<void> {
  if (segments.size === 0 && traits.size === 0) return;
  const standing = await activeVersions(session, lanes);
  await versions.load(session, standing);
  const readsChanged = (one: Readers) =>
    [...one.segments].some((id) => segments.has(id)) || [...one.traits].some((name) => traits.has(name));
  const touched = standing.filter(({ journey, version }) => {
    const { watches, steps } = versions.get(journey, version);
    return readsChanged(watches) || steps.some(({ waits }) => waits !== null && readsChanged(waits));
  });
  if (touched.length === 0) return;
  await watchNow(
    session,
    lanes,
    touched.map(({ version }) => version),
    t,
  );
}

/** The segment whose present members a trigger may take; null: it has none. */
export function segmentOf(journey: string, body: JourneyBody, trigger: Trigger): string | null {
  if (trigger.kind === 'enters') return trigger.segment;
  return trigger.kind === 'becomes' && body.per?.kind !== 'entity' ? triggerName(journey, body, trigger) : null;
}

/** The lanes' inboxes get a command for each journey that takes current members; it is carried out by live runs, in chunks. */
async function handOver(
  session: Session,
  program: Program,
  adoption: Adoption,
  lanes: readonly number[],
  t: Date,
): Promise<void> {
  const commands = [...program.journeys.values()].flatMap(({ id, body }) => {
    if (body.status !== 'live' || body.entry.currentMembers !== 'enter') return [];
    return body.entry.triggers.flatMap((trigger) => {
      const segment = segmentOf(id, body, trigger);
      if (segment === null) return [];
      const isNew = adoption.newEntries.has(id);
      if (!isNew && !adoption.segments.has(segment)) return [];
      return [{ journey: id, segment, since: isNew ? null : t.getTime(), after: 0 }];
    });
  });
  await appendInbox(
    session,
    lanes.flatMap((lane) =>
      commands.map((body) => ({ lane, class: 2, visibleAt: t, profileId: null, kind: 'current_members', body })),
    ),
  );
}
