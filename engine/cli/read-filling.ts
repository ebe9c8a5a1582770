/** What lanes still fill; the engine's part of it is loaded only when something is. */
import type { Filling } from '../activation/lanes/filling.ts';
import { countLanesBehind } from '../measure/health/queries.ts';
import type { Session } from '../store/session.ts';

/** Cheap when nothing is being filled. */
export async function readFillingLazily(session: Session): Promise<Filling> {
  const { lanes, behind } = await countLanesBehind(session);
  if (behind === 0) return { lanes, behind, unfilled: [] };
  const { readFilling } = await import('../activation/lanes/filling.ts');
  return readFilling(session);
}
