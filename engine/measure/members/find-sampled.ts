/** Who the samples of a plan are: hashes that only this store can turn back, for a time. */
import type { OwnSession } from '../../store/session.ts';
import { type SampledRow, selectSampled } from './queries.ts';

/** Older samples aren't looked up: what was true of people then needn't be now. */
export const samplesDays = 30;

const dayMs = 86_400_000;

/** The people behind hashes that were made at an instant; empty when that is too long ago. */
export async function findSampled(
  session: OwnSession,
  of: { readonly hashes: readonly string[]; readonly madeAt: Date; readonly now: Date },
): Promise<readonly SampledRow[]> {
  if (of.now.getTime() - of.madeAt.getTime() > samplesDays * dayMs) return [];
  return session.transaction((inner) => selectSampled(inner, of.hashes, of.madeAt.toISOString().slice(0, 10)), {
    readOnly: true,
  });
}
