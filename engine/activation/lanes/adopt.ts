/**
 * Lanes take over a new revision: changed traits are computed, changed segments filled, removed journeys ended, and those whom the
 * change brings into a segment are handed to the journeys that say `current_members: enter`. A lane does it in one transaction,
 * so that for each person the old definitions serve until the new ones do; lanes not yet moved go on under their revision.
 */

import type { Program } from '../../compiler/program.ts';
import type { Readers } from '../../compiler/reading.ts';
import { eventsOf } from '../../compiler/reading.ts';
import type { Session } from '../../store/session.ts';
import type { Batch } from '../batch.ts';
import { activeVersions, exitJourneys, heldOutside, watchNow } from '../journeys/queries.ts';
import { cancelDeferred } from '../messages/queries.ts';
import type { Running } from '../running.ts';
import { clearSegments, fillSegment, peopleOfLanes } from '../segments/queries.ts';
import { computeTraits } from '../segments/traits.ts';
import { appendInbox, setLaneRevision } from './queries.ts';

/** What differs between two revisions for the people of a lane. */
export interface Adoption {
  readonly traits: ReadonlySet<string>;
  readonly segments: ReadonlySet<string>;
  /** Segments and journeys that are no longer there. */
  readonly goneSegments: readonly string[];
  readonly goneJourneys: readonly string[];
  /** Journeys whose entry by segment is new: all members count as brought in. */
  readonly newEntries: ReadonlySet<string>;
}

/** Compares two programs; `before` null: everything is new. Segments change with what they read. */
export function adoptionOf(before: Running | null, after: Running): Adoption {
  const changed = (kind: string, id: string) =>
    before?.revision.resources[`${kind}/${id}`]?.digest !== after.revision.resources[`${kind}/${id}`]?.digest;
  const readsChangedEvent = (types: Iterable<string>) => [...types].some((type) => changed('event', type));
  const traits = new Set(
    after.program.computedTraits
      .filter(({ name, definition }) => changed('trait', name) || readsChangedEvent(eventsOf(definition).types))
      .map(({ name }) => name),
  );
  const segments = new Set<string>();
  for (const group of after.program.segmentGroups) {
    const inherits =
      readsChangedEvent(group.readers.events) ||
      [...group.readers.traits].some((trait) => traits.has(trait) || changed('trait', trait)) ||
      [...group.readers.segments].some((segment) => segments.has(segment));
    for (const { id } of group.segments) if (inherits || changed('segment', id)) segments.add(id);
  }
  const newEntries = new Set(
    [...after.program.journeys.values()]
      .filter(({ id }) => entryOf(before?.program, id) !== entryOf(after.program, id))
      .map(({ id }) => id),
  );
  const goneSegments = gone(before?.program.segments, after.program.segments);
  const goneJourneys = gone(before?.program.journeys, after.program.journeys);
  return { traits, segments, goneSegments, goneJourneys, newEntries };
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

/** Takes the lanes over to the batch's program. */
export async function adopt(batch: Batch, adoption: Adoption, lanes: readonly number[]): Promise<void> {
  const { session, program, t } = batch;
  if (adoption.traits.size > 0) await computeChanged(batch, adoption, lanes);
  const { goneSegments, goneJourneys } = adoption;
  if (goneSegments.length > 0) await clearSegments(session, lanes, goneSegments);
  for (const group of program.segmentGroups) {
    for (const segment of group.segments.filter(({ id }) => adoption.segments.has(id))) {
      const { text, rest } = batch.statements.pairOverLanes(segment.id, segment.where);
      await fillSegment(session, { text, values: [t, lanes, ...rest] }, segment.id);
    }
  }
  if (goneJourneys.length > 0) await endRemoved(batch, lanes);
  await lookAgain(batch, new Set([...adoption.segments, ...goneSegments]), adoption.traits);
  await handOver(session, program, adoption, lanes, t);
  await setLaneRevision(session, lanes, program.revision);
}

async function computeChanged(batch: Batch, adoption: Adoption, lanes: readonly number[]): Promise<void> {
  const rows = await peopleOfLanes(batch.session, lanes);
  const people = rows.map((row) => ({ lane: row.lane, profileId: row.profile_id }));
  const traits = batch.program.computedTraits.filter(({ name }) => adoption.traits.has(name));
  await computeTraits(
    batch,
    traits.map((trait) => ({ trait, people })),
  );
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
  const touched = standing.filter(({ version }) => {
    const { watches, steps } = versions.get(version);
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
      if (trigger.kind !== 'enters') return [];
      const isNew = adoption.newEntries.has(id);
      if (!isNew && !adoption.segments.has(trigger.segment)) return [];
      return [{ journey: id, segment: trigger.segment, since: isNew ? null : t.getTime(), after: 0 }];
    });
  });
  await appendInbox(
    session,
    lanes.flatMap((lane) =>
      commands.map((body) => ({ lane, class: 2, visibleAt: t, profileId: null, kind: 'current_members', body })),
    ),
  );
}
