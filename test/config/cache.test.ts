/**
 * What is remembered between runs changes nothing but time: the same project and the same diagnostics with a cache, with a broken
 * one, without one, and with one thread or two. That commands use it is `test/cli/check-workspace.test.ts`.
 */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkWithCrew, compile } from '../../engine/compiler/compile.ts';
import { openCompileMemo } from '../../engine/compiler/compile-memo.ts';
import { cacheBytesMax, openCache, verdictsMax } from '../../engine/config/cache-folder.ts';
import { type Crew, openCrew, type SharedWork } from '../../engine/config/crew.ts';
import { reportFile } from '../../engine/config/file-report.ts';
import { loadProject } from '../../engine/config/load-project.ts';
import { machineKey } from '../../engine/config/machine-key.ts';
import { reportFiles } from '../../engine/config/report-files.ts';
import { hasErrors } from '../../engine/diagnostics/diagnostic.ts';
import { builtFile } from '../support/built-engine.ts';
import { proofSize } from '../support/proof.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';

const repository = join(import.meta.dirname, '../..');

/** A crew whose threads take part from any work on. They run the built program: the sources' own would take seconds to start. */
async function crewOf(threads: number): Promise<Crew> {
  const program = pathToFileURL(await builtFile('compiler/crew-thread.js'));
  const crew = openCrew(program, { others: threads - 1, fromMs: 0 });
  onTestFinished(() => crew.close());
  return crew;
}

/** All that can be seen of a project, as JSON. */
async function seen(root: string, options: { readonly isCached?: boolean; readonly threads?: number } = {}) {
  const cache = options.isCached ? openCache(root) : undefined;
  const crew = await crewOf(options.threads ?? 1);
  const { project, diagnostics } = await loadProject(root, { cache, crew });
  const memo = openCompileMemo(cache);
  const checked = hasErrors(diagnostics) ? null : await checkWithCrew(project, memo, crew);
  memo.save();
  const compiled = checked && { ...checked, bundle: checked.readBundle() };
  const resources = project.resources.map(({ locate, sourceText, ...plain }) => plain);
  return JSON.parse(JSON.stringify({ resources, files: [...project.files], diagnostics, compiled }));
}

function cacheFiles(root: string): readonly string[] {
  const folder = join(root, '.parcours/cache');
  return readdirSync(folder).map((name) => join(folder, name));
}

/** A copy of the root workspace, without its own cache. */
function copyOfRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'parcours-cache-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const path of [
    'parcours.yaml',
    'segments',
    'journeys',
    'loyalty',
    'traits',
    'templates',
    'channels',
    'consents',
    'pressure',
    'schema',
    'sources',
  ]) {
    cpSync(join(repository, path), join(root, path), { recursive: true });
  }
  return root;
}

const segment = (id: string, extra = '') => `kind: segment\nid: ${id}\nwhere: { trait: locale, is: ${id} }\n${extra}`;

