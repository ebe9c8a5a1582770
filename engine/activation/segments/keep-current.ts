/**
 * Keeps what is computed of people current in the lanes, level by level: traits, personas and segments that read nothing of each
 * other are asked together, and what a level changed touches the next in the same transaction.
 */
import type { Batch } from '../batch.ts';
import { appendInbox, type InboxRow } from '../lanes/queries.ts';
import { type Transition, updateMemberships } from './memberships.ts';
import { updatePersonas } from './personas.ts';
import { type DueRow, planForFills, planForPeople } from './queries.ts';
import { fillTraits, updateComputedTraits } from './traits.ts';

/** Wake-ups whose time has come, and the inbox with its refreshes. */
export interface DueChanges {
  readonly inbox: readonly InboxRow[];
  readonly memberships: readonly DueRow[];
  readonly traits: readonly DueRow[];
}

/** Body of inbox rows of the kind `refresh`: the scales of these traits were worked out anew. */
export interface RefreshCommand {
  readonly traits: readonly string[];
}

/** Lanes that one transaction reads whole; the others' turn comes next. */
const refreshedLanesMax = 16;

/** Reads again what facts, time and refreshes touch, writes what changed, and returns who entered and left what. */
export async function keepCurrent(batch: Batch, due: DueChanges): Promise<readonly Transition[]> {
  const refreshes = await takeRefreshes(batch, due.inbox);
  const memberships = updateMemberships(batch, due.memberships);
  const transitions: Transition[] = [];
  for (const level of batch.program.levels) {
    const [found] = await Promise.all([
      memberships.update(level.groups),
      updateComputedTraits(batch, level.traits, due.traits),
      updatePersonas(batch, level.personas, due.traits),
    ]);
    transitions.push(...found);
    const traits = level.traits.filter(({ name }) => refreshes.traits.has(name));
    if (traits.length === 0) continue;
    await planForFills(batch.session);
    const changed = await fillTraits(batch, traits, { lanes: refreshes.lanes, isTold: true });
    await planForPeople(batch.session);
    for (const { lane, profile_id, trait } of changed) {
      const person = batch.people.of(lane, profile_id);
      person.traits.add(trait);
      person.live = true;
    }
  }
  return transitions;
}

interface Refreshes {
  readonly lanes: readonly number[];
  readonly traits: ReadonlySet<string>;
}

/** What is to be read for everybody of some lanes. A lane that has no room now finds its command again. */
async function takeRefreshes(batch: Batch, inbox: readonly InboxRow[]): Promise<Refreshes> {
  const commands = inbox.filter(({ kind }) => kind === 'refresh');
  const lanes = [...new Set(commands.map(({ lane }) => lane))].slice(0, refreshedLanesMax);
  const taken = new Set(lanes);
  const left = commands.filter(({ lane }) => !taken.has(lane));
  await appendInbox(
    batch.session,
    left.map((row) => ({ ...row, profileId: null, visibleAt: batch.t })),
  );
  const now = commands.filter(({ lane }) => taken.has(lane));
  return { lanes, traits: new Set(now.flatMap(({ body }) => (body as RefreshCommand).traits)) };
}
