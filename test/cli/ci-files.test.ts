/**
 * The files for CI, run as CI would: the steps of `action.yml`, the job of `ci/gitlab.yml`, the hooks of `.pre-commit-hooks.yaml`, on
 * clones of a bare repository. `gh` and `curl` are scripts that note what they were asked.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { databaseUrl } from '../examples/database-url.ts';
import { type GitFolder, gitEnv, gitFolder } from '../support/git-folder.ts';
import { type ParcoursOnPath, parcoursOnPath } from '../support/parcours-on-path.ts';
import { writeFiles } from '../support/write-files.ts';
import { shopFiles } from './command-line.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const readYaml = (path: string) => parse(readFileSync(join(repository, path), 'utf8'));

let parcours: ParcoursOnPath;
let place: string;
let git: GitFolder;
let clone: string;

beforeAll(async () => {
  parcours = await parcoursOnPath();
  place = mkdtempSync(join(tmpdir(), 'parcours-ci-'));
  const folder = join(place, 'marketer');
  writeFiles(folder, { ...shopFiles, 'tests.yaml': thanked('say'), '.gitignore': '.parcours\n' });
  git = gitFolder(folder);
  git.push('the shop');
  git.git('checkout', '--quiet', '-b', 'france');
  writeFiles(folder, { 'segments.yaml': shopFiles['segments.yaml'].replace('is: CH', 'is: FR') });
  git.push('France', 'france');
  clone = join(place, 'ci');
  execFileSync('git', ['clone', '--quiet', '--branch', 'france', git.bare, clone], { env: gitEnv });
  tool(
    'gh',
    `[ "\${GH_FAILS:-}" = 1 ] && exit 1\n[ "\${2:-}" = --paginate ] && { printf '%s' "\${GH_FOUND:-}"; exit 0; }`,
  );
  tool('curl', `case "$*" in *per_page*) printf '%s' "\${NOTES_FOUND:-[]}"; exit 0;; esac`);
  tool('npm', '');
});
afterAll(async () => {
  await parcours.close();
  git.drop();
  rmSync(place, { recursive: true, force: true });
});

/** A test of the journey: what leaves after an order. */
function thanked(step: string): string {
  return `kind: test\nid: thanks\njourney: thank\ngiven: {}\nstart: 2027-03-01T10:00\nplay:\n  - { event: order_placed, expect: { sent: ${step} } }\n`;
}

function restore(): void {
  execFileSync('git', ['checkout', '--', '.'], { cwd: clone, env: gitEnv });
}

/** A command that notes its arguments, a line a call, and then does what is given. */
function tool(name: string, body: string): void {
  const file = join(parcours.folder, name);
  writeFileSync(file, `#!/usr/bin/env bash\nprintf '%s\\n' "${name} $*" >>"${place}/asked"\n${body}\n`);
  chmodSync(file, 0o755);
}

interface Ran {
  readonly code: number;
  readonly out: string;
  /** What `gh` and `curl` were asked. */
  readonly asked: readonly string[];
}

/** Runs a script in the clone as a runner does. Not by `execFileSync`: the program that it calls lives in this process. */
async function bash(script: string, env: Readonly<Record<string, string>> = {}, cwd = clone): Promise<Ran> {
  rmSync(join(place, 'asked'), { force: true });
  const child = spawn('bash', ['-eo', 'pipefail', '-c', script], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...gitEnv,
      PATH: `${parcours.folder}:${process.env.PATH}`,
      PARCOURS_TEST_DATABASE_URL: databaseUrl(inject('testServer').connection),
      ...env,
    },
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (out += text));
  const code = await new Promise<number>((done) => child.once('close', (status) => done(status ?? -1)));
  const asked = existsSync(join(place, 'asked')) ? readFileSync(join(place, 'asked'), 'utf8').trim().split('\n') : [];
  return { code, out, asked };
}

