/** Plays the `test` resources of a bundle, each group of them in a database of its own. Touches no store of anybody's. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from '../../compiler/ir.ts';
import type { ScratchStores } from '../../store/scratch.ts';
import { playTogether, type TestOutcome } from './play-together.ts';
import { playedTogether, type TestResource } from './played-bundle.ts';

export interface PlayRequest {
  readonly bundle: Bundle;
  /** Those to be played. */
  readonly tests: readonly TestResource[];
  readonly scratch: ScratchStores;
  /** Told when some are through: how many, and of how many. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** The outcome of each, in their order. Errors: those of the store. */
export async function playTests({ bundle, tests, scratch, onProgress }: PlayRequest): Promise<readonly TestOutcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'parcours-play-'));
  const outcomes = new Map<string, TestOutcome>();
  try {
    for (const group of playedTogether(bundle, tests)) {
      const store = await scratch.make();
      try {
        for (const one of await playTogether(group, { store, folder })) outcomes.set(one.test, one);
      } finally {
        await store.drop();
      }
      onProgress?.(outcomes.size, tests.length);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return tests.flatMap(({ id }) => outcomes.get(id) ?? []);
}
