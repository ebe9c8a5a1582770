/** What a pull request is told: the comment of a branch beside its base, with a store, with a published snapshot, and with neither. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GitFolder, gitEnv, gitFolder } from '../support/git-folder.ts';
import { writeFiles } from '../support/write-files.ts';
import { type CommandLine, commandLine, type Ran, shopFiles } from './command-line.ts';

let shop: CommandLine;
let git: GitFolder;

const journey = shopFiles['journey.yaml'].replace(
  'steps:\n',
  'in_flight: { policy: migrate }\nsteps:\n  - id: rest\n    wait: 3d\n  - id: look\n    wait: 1d\n',
);

/** Main is applied; 40 people stand in `rest`, 4 in `look`. The branch changes a delay, a segment, and adds a step. */
beforeAll(async () => {
  shop = await commandLine({ ...shopFiles, 'journey.yaml': journey, '.gitignore': '.parcours\nsnapshot.json\n' });
  git = gitFolder(shop.root);
  git.push('the shop');
  const applied = await shop.run('apply --yes --no-impact --now 2026-03-01T10:00Z');
  expect(applied.err).toBe('');
  await shop.store.withSession((session) =>
    session.query(
      `insert into parcours.enrollment (lane, profile_id, journey, n, version, state, step, posture, entered_at, step_since, due_at)
       select n % 1024, n, 'thank', 1, (select resources -> 'journey/thank' ->> 'digest' from parcours.revision), 'active',
         case when n <= 40 then 'rest' else 'look' end, 'waiting', '2026-03-01', '2026-03-01', '2026-03-04'
       from generate_series(1, 44) n`,
    ),
  );
  await shop.run('snapshot --out snapshot.json --now 2026-03-01T12:00Z');
  git.git('checkout', '--quiet', '-b', 'slower');
  shop.write({
    'journey.yaml': journey
      .replace('wait: 3d', 'wait: 5d')
      .replace('steps:\n', 'steps:\n  - id: hello\n    wait: 1h\n'),
    'segments.yaml': shopFiles['segments.yaml'].replace('is: CH', 'is: FR'),
  });
  git.push('slower, and France', 'slower');
});
afterAll(async () => {
  git.drop();
  await shop.drop();
});

const withoutStore = (line: string): Promise<Ran> => shop.run(line, { env: { PATH: process.env.PATH ?? '' } });

