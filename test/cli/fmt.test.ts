/** `parcours fmt` on files: what it writes, what it leaves, and how it ends. The layout itself is held in test/config/format. */
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { leastWorkspace, writeWorkspace } from '../support/workspace-folder.ts';
import { runIn } from './in-folder.ts';

const ugly = 'id: a\nkind: segment\nwhere:\n- {never: order_placed}\n';
const canonical = 'kind: segment\nid: a\nwhere:\n  - { never: order_placed }\n';

describe('parcours fmt', () => {
  it('writes canonical files, and the second time nothing', async () => {
    const root = writeWorkspace({ 'segments/a.yaml': ugly });
    expect(await runIn(root, 'fmt')).toEqual({
      code: 0,
      out: 'segments/a.yaml\n1 of 2 files formatted.\n',
      err: '',
    });
    expect(readFileSync(join(root, 'segments/a.yaml'), 'utf8')).toBe(canonical);
    expect((await runIn(root, 'fmt')).out).toBe('Nothing to do: 2 files in canonical form.\n');
  });

  it('keeps the rights of a file, leaves a link a link, and nothing beside them', async () => {
    const root = writeWorkspace({ 'a.yaml': ugly, 'hidden/.b.yaml': ugly.replace('id: a', 'id: b') });
    chmodSync(join(root, 'a.yaml'), 0o640);
    symlinkSync('hidden/.b.yaml', join(root, 'b.yaml'));
    await runIn(root, 'fmt');
    expect(statSync(join(root, 'a.yaml')).mode & 0o777).toBe(0o640);
    expect(
      readdirSync(root, { withFileTypes: true })
        .find(({ name }) => name === 'b.yaml')
        ?.isSymbolicLink(),
    ).toBe(true);
    expect(readFileSync(join(root, 'hidden/.b.yaml'), 'utf8')).toMatch(/^kind: segment\n/);
    expect(readdirSync(root).sort()).toEqual(['a.yaml', 'b.yaml', 'hidden', 'parcours.yaml']);
  });

  it('with --check writes nothing, lists what would change, and fails', async () => {
    const root = writeWorkspace({ 'a.yaml': ugly });
    expect(await runIn(root, 'fmt --check')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^a\.yaml\n1 of 2 /),
    });
    expect(readFileSync(join(root, 'a.yaml'), 'utf8')).toBe(ugly);
    expect(JSON.parse((await runIn(root, 'fmt --check --json')).out)).toEqual({
      files: 2,
      refused: 0,
      written: false,
      changed: [{ path: 'a.yaml' }],
    });
    await runIn(root, 'fmt');
    expect(await runIn(root, 'fmt --check')).toMatchObject({ code: 0 });
  });

  it('with --diff writes nothing and shows the changes', async () => {
    const root = writeWorkspace({ 'a.yaml': ugly });
    const { code, out } = await runIn(root, 'fmt --diff');
    expect({ code, out }).toEqual({
      code: 0,
      out: '--- a.yaml\n+++ a.yaml (formatted)\n@@ -1,4 +1,4 @@\n-id: a\n kind: segment\n+id: a\n where:\n-- {never: order_placed}\n+  - { never: order_placed }\n',
    });
    expect(readFileSync(join(root, 'a.yaml'), 'utf8')).toBe(ugly);
  });

  it('takes files and folders, also those that the workspace ignores', async () => {
    const root = writeWorkspace({
      'parcours.yaml': `${leastWorkspace}ignore: [drafts]\n`,
      'a.yaml': ugly,
      'drafts/b.yaml': ugly,
    });
    expect((await runIn(root, 'fmt drafts/b.yaml')).out).toBe('drafts/b.yaml\n1 of 1 file formatted.\n');
    expect((await runIn(join(root, 'drafts'), 'fmt --check ..')).out).toContain('../a.yaml\n');
    expect(await runIn(root, 'fmt nowhere.yaml')).toMatchObject({
      code: 1,
      err: expect.stringContaining('CLI_NO_PATH'),
    });
  });

  it('leaves a file with errors in YAML as it is, says where, and formats the others', async () => {
    const root = writeWorkspace({ 'a.yaml': ugly, 'broken.yaml': 'kind: [segment\n' });
    const { code, out, err } = await runIn(root, 'fmt');
    expect(code).toBe(1);
    expect(err).toMatch(/error\[CFG001\][\s\S]*broken\.yaml:/);
    expect(out).toContain('a.yaml\n1 of 3 files formatted. 1 file with errors in YAML left as they are.');
    expect(readFileSync(join(root, 'broken.yaml'), 'utf8')).toBe('kind: [segment\n');
  });
});
