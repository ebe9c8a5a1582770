/**
 * Keeps computed traits current: for people whose facts touch what a trait reads and when time changes it, one level of the program at a
 * time; and for whole lanes when a revision or a refresh of a quantile says so, as many levels at once as can be (`chains.ts`).
 */

import { type LinkedTrait, signatureOf } from '../../compiler/program.ts';
import { forPeople } from '../../compiler/program-sql.ts';
import { writeTogether } from '../../store/together.ts';
import type { Batch } from '../batch.ts';
import { groupBy } from '../journeys/evaluate.ts';
import { whichLanes } from '../lanes/which-lanes.ts';
import { arraysOf, type Person, touches } from '../people.ts';
import {
  type ChangedTraits,
  clearTraitWakes,
  computedTraits,
  type DueRow,
  fillTraitsOfLanes,
  type TraitWrite,
  traitWakes,
} from './queries.ts';

/** `v0, n0, c0, v1 …`: value, next change and whether it changed, for each trait of the statement. */
type TraitRow = Readonly<Record<string, unknown>> & { readonly i: number };

/** Up to so many people, all touched traits are read for all of them in one statement: fewer statements cost less. */
const fewPeople = 48;
/** Columns of one statement over whole lanes. */
const columnsMax = 25;

type Someone = Pick<Person, 'lane' | 'profileId'>;

/** Traits by what reads what: those of a stage read only the ones before and what is current. */
export type Stages = readonly (readonly LinkedTrait[])[];

/** Whose values changed; bit n of a person stands for the n-th of the traits. */
export interface FilledTraits {
  readonly traits: readonly string[];
  readonly people: readonly ChangedTraits[];
}

interface Asked {
  readonly traits: readonly LinkedTrait[];
  readonly people: readonly Someone[];
}

/**
 * Recomputes the traits of a level that the batch's facts or `due` wake-ups touch, and notes in the people which values changed;
 * but for those that are read with the person's whole lane.
 */
export async function updateComputedTraits(
  batch: Batch,
  traits: readonly LinkedTrait[],
  { due, isFilled }: { readonly due: readonly DueRow[]; readonly isFilled: (trait: string, lane: number) => boolean },
): Promise<void> {
  const everybody = [...batch.people.all.values()];
  const groups = groupBy(traits, ({ readers }) => signatureOf(readers));
  const asked = [...groups.values()].map((group) => {
    const names = new Set(group.map(({ name }) => name));
    const woken = new Set(due.filter((row) => names.has(row.name)).map((row) => row.profile_id));
    const { readers } = group[0] as LinkedTrait;
    const isAsked = (one: Person) =>
      (touches(one, readers) || woken.has(one.profileId)) && !group.every(({ name }) => isFilled(name, one.lane));
    return { traits: group, people: everybody.filter(isAsked) };
  });
  for (const { trait, profileId } of await computeTraits(batch, asked)) {
    batch.people.all.get(profileId)?.traits.add(trait);
  }
}

/** Computes traits for people and stores what changed, which is returned. The statements' number doesn't depend on the people's. */
async function computeTraits(batch: Batch, asked: readonly Asked[]): Promise<readonly TraitWrite[]> {
  const wanted = asked.filter(({ people }) => people.length > 0);
  if (wanted.length === 0) return [];
  const results = await Promise.all(
    inFewStatements(wanted).map(async ({ traits, people }) => {
      const statement = batch.statements.traits(traits);
      const { text, values } = forPeople(statement, batch.t, arraysOf(people));
      const rows = await batch.session.query<TraitRow>(text, values);
      return rows.flatMap((row) =>
        traits.map((trait, column) => ({
          ...written(trait, people[row.i - 1] as Someone, row, column),
          isTimed: statement.timed[column] === true,
        })),
      );
    }),
  );
  const all = results.flat();
  const changed = all.filter(({ isChanged }) => isChanged);
  const timed = all.filter(({ isTimed }) => isTimed);
  batch.writes.later(writeTogether(batch.session, [computedTraits(changed, batch.t), traitWakes(timed)]));
  return changed;
}

function inFewStatements(wanted: readonly Asked[]): readonly Asked[] {
  const everybody = [...new Map(wanted.flatMap(({ people }) => people.map((one) => [one.profileId, one]))).values()];
  if (wanted.length < 2 || everybody.length > fewPeople) return wanted;
  return [{ traits: wanted.flatMap(({ traits }) => traits), people: everybody }];
}

/**
 * What moves for everybody, by the days or at each refresh, is kept without a history, which would grow by a row a person each time.
 */
function hasHistory({ definition }: LinkedTrait): boolean {
  switch (definition.kind) {
    case 'days_since':
    case 'last_seen':
    case 'clv':
    case 'churn_risk':
      return false;
    case 'affinity':
      return definition.to === null;
    default:
      return true;
  }
}

function written(trait: LinkedTrait, { lane, profileId }: Someone, row: TraitRow, column: number) {
  return {
    lane,
    profileId,
    trait: trait.name,
    value: JSON.stringify(row[`v${column}`]),
    nextChange: row[`n${column}`] as Date | null,
    hasHistory: hasHistory(trait),
    isChanged: row[`c${column}`] === true,
  };
}

/**
 * Computes traits for everybody of the lanes, without a round trip per person; those of a stage read the ones before. Returns whose values
 * changed if it `isTold`; otherwise the caller has forgotten their wake-ups before.
 */
export async function fillTraits(
  batch: Pick<Batch, 'session' | 'statements' | 't' | 'lastTimes' | 'people'>,
  stages: Stages,
  { lanes, isTold }: { readonly lanes: readonly number[]; readonly isTold: boolean },
): Promise<readonly FilledTraits[]> {
  const changed: FilledTraits[] = [];
  // A lane has no value later than its last time, and a take-over, which handles nobody by himself, writes each trait once.
  const isLater = lanes.every((lane) => (batch.lastTimes.get(lane)?.getTime() ?? 0) < batch.t.getTime());
  const mayBeThere = isTold || batch.people.all.size > 0 || !isLater;
  for (const chunk of chunksOf(stages)) {
    const { text, rest, timed } = batch.statements.traitsOverLanes(chunk, whichLanes(lanes));
    const columns = chunk
      .flat()
      .map((trait, i) => ({ name: trait.name, hasHistory: hasHistory(trait), isTimed: timed[i] === true }));
    const toClear = isTold ? columns.filter(({ isTimed }) => isTimed).map(({ name }) => name) : [];
    const values = [batch.t, lanes, ...rest];
    const [, people] = await Promise.all([
      toClear.length === 0 ? null : clearTraitWakes(batch.session, lanes, toClear),
      fillTraitsOfLanes(batch.session, { text, values, columns, isTold, mayBeThere }),
    ]);
    changed.push({ traits: columns.map(({ name }) => name), people });
  }
  return changed;
}

/** Stages cut where a statement is full. They are in the order of what reads what, so that they may be cut anywhere. */
function chunksOf(stages: Stages): readonly Stages[] {
  const chunks: LinkedTrait[][][] = [];
  let room = 0;
  for (const stage of stages) {
    for (const [i, trait] of stage.entries()) {
      if (room === 0) {
        chunks.push([]);
        room = columnsMax;
      }
      const chunk = chunks.at(-1) as LinkedTrait[][];
      if (i === 0 || chunk.length === 0) chunk.push([]);
      chunk.at(-1)?.push(trait);
      room -= 1;
    }
  }
  return chunks;
}