describe('the comment on a pull request', () => {
  it('tells what changes since the base in words, and draws the journeys with what goes and comes', async () => {
    const { out, err, code } = await withoutStore('report --base main --format markdown');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^<!-- parcours report -->\n### Parcours: 0 added, 2 changed, 0 removed/);
    expect(out).toContain('`wait 3d → 5d at step rest`');
    expect(out).toContain('~ `segment/locals` (audience)');
    expect(out).toMatch(/^\+ {3}day 0 {2}hello +wait 1h$/m);
    expect(out).toMatch(/^- {3}day 0 {2}rest +wait 3d$/m);
    expect(out).toContain('```mermaid\nflowchart TD\n');
    expect(out).toContain('Nobody here knows where people stand: no store was asked.');
    expect(out).toContain('is counted where the store is trusted');
  });

  it('says with a published snapshot who stands where and where they would go, and withholds small counts', async () => {
    const { out } = await withoutStore('report --base main --snapshot snapshot.json');
    expect(out).toContain('| `thank` | 44 |');
    expect(out).toMatch(/Numbers as published at revision 1, 2026-03-01 12:00 UTC; counts of 1 to 9 are withheld\./);
    expect(out).toContain('What it will be *after* is counted where the store is trusted');
    expect(out).not.toMatch(/\| 4 \|/);
  });

  it('says with the live store before and after, and what becomes of people on their way', async () => {
    const { out } = await shop.run('report --base main --format github --now 2026-03-02', {});
    expect(out).toMatch(/Numbers from the live store at revision 1, 2026-03-02 00:00 UTC/);
    expect(out).toContain('|  | `rest` | withheld | stay, by the new steps |');
    expect(out).toContain('| `look` | <10 | stay, by the new steps |');
    expect(out).not.toMatch(/\| 4 \|/);
  });

  it('links to the files of the commit where the runner says where they are', async () => {
    const env = {
      PATH: process.env.PATH ?? '',
      GITHUB_SERVER_URL: 'https://git.example',
      GITHUB_REPOSITORY: 'shop/journeys',
    };
    const { out } = await shop.run('report --base main --format github', { env });
    const head = git.git('rev-parse', 'HEAD');
    expect(out).toContain(`[\`journey/thank\`](https://git.example/shop/journeys/blob/${head}/journey.yaml)`);
  });

  it('links into the folder of the workspace, where it is not the top of the repository', async () => {
    const env = { ...gitEnv, GITHUB_SERVER_URL: 'https://git.example', GITHUB_REPOSITORY: 'shop/all' };
    const outer = mkdtempSync(join(tmpdir(), 'parcours-outer-'));
    const inner = join(outer, 'marketing/journeys');
    writeFiles(inner, shopFiles);
    const repository = gitFolder(outer);
    repository.push('the shop');
    writeFiles(inner, { 'segments.yaml': shopFiles['segments.yaml'].replace('is: CH', 'is: FR') });
    repository.git('commit', '--quiet', '--all', '--message', 'France');
    const { out } = await shop.run(`--workspace ${inner} report --base HEAD~1 --format github`, { env });
    expect(out).toContain(`/blob/${repository.git('rev-parse', 'HEAD')}/marketing/journeys/segments.yaml)`);
    repository.drop();
    rmSync(outer, { recursive: true });
  });

  it('is data for programs', async () => {
    const { out } = await withoutStore('report --base main --snapshot snapshot.json --json');
    const { report } = JSON.parse(out);
    expect(report.changes.map((one: { kind: string; id: string }) => `${one.kind}/${one.id}`)).toEqual([
      'segment/locals',
      'journey/thank',
    ]);
    expect(report.people).toMatchObject({ from: 'snapshot', revision: 1, isAtBase: true });
    expect(JSON.stringify(report.people)).not.toContain('"people":4,');
  });

  it('is nothing when nothing changes, and when only words of a README do', async () => {
    expect(await withoutStore('report --base slower')).toEqual({ code: 0, out: '', err: '' });
  });

  it('says what is wrong with files that have errors', async () => {
    shop.write({ 'segments.yaml': shopFiles['segments.yaml'].replace('order_placed', 'order_plcd') });
    const { out, code } = await withoutStore('report --base main');
    expect(code).toBe(1);
    expect(out).toContain('### Parcours: the files have errors');
    expect(out).toMatch(/```text\nsegments\.yaml:5:\d+/);
    git.git('checkout', '--', '.');
  });

  it('takes no snapshot for one that is none, and names a base that is not there', async () => {
    writeFileSync(join(shop.root, 'snapshot.txt'), '{}');
    expect((await withoutStore('report --base main --snapshot snapshot.txt')).err).toContain('is no snapshot');
    expect((await withoutStore('report --base nowhere')).err).toContain('error[GIT_FAILED]: `git rev-parse` failed');
    expect((await withoutStore('report --format markdown')).err).toContain('name its base with --base');
  });
});

describe('a comment that would be too long', () => {
  it('stays under what servers take, with the summary whole and a pointer to the rest', async () => {
    const many = Array.from({ length: 60 }, (_, n) =>
      journey
        .replace('id: thank', `id: thank-${n}\ntitle: "${'Très long '.repeat(12)}"`)
        .replace(
          'steps:\n',
          `steps:\n${Array.from({ length: 30 }, (_, i) => `  - id: rest-${i}\n    wait: ${i + 1}d\n`).join('')}`,
        ),
    );
    shop.write({ 'many.yaml': many.join('---\n') });
    const { out } = await withoutStore('report --base main');
    shop.write({ 'many.yaml': null });
    expect(Buffer.byteLength(out)).toBeLessThan(65_536);
    expect(out).toMatch(/^<!-- parcours report -->\n### Parcours: 60 added, 2 changed, 0 removed/);
    expect(out.trimEnd().split('\n').at(-1)).toContain(
      'the middle is left out; all of it: `parcours report --base main`',
    );
  });
});
