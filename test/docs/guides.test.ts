/** The guides can't drift from the engine: each block of YAML stands in the root workspace, or compiles beside it; each command exists. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../engine/cli/catalogue.ts';
import { compile } from '../../engine/compiler/compile.ts';
import { loadProject } from '../../engine/config/load-project.ts';
import { hasErrors } from '../../engine/diagnostics/diagnostic.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folders = [
  '.',
  'journeys',
  'loyalty',
  'pressure',
  'segments',
  'traits',
  'channels',
  'consents',
  'sources',
  'schema',
  'templates',
];
const files: Readonly<Record<string, string>> = Object.fromEntries(
  folders.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => [join(folder, name), readFileSync(join(root, folder, name), 'utf8')]),
  ),
);

function blocks(guide: string, language: string): readonly string[] {
  const text = readFileSync(join(root, 'docs', guide), 'utf8');
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    (match) => match[1] as string,
  );
}

/** Without indentation, comments and blank lines. */
function bare(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/(^|\s)#.*$/, '').trim());
  return lines.filter((line) => line !== '').join('\n');
}

const ofWorkspace = Object.values(files).map(bare);

describe.each([
  'pressure.md',
  'journeys.md',
  'loyalty.md',
  'consent.md',
  'operation.md',
  'profiles.md',
  'channels.md',
  'templates.md',
])('docs/%s', (guide) => {
  it('shows what the root workspace says, or what compiles beside it', async () => {
    const alone = blocks(guide, 'yaml').filter((block) => !ofWorkspace.some((text) => text.includes(bare(block))));
    expect(alone.filter((block) => !/^kind: /m.test(block))).toEqual([]);
    const added = Object.fromEntries(alone.map((block, i) => [`guide-${i}.yaml`, block]));
    const folder = writeWorkspace({ ...files, ...added });
    const { project, diagnostics } = await loadProject(folder);
    const all = [...diagnostics, ...compile(project).diagnostics];
    expect(hasErrors(all) ? all.map(({ code, detail, range }) => [code, detail, range]) : []).toEqual([]);
  });

  it('names commands that are there', () => {
    const known = new Set(catalogue.map(({ usage }) => usage.split(' ')[0]));
    const named = blocks(guide, 'sh').flatMap((block) => [...block.matchAll(/parcours (?:--\S+ \S+ )*([a-z-]+)/g)]);
    expect(named.map((match) => match[1]).filter((name) => !known.has(name as string))).toEqual([]);
    expect(named.length).toBeGreaterThan(0);
  });
});
