/**
 * Makes sure that the demo starts with an empty store, and never empties one that holds somebody's work: only a store that is
 * empty already, or that an earlier demo filled (it noted the store's id in its folder), is reset.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { resetStore } from '#engine/store/control';
import { openStore } from '#engine/store/open-store';
import type { Store } from '#engine/store/store';
import { readStoreState } from './queries.ts';

export interface DemoPlace {
  /** The workspace's folder. */
  readonly root: string;
  /** Where the demo keeps its files. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** An empty store, marked as the demo's; null when the store holds something else. Errors: StoreError. */
export async function claimStore({ root, directory, env }: DemoPlace): Promise<Store | null> {
  const marker = join(directory, 'stores');
  let store = await openStore({ root, env });
  let state = await store.withSession(readStoreState);
  if (!state.isEmpty) {
    if (!readNoted(marker).includes(state.storeId)) return null;
    await resetStore({ root, env }, { force: true });
    store = await openStore({ root, env });
    state = await store.withSession(readStoreState);
  }
  // The log channels append; lines of an earlier demo would stand before this one's.
  for (const channel of ['push', 'whatsapp', 'sms', 'email']) {
    rmSync(join(root, '.parcours/outbox', `${channel}.jsonl`), { force: true });
  }
  mkdirSync(directory, { recursive: true });
  appendFileSync(marker, `${state.storeId}\n`);
  return store;
}

/** The ids of the stores that demos filled: with DATABASE_URL there may be several. */
function readNoted(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
}