test('an edit after an edit gives the same with a cache as without, whatever it breaks', async () => {
  const root = copyOfRoot();
  const files = ['segments/funnel.yaml', 'journeys/5-first-top-up.yaml', 'parcours.yaml', 'schema/events.yaml'].filter(
    (path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile(),
  );
  const edit = fc.record({
    file: fc.constantFrom(...files),
    line: fc.nat(40),
    kind: fc.constantFrom('drop', 'twice', 'quote', 'undo'),
  });
  const originals = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
  await fc.assert(
    fc.asyncProperty(edit, async ({ file, line, kind }) => {
      const lines = readFileSync(join(root, file), 'utf8').split('\n');
      const at = line % lines.length;
      if (kind === 'drop') lines.splice(at, 1);
      if (kind === 'twice') lines.splice(at, 0, lines[at]!);
      if (kind === 'quote') lines[at] = `${lines[at]}"`;
      writeFileSync(join(root, file), kind === 'undo' ? originals.get(file)! : lines.join('\n'));
      expect(await seen(root, { isCached: true })).toEqual(await seen(root));
    }),
    { seed: 33, numRuns: proofSize(240) },
  );
});

describe('a cache that is of no use costs nothing but time', () => {
  test.each<readonly [string, (path: string) => void]>([
    ['cut off', (path) => writeFileSync(path, readFileSync(path, 'utf8').slice(0, -20))],
    ['empty', (path) => writeFileSync(path, '')],
    ['of other bytes', (path) => writeFileSync(path, Buffer.from([0xff, 0, 1, 2, 0x0a, 0x7b]))],
    [
      'changed by one character',
      (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('segment', 'sogment')),
    ],
    ['right by its sum, and something else', (path) => writeFileSync(path, otherValue)],
  ])('%s: it is made anew', async (_how, spoil) => {
    const root = writeWorkspace({ 'a.yaml': segment('a'), 'b.yaml': segment('b') });
    const right = await seen(root, { isCached: true });
    for (const path of cacheFiles(root)) spoil(path);
    expect(await seen(root, { isCached: true })).toEqual(right);
    expect(await seen(root, { isCached: true })).toEqual(right);
  });

  test('a folder that can not be written is read as any other', async () => {
    const root = writeWorkspace({ 'a.yaml': segment('a'), '.parcours': 'a file in the place of the folder' });
    expect((await seen(root, { isCached: true })).diagnostics).toEqual([]);
    const locked = writeWorkspace({ 'a.yaml': segment('a') });
    chmodSync(locked, 0o555);
    onTestFinished(() => chmodSync(locked, 0o755));
    expect((await seen(locked, { isCached: true })).diagnostics).toEqual([]);
  });
});

/** `7`, with its sum. */
const otherValue = '1 6abf4a82\n7';

test('several at once read and write the same cache', async () => {
  const root = writeWorkspace(
    Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`s${n}.yaml`, segment(`s${n}`)])),
  );
  const all = await Promise.all(Array.from({ length: 8 }, () => seen(root, { isCached: true })));
  for (const one of all) expect(one).toEqual(all[0]);
  expect(cacheFiles(root).filter((path) => path.endsWith('.tmp'))).toEqual([]);
});

test('verdicts and bytes have a bound, and the oldest go first', () => {
  const root = writeWorkspace({});
  const cache = openCache(root);
  for (let n = 0; n < verdictsMax + 10; n += 1) cache.write(`verdict-${n}`, { n });
  expect(cacheFiles(root).length).toBe(verdictsMax);
  // Large for whoever looks, with nothing in them: only the last is read.
  for (let n = 0; n < 6; n += 1) {
    cache.write(`reports-${n}`, n);
    const written = cacheFiles(root).find((path) => path.endsWith(`-reports-${n}.json`))!;
    if (n < 5) truncateSync(written, 30 * 1024 * 1024);
  }
  const bytes = cacheFiles(root).reduce((sum, path) => sum + statSync(path).size, 0);
  expect(bytes).toBeLessThanOrEqual(cacheBytesMax);
  expect(cache.read('reports-5')).toBe(5);
  expect(cacheFiles(root).filter((path) => /-reports-\d/.test(path)).length).toBeLessThan(6);
});

test('a secret in plain text reaches no file of the cache', async () => {
  const planted = 'hunter2-planted-secret';
  const root = writeWorkspace({
    'mail.yaml': `kind: channel\nid: mail\ntype: email\nsmtp: { host: localhost, port: 25, from: a@example.com, user: me, password: ${planted} }\n`,
    'a.yaml': segment('a'),
  });
  const { diagnostics } = await seen(root, { isCached: true });
  expect(diagnostics.map(({ code }: { code: string }) => code)).toContain('CFG029');
  for (const path of cacheFiles(root)) expect(readFileSync(path, 'utf8')).not.toContain(planted);
});

/** More than a thread can do by itself before another one has started. */
const manyFiles = 400;

test('one thread and two see the same', async () => {
  const wrong = ['where: { trait: }', 'wher: 3', '\tx: 1', 'title: no', 'tags: [01, 02]', 'title: "\\0"', ''];
  const files = Array.from({ length: manyFiles + 50 }, (_, n) => [
    `f/s${n}.yaml`,
    segment(`s${n}`, `${wrong[n % wrong.length]}\n`),
  ]);
  const root = writeWorkspace(Object.fromEntries(files));
  expect(await seen(root, { threads: 2 })).toEqual(await seen(root, { threads: 1 }));
});

