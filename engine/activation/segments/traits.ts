/** Keeps computed traits current: only for people whose events a trait reads, and when a window lets something go. */

import type { LinkedTrait } from '../../compiler/program.ts';
import { forPeople } from '../../compiler/program-sql.ts';
import type { Session } from '../../store/session.ts';
import type { Batch } from '../batch.ts';
import { arraysOf } from '../people.ts';
import { type DueRow, writeComputedTrait, writeTraitWakes } from './queries.ts';

interface TraitResult {
  readonly i: number;
  readonly value: unknown;
  readonly next_change: Date | null;
  readonly changed: boolean;
}

/** Recomputes the traits that the batch's events or `due` wake-ups touch, and notes in the people which values changed. */
export async function updateComputedTraits(batch: Batch, due: readonly DueRow[]): Promise<void> {
  const computed = batch.program.computedTraits.map(async (trait) => {
    const { types } = trait.definition.events;
    const woken = new Set(due.filter((row) => row.name === trait.name).map((row) => row.profile_id));
    const people = [...batch.people.all.values()].filter(
      (person) => woken.has(person.profileId) || types.some((type) => person.events.has(type)),
    );
    if (people.length === 0) return;
    const changed = await computeTrait(batch, trait, arraysOf(people));
    for (const i of changed) people[i]?.traits.add(trait.name);
  });
  await Promise.all(computed);
}

/** Computes a trait for people and stores what changed; returns the positions of those whose value changed. */
export async function computeTrait(
  batch: Pick<Batch, 'session' | 'statements' | 't'>,
  trait: LinkedTrait,
  people: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
): Promise<readonly number[]> {
  const { text, values } = forPeople(batch.statements.trait(trait), batch.t, people);
  const rows = await batch.session.query<TraitResult>(text, values);
  const changed = rows.filter((row) => row.changed);
  const at = (row: TraitResult) => row.i - 1;
  await writeComputedTrait(
    batch.session,
    trait.name,
    {
      lanes: changed.map((row) => people.lanes[at(row)] as number),
      profiles: changed.map((row) => people.profiles[at(row)] as number),
      values: changed.map((row) => JSON.stringify(row.value)),
    },
    batch.t,
  );
  if (trait.definition.events.window.kind === 'in_last') await storeWakes(batch.session, trait, people, rows);
  return changed.map(at);
}

async function storeWakes(
  session: Session,
  trait: LinkedTrait,
  people: { readonly lanes: readonly number[]; readonly profiles: readonly number[] },
  rows: readonly TraitResult[],
): Promise<void> {
  await writeTraitWakes(session, trait.name, {
    lanes: rows.map((row) => people.lanes[row.i - 1] as number),
    profiles: rows.map((row) => people.profiles[row.i - 1] as number),
    nextChanges: rows.map((row) => row.next_change),
  });
}
