/** Following a branch: what becomes of commits, of people who reach past it, and of suspensions. On a bare repository and a real store. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../engine/cli/run-cli.ts';
import { databaseUrl } from '../examples/database-url.ts';
import { type GitFolder, gitEnv, gitFolder } from '../support/git-folder.ts';
import { type CommandLine, commandLine, type Ran, shopFiles } from './command-line.ts';

let shop: CommandLine;
let git: GitFolder;

beforeAll(async () => {
  shop = await commandLine();
  git = gitFolder(shop.root);
  shop.write({ '.gitignore': '.parcours\n' });
  git.push('the shop');
});
afterAll(async () => {
  git.drop();
  await shop.drop();
});

const look = (more = ''): Promise<Ran> => shop.run(`sync --repo ${git.bare} --once --no-impact ${more}`);

async function status(): Promise<{ readonly [key: string]: unknown }> {
  return JSON.parse((await shop.run('sync status --json')).out);
}

async function runLanes(): Promise<void> {
  await shop.store.withSession((session) =>
    session.query('update parcours.lane set revision = (select max(number) from parcours.revision)'),
  );
}

const french = { 'segments.yaml': shopFiles['segments.yaml'].replace('is: CH', 'is: FR') };

describe('a look at the branch', () => {
  it('applies its commit, and tells by whom it was written', async () => {
    const { code, out } = await look('--now 2026-03-01T10:00Z');
    expect(code).toBe(0);
    expect(out).toContain('+ segment/locals');
    expect(out).toMatch(
      /Ready \(applied\): Commit [0-9a-f]{10} is applied as revision 1\. \(\d+ added, 0 changed, 0 removed\)\n$/,
    );
    const [revision] = JSON.parse((await shop.run('revisions --json')).out).revisions;
    expect(revision).toMatchObject({ via: 'sync', from: 'main', author: 'Ana Ruiz <ana@shop.example>', dirty: false });
  });

  it('is Progressing until the last lane has moved, then Ready', async () => {
    expect(await status()).toMatchObject({ state: 'progressing', lanes: { behind: 1024 }, applied: { revision: 1 } });
    await runLanes();
    expect(await status()).toMatchObject({ state: 'ready', reason: 'applied', live: 1 });
    expect((await shop.run('status')).out).toMatch(
      /^git +Ready \(applied\): Commit [0-9a-f]{10} is applied as revision 1\.$/m,
    );
  });

  it('writes nothing while nothing is new', async () => {
    expect(await look()).toMatchObject({ code: 0, out: expect.stringContaining('Ready (applied)') });
    expect(await status()).toMatchObject({ live: 1 });
  });

  it('takes a commit that changes nothing in the store for applied', async () => {
    shop.write({ 'README.md': 'words\n' });
    const commit = git.push('words');
    expect((await look()).out).toContain('changes nothing in the store');
    expect(await status()).toMatchObject({ reason: 'unchanged', applied: { commit, revision: 1 }, live: 1 });
  });
});

describe('a commit that cannot be applied', () => {
  it('is Failed with the place of the mistake, and is not tried again', async () => {
    shop.write({ 'segments.yaml': shopFiles['segments.yaml'].replace('order_placed', 'order_plcd') });
    const commit = git.push('a slip');
    const { code, out } = await look();
    expect(code).toBe(1);
    expect(out).toMatch(/^Failed \(invalid\): The files have an error\.\nsegments\.yaml:5:\d+/);
    expect(await status()).toMatchObject({ state: 'failed', reason: 'invalid', failedCommit: commit, live: 1 });
    expect((await look()).code).toBe(1);
    expect((await status()).events).toHaveLength(3);
    expect((await shop.run('sync status')).out).toContain('not tried again until there is another commit');
  });

  it('is tried again when somebody resumes, and replaced by the next commit', async () => {
    await shop.run('sync resume');
    expect(await status()).toMatchObject({ failedCommit: null });
    expect((await look()).out).toContain('Failed (invalid)');
    shop.write(french);
    git.push('France');
    expect((await look()).out).toContain('~ segment/locals');
    await runLanes();
    expect(await status()).toMatchObject({ state: 'ready', failedCommit: null, live: 2 });
  });

  it('is Failed with the test that came out otherwise, before anything is planned', async () => {
    const thanked = (step: string) =>
      `kind: test\nid: thanks\njourney: thank\ngiven: {}\nstart: 2027-03-01T10:00\nplay:\n  - { event: order_placed, expect: ${step} }\n`;
    shop.write({ 'tests.yaml': thanked('{ nothing_sent: true }') });
    const commit = git.push('a test');
    const { code, out } = await look();
    expect(code).toBe(1);
    expect(out).toMatch(
      /^Failed \(tests_failed\): 1 of 1 tests failed\.\n {2}thanks \(tests\.yaml:7:\d+\): expected nothing_sent: nothing, found say/,
    );
    expect(await status()).toMatchObject({ state: 'failed', reason: 'tests_failed', failedCommit: commit, live: 2 });
    shop.write({ 'tests.yaml': thanked('{ sent: say }') });
    git.push('a better test');
    const env = { ...shop.env, PARCOURS_TEST_DATABASE_URL: 'postgresql://127.0.0.1:1/none' };
    const nowhere = await shop.run(`sync --repo ${git.bare} --once --no-impact`, { env });
    expect([nowhere.code, nowhere.out]).toEqual([1, expect.stringContaining("The tests can't be played here.")]);
    expect(await status()).toMatchObject({ state: 'failed', reason: 'tests_failed' });
    await shop.run('sync resume');
    expect(await look()).toMatchObject({ code: 0, out: expect.stringContaining('changes nothing in the store') });
    shop.write({ 'tests.yaml': null });
    git.push('no test');
  }, 60_000);

  it('is refused where it would take something away from under people', async () => {
    await shop.store.withSession((session) =>
      session.query(
        `insert into parcours.enrollment (lane, profile_id, journey, n, version, state, entered_at, step_since)
         values (1, 1, 'thank', 1, 'v', 'active', now(), now())`,
      ),
    );
    shop.write({ 'journey.yaml': null });
    git.push('no journey');
    const { code, out } = await look();
    expect(code).toBe(1);
    expect(out).toContain('Failed (refused)');
    git.git('revert', '--no-edit', 'HEAD');
    git.git('push', '--quiet', 'origin', 'HEAD:main');
    expect(await look()).toMatchObject({ code: 0, out: expect.stringContaining('Ready (unchanged)') });
    await shop.store.withSession((session) => session.query('delete from parcours.enrollment'));
  });

  it('is stopped by a guardrail on people, with exit code 3', async () => {
    await shop.store.withSession(async (session) => {
      await session.query(
        `insert into parcours.profile (lane, profile_id, traits, created_at) select 1, n, '{"country": "FR"}', now() from generate_series(1, 3) n`,
      );
      await session.query(
        `insert into parcours.trait_value (lane, profile_id, trait, source, observed_at, received_at, value)
         select 1, n, 'country', 'x', '2026-01-01', '2026-01-01', '"FR"' from generate_series(1, 3) n`,
      );
      await session.query(
        `insert into parcours.membership (lane, profile_id, segment, is_member, since)
         select 1, n, 'locals', true, '2026-01-01' from generate_series(1, 3) n`,
      );
    });
    const greet = shopFiles['journey.yaml']
      .replace('id: thank', 'id: greet')
      .replace('when: { event: order_placed }\n', 'when: { enters: locals }\n  current_members: enter\n');
    const guard = 'guardrails:\n  - { id: few, bound: audience, max: 1 }\n';
    shop.write({ 'parcours.yaml': `${shopFiles['parcours.yaml']}${guard}`, 'greet.yaml': greet });
    git.push('greet all of France');
    const { out, code } = await look();
    expect([code, out]).toEqual([3, expect.stringContaining('Failed (guarded)')]);
    git.git('revert', '--no-edit', 'HEAD');
    git.git('push', '--quiet', 'origin', 'HEAD:main');
    expect((await look()).code).toBe(0);
  });

  it('is another thing than a repository that is away: that is tried with each look', async () => {
    renameSync(git.bare, `${git.bare}.away`);
    const away = await look();
    renameSync(`${git.bare}.away`, git.bare);
    expect(away.code).toBe(1);
    expect(away.out).toMatch(/^Failed \(fetch_failed\): `git fetch` failed: /);
    expect((await look()).code).toBe(0);
  });
});

describe('what is done past the branch', () => {
  it('is Drifted, with what differs and who did it', async () => {
    shop.write({ 'pressure.yaml': shopFiles['pressure.yaml'].replace('7d', '1d') });
    await shop.run('apply --yes --no-impact');
    git.git('checkout', '--', '.');
    const { out, code } = await look();
    expect(code).toBe(2);
    expect(out).toMatch(/^Drifted \(drift\): The store is not as commit [0-9a-f]{10} says: pressure\/house, by \S/);
    expect(await status()).toMatchObject({ state: 'drifted', reason: 'drift' });
  });

  it('is undone where that is declared, edits in the database too', async () => {
    await shop.store.withSession((session) =>
      session.query(
        `update parcours.resource_version set body = jsonb_set(body, '{origin}', '"typed by hand"') where kind = 'trait'`,
      ),
    );
    const { out, code } = await look('--self-heal');
    expect(code).toBe(0);
    expect(out).toContain('caps weekly window duration 1d → 7d');
    expect(out).toContain('Ready (healed): The store is again as commit ');
    expect((await shop.run('drift --fail')).code).toBe(0);
    const [revision] = JSON.parse((await shop.run('revisions --json')).out).revisions;
    expect(revision).toMatchObject({ via: 'heal', from: 'main' });
  });

  it('by a rollback suspends following, until somebody resumes', async () => {
    const back = await shop.run('rollback 1 --yes --no-impact');
    expect(back.err).toContain('Following the branch is suspended');
    expect(await look()).toMatchObject({ code: 0, out: expect.stringContaining('rolled back to revision 1') });
    expect(await status()).toMatchObject({ state: 'suspended', suspension: { until: null } });
    await shop.run('sync resume');
    expect((await look('--self-heal')).out).toContain('Ready (healed)');
  });
});

describe('a suspension', () => {
  it('holds commits back, and ends by its time', async () => {
    expect((await shop.run('sync suspend --for 2h --why campaign --now 2026-03-02T10:00Z')).out).toContain('Suspended');
    shop.write({ 'segments.yaml': shopFiles['segments.yaml'].replace('is: CH', 'is: IT') });
    git.push('Italy');
    expect((await look('--now 2026-03-02T11:00Z')).out).toContain('until 2026-03-02T12:00:00.000Z: campaign');
    expect((await look('--now 2026-03-02T12:01Z')).out).toContain('Ready (applied)');
  });

  it('needs a reason, an end ahead, and a branch that is followed', async () => {
    expect((await shop.run('sync suspend --for 2h')).err).toContain("required option '--why <text>' not specified");
    expect((await shop.run('sync suspend --until 2020-01-01 --why x')).err).toContain('is not after the present time');
    const bare = await commandLine();
    expect((await bare.run('sync suspend --why x')).err).toContain('This store follows no branch');
    expect((await bare.run('sync status')).out).toContain('This store follows no branch');
    await bare.drop();
  });
});

describe('following', () => {
  it('goes on until it is told to end, and applies what comes meanwhile', async () => {
    const ending = new AbortController();
    const told: string[] = [];
    const output = { write: (text: string) => void told.push(text), note: () => {}, isColoured: false };
    const following = runCli(['sync', '--repo', git.bare, '--interval', '1s', '--no-impact', '--json'], {
      cwd: shop.root,
      env: { PATH: process.env.PATH ?? '', DATABASE_URL: databaseUrl(shop.store.connection) },
      stopSignal: () => ending.signal,
      output: { ...output, isNoteTerminal: false, ask: null },
    });
    await vi.waitUntil(() => told.length > 0, { timeout: 20_000 });
    shop.write({ 'segments.yaml': shopFiles['segments.yaml'].replace('is: CH', 'is: AT') });
    const commit = git.push('Austria');
    await vi.waitUntil(() => told.some((text) => text.includes(commit)), { timeout: 20_000 });
    ending.abort();
    expect(await following).toBe(0);
    expect(JSON.parse(told.find((text) => text.includes(commit)) ?? '{}')).toMatchObject({
      reason: 'applied',
      head: commit,
    });
  });

  it('reads no cache that the repository may hold, and keeps none', async () => {
    expect((await look('--clone .parcours/clean')).code).toBe(0);
    shop.write({
      '.parcours/cache/note': 'anybody\n',
      'segments.yaml': shopFiles['segments.yaml'].replace('is: CH', 'is: NL'),
    });
    git.git('add', '--force', '.parcours/cache/note');
    git.push('a cache in the repository');
    expect((await look('--clone .parcours/clean')).out).toContain('Ready (applied)');
    expect(readdirSync(join(shop.root, '.parcours/clean/.parcours/cache'))).toEqual(['note']);
  });

  it('another branch is refused, since two would undo each other, until somebody says so', async () => {
    git.git('push', '--quiet', 'origin', 'HEAD:other');
    const refused = await look('--branch other');
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringContaining('error[OTHER_BRANCH]: This store follows the branch main of '),
    ]);
    expect((await look('--branch other --take-over')).code).toBe(0);
    expect((await look()).err).toContain('OTHER_BRANCH');
    expect((await look('--take-over')).code).toBe(0);
  });

  it('by two at once applies a commit once', async () => {
    shop.write({ 'segments.yaml': shopFiles['segments.yaml'].replace('is: CH', 'is: BE') });
    git.push('Belgium');
    const before = Number((await status()).live);
    const both = await Promise.all([look('--clone .parcours/one'), look('--clone .parcours/two')]);
    expect(both.map((one) => one.code)).toEqual([0, 0]);
    expect(await status()).toMatchObject({ state: 'progressing', live: before + 1 });
  });
});

describe('signatures', () => {
  it('are asked for where that is declared: nobody unknown gets in', async () => {
    const keys = mkdtempSync(join(tmpdir(), 'parcours-keys-'));
    const key = join(keys, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ana', '-f', key], { env: gitEnv });
    const publicKey = execFileSync('ssh-keygen', ['-y', '-f', key], { encoding: 'utf8' }).trim();
    const signers = join(keys, 'signers');
    writeFileSync(signers, `ana@shop.example ${publicKey}\n`);
    shop.write({ 'README.md': 'unsigned\n' });
    git.push('unsigned');
    const signed = `--verify-signatures --allowed-signers ${signers}`;
    const refused = await look(signed);
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/^Failed \(signature_refused\): Commit [0-9a-f]{10} isn't signed by anybody/);
    const format = ['-c', 'gpg.format=ssh', '-c', `user.signingKey=${key}`];
    git.git(...format, 'commit', '--quiet', '--allow-empty', '--gpg-sign', '--message', 'signed');
    git.git('push', '--quiet', 'origin', 'HEAD:main');
    expect((await look(signed)).code).toBe(0);
    rmSync(keys, { recursive: true });
  });
});
