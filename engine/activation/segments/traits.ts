/** Keeps computed traits current: only for people whose events a trait reads, and when a window lets something go. */

import type { LinkedTrait } from '../../compiler/program.ts';
import { forPeople } from '../../compiler/program-sql.ts';
import { eventsOf } from '../../compiler/reading.ts';
import type { Batch } from '../batch.ts';
import { arraysOf, type Person } from '../people.ts';
import { type DueRow, type TraitWrite, writeComputedTraits, writeTraitWakes } from './queries.ts';

/** `v0, n0, c0, v1 …`: value, next change and whether it changed, for each trait of the statement. */
type TraitRow = Readonly<Record<string, unknown>> & { readonly i: number };

/** Up to so many people, all touched traits are read for all of them in one statement: fewer statements cost less. */
const fewPeople = 48;

type Someone = Pick<Person, 'lane' | 'profileId'>;

/** Recomputes the traits that the batch's events or `due` wake-ups touch, and notes in the people which values changed. */
export async function updateComputedTraits(batch: Batch, due: readonly DueRow[]): Promise<void> {
  const everybody = [...batch.people.all.values()];
  const asked = batch.program.computedTraits.map((trait) => {
    const { types } = eventsOf(trait.definition);
    const woken = new Set(due.filter((row) => row.name === trait.name).map((row) => row.profile_id));
    const isTouched = (person: Person) =>
      person.isNew || woken.has(person.profileId) || types.some((type) => person.events.has(type));
    return { trait, people: everybody.filter(isTouched) };
  });
  for (const { trait, profileId } of await computeTraits(batch, asked)) {
    batch.people.all.get(profileId)?.traits.add(trait);
  }
}

/** Computes traits for people and stores what changed, which is returned. The statements' number doesn't depend on the people's. */
export async function computeTraits(
  batch: Pick<Batch, 'session' | 'statements' | 't' | 'writes'>,
  asked: readonly { readonly trait: LinkedTrait; readonly people: readonly Someone[] }[],
): Promise<readonly TraitWrite[]> {
  const wanted = asked.filter(({ people }) => people.length > 0);
  if (wanted.length === 0) return [];
  const results = await Promise.all(
    inFewStatements(wanted).map(async ({ traits, people }) => {
      const { text, values } = forPeople(batch.statements.traits(traits), batch.t, arraysOf(people));
      const rows = await batch.session.query<TraitRow>(text, values);
      return rows.flatMap((row) =>
        traits.map((trait, column) => written(trait, people[row.i - 1] as Someone, row, column)),
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

function inFewStatements(
  wanted: readonly { readonly trait: LinkedTrait; readonly people: readonly Someone[] }[],
): readonly { readonly traits: readonly LinkedTrait[]; readonly people: readonly Someone[] }[] {
  const everybody = [...new Map(wanted.flatMap(({ people }) => people.map((one) => [one.profileId, one]))).values()];
  if (everybody.length > fewPeople) return wanted.map(({ trait, people }) => ({ traits: [trait], people }));
  return [{ traits: wanted.map(({ trait }) => trait), people: everybody }];
}

function written(trait: LinkedTrait, { lane, profileId }: Someone, row: TraitRow, column: number) {
  return {
    lane,
    profileId,
    trait: trait.name,
    value: JSON.stringify(row[`v${column}`]),
    nextChange: row[`n${column}`] as Date | null,
    isChanged: row[`c${column}`] === true,
    isTimed: eventsOf(trait.definition).window.kind === 'in_last',
  };
}