describe('action.yml', () => {
  interface Step {
    readonly name: string;
    readonly run: string;
    readonly env?: Readonly<Record<string, string>>;
  }
  const action = readYaml('action.yml') as {
    readonly runs: { readonly using: string; readonly steps: readonly Step[] };
  };
  /** What the runner would put for the expressions. */
  const values: Readonly<Record<string, string>> = {
    PARCOURS_ENVIRONMENT: '',
    PARCOURS_BASE: 'origin/main',
    PARCOURS_SNAPSHOT: '',
    PARCOURS_HEAD_SHA: 'c0ffee',
    PARCOURS_PULL_REQUEST: '7',
    GH_TOKEN: 'token',
    GITHUB_REPOSITORY: 'shop/journeys',
    GITHUB_SERVER_URL: 'https://git.example',
    GITHUB_ACTION_PATH: repository,
  };

  function step(name: string, more: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const { run, env = {} } = action.runs.steps.find((one) => one.name === name) as Step;
    const unknown = Object.keys(env).filter((key) => values[key] === undefined && key !== 'PARCOURS_REPORT');
    expect(unknown).toEqual([]);
    return bash(run, { ...values, PARCOURS_REPORT: join(place, 'report.md'), ...more });
  }

  it('is a composite action whose steps are scripts of this repository', () => {
    expect(action.runs.using).toBe('composite');
    expect(action.runs.steps.map((one) => one.name)).toEqual(['Install', 'Validate and test', 'Report', 'Comment']);
  });

  it('installs outside of the checkout, whose settings are the branch its own', () => {
    const install = action.runs.steps.find((one) => one.name === 'Install');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of the runner
    expect(install).toMatchObject({ 'working-directory': '${{ runner.temp }}' });
    expect(install?.run).not.toContain('{{');
  });

  it('checks files and their layout', async () => {
    expect(await step('Validate and test')).toMatchObject({
      code: 0,
      out: expect.stringContaining('The workspace is valid'),
    });
    writeFiles(clone, { 'segments.yaml': shopFiles['segments.yaml'].replace('id: buyers', 'id:    buyers') });
    expect(await step('Validate and test')).toMatchObject({ code: 1, out: expect.stringContaining('segments.yaml') });
    restore();
  });

  it('plays the tests, and fails at the line of one that comes out otherwise', async () => {
    writeFiles(clone, {
      'journey.yaml': shopFiles['journey.yaml'].replace('- id: say\n', '- id: say\n    after: 1d\n'),
    });
    const failed = await step('Validate and test');
    expect(failed.code).toBe(1);
    expect(failed.out).toMatch(/::error file=.*tests\.yaml,line=7,.*title=thanks/);
    restore();
  });

  it('writes the report to a file, the outputs and the summary, with links to the head of the request', async () => {
    const [outputs, summary] = [join(place, 'outputs'), join(place, 'summary')];
    expect((await step('Report', { GITHUB_OUTPUT: outputs, GITHUB_STEP_SUMMARY: summary })).code).toBe(0);
    const report = readFileSync(join(place, 'report.md'), 'utf8');
    expect(report).toContain('[`segment/locals`](https://git.example/shop/journeys/blob/c0ffee/segments.yaml)');
    expect(readFileSync(summary, 'utf8')).toBe(report);
    expect(readFileSync(outputs, 'utf8')).toBe(`report=${join(place, 'report.md')}\n`);
  });

  it('writes one comment, and edits it from then on', async () => {
    const comments = 'repos/shop/journeys/issues';
    const body = `--field body=@${join(place, 'report.md')}`;
    expect((await step('Comment')).asked.at(-1)).toBe(`gh api --silent --method POST ${comments}/7/comments ${body}`);
    const again = await step('Comment', { GH_FOUND: '4711' });
    expect(again.asked.at(-1)).toBe(`gh api --silent --method PATCH ${comments}/comments/4711 ${body}`);
  });

  it('takes the comment away when nothing is left to say, and writes none then', async () => {
    expect(await step('Report', { PARCOURS_BASE: 'origin/france' })).toMatchObject({ code: 0 });
    expect((await step('Comment', { GH_FOUND: '4711' })).asked.at(-1)).toMatch(/--method DELETE .*\/4711$/);
    expect((await step('Comment')).asked.filter((line) => line.includes('--method'))).toEqual([]);
  });

  it('fails nothing where it may not write, and says nothing where there is no base', async () => {
    writeFiles(place, { 'report.md': 'something' });
    const refused = await step('Comment', { GH_FAILS: '1' });
    expect(refused).toMatchObject({ code: 0, out: expect.stringContaining("The comment can't be written here") });
    expect(await step('Report', { PARCOURS_BASE: '' })).toMatchObject({
      code: 0,
      out: expect.stringContaining('no pull request'),
    });
  });
});

