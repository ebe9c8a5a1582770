/**
 * The live revision as requests read it: looked for at most once a second, read anew when it is another. Nothing is applied here, and a
 * request that began under a revision ends under it.
 */
import { elapsedMs } from '../clock/clock.ts';
import type { Bundle } from '../compiler/ir.ts';
import { link, type Program } from '../compiler/program.ts';
import { type Declarations, declarationsOf } from '../profiles/declarations.ts';
import { liveRevisionNumber, readResources, readRevision } from '../store/revisions.ts';
import type { SessionPool } from './session-pool.ts';

export interface Live {
  readonly revision: number;
  readonly bundle: Bundle;
  readonly declared: Declarations;
  /** Linked when it is first read. */
  readonly program: Program;
}

export interface LiveBundle {
  /** Null: nothing was applied yet. Errors: those of the store, when it has never been read. */
  read(): Promise<Live | null>;
}

/** How old what is known may be. */
const freshForMs = 1_000;

export function liveBundle(sessions: SessionPool): LiveBundle {
  let known: Live | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<Live | null> | null = null;

  async function look(): Promise<Live | null> {
    known = await sessions.run(async (session) => {
      const number = await liveRevisionNumber(session);
      if (number === known?.revision) return known;
      const revision = number === 0 ? null : await readRevision(session, number);
      if (revision === null) return null;
      return toLive(number, { digest: revision.bundle_digest, resources: await readResources(session, revision) });
    });
    lookedAt = elapsedMs();
    return known;
  }

  return {
    read() {
      if (elapsedMs() - lookedAt < freshForMs) return Promise.resolve(known);
      looking ??= look().finally(() => {
        looking = null;
      });
      // What is known serves while the next look is on its way.
      return known === null ? looking : ignoring(looking, known);
    },
  };
}

/** A look that fails leaves what is known: the next request looks again. */
async function ignoring(looking: Promise<unknown>, known: Live): Promise<Live> {
  looking.catch(() => {});
  return known;
}

function toLive(revision: number, bundle: Bundle): Live {
  const declared = declarationsOf(bundle);
  if (declared === null) throw new Error('assertion failed: an applied bundle has a workspace');
  let program: Program | undefined;
  return {
    revision,
    bundle,
    declared,
    get program() {
      program ??= link(revision, bundle.resources);
      return program;
    },
  };
}
