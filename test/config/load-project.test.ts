/**
 * Which files are read, which are refused, and what a workspace must have. The faults of documents are marker fixtures.
 */
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadProject } from '../../engine/config/load-project.ts';
import { fileBytesMax } from '../../engine/config/read-file.ts';
import { leastWorkspace, writeWorkspace } from '../support/workspace-folder.ts';

const segment = (id: string) => `kind: segment\nid: ${id}\nwhere: { never: order_placed }\n`;

async function load(files: Readonly<Record<string, string | Uint8Array>>) {
  const { project, diagnostics } = await loadProject(writeWorkspace(files));
  return {
    project,
    diagnostics,
    names: project.resources.map(({ kind, id }) => `${kind}/${id}`),
    codes: diagnostics.map(({ code, range }) => `${code} ${range?.file}:${range?.line}:${range?.column}`),
  };
}

test('resources come in the order of files and of their places in them, whatever the folders are called', async () => {
  const { names, codes } = await load({
    'b.yaml': `${segment('b1')}---\n${segment('b2')}`,
    'a/z.yml': segment('z'),
    'a.yaml': `---\n${segment('a')}---\n# nothing\n---\n`,
    'notes.txt': 'kind: [',
  });
  expect(codes).toEqual([]);
  expect(names).toEqual(['segment/a', 'segment/z', 'segment/b1', 'segment/b2', 'workspace/test']);
});

test('hidden folders, packages, built files, workspaces inside and ignored paths are not read', async () => {
  const broken = 'kind: [';
  const { names, codes } = await load({
    'parcours.yaml': `${leastWorkspace}ignore: [test, ./docs/, one/file.yaml]\n`,
    '.hidden/a.yaml': broken,
    '.a.yaml': broken,
    'node_modules/a/a.yaml': broken,
    'dist/a.yaml': broken,
    'examples/shop/parcours.yaml': broken,
    'examples/shop/journeys/a.yaml': broken,
    'test/fixtures/a.yaml': broken,
    'docs/a.yaml': broken,
    'one/file.yaml': broken,
    'one/other.yaml': segment('other'),
    'testing/a.yaml': segment('testing'),
  });
  expect(codes).toEqual([]);
  expect(names).toEqual(['segment/other', 'workspace/test', 'segment/testing']);
});

test('links to files are followed, links to folders are not, broken links are reported', async () => {
  const root = writeWorkspace({ '.kept/a.yaml': segment('linked') });
  symlinkSync(join(root, '.kept/a.yaml'), join(root, 'a.yaml'));
  symlinkSync(root, join(root, 'circle'));
  symlinkSync(join(root, 'nowhere'), join(root, 'z.yaml'));
  const { project, diagnostics } = await loadProject(root);
  expect(project.resources.map(({ id }) => id)).toEqual(['linked', 'test']);
  expect(diagnostics.map(({ code, range }) => [code, range?.file])).toEqual([['CFG005', 'z.yaml']]);
  expect(diagnostics[0]?.detail).toContain('ENOENT');
});

test('a folder without parcours.yaml is no workspace', async () => {
  const root = writeWorkspace({});
  mkdirSync(join(root, 'below'));
  writeFileSync(join(root, 'below/a.yaml'), segment('a'));
  const { project, diagnostics } = await loadProject(join(root, 'below'));
  expect(diagnostics.map(({ code }) => code)).toEqual(['CFG008']);
  expect(project.resources).toEqual([]);
  expect((await loadProject(join(root, 'nowhere'))).diagnostics.map(({ code }) => code)).toEqual(['CFG008']);
});

describe('without parcours.yaml', () => {
  const without = async (files: Readonly<Record<string, string>>) => {
    const root = writeWorkspace(files);
    rmSync(join(root, 'parcours.yaml'));
    const { project, diagnostics } = await loadProject(root);
    const found = diagnostics.map(({ code, range }) => `${code} ${range?.file}:${range?.line}`);
    return { diagnostics, found, names: project.resources.map(({ kind, id }) => `${kind}/${id}`) };
  };

  test('the workspace document may stand in any file at the top', async () => {
    const { found, names } = await without({
      '00-shared.yaml': `${segment('first')}---\n${leastWorkspace}ignore: [b]\n`,
      'a/x.yaml': segment('a'),
      'b/x.yaml': segment('b'),
    });
    expect(found).toEqual([]);
    expect(names).toEqual(['segment/first', 'workspace/test', 'segment/a']);
  });

  test('two workspace documents are an error that names both files', async () => {
    const { found, diagnostics } = await without({
      'one.yaml': leastWorkspace,
      'two.yaml': leastWorkspace.replace('test', 'other'),
    });
    expect(found).toEqual(['CFG023 two.yaml:2']);
    expect(diagnostics[0]?.detail).toContain('`one.yaml`');
    expect(diagnostics[0]?.detail).toContain('`two.yaml`');
    expect(diagnostics[0]?.related?.[0]?.range).toMatchObject({ file: 'one.yaml', line: 2 });
  });

  test('a workspace document further below is out of place, or none at all', async () => {
    const { found } = await without({ 'one.yaml': leastWorkspace, 'a/two.yaml': leastWorkspace });
    expect(found).toEqual(['CFG024 a/two.yaml:1']);
    expect((await without({ 'a/two.yaml': leastWorkspace, 'b.yaml': segment('b') })).found).toEqual([
      'CFG008 undefined:undefined',
    ]);
  });

  test('what keeps the workspace document from being found is told', async () => {
    const { found } = await without({ 'one.yaml': `${leastWorkspace}x: [` });
    expect(found).toEqual(['CFG008 undefined:undefined', 'CFG001 one.yaml:6']);
  });
});

