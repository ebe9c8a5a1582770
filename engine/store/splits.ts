/**
 * What splits have learned and stands outside of the files, as read: the arm that won a test, the shares of a bandit. Written by
 * `activation/experiments`; shown by `plan` and `status`, since it is state that a file may take over.
 */
import type { BundleResource, JourneyBody, SplitChoice } from '../compiler/ir.ts';
import { allSteps } from '../compiler/steps-inside.ts';
import type { Session } from './session.ts';

export interface SplitStand {
  /** `journey/x`. */
  readonly resource: string;
  readonly step: string;
  /** The arm that everybody takes; null: none has won. */
  readonly winner: string | null;
  /** When the test ended; null: it goes on, or is a bandit. */
  readonly decided_at: Date | null;
  /** Of a bandit, by arm; null otherwise. */
  readonly shares: Readonly<Record<string, number>> | null;
}

/** The splits of these resources that learn by their files and of which something is known. */
export async function readSplits(
  session: Session,
  resources: readonly BundleResource[],
): Promise<readonly SplitStand[]> {
  const rows = await session.query<SplitStand>(
    `select 'journey/' || journey as resource, step, winner, decided_at, shares from parcours.split_state order by journey, step`,
  );
  if (rows.length === 0) return [];
  const learning = new Map(resources.flatMap((one) => (one.kind === 'journey' ? learningIn(one.id, one.body) : [])));
  return rows.filter(({ resource, step, shares }) => {
    const kind = learning.get(`${resource} ${step}`);
    return kind === 'bandit' ? shares !== null : kind === 'winner';
  });
}

function learningIn(id: string, { steps }: JourneyBody): readonly (readonly [string, SplitChoice['kind']])[] {
  return allSteps(steps).flatMap((step) =>
    step.do.kind === 'split' ? [[`journey/${id} ${step.id}`, step.do.choose.kind] as const] : [],
  );
}
