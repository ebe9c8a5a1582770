/**
 * Throw-away workspaces on disk for tests. Each is removed when its test ends.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The least that a `parcours.yaml` says. */
export const leastWorkspace = 'kind: workspace\nid: test\nzone: UTC\ncurrency: EUR\nlocale: en\n';

/** A folder with nothing in it. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parcours-empty-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes the files, by relative path, beside a least `parcours.yaml` (unless given) and gives the folder. */
export function writeWorkspace(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = mkdtempSync(join(tmpdir(), 'parcours-workspace-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, content] of Object.entries({ 'parcours.yaml': leastWorkspace, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}
