/**
 * How far lanes are with what an apply made new: a changed segment or computed trait counts in a lane from the transaction on in which
 * the lane moves to the live revision. Reads only; the moving itself is `adopt.ts`.
 */
import type { Session } from '../../store/session.ts';
import { runningPrograms } from '../running.ts';
import { adoptionOf } from './adopt.ts';
import { selectRevisionsOfLanes } from './queries.ts';

export interface FillingOf {
  readonly kind: 'segment' | 'trait';
  readonly id: string;
  /** Lanes in which it counts already. */
  readonly filled: number;
}

export interface Filling {
  readonly lanes: number;
  /** Lanes that still run under an older revision. */
  readonly behind: number;
  /** What isn't filled everywhere yet, by kind and id. */
  readonly unfilled: readonly FillingOf[];
}

/** What isn't filled yet, compared from each revision that some lane still runs under. */
export async function readFilling(session: Session): Promise<Filling> {
  const places = await selectRevisionsOfLanes(session);
  const lanes = places.reduce((sum, place) => sum + place.lanes, 0);
  const live = places[0]?.live ?? 0;
  const behind = places.filter(({ revision }) => revision < live);
  const programs = runningPrograms();
  const after = behind.length === 0 ? null : await programs.get(session, live);
  const missing = new Map<string, FillingOf>();
  for (const place of after === null ? [] : behind) {
    const before = await programs.get(session, place.revision);
    const { segments, traits } = adoptionOf(before, after as NonNullable<typeof after>);
    const changed = [...[...traits].map((id) => ['trait', id]), ...[...segments].map((id) => ['segment', id])];
    for (const [kind, id] of changed as ['segment' | 'trait', string][]) {
      const filled = missing.get(`${kind}/${id}`)?.filled ?? lanes;
      missing.set(`${kind}/${id}`, { kind, id, filled: filled - place.lanes });
    }
  }
  const unfilled = [...missing.keys()].sort().map((name) => missing.get(name) as FillingOf);
  return { lanes, behind: behind.reduce((sum, place) => sum + place.lanes, 0), unfilled };
}
