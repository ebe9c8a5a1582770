/** `parcours validate` of paths, and again at each change: what is read, what is shown, how it ends. */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { builtFile } from '../support/built-engine.ts';
import { leastWorkspace, writeWorkspace } from '../support/workspace-folder.ts';
import { runIn } from './in-folder.ts';

const schema = 'kind: schema\nid: shop\nevents:\n  order_placed: { total: money }\n';
const good = 'kind: segment\nid: good\nwhere: [ { event: order_placed } ]\n';
const misspelt = good.replace('id: good', 'id: wrong').replace('where', 'whree');
const unknown = good.replace('id: good', 'id: wrong').replace('order_placed', 'order_place');

describe('parcours validate PATH', () => {
  it('shows what is wrong in the file that is named, and counts the rest', async () => {
    const root = writeWorkspace({ 'schema.yaml': schema, 'a/good.yaml': good, 'a/wrong.yaml': unknown });
    const own = await runIn(root, 'validate a/wrong.yaml');
    expect(own).toMatchObject({ code: 1, out: expect.stringContaining('a/wrong.yaml:3'), err: '' });
    const other = await runIn(root, 'validate a/good.yaml');
    expect(other).toEqual({
      code: 0,
      out: '',
      err: '1 diagnostic in other files of the workspace: `parcours validate` shows all.\n',
    });
    expect((await runIn(join(root, 'a'), 'validate good.yaml wrong.yaml')).code).toBe(1);
    expect((await runIn(root, 'validate a')).code).toBe(1);
  });

  it('fails when mistakes of form elsewhere keep the compiler from the file', async () => {
    const root = writeWorkspace({ 'schema.yaml': schema, 'good.yaml': good, 'wrong.yaml': misspelt });
    expect(await runIn(root, 'validate good.yaml')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('Until they are repaired'),
    });
  });

  it('takes a folder that is another workspace', async () => {
    const root = writeWorkspace({
      'wrong.yaml': misspelt,
      'other/parcours.yaml': leastWorkspace,
      'other/schema.yaml': schema,
    });
    expect(await runIn(root, 'validate other')).toMatchObject({ code: 0, out: expect.stringContaining('is valid') });
    expect(await runIn(join(root, 'other'), 'validate')).toMatchObject({ code: 0 });
  });

  it('takes a folder without parcours.yaml whose workspace stands in another file', async () => {
    const root = writeWorkspace({ 'schema.yaml': schema, 'below/good.yaml': good });
    rmSync(join(root, 'parcours.yaml'));
    writeFileSync(join(root, '00-shared.yaml'), leastWorkspace);
    expect(await runIn(root, 'validate')).toMatchObject({ code: 0, out: expect.stringContaining('is valid') });
    expect(await runIn(root, 'validate below/good.yaml')).toMatchObject({ code: 0 });
    expect(await runIn(join(root, 'below'), 'validate')).toMatchObject({
      code: 0,
      out: expect.stringContaining('is valid'),
    });
  });

  it('says that a path leads nowhere', async () => {
    const root = writeWorkspace({});
    expect(await runIn(root, 'validate nowhere')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error\[CLI_NO_PATH\]: There is no file or folder nowhere/),
    });
  });
});

describe('parcours validate --watch', () => {
  it('checks again at each change, clears no log, and ends with Ctrl-C', async () => {
    const root = writeWorkspace({ 'schema.yaml': schema, 'good.yaml': good });
    const main = await builtFile('cli/main.js');
    const child = spawn(process.execPath, [main, 'validate', '--watch', '--workspace', root], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { PATH: process.env.PATH ?? '' },
    });
    let seen = '';
    let onText: () => void = () => {};
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        seen += chunk;
        onText();
      });
    }
    /** Waits for the next result that matches, whatever came before. */
    const next = (pattern: RegExp) =>
      new Promise<void>((resolve, reject) => {
        child.once('close', () => reject(new Error(`it ended:\n${seen}`)));
        onText = () => {
          const end = seen.search(/Watching; Ctrl-C ends it\.\n/);
          if (end === -1) return;
          const result = seen.slice(0, end);
          seen = seen.slice(end).replace(/^Watching.*\n/, '');
          if (pattern.test(result)) resolve();
          else onText();
        };
        onText();
      });
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));

    await next(/is valid: \d+ resources/);
    writeFileSync(join(root, 'good.yaml'), misspelt);
    await next(/error\[CFG011\][\s\S]*good\.yaml:3:1/);
    writeFileSync(join(root, 'good.yaml'), good);
    await next(/is valid/);
    mkdirSync(join(root, 'new'));
    writeFileSync(join(root, 'new/more.yaml'), unknown);
    await next(/error\[CMP011\][\s\S]*new\/more\.yaml/);
    rmSync(join(root, 'new/more.yaml'));
    await next(/is valid/);
    child.kill('SIGINT');
    expect(await closed).toBe(0);
    expect(seen).not.toContain('\u001b[');
  });
});
