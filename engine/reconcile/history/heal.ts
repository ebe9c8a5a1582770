/**
 * Puts back what was edited in the database: bodies of the live revision that aren't what their digest says. What somebody applied, and
 * an edit of the revision's own row, are undone by planning again, not here.
 */
import type { Clock } from '../../clock/clock.ts';
import { digestOf } from '../../compiler/digest.ts';
import type { Bundle } from '../../compiler/ir.ts';
import { liveRevisionNumber, readResources, readRevision } from '../../store/revisions.ts';
import type { Session } from '../../store/session.ts';
import type { Store } from '../../store/store.ts';
import type { GitOrigin } from '../git-origin.ts';
import { insertRevision, releaseApplyLock, takeApplyLock } from '../queries.ts';
import { selectConfigEdits, updateBodies } from './queries.ts';

/** Writes the bodies that live digests stand for, from the bundle or from what an edit replaced. How many there were. */
export function restoreBodies(store: Store, bundle: Bundle): Promise<number> {
  return store.withSession((session) => session.transaction((inner) => restoreWithin(inner, bundle)));
}

async function restoreWithin(session: Session, bundle: Bundle): Promise<number> {
  const number = await liveRevisionNumber(session);
  const row = number === 0 ? null : await readRevision(session, number);
  if (row === null) return 0;
  const wrong = (await readResources(session, row)).filter(
    (one) => one.body !== undefined && digestOf(one.body) !== one.digest,
  );
  const edits = await selectConfigEdits(session, { digests: wrong.map((one) => one.digest), revision: number });
  const known = new Map<string, unknown>(bundle.resources.map((one) => [one.digest, one.body]));
  for (const { before } of edits) known.set(digestOf(before), before);
  const restored = wrong.flatMap(({ digest }) => (known.has(digest) ? [{ digest, body: known.get(digest) }] : []));
  if (restored.length > 0) await updateBodies(session, restored);
  return restored.length;
}

export interface RepeatRequest {
  readonly store: Store;
  readonly clock: Clock;
  readonly origin: GitOrigin;
  readonly engineVersion: string;
  readonly lockWaitMs: number;
}

/** Writes the live revision once more, so that every worker reads its bodies anew. Gives its number. */
export async function repeatRevision({ store, clock, origin, ...request }: RepeatRequest): Promise<number> {
  const session = await store.session({
    application_name: 'parcours heal',
    lock_timeout: String(request.lockWaitMs),
  });
  try {
    await takeApplyLock(session);
    const number = await session.transaction(async (inner) => {
      const live = await liveRevisionNumber(inner);
      const row = await readRevision(inner, live);
      if (row === null) throw new Error('assertion failed: what is healed was applied');
      await insertRevision(inner, {
        number: live + 1,
        bundleDigest: row.bundle_digest,
        gitCommit: origin.commit,
        gitDirty: origin.isDirty,
        author: origin.author,
        via: origin.via ?? { via: 'heal', from: null },
        appliedAt: clock.now(),
        resources: row.resources,
        plan: { from: { revision: live }, to: { bundle: row.bundle_digest }, changes: [] },
        moves: [],
        origins: row.origins,
        engineVersion: request.engineVersion,
        tzdataVersion: process.versions.tz ?? null,
      });
      return live + 1;
    });
    await releaseApplyLock(session);
    return number;
  } finally {
    await session.close();
  }
}
