/** Files of the language as people wrote them: this repository's workspace, the examples, and the sets beside the checkout where they are. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const sets = fileURLToPath(new URL('../../../../shared/language/', import.meta.url));

/** Whole workspaces by their folder. */
export const workspaces: readonly string[] = [
  repository,
  ...[
    join(repository, 'examples/cdnow'),
    join(repository, 'init/marketplace'),
    join(repository, 'init/retail'),
    sets,
  ].filter(existsSync),
];

export interface WrittenFile {
  readonly path: string;
  readonly text: string;
}

/** Every file of the folders that journeys live in; the sets are empty where they aren't there. */
export function writtenFiles(): readonly WrittenFile[] {
  const rooms = [
    'init',
    'channels',
    'consents',
    'examples',
    'journeys',
    'loyalty',
    'pressure',
    'schema',
    'segments',
    'sources',
    'templates',
    'traits',
  ];
  return [...rooms.flatMap((room) => yamlBelow(join(repository, room))), ...yamlBelow(sets)].map((path) => ({
    path: relative(repository, path),
    text: readFileSync(path, 'utf8'),
  }));
}

function yamlBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml'))
    .sort()
    .map((path) => join(folder, path));
}
