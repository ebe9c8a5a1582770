/**
 * Keeps what is computed of people current in the lanes, level by level: traits, personas and segments that read nothing of each
 * other are asked together, and what a level changed touches the next in the same transaction.
 */
import type { Level, LinkedTrait } from '../../compiler/program.ts';
import type { Readers } from '../../compiler/readers.ts';
import { laneCount } from '../../profiles/lane-of.ts';
import type { Batch } from '../batch.ts';
import { noHops } from '../in-flight/hops.ts';
import { groupBy } from '../journeys/evaluate.ts';
import { adopt, fillOf } from '../lanes/adopt.ts';
import { appendInbox, type InboxRow, knownPeople } from '../lanes/queries.ts';
import { chainOf, keysOf } from './chains.ts';
import { type Transition, updateMemberships } from './memberships.ts';
import { updatePersonas } from './personas.ts';
import { type DueRow, planForFills, planForPeople } from './queries.ts';
import { fillTraits, type Stages, updateComputedTraits } from './traits.ts';

/** Wake-ups whose time has come, and the inbox with its refreshes. */
export interface DueChanges {
  readonly inbox: readonly InboxRow[];
  readonly memberships: readonly DueRow[];
  readonly traits: readonly DueRow[];
}

/** Body of inbox rows of the kind `refresh`: the scales of these traits were worked out anew. */
export interface RefreshCommand {
  readonly traits: readonly string[];
  /** It belongs to the fill of a revision that the lane took over before they were worked out: like every fill it starts nothing. */
  readonly isFill?: boolean;
}

/** One transaction reads as many lanes whole as hold so many people, as far as is known; the others' turn comes next. */
const refreshedPeopleMax = 16_384;
/** When a refresh changed the values of so many, what reads them is read of whole lanes, too, and not of each who changed. */
const manyChanged = 1_000;

/** Reads again what facts, time and refreshes touch, writes what changed, and returns who entered and left what. */
export async function keepCurrent(batch: Batch, due: DueChanges): Promise<readonly Transition[]> {
  const refreshes = await takeRefreshes(batch, due.inbox);
  const memberships = updateMemberships(batch, due.memberships);
  const transitions: Transition[] = [];
  for (const [height, level] of batch.program.levels.entries()) {
    const [found] = await Promise.all([
      memberships.update(level.groups),
      updateComputedTraits(batch, level.traits, { due: due.traits, isFilled: refreshes.isFilled }),
      updatePersonas(batch, level.personas, due.traits),
    ]);
    transitions.push(...found);
    const stages = stagesToRefresh(batch.program.levels.slice(height), refreshes);
    if (stages.length > 0) await refresh(batch, stages, refreshes);
  }
  // What facts did was told by how things stood.
  for (const { lanes, traits } of refreshes.fills) {
    await adopt(batch, { ...fillOf(batch.program, new Set(traits)), hops: noHops }, lanes);
  }
  return transitions;
}

interface Fill {
  readonly lanes: readonly number[];
  readonly traits: readonly string[];
}

interface Refreshes {
  readonly fills: readonly Fill[];
  readonly lanes: readonly number[];
  /** Grows by what reads those that changed for many. */
  readonly traits: Set<string>;
  /** Those of them that were read. */
  readonly done: Set<string>;
  /** Whether the person's trait is read with his whole lane. */
  readonly isFilled: (trait: string, lane: number) => boolean;
}

/**
 * The traits of the first of these levels that are still to be read of whole lanes, and what can be read with them: later ones that are to
 * be, and those that are made of these and other traits alone, which costs less than to write people twice.
 */
function stagesToRefresh(levels: readonly Level[], { traits, done }: Refreshes): Stages {
  const [level, ...later] = levels;
  const isDue = ({ name }: LinkedTrait) => traits.has(name) && !done.has(name);
  if (level?.traits.some(isDue) !== true) return [];
  const isMadeOf = ({ readers }: LinkedTrait, chained: ReadonlySet<string>) =>
    readsTraitsAlone(readers) && [...readers.traits].some((name) => chained.has(name));
  return chainOf(levels, new Set(keysOf(later)), (trait, chained) => isDue(trait) || isMadeOf(trait, chained));
}

function readsTraitsAlone({ events, segments, entities, consents, messages }: Readers): boolean {
  return events.size + segments.size + entities.size === 0 && !consents && !messages;
}

/** Reads traits for everybody of the refreshed lanes. */
async function refresh(batch: Batch, stages: Stages, refreshes: Refreshes): Promise<void> {
  await planForFills(batch.session);
  const changed = await fillTraits(batch, stages, { lanes: refreshes.lanes, isTold: true });
  await planForPeople(batch.session);
  const read = new Set(stages.flat().map(({ name }) => name));
  for (const name of read) {
    refreshes.traits.add(name);
    refreshes.done.add(name);
  }
  let count = 0;
  for (const { traits, people } of changed) {
    for (const row of people) {
      const person = batch.people.of(row.lane, row.profile_id);
      person.live = true;
      for (const [n, trait] of traits.entries()) if ((row.changed & (1 << n)) !== 0) person.traits.add(trait);
      count += 1;
    }
  }
  if (count < manyChanged) return;
  for (const { name, readers } of batch.program.computedTraits) {
    if ([...readers.traits].some((one) => read.has(one))) refreshes.traits.add(name);
  }
}

/** What is to be read for everybody of some lanes. A lane that has no room now finds its command again. */
async function takeRefreshes(batch: Batch, inbox: readonly InboxRow[]): Promise<Refreshes> {
  const commands = inbox.filter(({ kind }) => kind === 'refresh');
  const found = [...new Set(commands.map(({ lane }) => lane))].slice(
    0,
    await refreshedLanesMax(batch, commands.length),
  );
  const taken = new Set(found);
  const left = commands.filter(({ lane }) => !taken.has(lane));
  await appendInbox(
    batch.session,
    left.map((row) => ({ ...row, profileId: null, visibleAt: batch.t })),
  );
  const now = commands
    .filter(({ lane }) => taken.has(lane))
    .map((row) => ({ ...row, ...(row.body as RefreshCommand) }));
  const [fills, others] = [now.filter(({ isFill }) => isFill === true), now.filter(({ isFill }) => isFill !== true)];
  const lanes = [...new Set(others.map(({ lane }) => lane))];
  const traits = new Set(others.flatMap((one) => one.traits));
  const refreshed = new Set(lanes);
  const isFilled = (trait: string, lane: number) => refreshed.has(lane) && traits.has(trait);
  return { fills: byTraits(fills), lanes, traits, done: new Set(), isFilled };
}

/** Lanes that fill the same traits are filled together. */
function byTraits(commands: readonly { readonly lane: number; readonly traits: readonly string[] }[]): readonly Fill[] {
  return [...groupBy(commands, ({ traits }) => traits.join()).values()].map((group) => ({
    lanes: [...new Set(group.map(({ lane }) => lane))],
    traits: group[0]?.traits ?? [],
  }));
}

async function refreshedLanesMax({ session }: Batch, commands: number): Promise<number> {
  if (commands < 2) return commands;
  const people = Math.max(1, await knownPeople(session));
  return Math.max(1, Math.floor((refreshedPeopleMax * laneCount) / people));
}
