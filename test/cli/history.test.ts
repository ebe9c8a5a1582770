/** Revisions, what lies between them, going back, and drift: as scripts of the command line on a real store. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DriftWatch, watchDrift } from '../../engine/cli/watch-drift.ts';
import { systemClock } from '../../engine/clock/clock.ts';
import { type GitFolder, gitFolder } from '../support/git-folder.ts';
import { type CommandLine, commandLine, shopFiles } from './command-line.ts';

let shop: CommandLine;
let git: GitFolder;
let first: string;

/** Two revisions from commits: the second changes a segment and a delay. */
beforeAll(async () => {
  shop = await commandLine();
  git = gitFolder(shop.root);
  shop.write({ '.gitignore': '.parcours\n' });
  first = git.push('the shop');
  await shop.run('apply --yes --no-impact --now 2026-03-01T10:00Z');
  shop.write({
    'segments.yaml': shopFiles['segments.yaml'].replace('is: CH', 'is: FR'),
    'pressure.yaml': shopFiles['pressure.yaml'].replace('7d', '14d'),
  });
  git.push('France, and every two weeks');
  await shop.run('apply --yes --no-impact --now 2026-03-02T10:00Z');
});
afterAll(async () => {
  git.drop();
  await shop.drop();
});

async function query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return shop.store.withSession((session) => session.query<Row>(text, values));
}

describe('revisions', () => {
  it('are listed newest first, with time, commit and how many resources each changed', async () => {
    const { out, code } = await shop.run('revisions');
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines[1]).toMatch(
      /^ {9}2 {2}2026-03-02 10:00 UTC {2}\S.* {2}apply {2}[0-9a-f]{10} {2}[0-9a-f]{10} {3}· {2}2 {2}· +\d+$/,
    );
    expect(lines[2]).toContain(first.slice(0, 10));
    const { revisions } = JSON.parse((await shop.run('revisions --limit 1 --json')).out);
    expect(revisions).toMatchObject([{ number: 2, via: 'apply', from: null, dirty: false, changed: 2, added: 0 }]);
  });

  it('are shown one by one, by number or by the beginning of their commit', async () => {
    const shown = await shop.run(`revisions show ${first.slice(0, 7)}`);
    expect(shown.out).toContain('Revision 1, ');
    expect(shown.out).toContain('+ segment/locals');
    const live = await shop.run('revisions show');
    expect(live.out).toContain('caps weekly window duration 7d → 14d');
    expect(JSON.parse((await shop.run('revisions show 1 --json')).out)).toMatchObject({ number: 1, commit: first });
  });

  it('that are not there are said to be, and what there is', async () => {
    const { err, code } = await shop.run('revisions show 9');
    expect(code).toBe(1);
    expect(err).toContain(
      'error[REVISION_UNKNOWN]: There is no revision 9. A revision is named by its number (up to 2)',
    );
  });
});

describe('diff', () => {
  it('tells what lies between two revisions in the words of the files', async () => {
    const { out, code } = await shop.run('diff 1 2');
    expect(code).toBe(0);
    expect(out).toContain('From revision 1 to revision 2:');
    expect(out).toContain('where { trait: country, is: CH } → { trait: country, is: FR }');
    expect(out).toContain('Changes: 0 added, 2 changed, 0 removed.');
  });

  it('says there is none, by words and by exit code', async () => {
    expect(await shop.run('diff live files --exit-code')).toEqual({
      code: 0,
      out: 'No difference between revision 2 and the files.\n',
      err: '',
    });
    expect((await shop.run('diff 1 --exit-code')).code).toBe(2);
  });
});

