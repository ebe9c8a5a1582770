/** CFG032, which no example can show: a folder with more files than a workspace may have. */
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesMax } from '../../engine/config/find-files.ts';
import { loadProject } from '../../engine/config/load-project.ts';
import { leastWorkspace, writeWorkspace } from '../support/workspace-folder.ts';

/** Empty files, as names of one: a thousand links are made in no time. */
function fill(root: string, count: number): void {
  mkdirSync(join(root, 'data'));
  const first = join(root, 'data/0.yaml');
  writeFileSync(first, '');
  for (let n = 1; n < count; n += 1) linkSync(first, join(root, `data/${n}.yaml`));
}

test('more files than a workspace may have are refused in one word, unless they are ignored', async () => {
  const root = writeWorkspace({});
  fill(root, filesMax);
  const { diagnostics } = await loadProject(root);
  expect(diagnostics.map(({ code }) => code)).toEqual(['CFG032']);
  writeFileSync(join(root, 'parcours.yaml'), `${leastWorkspace}ignore: [data]\n`);
  expect((await loadProject(root)).diagnostics).toEqual([]);
});