test('another thread delivers reports, and they are those that this one makes', async () => {
  // The package is slow enough, at texts that aren't plain, for a thread to come in time; more of them if it doesn't.
  const textOf = (n: number): string => `\r\n${segment(`s${n}`, n % 7 === 0 ? 'wher: 3' : '# right')}\r\n`;
  const crew = await crewOf(2);
  let delivered = 0;
  for (let count = manyFiles; delivered === 0 && count < 100_000; count *= 2) {
    const files = Array.from({ length: count }, (_, n) => ({ path: `s${n}.yaml`, text: textOf(n) }));
    const reported = await reportFiles(files, crew);
    delivered = reported.delivered;
    if (delivered > 0) expect(reported.reports).toEqual(files.map(({ path, text }) => reportFile(path, text)));
  }
  expect(delivered).toBeGreaterThan(0);
}, 120_000);

test('another thread compiles, and it is what this one makes', async () => {
  const open = await crewOf(2);
  let delivered = 0;
  const crew = {
    ...open,
    share: async (work: SharedWork) => {
      delivered = await open.share(work);
      return delivered;
    },
  };
  for (let count = manyFiles; delivered === 0 && count < 100_000; count *= 2) {
    const files = Array.from({ length: count }, (_, n) => [`f/s${n}.yaml`, segment(`s${n}`, '---\n'.repeat(n % 3))]);
    const root = writeWorkspace(Object.fromEntries(files));
    const { project } = await loadProject(root, { crew });
    const { diagnostics, readBundle } = await checkWithCrew(project, openCompileMemo(undefined), crew);
    const alone = compile(project);
    expect({ diagnostics, bundle: readBundle() }).toMatchObject({
      diagnostics: alone.diagnostics,
      bundle: alone.bundle,
    });
  }
  expect(delivered).toBeGreaterThan(0);
}, 120_000);

test.each([
  '83651',
  '083651',
  '0x1a2b3',
  '8365.10',
  '23:59',
  'hunter2x',
  '"83651"',
  '[83651]',
  '{ hunter2x: 1 }',
  'on',
])('a password written as %s is repeated by nothing that is said of it', (written) => {
  const text = `kind: channel\nid: mail\ntype: email\nsmtp: { host: h, port: 25, from: a@b.example, user: me, password: ${written} }\n`;
  const { diagnostics } = reportFile('mail.yaml', text);
  expect(diagnostics.length).toBeGreaterThan(0);
  const said = JSON.stringify(diagnostics.map(({ detail, suggestion }) => [detail, suggestion]));
  for (const word of written.match(/[\w.:]{3,}/g) ?? []) expect(said).not.toContain(word);
});

describe('what somebody else put into the folder of the cache', () => {
  const home = (name: string) => {
    const folder = mkdtempSync(join(tmpdir(), `parcours-home-${name}-`));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  };

  test('is never believed: another user of this very program keeps under other names', () => {
    const root = writeWorkspace({ 'a.yaml': segment('a') });
    openCache(root, { home: home('theirs') }).write('verdict-x', { diagnostics: [], findings: [] });
    const ours = openCache(root, { home: home('ours') });
    expect(ours.read('verdict-x')).toBeUndefined();
    ours.write('verdict-x', 1);
    expect(ours.read('verdict-x')).toBe(1);
  });

  test('is found again by the same user, through a key that others can neither read nor write', () => {
    const root = writeWorkspace({ 'a.yaml': segment('a') });
    const own = home('own');
    openCache(root, { home: own }).write('verdict-x', 1);
    expect(openCache(root, { home: own }).read('verdict-x')).toBe(1);
    const key = join(own, '.local/state/parcours/cache-key');
    expect(statSync(key).mode & 0o077).toBe(0);
    expect(readFileSync(key, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  test('is no key either: one that lies in the workspace, or that others may write, is not taken', () => {
    const root = writeWorkspace({ 'a.yaml': segment('a') });
    const planted = 'c'.repeat(64);
    const plant = (folder: string, mode: number) => {
      const file = join(folder, '.local/state/parcours/cache-key');
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, planted);
      chmodSync(file, mode);
    };
    plant(root, 0o600);
    expect(machineKey(root, root)).not.toBe(planted);
    const shared = home('shared');
    plant(shared, 0o666);
    expect(machineKey(shared, root)).not.toBe(planted);
    const own = home('private');
    plant(own, 0o600);
    expect(machineKey(own, root)).toBe(planted);
  });
});
