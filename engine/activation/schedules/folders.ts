/** Looks into the folders of sources that have a `path`, every ten seconds, and reads what is new. Reading files is the business of `profiles`. */
import { type Clock, elapsedMs } from '../../clock/clock.ts';
import { importFolder } from '../../profiles/folders/import-folder.ts';
import type { OwnSession } from '../../store/session.ts';
import type { Running } from '../running.ts';

const lookEveryMs = 10_000;

export interface FolderKeeper {
  /** Reads what is new; returns the facts that came of it. `isEnding`: asked between files. */
  look(running: Running, isEnding?: () => boolean): Promise<number>;
  renew(): Promise<void>;
  close(): Promise<void>;
}

export interface FolderOptions {
  readonly open: () => Promise<OwnSession>;
  readonly root: string;
  readonly clock: Clock;
}

/** Opens its session when there is a folder to look into. */
export function folderKeeper({ open, root, clock }: FolderOptions): FolderKeeper {
  let session: OwnSession | null = null;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return {
    async look({ program }, isEnding) {
      const sources = [...program.sources].filter(([, { path }]) => path !== undefined);
      if (sources.length === 0 || elapsedMs() - lookedAt < lookEveryMs) return 0;
      lookedAt = elapsedMs();
      session ??= await open();
      let facts = 0;
      for (const [sourceId, source] of sources) {
        const outcomes = await importFolder({
          ...{ session, sourceId, source, root, clock, declared: program, trigger: true },
          ...(isEnding && { isEnding }),
        });
        facts += outcomes.reduce((sum, { summary }) => sum + (summary?.facts ?? 0), 0);
      }
      return facts;
    },
    async renew() {
      void session?.close().catch(() => {});
      session = null;
      lookedAt = Number.NEGATIVE_INFINITY;
    },
    async close() {
      await session?.close().catch(() => {});
    },
  };
}
