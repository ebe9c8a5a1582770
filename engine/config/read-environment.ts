/** What a command must know of an environment before it opens a store. The workspace's document alone is parsed, and nothing checked. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { storeOf, unknownEnvironment } from './environments.ts';
import { mapAt } from './parameters.ts';
import { parseYaml } from './parse.ts';
import { readWorkspace } from './read-workspace.ts';

export interface EnvironmentReading {
  /** The reference to the secret that holds the store's address; null: it has none of its own. */
  readonly store: string | null;
  /** That there is no such environment, or no workspace. */
  readonly diagnostics: readonly Diagnostic[];
  /** The texts that the diagnostics speak of. */
  readonly files: ReadonlyMap<string, string>;
}

export async function readEnvironment(root: string, name: string): Promise<EnvironmentReading> {
  const texts = await readWorkspace(root);
  if ('refusals' in texts) return { store: null, diagnostics: texts.refusals, files: new Map() };
  const homes = texts.files.filter(({ path }) => texts.homes.has(path));
  const files = new Map(homes.map(({ path, text }) => [path, text]));
  const documents = homes.flatMap(({ path, text }) => parseYaml(path, text).documents);
  const workspace = documents.find(({ body }) => mapAt(body, []).kind === 'workspace');
  // A document that can't be read is a mistake of its own, which the command tells.
  if (workspace === undefined) return { store: null, diagnostics: [], files };
  const read = { body: mapAt(workspace.body, []), locate: workspace.locate };
  if (Object.hasOwn(mapAt(read.body, ['environments']), name))
    return { store: storeOf(read, name), diagnostics: [], files };
  return { store: null, diagnostics: [unknownEnvironment(read, name)], files };
}
