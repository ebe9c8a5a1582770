/** `parcours import --live`: the resources of the live revision as files, each proven to compile to what the store holds. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { digestOf } from '../compiler/digest.ts';
import type { BundleResource } from '../compiler/ir.ts';
import { writtenResources } from '../reconcile/authored/written.ts';
import { type Context, type ExitCode, loadBundle, readLive } from './context.ts';
import { importedLiveView } from './views/import-live-view.ts';

export interface ImportLiveOptions {
  readonly changed?: boolean;
  readonly out?: string;
}

/** Exit code 1: something of the store can't be said in files so that it would be the same. */
export async function importLive(context: Context, options: ImportLiveOptions): Promise<ExitCode> {
  const folder = resolve(context.cwd, options.out ?? join(context.root, '.parcours', 'live'));
  const store = await context.openStore();
  const live = await store.withSession(readLive);
  // As it is found: an edit in the database leaves the digest of what was there.
  const found = live.resources.map((one) => ({ ...one, digest: digestOf(one.body ?? null) }) as BundleResource);
  const said = options.changed === true ? await digestsOfFiles(context) : new Map<string, string>();
  const { files, differing } = await writtenResources(found);
  const wanted = files.filter(({ declares }) => declares.some((name) => isOther(name, found, said)));
  for (const { path, text } of wanted) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const result = {
    folder: relative(context.cwd, folder) || '.',
    revision: live.revision.number,
    files: wanted.map(({ path, declares }) => ({ path, declares })),
    differing,
  };
  context.show(importedLiveView, result);
  return differing.length === 0 ? 0 : 1;
}

async function digestsOfFiles(context: Context): Promise<ReadonlyMap<string, string>> {
  const { resources } = await loadBundle(context);
  return new Map(resources.map((one) => [`${one.kind}/${one.id}`, one.digest]));
}

function isOther(name: string, found: readonly BundleResource[], said: ReadonlyMap<string, string>): boolean {
  const live = found.find((one) => `${one.kind}/${one.id}` === name);
  return live?.digest !== said.get(name);
}