test('parcours.yaml must declare the workspace, once', async () => {
  expect((await load({ 'parcours.yaml': segment('a') })).codes).toEqual(['CFG008 parcours.yaml:1:1']);
  expect((await load({ 'parcours.yaml': '' })).codes).toEqual(['CFG008 parcours.yaml:1:1']);
  const twice = await load({ 'parcours.yaml': `${leastWorkspace}---\n${leastWorkspace.replace('test', 'other')}` });
  expect(twice.codes).toEqual(['CFG023 parcours.yaml:8:5']);
  expect(twice.names).toEqual(['workspace/test']);
});

test('a faulty workspace document is told once, with nothing about its absence', async () => {
  const { codes } = await load({ 'parcours.yaml': leastWorkspace.replace('UTC', 'Europe/Pari') });
  expect(codes).toEqual(['CFG026 parcours.yaml:3:7']);
});

test('the same resource in two files is told at the second, with the place of the first', async () => {
  const { diagnostics, names } = await load({ 'a.yaml': segment('same'), 'b.yaml': segment('same') });
  expect(names).toEqual(['segment/same', 'workspace/test']);
  expect(diagnostics).toMatchObject([
    {
      code: 'CFG023',
      range: { file: 'b.yaml', line: 2 },
      related: [{ range: { file: 'a.yaml', line: 2, column: 5 } }],
    },
  ]);
});

test('the faults of all files come in one run, sorted, and what is right is still given', async () => {
  const { codes, names } = await load({
    'z.yaml': 'kind: [',
    'b.yaml': `${segment('good')}---\nkind: segment\nid: bad\nwhere: 3\n---\nkind: nothing\nid: x\n`,
    'a.yaml': 'kind: segment\nid: a\n',
  });
  expect(codes).toEqual(['CFG012 a.yaml:1:1', 'CFG013 b.yaml:7:8', 'CFG010 b.yaml:9:7', 'CFG001 z.yaml:1:8']);
  expect(names).toEqual(['segment/good', 'workspace/test']);
});

test('bytes that are not UTF-8 are refused with their line and column', async () => {
  const latin1 = Buffer.from('kind: segment\nid: a\ntitle: Café\nwhere: { never: x }\n', 'latin1');
  const { codes, diagnostics, project } = await load({ 'a.yaml': latin1 });
  expect(codes).toEqual(['CFG003 a.yaml:3:11']);
  expect(diagnostics[0]?.detail).toContain('0xe9');
  expect(project.files.get('a.yaml')).toContain('title: Caf');
});

test('a mistake after real U+FFFD characters is found at the right byte', async () => {
  const text = Buffer.concat([Buffer.from('title: \ufffd\ufffd '), Buffer.from([0xc3, 0x28])]);
  expect((await load({ 'a.yaml': text })).codes).toEqual(['CFG003 a.yaml:1:11']);
});

test('UTF-16 and zero bytes are named as such; a UTF-8 byte order mark is nothing', async () => {
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(segment('a'), 'utf16le')]);
  const { diagnostics, names } = await load({
    'a.yaml': utf16,
    'b.yaml': Buffer.from('kind: seg\0ment\n'),
    'c.yaml': `\ufeff${segment('marked')}`,
  });
  expect(diagnostics.map(({ code, detail }) => `${code} ${detail}`)).toEqual([
    expect.stringMatching(/^CFG003 .*UTF-16/),
    expect.stringMatching(/^CFG003 .*zero byte/),
  ]);
  expect(names).toEqual(['segment/marked', 'workspace/test']);
});

test('a file of 1 GB is refused by its size, without being read', async () => {
  const root = writeWorkspace({ 'a.yaml': segment('a'), 'big.yaml': segment('big') });
  truncateSync(join(root, 'big.yaml'), 1024 ** 3);
  const before = process.memoryUsage().rss;
  const { project, diagnostics } = await loadProject(root);
  expect(diagnostics).toMatchObject([{ code: 'CFG004', range: { file: 'big.yaml', line: 1 } }]);
  expect(project.resources.map(({ id }) => id)).toEqual(['a', 'test']);
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 ** 2);
});

test('a file of exactly the limit is read, also when it is one line', async () => {
  const head = `${segment('a')}# `;
  const { codes, names } = await load({ 'a.yaml': head.padEnd(fileBytesMax, 'x') });
  expect(codes).toEqual([]);
  expect(names).toEqual(['segment/a', 'workspace/test']);
});
