/** `parcours init`: what it begins is valid, canonical and compiles; it overwrites nothing unasked. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { engineVersion } from '../../engine/cli/engine-version.ts';
import { emptyFolder } from '../support/workspace-folder.ts';
import { runIn } from './in-folder.ts';

describe.each(['marketplace', 'retail'])('parcours init --template %s', (template) => {
  it('begins a workspace in which nothing is wrong, not even a warning', async () => {
    const folder = emptyFolder();
    expect(await runIn(folder, `init mine --template ${template}`)).toMatchObject({ code: 0, err: '' });
    const root = join(folder, 'mine');
    expect((await runIn(root, 'validate --strict')).out).toMatch(/^The workspace is valid: \d+ resources\.\n$/);
    expect(await runIn(root, 'fmt --check')).toMatchObject({ code: 0 });
    const { resources } = JSON.parse((await runIn(root, 'list --json')).out) as { resources: { kind: string }[] };
    expect(new Set(resources.map(({ kind }) => kind))).toEqual(
      new Set([
        'channel',
        'consent',
        'event',
        'journey',
        'pressure',
        'segment',
        'source',
        'template',
        'test',
        'trait',
        'workspace',
      ]),
    );
    const { body } = JSON.parse((await runIn(root, `show workspace/${template} --json`)).out);
    expect(body.locales).toHaveLength(2);
  });

  it('brings files for CI, editors and git, and the schemas that the files name', async () => {
    const root = emptyFolder();
    const { files } = JSON.parse((await runIn(root, `init --template ${template} --json`)).out) as { files: string[] };
    expect(files).toEqual(
      expect.arrayContaining([
        '.github/workflows/parcours.yml',
        '.gitignore',
        '.gitlab-ci.yml',
        '.vscode/settings.json',
        'README.md',
      ]),
    );
    for (const path of files.filter((one) => one.endsWith('.yaml'))) {
      const target = /^# yaml-language-server: \$schema=(.+)\n/.exec(readFileSync(join(root, path), 'utf8'))?.[1];
      expect(existsSync(join(root, path, '..', target ?? 'none')), path).toBe(true);
    }
    for (const path of ['.github/workflows/parcours.yml', '.gitlab-ci.yml']) {
      const text = readFileSync(join(root, path), 'utf8');
      expect(parse(text)).toBeTypeOf('object');
      expect(text).toContain(`parcours@${engineVersion()}`);
      for (const command of ['parcours validate', 'parcours fmt --check', 'parcours plan'])
        expect(text).toContain(command);
    }
  });
});

describe('parcours init', () => {
  it('refuses a folder that holds files, unless it is forced to', async () => {
    const root = emptyFolder();
    writeFileSync(join(root, 'mine.txt'), 'mine');
    expect(await runIn(root, 'init')).toMatchObject({ code: 1, err: expect.stringContaining('CLI_NOT_EMPTY') });
    expect(existsSync(join(root, 'parcours.yaml'))).toBe(false);
    expect((await runIn(root, 'init --force')).code).toBe(0);
    expect(readFileSync(join(root, 'mine.txt'), 'utf8')).toBe('mine');
  });

  it('names the templates that there are', async () => {
    expect((await runIn(emptyFolder(), 'init --template bank')).err).toContain('marketplace or retail');
  });
});