describe('rollback', () => {
  it('plans first, and writes nothing without a yes', async () => {
    const refused = await shop.run('rollback --no-impact');
    expect(refused.code).toBe(1);
    expect(refused.out).toContain('Back to revision 1, applied 2026-03-01 10:00 UTC by ');
    expect(refused.out).toContain('{ trait: country, is: FR } → { trait: country, is: CH }');
    expect(refused.err).toContain('error[CLI_NOT_CONFIRMED]: rollback asks before it writes');
  });

  it('leads to what the earlier revision held, as a new one, and a plan of its files is empty', async () => {
    expect((await shop.run('rollback 1 --yes --no-impact --now 2026-03-03')).code).toBe(0);
    const { revisions } = JSON.parse((await shop.run('revisions --json')).out);
    expect(revisions[0]).toMatchObject({ number: 3, via: 'rollback', from: '1', commit: first });
    expect(revisions[0].bundle).toBe(revisions[2].bundle);
    expect((await shop.run('diff 1 3')).out).toContain('No difference');
    shop.write({ 'segments.yaml': shopFiles['segments.yaml'], 'pressure.yaml': shopFiles['pressure.yaml'] });
    expect((await shop.run('plan')).out).toContain('Nothing to do');
    git.git('checkout', '--', '.');
    await shop.run('rollback 2 --yes --no-impact --now 2026-03-03');
  });

  it('shows who is on his way, and is refused with heads where the earlier files have no place for them', async () => {
    const bare = await commandLine();
    await bare.run('apply --yes --no-impact --now 2026-03-01');
    bare.write({ 'journey.yaml': `${shopFiles['journey.yaml']}  - id: rest\n    wait: 9d\n` });
    await bare.run('apply --yes --no-impact --now 2026-03-02');
    bare.write({ 'orders.csv': 'order,customer,at,total,country\no1,ana,2026-03-03T09:00:00Z,20,CH\n' });
    const source = (await bare.run('import orders orders.csv --trigger --now 2026-03-03T10:00Z')).err;
    expect(source).not.toContain('error');
    await bare.run('run --once --now 2026-03-03T10:01Z');
    const refused = await bare.run('rollback 1 --yes --now 2026-03-03T11:00Z');
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/thank +rest +1 /);
    expect(refused.err).toContain('step rest (1) of journey/thank');
    const meant = await bare.run('rollback 1 --yes --allow-destructive journey/thank --now 2026-03-03T11:00Z');
    expect(meant.code).toBe(0);
    await bare.drop();
  }, 60_000);

  it('is refused where there is nothing before', async () => {
    const bare = await commandLine();
    expect((await bare.run('rollback')).err).toContain('Nothing was applied to this store yet');
    await bare.drop();
  });
});

