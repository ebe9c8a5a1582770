/** What a workspace lists under `ignore`, read before anything else is: it says which files there are. */
import { join } from 'node:path';
import { workspaceFile } from './find-files.ts';
import { parseYaml } from './parse.ts';
import { readConfigFile } from './read-file.ts';

/** The paths as written; none where there is no `parcours.yaml` that can be read. */
export async function ignoredPathsOf(root: string): Promise<readonly string[]> {
  const { text, refusal } = await readConfigFile(join(root, workspaceFile), workspaceFile);
  if (refusal !== undefined) return [];
  const bodies = parseYaml(workspaceFile, text).documents.map(
    ({ body }) => body as { kind?: unknown; ignore?: unknown },
  );
  const ignore = bodies.find((body) => body?.kind === 'workspace')?.ignore;
  return Array.isArray(ignore) ? ignore.filter((path): path is string => typeof path === 'string') : [];
}
