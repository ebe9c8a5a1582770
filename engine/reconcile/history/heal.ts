/**
 * Puts back what was edited in the database: bodies of the live revision that aren't what their digest says, and the row of the
 * revision itself. What somebody applied is undone by planning again, not here.
 */
import type { Clock } from '../../clock/clock.ts';
import type { Bundle } from '../../compiler/ir.ts';
import { runnable } from '../../compiler/not-run.ts';
import { liveRevisionNumber } from '../../store/revisions.ts';
import type { Session } from '../../store/session.ts';
import type { Store } from '../../store/store.ts';
import type { GitOrigin } from '../git-origin.ts';
import { insertResourceVersions, insertRevision, releaseApplyLock, takeApplyLock } from '../queries.ts';
import { updateBodies } from './queries.ts';

export interface HealRequest {
  readonly store: Store;
  readonly clock: Clock;
  /** What is declared. */
  readonly bundle: Bundle;
  readonly origin: GitOrigin;
  readonly engineVersion: string;
  readonly lockWaitMs: number;
}

/** Writes the declared bodies and a revision of them, so that every worker reads them anew. Gives its number. */
export async function heal({ store, clock, bundle, origin, engineVersion, lockWaitMs }: HealRequest): Promise<number> {
  const session = await store.session({ application_name: 'parcours heal', lock_timeout: String(lockWaitMs) });
  try {
    await takeApplyLock(session);
    const number = await session.transaction(async (inner) => {
      const live = await liveRevisionNumber(inner);
      const { resources } = runnable(bundle);
      await restoreBodies(inner, resources);
      const number = live + 1;
      await insertRevision(inner, {
        number,
        bundleDigest: bundle.digest,
        gitCommit: origin.commit,
        gitDirty: origin.isDirty,
        author: origin.author,
        via: origin.via ?? { via: 'heal', from: null },
        appliedAt: clock.now(),
        resources: Object.fromEntries(
          resources.map(({ kind, id, digest, meta, needs }) => [`${kind}/${id}`, { digest, meta, needs }]),
        ),
        plan: { from: { revision: live }, to: { bundle: bundle.digest }, changes: [] },
        engineVersion,
        tzdataVersion: process.versions.tz ?? null,
      });
      return number;
    });
    await releaseApplyLock(session);
    return number;
  } finally {
    await session.close();
  }
}

async function restoreBodies(session: Session, resources: Bundle['resources']): Promise<void> {
  await insertResourceVersions(session, resources);
  await updateBodies(session, resources);
}
