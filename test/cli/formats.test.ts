/** Which form of diagnostics a command line gives, where it goes, and how it ends. What the forms hold is in test/diagnostics. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../engine/cli/run-cli.ts';
import { allCodes } from '../../engine/diagnostics/codes.ts';
import { leastWorkspace, writeWorkspace } from '../support/workspace-folder.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(line: string, cwd: string, env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []];
  const output = {
    write: (text: string) => void out.push(text),
    note: (text: string) => void err.push(text),
    ...{ isColoured: false, isNoteTerminal: false, ask: null },
  };
  const code = await runCli(line.split(' '), { cwd, env, output, stopSignal: () => AbortSignal.abort() });
  return { code, out: out.join(''), err: err.join('') };
}

const wrong = { 'segments.yaml': 'kind: segment\nid: a\nwhree: { never: order_placed }\n' };
const schema = 'kind: schema\nid: shop\nevents:\n  order_placed: { total: money }\n';
const odd = {
  'all.yaml': `${schema}---
kind: channel
id: diary
type: log
---
kind: template
id: hello
any:
  en: { text: Hello }
  fr: { text: Salut }
`,
};

describe('the form of diagnostics', () => {
  it('is pretty for people, and each of the others by name', async () => {
    const root = writeWorkspace(wrong);
    const starts = {
      pretty: 'error[CFG011]',
      concise: 'segments.yaml:3:1: error CFG011: ',
      json: '{\n  "diagnostics": [',
      github: '::error file=segments.yaml,line=3,',
      sarif: '{\n  "$schema": ',
      junit: '<?xml ',
    };
    for (const [format, start] of Object.entries(starts)) {
      const { code, out, err } = await run(`validate --format ${format}`, root);
      expect({ code, err, start: out.slice(0, start.length) }).toEqual({ code: 1, err: '', start });
    }
    expect((await run('validate', root)).out.startsWith(starts.pretty)).toBe(true);
    expect((await run('validate --json', root)).out.startsWith(starts.json)).toBe(true);
  });

  it('is that of GitHub under its Actions, unless another is asked for', async () => {
    const root = writeWorkspace(wrong);
    const actions = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: join(root, '..') };
    const { out } = await run('validate', root, actions);
    expect(out).toContain(`::error file=${root.split('/').at(-1)}/segments.yaml,line=3,`);
    expect((await run('validate --format concise', root, actions)).out).toMatch(/^segments\.yaml:3:1: /);
    expect((await run('validate --json', root, actions)).out).toMatch(/^\{/);
    expect((await run('plan', root, actions)).err).toMatch(/^::error file=/);
  });

  it('names files as the shell of the reader sees them', async () => {
    const root = writeWorkspace({ 'shop/parcours.yaml': leastWorkspace, 'shop/a.yaml': wrong['segments.yaml'] });
    for (const format of ['concise', 'pretty', 'github']) {
      expect((await run(`validate --workspace shop --format ${format}`, root)).out).toContain('shop/a.yaml');
    }
  });

  it('of another command goes to people on stderr and to programs on stdout', async () => {
    const root = writeWorkspace(wrong);
    expect(await run('plan --format concise', root)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('segments.yaml:3:1'),
    });
    expect(await run('apply --yes --format sarif', root)).toMatchObject({
      code: 1,
      err: '',
      out: expect.stringMatching(/^\{/),
    });
  });

  it('is refused when there is none of that name', async () => {
    const { code, err } = await run('validate --format yaml', writeWorkspace({}));
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('pretty') });
  });
});

describe('the exit code of validate', () => {
  it('is 0 with warnings only, and 1 with them under --strict', async () => {
    const root = writeWorkspace(odd);
    expect(await run('validate', root)).toMatchObject({
      code: 0,
      out: expect.stringContaining('The workspace is valid'),
    });
    expect(await run('validate --strict', root)).toMatchObject({ code: 1, out: expect.stringContaining('--strict') });
    expect((await run('validate --strict --format junit', root)).out).toContain('failures="1"');
    expect((await run('validate --strict', writeWorkspace({}))).code).toBe(0);
  });
});

describe('explain-code', () => {
  const nowhere = '/';

  it('tells of a code without a workspace, in any spelling', async () => {
    for (const written of ['CFG012', 'cfg012', 'CFG-012']) {
      const { code, out } = await run(`explain-code ${written}`, nowhere);
      expect(code).toBe(0);
      expect(out).toMatch(/^error\[CFG012\]: A key is missing\n/);
    }
    const told = JSON.parse((await run('explain-code CFG012 --json', nowhere)).out);
    expect(Object.keys(told)).toEqual(['code', 'severity', 'summary', 'explanation', 'example']);
  });

  it('lists all codes, for people and for programs', async () => {
    const listed = (await run('explain-code', nowhere)).out;
    for (const code of allCodes()) expect(listed).toContain(code);
    const { codes } = JSON.parse((await run('explain-code --json', nowhere)).out);
    expect(codes.map((one: { code: string }) => one.code)).toEqual(allCodes());
  });

  it.each([
    ['CFG21', 'Did you mean CFG021?'],
    ['CFG0112', 'Did you mean CFG'],
    ['CGF012', 'Did you mean CFG012?'],
    ['nonsense', 'lists them all'],
  ])('says what %s may have meant', async (written, hint) => {
    expect(await run(`explain-code ${written}`, nowhere)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining(hint),
    });
  });
});
