/** docs/preferences.md: its workspace compiles with the blocks beside it, and what it says of links and words is so. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compile } from '../../engine/compiler/compile.ts';
import { loadProject } from '../../engine/config/load-project.ts';
import { pageLanguages } from '../../engine/server/preferences/words.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';

const text = readFileSync(fileURLToPath(new URL('../../docs/preferences.md', import.meta.url)), 'utf8');
const blocks = (language: string) =>
  [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block = '']) => block);

describe('docs/preferences.md', () => {
  it('shows a workspace that compiles without a word', async () => {
    const consent = 'kind: consent\nid: marketing\nchannels: [email, sms]\n';
    const [workspace = ''] = blocks('yaml workspace');
    const folder = writeWorkspace({
      'parcours.yaml': workspace,
      'more.yaml': [...blocks('yaml'), consent].join('---\n'),
    });
    const { project, diagnostics } = await loadProject(folder);
    expect([...diagnostics, ...compile(project).diagnostics].map(({ code, detail }) => [code, detail])).toEqual([]);
  });

  it('names the languages of the page', () => {
    const names = pageLanguages.map((one) => new Intl.DisplayNames(['en'], { type: 'language' }).of(one) ?? one);
    for (const name of names) expect(text).toContain(name);
  });
});
