/**
 * Keeps computed traits current, one level of the program at a time: for people whose facts touch what a trait reads, when time
 * changes it, and for whole lanes when a revision or a refresh of a quantile says so.
 */

import { type LinkedTrait, signatureOf } from '../../compiler/program.ts';
import { forPeople } from '../../compiler/program-sql.ts';
import type { Batch } from '../batch.ts';
import { groupBy } from '../journeys/evaluate.ts';
import { arraysOf, type Person, touches } from '../people.ts';
import {
  clearTraitWakes,
  type DueRow,
  fillTraitsOfLanes,
  type TraitWrite,
  writeComputedTraits,
  writeTraitWakes,
} from './queries.ts';

/** `v0, n0, c0, v1 …`: value, next change and whether it changed, for each trait of the statement. */
type TraitRow = Readonly<Record<string, unknown>> & { readonly i: number };

/** Up to so many people, all touched traits are read for all of them in one statement: fewer statements cost less. */
const fewPeople = 48;
/** Columns of one statement over whole lanes. */
const columnsMax = 25;

type Someone = Pick<Person, 'lane' | 'profileId'>;

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
  batch.writes.later(writeComputedTraits(batch.session, changed, batch.t));
  batch.writes.later(writeTraitWakes(batch.session, timed));
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

/** Computes traits of one level for everybody of the lanes, without a round trip per person. Returns whose values changed if it `isTold`. */
export async function fillTraits(
  batch: Pick<Batch, 'session' | 'statements' | 't'>,
  traits: readonly LinkedTrait[],
  { lanes, isTold }: { readonly lanes: readonly number[]; readonly isTold: boolean },
): Promise<readonly { readonly lane: number; readonly profile_id: number; readonly trait: string }[]> {
  const changed = [];
  for (let from = 0; from < traits.length; from += columnsMax) {
    const chunk = traits.slice(from, from + columnsMax);
    const { text, rest } = batch.statements.traitsOverLanes(chunk);
    const names = chunk.map(({ name }) => name);
    const withHistory = chunk.filter(hasHistory).map(({ name }) => name);
    const fill = { text, values: [batch.t, lanes, ...rest], withHistory, isTold };
    const [, found] = await Promise.all([
      clearTraitWakes(batch.session, lanes, names),
      fillTraitsOfLanes(batch.session, fill),
    ]);
    changed.push(...found);
  }
  return changed;
}