describe('drift', () => {
  it('is none after an apply of a commit, and of a rollback back to it', async () => {
    const { out, code } = await shop.run('drift --fail');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^No drift: the store is as revision 2 \(commit [0-9a-f]{10}\) says \(revision 4 is live\)\.\n$/,
    );
  });

  it('is an apply of files that no commit holds: field, author and time', async () => {
    shop.write({ 'pressure.yaml': shopFiles['pressure.yaml'].replace('7d', '1d') });
    await shop.run('apply --yes --no-impact --now 2026-03-05T08:30Z');
    const { out, code } = await shop.run('drift --fail');
    expect(code).toBe(2);
    expect(out).toContain('Drift: the store is not as revision 2');
    expect(out).toMatch(/~ pressure\/house {2}\(applied by \S.*, 2026-03-05 08:30 UTC, revision 5, apply\)/);
    expect(out).toContain('caps weekly window duration 14d → 1d');
    expect((await shop.run('drift')).code).toBe(0);
    git.git('checkout', '--', '.');
    await shop.run('apply --yes --no-impact');
    expect((await shop.run('drift --fail')).code).toBe(0);
  });

  it('is an edit in the database: the role, what the session called itself, the field', async () => {
    const [row] = await query<{ digest: string; body: unknown }>(
      `select v.digest, v.body from parcours.resource_version v join parcours.revision r
       on r.resources -> 'segment/locals' ->> 'digest' = v.digest order by r.number desc limit 1`,
    );
    const edited = JSON.parse(JSON.stringify(row?.body).replace('"FR"', '"IT"'));
    const write = (body: unknown) =>
      query('update parcours.resource_version set body = $2 where digest = $1', [row?.digest, JSON.stringify(body)]);
    await write(edited);
    const { findings } = JSON.parse((await shop.run('drift --json')).out);
    expect(findings).toMatchObject([
      {
        sort: 'edited',
        resource: 'segment/locals',
        by: 'SQL',
        fields: [{ path: 'where.test.value', before: 'FR', after: 'IT' }],
      },
    ]);
    expect(findings[0].actor).toMatch(/^role \w+/);
    expect(Date.parse(findings[0].at)).not.toBeNaN();
    await write(row?.body);
    expect((await shop.run('drift --fail')).code).toBe(0);
  });

  it('is an edit of the revision itself', async () => {
    const [live] = await query<{ number: number; resources: Record<string, unknown> }>(
      'select number, resources from parcours.revision order by number desc limit 1',
    );
    const { 'segment/buyers': _, ...rest } = live?.resources ?? {};
    const write = (resources: unknown) =>
      query('update parcours.revision set resources = $2 where number = $1', [live?.number, JSON.stringify(resources)]);
    await write(rest);
    const { out } = await shop.run('drift');
    expect(out).toContain('- segment/buyers  (edited in the database by role ');
    await write(live?.resources);
    expect((await shop.run('drift --fail')).code).toBe(0);
  });

  it('is held against the files where that is asked for', async () => {
    shop.write({ 'segments.yaml': shopFiles['segments.yaml'] });
    const { out, code } = await shop.run('drift --files --fail');
    expect(code).toBe(2);
    expect(out).toContain('the store is not as these files say');
    expect(out).toContain('where { trait: country, is: CH } → { trait: country, is: FR }');
    git.git('checkout', '--', '.');
  });

  it('needs something applied', async () => {
    const bare = await commandLine();
    expect((await bare.run('drift')).err).toContain('error[CLI_NOT_APPLIED]');
    await bare.drop();
  });
});

describe('a daemon', () => {
  it('looks for drift, tells when there is some and when it is over, and status shows it', async () => {
    const told: (readonly string[])[] = [];
    const watch = (): DriftWatch =>
      watchDrift({
        store: shop.store,
        clock: systemClock,
        everyMs: 20,
        found: (findings) => void told.push(findings.map((one) => one.resource)),
      });
    const edit = (max: number) =>
      query(
        `update parcours.resource_version set body = jsonb_set(body, '{caps,0,max}', $1::jsonb) where kind = 'pressure'`,
        [String(max)],
      );
    const watching = watch();
    await edit(99);
    await vi.waitUntil(() => told.length > 0, { timeout: 10_000 });
    expect((await shop.run('status')).out).toMatch(/^drift +1 resource not as declared, seen /m);
    await edit(1);
    await vi.waitUntil(() => told.length > 1, { timeout: 10_000 });
    await watching.stop();
    expect(told).toEqual([['pressure/house'], []]);
    expect((await shop.run('status')).out).not.toContain('drift ');
  });
});

describe('import --live', () => {
  it('writes what the store holds as a workspace that plans to nothing', async () => {
    const { out, code } = await shop.run('import --live --out live');
    expect([code, out]).toEqual([0, expect.stringContaining('compiled again, they are the same to the last digest')]);
    expect((await shop.run('--workspace live diff live files')).out).toContain('No difference');
  });

  it('writes only what the files do not say, where that is asked for', async () => {
    expect((await shop.run('import --live --changed')).out).toContain('Nothing to write');
    shop.write({ 'segments.yaml': shopFiles['segments.yaml'] });
    const { files } = JSON.parse((await shop.run('import --live --changed --json')).out);
    expect(files).toEqual([{ path: 'segments/locals.yaml', declares: ['segment/locals'] }]);
    git.git('checkout', '--', '.');
  });

  it('is said where neither it nor a file is named', async () => {
    expect((await shop.run('import')).err).toContain('error[CLI_BAD_OPTION]');
  });
});
