/**
 * Keeps personas current in the lane: a set is read again for a person only when a score or what `fresh` reads was touched, or when
 * its stored `next_change` has come. The persona is kept as a trait, so that segments and journeys follow it as they follow traits;
 * whom somebody was named before counts (`choosePersona`), the one thing here that depends on its own past.
 */

import type { Condition } from '../../compiler/ir.ts';
import type { LinkedPersonas } from '../../compiler/linked-persona.ts';
import { forPeople } from '../../compiler/program-sql.ts';
import { choosePersona, sharesOfPoints } from '../../measure/statistics/choose-persona.ts';
import { writeTogether } from '../../store/together.ts';
import type { Batch } from '../batch.ts';
import { arraysOf, type Person, touches } from '../people.ts';
import { computedTraits, type DueRow, readTraits, type TraitWrite, traitWakes } from './queries.ts';

type Someone = Pick<Person, 'lane' | 'profileId'>;

export interface AskedPersonas {
  readonly set: LinkedPersonas;
  readonly people: readonly Someone[];
}

/** Names anew the personas of a level that the batch's facts, changed traits or `due` wake-ups touch, and notes in the people which changed. */
export async function updatePersonas(
  batch: Batch,
  sets: readonly LinkedPersonas[],
  due: readonly DueRow[],
): Promise<void> {
  const everybody = [...batch.people.all.values()];
  const asked = sets.map((set) => {
    const woken = new Set(due.filter((row) => row.name === set.trait).map((row) => row.profile_id));
    return { set, people: everybody.filter((one) => touches(one, set.readers) || woken.has(one.profileId)) };
  });
  for (const { trait, profileId } of await assignPersonas(batch, asked)) {
    batch.people.all.get(profileId)?.traits.add(trait);
  }
}

/** Names personas, stores those that changed, and returns them. Two statements a set, however many people. */
export async function assignPersonas(
  batch: Pick<Batch, 'session' | 'statements' | 't' | 'writes'>,
  asked: readonly AskedPersonas[],
): Promise<readonly TraitWrite[]> {
  const wanted = asked.filter(({ people }) => people.length > 0);
  const all = (await Promise.all(wanted.map((one) => namePersonas(batch, one)))).flat();
  const changed = all.filter(({ isChanged }) => isChanged);
  const timed = all.filter(({ isTimed }) => isTimed);
  batch.writes.later(writeTogether(batch.session, [computedTraits(changed, batch.t), traitWakes(timed)]));
  return changed;
}

async function namePersonas(
  batch: Pick<Batch, 'session' | 'statements' | 't'>,
  { set: { trait, body }, people }: AskedPersonas,
) {
  const names = [...body.personas.map(({ score }) => score), trait];
  const [rows, freshness] = await Promise.all([
    readTraits(batch.session, arraysOf(people), names),
    readFreshness(batch, trait, body.fresh, people),
  ]);
  return rows.map(({ i, values }) => {
    const { lane, profileId } = people[i - 1] as Someone;
    const { isFresh, nextChange } = freshness.get(i) ?? alwaysFresh;
    const present = textOf(values.at(-1));
    const stored = body.personas.map(({ id }, column) => ({ id, score: numberOf(values[column]) }));
    const scores = body.scores === 'points' ? sharesOfPoints(stored) : stored;
    const persona = isFresh ? choosePersona(scores, body, present) : null;
    const value = JSON.stringify(persona);
    return { lane, profileId, trait, value, nextChange, isChanged: persona !== present, isTimed: body.fresh !== null };
  });
}

interface Freshness {
  readonly isFresh: boolean;
  readonly nextChange: Date | null;
}

const alwaysFresh: Freshness = { isFresh: true, nextChange: null };

/** By the people's positions from 1; empty where scores don't grow old. */
async function readFreshness(
  batch: Pick<Batch, 'session' | 'statements' | 't'>,
  trait: string,
  fresh: Condition | null,
  people: readonly Someone[],
): Promise<ReadonlyMap<number, Freshness>> {
  if (fresh === null) return new Map();
  const statement = batch.statements.pairsOverPeople(trait, [fresh]);
  const { text, values } = forPeople(statement, batch.t, arraysOf(people));
  const rows = await batch.session.query<{ i: number; h0: boolean; n0: Date | null }>(text, values);
  return new Map(rows.map(({ i, h0, n0 }) => [i, { isFresh: h0, nextChange: n0 }]));
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
