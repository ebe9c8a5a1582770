/**
 * The folder in memory that Linux has, for servers of tests: on a disk, files that come and go by the thousand take a fiftieth of a run's
 * CPU, and each new server waits for the disk. Proofs that run whole stay on the disk, as data for which there is no room does.
 */
import { existsSync, statfsSync } from 'node:fs';
import { isWhole } from './proof.ts';

/** Where it would be, whether it is or not. */
export const memoryRoot = '/dev/shm';

/** What the servers of a run of the usual size take is less than that. */
const freeMinBytes = 2_000_000_000;

/** The folder, or null where there is none or it is too small. */
export function memoryFolder(): string | null {
  if (isWhole || !existsSync(memoryRoot)) return null;
  const { bavail, bsize } = statfsSync(memoryRoot);
  return bavail * bsize < freeMinBytes ? null : memoryRoot;
}
