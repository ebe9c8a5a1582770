/**
 * Under which older revisions lanes are handled as they are while the live one fills. Whether a pair of revisions allows it is said by
 * `quiet.ts`; here it is asked once for each pair.
 */
import { type RevisionRow, readRevision } from '../../store/revisions.ts';
import type { Session } from '../../store/session.ts';
import { olderMax, type Running, type RunningPrograms } from '../running.ts';
import { isQuiet } from './quiet.ts';

export interface QuietRevisions {
  /**
   * Those of the revisions under which lanes may go on while the live one fills. At most so many, the newest ones, as programs are kept
   * in memory: lanes that are behind for longer are taken over first.
   */
  among(session: Session, revisions: Iterable<number>, live: Running): Promise<ReadonlySet<number>>;
}

interface Asker {
  readonly programs: RunningPrograms;
  readonly isPatient: boolean;
  readonly takes: 'everything' | 'imports';
}

/**
 * For one worker. Where nobody waits there are none: lanes move before anything else happens in them, so that what comes out doesn't depend on who
 * was faster; and who takes imports alone claims lanes of all revisions together.
 */
export function quietRevisions({ programs, isPatient, takes }: Asker): QuietRevisions {
  if (isPatient || takes === 'imports') return { among: async () => new Set() };
  /** The answers for one live revision. */
  let known: { readonly live: number; readonly answers: Map<number, boolean> } = { live: 0, answers: new Map() };
  return {
    async among(session, revisions, live) {
      const { number } = live.revision;
      if (known.live !== number) known = { live: number, answers: new Map() };
      const { answers } = known;
      const newest = [...new Set(revisions)].sort((a, b) => b - a).slice(0, olderMax);
      for (const one of newest) {
        if (answers.has(one)) continue;
        const before = await programs.get(session, one);
        answers.set(one, before !== null && isQuiet(before, await readPassed(session, one, number), live));
      }
      return new Set(newest.filter((one) => answers.get(one) === true));
    },
  };
}

/** The revisions between the two. */
async function readPassed(session: Session, from: number, to: number): Promise<readonly RevisionRow[]> {
  const rows: RevisionRow[] = [];
  for (let number = from + 1; number < to; number += 1) {
    const row = await readRevision(session, number);
    if (row !== null) rows.push(row);
  }
  return rows;
}
