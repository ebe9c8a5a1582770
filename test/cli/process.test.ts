/** What only a process can show: its exit code, its streams, its signals, and what `bin/parcours.js` says before a build. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseUrl } from '../examples/database-url.ts';
import { builtFile } from '../support/built-engine.ts';
import { type CommandLine, commandLine } from './command-line.ts';

const bin = fileURLToPath(new URL('../../bin/parcours.js', import.meta.url));
const repository = fileURLToPath(new URL('../..', import.meta.url));

let main: string;
let shop: CommandLine;

beforeAll(async () => {
  main = await builtFile('cli/main.js');
  shop = await commandLine();
  await shop.run('apply --yes');
});
afterAll(() => shop.drop());

function start(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: repository,
    env: { PATH: process.env.PATH ?? '', DATABASE_URL: databaseUrl(shop.store.connection), ...env },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const ended = new Promise<{ code: number | null; signal: string | null; out: string; err: string }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
  return { child, ended };
}

describe('the process', () => {
  it('gives its exit code, and no colours to a pipe', async () => {
    const ended = await start(main, ['plan', '--workspace', shop.root]).ended;
    expect(ended).toMatchObject({
      code: 0,
      err: '',
      out: 'Nothing to do: the store is as these files say (revision 1).\n',
    });
    expect(await start(main, ['members', 'nobody', '--workspace', shop.root]).ended).toMatchObject({
      code: 1,
      out: '',
    });
  });

  it('ends quietly when its reader has gone', async () => {
    const { child, ended } = start(main, ['--help']);
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 0, err: '' });
  });

  it('runs until SIGTERM, and then ends gracefully', async () => {
    const { child, ended } = start(main, ['run', '--log', 'text', '--workspace', shop.root]);
    await new Promise<void>((resolve) => child.stderr.once('data', () => resolve()));
    child.kill('SIGTERM');
    const { code, signal, out, err } = await ended;
    expect({ code, signal, err }).toEqual({
      code: 0,
      signal: null,
      err: 'Running; SIGTERM or Ctrl-C ends it gracefully.\n',
    });
    expect(out).toMatch(/^Ran until /);
  });

  it('runs watched: a line of JSON an event where no terminal is, and an address that answers', async () => {
    const { child, ended } = start(main, ['run', '--listen', '0', '--workspace', shop.root]);
    const line = await new Promise<Buffer>((resolve) => child.stderr.once('data', resolve));
    const { event, listen } = JSON.parse(String(line).split('\n')[0] ?? '');
    expect([event, listen]).toEqual(['started', expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/)]);
    expect((await fetch(`${listen}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${listen}/metrics`)).text()).toContain('parcours_live_revision 1\n');
    child.kill('SIGTERM');
    const { code, err } = await ended;
    const events = err
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text).event);
    expect([code, events[0], events.at(-1)]).toEqual([0, 'started', 'ended']);
  });
});

describe('bin/parcours.js', () => {
  it('says what to do when nothing is built', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parcours-bin-'));
    mkdirSync(join(folder, 'bin'));
    cpSync(bin, join(folder, 'bin', 'parcours.mjs'));
    const ended = await start(join(folder, 'bin', 'parcours.mjs'), []).ended;
    expect(ended).toMatchObject({ code: 1, out: '', err: expect.stringContaining('npm run build') });
    rmSync(folder, { recursive: true });
  });
});
