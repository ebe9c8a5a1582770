/** A folder for an embedded server of its own, for tests about starting and stopping one. */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { elapsedMs } from '../../engine/clock/clock.ts';
import { type EmbeddedOptions, resetEmbedded } from '../../engine/store/embedded-server.ts';
import { builtFile } from './built-engine.ts';
import { memoryFolder } from './memory-folder.ts';

export interface EmbeddedFolder {
  readonly root: string;
  /** Stops the server and deletes everything of it. */
  remove(): Promise<void>;
}

/** Makes the folder, at a path below it if one is told. Everyone may enter it. */
export function embeddedFolder(below = 'workspace'): EmbeddedFolder {
  const base = realpathSync(mkdtempSync(join(memoryFolder() ?? tmpdir(), 'parcours-test-')));
  const root = join(base, below);
  chmodSync(base, 0o755);
  mkdirSync(root, { recursive: true, mode: 0o755 });
  return {
    root,
    async remove() {
      await resetEmbedded(root);
      rmSync(base, { recursive: true, force: true });
    },
  };
}

/** Of servers that live for a test: nothing is kept safe, and what watches them starts fast. */
export async function quickServer(): Promise<EmbeddedOptions> {
  return { settings: { fsync: 'off' }, idleStopMs: 60_000, watchFile: await builtFile('store/idle-watch.js') };
}

/** Waits for a condition; fails after 20 s. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const began = elapsedMs();
  while (!(await isTrue())) {
    if (elapsedMs() - began > 20_000) throw new Error(`It did not come true that ${what}.`);
    await delay(20);
  }
}