describe('ci/gitlab.yml', () => {
  const job = readYaml('ci/gitlab.yml').parcours as { readonly script: readonly string[] };
  const env = {
    CI_API_V4_URL: 'https://git.example/api/v4',
    CI_PROJECT_ID: '5',
    CI_MERGE_REQUEST_IID: '7',
    PARCOURS_WORKSPACE: '.',
    PARCOURS_TOKEN: 'token',
  };

  function merge(more: Readonly<Record<string, string>>): Promise<Ran> {
    return bash(job.script.join('\n'), { ...env, CI_PROJECT_DIR: place, ...more });
  }

  it('checks, reports against the base, and keeps one note', async () => {
    const base = git.git('rev-parse', 'origin/main');
    const first = await merge({ CI_MERGE_REQUEST_DIFF_BASE_SHA: base });
    expect([first.code, first.out]).toEqual([0, expect.any(String)]);
    expect(readFileSync(join(place, 'parcours-report.md'), 'utf8')).toContain('~ `segment/locals`');
    expect(readFileSync(join(place, 'parcours-junit.xml'), 'utf8')).toContain('<testsuite');
    expect(readFileSync(join(place, 'parcours-tests.xml'), 'utf8')).toContain('<testcase name="thanks"');
    expect(first.asked.at(-1)).toMatch(/--request POST --data-urlencode body@\S+ https:\S+\/merge_requests\/7\/notes$/);
    const found = JSON.stringify([
      { id: 1, body: 'nice' },
      { id: 12, body: '<!-- parcours report -->\nold' },
    ]);
    const again = await merge({ CI_MERGE_REQUEST_DIFF_BASE_SHA: base, NOTES_FOUND: found });
    expect(again.asked.at(-1)).toMatch(/--request PUT .*\/notes\/12$/);
    restore();
  });

  it('fails where the files are wrong', async () => {
    writeFiles(clone, { 'segments.yaml': shopFiles['segments.yaml'].replace('order_placed', 'order_plcd') });
    expect((await merge({})).code).not.toBe(0);
    restore();
  });
});

describe('.pre-commit-hooks.yaml', () => {
  const hooks = readYaml('.pre-commit-hooks.yaml') as readonly { readonly id: string; readonly entry: string }[];

  it('keeps a mistake out of a commit, and lets what is right in', async () => {
    expect(hooks.map((hook) => hook.id)).toEqual(['parcours-validate', 'parcours-fmt', 'parcours-test']);
    const hook = join(clone, '.git/hooks/pre-commit');
    writeFileSync(hook, `#!/usr/bin/env bash\nset -e\n${hooks.map(({ entry }) => entry).join('\n')}\n`);
    chmodSync(hook, 0o755);
    writeFiles(clone, { 'segments.yaml': shopFiles['segments.yaml'].replace('order_placed', 'order_plcd') });
    const refused = await bash('git commit --quiet --all --message slip');
    expect(refused.code).toBe(1);
    expect(refused.out).toContain('did you mean');
    writeFiles(clone, { 'segments.yaml': shopFiles['segments.yaml'] });
    expect((await bash('git commit --quiet --all --message right')).code).toBe(0);
  });
});
