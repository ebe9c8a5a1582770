/** What an editor with the YAML language server shows in files that begin with the modeline: the published schemas, as others read them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writtenFiles } from '../config/format/written.ts';
import { isWhole } from '../support/proof.ts';
import { type LanguageServer, type Position, startLanguageServer } from './language-server.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const modeline = '# yaml-language-server: $schema=../schemas/parcours.json\n';
let server: LanguageServer;
/** With the settings of `.vscode/settings.json`: a modeline counts for the first document of a file alone. */
let settled: LanguageServer;
let opened = 0;

beforeAll(async () => {
  const file = readFileSync(join(repository, '.vscode/settings.json'), 'utf8');
  const settings = JSON.parse(file) as { readonly 'yaml.schemas': Record<string, string[]> };
  [server, settled] = await Promise.all([
    startLanguageServer(repository),
    startLanguageServer(repository, settings['yaml.schemas']),
  ]);
});
afterAll(async () => {
  await Promise.all([server.stop(), settled.stop()]);
});

/** Opens the text with the modeline; `¦` is the cursor. */
async function open(text: string, by = server) {
  opened += 1;
  const path = join(repository, 'journeys', `opened-${opened}.yaml`);
  const whole = modeline + text;
  const offset = whole.indexOf('¦');
  const before = whole.slice(0, Math.max(0, offset)).split('\n');
  const at: Position = { line: before.length - 1, character: before.at(-1)!.length };
  return { path, at, problems: await by.open(path, whole.replace('¦', '')) };
}

const head = 'kind: journey\nid: a\nobjective: loyalty\nentry: { when: { enters: b }, current_members: skip }\n';

describe('an editor', () => {
  it('completes the keys of a document by its kind', async () => {
    const { path, at } = await open(`${head}¦\n`);
    const labels = await server.complete(path, at);
    expect(labels).toEqual(expect.arrayContaining(['steps', 'goal', 'exit', 'priority', 'title']));
    expect(labels).not.toContain('caps');
  });

  it('completes the kinds', async () => {
    const { path, at } = await open('kind: ¦\n');
    expect(await server.complete(path, at)).toEqual(
      expect.arrayContaining(['journey', 'segment', 'pressure', 'loyalty']),
    );
  });

  it('completes the keys of a step', async () => {
    const { path, at } = await open(`${head}steps:\n  - id: nudge\n    ¦\n`);
    const labels = await server.complete(path, at);
    expect(labels).toEqual(expect.arrayContaining(['send', 'wait', 'wait_for', 'after', 'branch', 'switch']));
  });

  it('completes the keys of a send, and the words of a choice', async () => {
    const inSend = await open(`${head}steps:\n  - id: nudge\n    send:\n      ¦\n`);
    const keys = await server.complete(inSend.path, inSend.at);
    expect(keys).toEqual(expect.arrayContaining(['channel', 'template', 'valid_for', 'when_capped']));
    const inChoice = await open('kind: journey\nid: a\nobjective: ¦\n');
    expect(await server.complete(inChoice.path, inChoice.at)).toEqual(
      expect.arrayContaining(['transformation', 'service']),
    );
  });

  it('completes and checks the further documents of a file by the settings', async () => {
    const segment = 'kind: segment\nid: a\nwhere: { event: b }\n---\n';
    const { path, at } = await open(`${segment}kind: pressure\nid: house\nca¦\n`, settled);
    expect(await settled.complete(path, at)).toEqual(expect.arrayContaining(['caps', 'quiet_hours']));
    const { problems } = await open(`${segment}kind: pressure\nid: house\ncapz: []\nvalid_for: 2d\n`, settled);
    expect(problems.map(({ range }) => range.start)).toContainEqual({ line: 7, character: 0 });
  });

  it('tells what a field means', async () => {
    const { path, at } = await open(`${head.replace('objective', 'obj¦ective')}steps: [ { exit: done } ]\n`);
    expect(await server.hover(path, at)).toContain('What the journey is for');
    const step = await open(`${head}steps:\n  - id: nudge\n    af¦ter: 2d\n    wait: 1d\n`);
    expect(await server.hover(step.path, step.at)).toContain('How long to wait before the step');
  });

  it('marks a key that is misspelt, and no more', async () => {
    const { problems } = await open(`${head}priorty: 60\nsteps:\n  - exit: done\n`);
    expect(problems.map(({ range, message }) => ({ range, message }))).toEqual([
      {
        range: { start: { line: 5, character: 0 }, end: { line: 5, character: 7 } },
        message: expect.stringContaining('priorty'),
      },
    ]);
  });

  it('marks a key that is misspelt in a step', async () => {
    const { problems } = await open(`${head}steps:\n  - id: nudge\n    aftr: 2d\n    wait: 1d\n`);
    expect(problems.map(({ range }) => range.start)).toContainEqual({ line: 7, character: 4 });
  });

  it('finds nothing wrong in the files of this workspace and of the examples: the first of each kind, and in a whole proof all', async () => {
    const ours = writtenFiles().filter(({ path }) => !/^(?:\.\.|init)\//.test(path));
    expect(ours.length).toBeGreaterThan(20);
    const kindOf = (text: string) => /^kind: *(\S+)/m.exec(text)?.[1];
    const isFirstOfKind = (i: number) =>
      ours.findIndex(({ text }) => kindOf(text) === kindOf(ours[i]?.text ?? '')) === i;
    const asked = isWhole ? ours : ours.filter((_, i) => isFirstOfKind(i));
    expect(asked.length).toBeGreaterThan(12);
    const found: string[] = [];
    for (const { path, text } of asked) {
      const problems = await settled.open(join(repository, path), text);
      found.push(...problems.map(({ message, range }) => `${path}:${range.start.line + 1}: ${message}`));
    }
    expect(found).toEqual([]);
  });
});

describe('the modeline', () => {
  it('stands in the first line of every file that people open', () => {
    const files = writtenFiles().filter(({ path }) => !/^(?:\.\.|init)\//.test(path));
    const paths = [...files.map(({ path }) => path), 'parcours.yaml'];
    const without = paths.filter((path) => {
      const [first = ''] = readFileSync(join(repository, path), 'utf8').split('\n');
      const target = /^# yaml-language-server: \$schema=(.+)$/.exec(first)?.[1];
      return target === undefined || join(repository, path, '..', target) !== join(repository, 'schemas/parcours.json');
    });
    expect(without).toEqual([]);
  });
});
