/** Who of some people fulfils conditions of a programme, and which. */
import type { Condition } from '../../compiler/ir.ts';
import { forPeople } from '../../compiler/program-sql.ts';
import type { Batch } from '../batch.ts';

/** The people of whom all of the conditions are true, as they stand. */
export async function whoMay(
  batch: Batch,
  key: string,
  conditions: readonly Condition[],
  people: readonly { readonly lane: number; readonly profileId: number }[],
): Promise<ReadonlySet<number>> {
  const readings = await readingsOf(batch, key, conditions, people);
  return new Set([...readings].flatMap(([profileId, holds]) => (holds.every((one) => one) ? [profileId] : [])));
}

/** By person whether each of the conditions is true of him, as things stand; `key` names the conditions. */
export async function readingsOf(
  batch: Batch,
  key: string,
  conditions: readonly Condition[],
  people: readonly { readonly lane: number; readonly profileId: number }[],
): Promise<ReadonlyMap<number, readonly boolean[]>> {
  const all = [...new Map(people.map((one) => [one.profileId, one])).values()];
  if (conditions.length === 0 || all.length === 0) return new Map(all.map(({ profileId }) => [profileId, []]));
  const arrays = { lanes: all.map(({ lane }) => lane), profiles: all.map(({ profileId }) => profileId) };
  const { text, values } = forPeople(batch.statements.pairsOverPeople(key, conditions), batch.t, arrays);
  const rows = await batch.session.query<Record<string, unknown> & { readonly i: number }>(text, values);
  return new Map(
    rows.map((row) => [
      (all[row.i - 1] as { readonly profileId: number }).profileId,
      conditions.map((_, c) => row[`h${c}`] === true),
    ]),
  );
}
