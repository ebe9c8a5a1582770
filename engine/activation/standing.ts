/**
 * What a daemon sees change around it, a few times a minute: pauses that begin and end, and the moment at which all lanes run under the
 * live revision. It only tells; lanes and dispatch read pauses themselves with each look.
 */
import { readPauses } from '../store/pauses.ts';
import type { Session } from '../store/session.ts';
import { selectRevisionsOfLanes } from './lanes/queries.ts';
import type { Observer } from './observer.ts';

/** What was seen so far, by one process. */
export interface Standing {
  /** Tells what is new since the last look. Two small statements. */
  look(session: Session, observe: Observer, now: Date): Promise<void>;
}

export function standing(): Standing {
  let pauses = new Map<string, Date | null>();
  let adopted = 0;
  return {
    async look(session, observe, now) {
      const inForce = new Map((await readPauses(session, now)).map(({ resource, until }) => [resource, until]));
      for (const [resource, until] of inForce) {
        const isKnown = pauses.has(resource) && pauses.get(resource)?.getTime() === until?.getTime();
        if (!isKnown) observe({ kind: 'pause', resource, isInForce: true, until });
      }
      for (const [resource, until] of pauses)
        if (!inForce.has(resource)) observe({ kind: 'pause', resource, isInForce: false, until });
      pauses = inForce;
      const revisions = await selectRevisionsOfLanes(session);
      const live = revisions[0]?.live ?? 0;
      if (live === adopted || revisions.some(({ revision }) => revision !== live)) return;
      adopted = live;
      observe({ kind: 'adopted', revision: live });
    },
  };
}
