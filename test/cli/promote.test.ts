/** Promotion: what staging runs, into production, each with a store of its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseUrl } from '../examples/database-url.ts';
import { type GitFolder, gitFolder } from '../support/git-folder.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { type CommandLine, commandLine, type Ran, shopFiles } from './command-line.ts';

let shop: CommandLine;
let git: GitFolder;
let production: TestStore;

const environments = `parameters:
  most: { type: integer, default: 1 }
environments:
  staging:
    store: { url: "\${secret.STAGING}" }
  production:
    store: { url: "\${secret.PRODUCTION}" }
    parameters: { most: 5 }
  nowhere: {}
`;

beforeAll(async () => {
  shop = await commandLine({
    ...shopFiles,
    '.gitignore': '.parcours\n',
    'parcours.yaml': shopFiles['parcours.yaml'] + environments,
    'pressure.yaml': shopFiles['pressure.yaml'].replace('max: 1', `max: "\${param.most}"`),
  });
  production = await testStore();
  git = gitFolder(shop.root);
  git.push('the shop');
});
afterAll(async () => {
  git.drop();
  await production.drop();
  await shop.drop();
});

function run(line: string): Promise<Ran> {
  const env = {
    PATH: process.env.PATH ?? '',
    STAGING: databaseUrl(shop.store.connection),
    PRODUCTION: databaseUrl(production.connection),
  };
  return shop.run(line, { env });
}

describe('promote', () => {
  it('needs something in the first environment, two of them, and a store of each', async () => {
    expect((await run('promote staging production')).err).toContain('Nothing was applied to this store yet');
    expect((await run('promote staging staging')).err).toContain("can't be promoted into itself");
    expect((await run('promote nowhere production')).err).toContain('has no store of its own');
    expect((await run('promote stagin production')).err).toContain('staging');
  });

  it('takes the commit that staging runs, whatever lies in the folder, with the overlays of production', async () => {
    expect((await run('apply --env staging --yes --no-impact')).code).toBe(0);
    shop.write({ 'segments.yaml': shopFiles['segments.yaml'].replace('is: CH', 'is: FR') });
    const refused = await run('promote staging production --no-impact');
    expect(refused.err).toContain('promote asks before it writes');
    expect(refused.out).toMatch(
      /^From staging, revision 1 \(commit [0-9a-f]{10}\), to production: with the overlays of production/,
    );
    expect((await run('promote staging production --no-impact --yes')).code).toBe(0);
    git.git('checkout', '--', '.');
    expect((await run('plan --env production')).out).toContain('Nothing to do');
    const shown = JSON.parse((await run('revisions --env production --json')).out).revisions;
    expect(shown).toMatchObject([
      { via: 'promote', from: 'staging', dirty: false, commit: git.git('rev-parse', 'HEAD') },
    ]);
    expect((await run('promote staging production --yes')).out).toContain('Nothing to do');
  });

  it('is refused of files that no commit holds and the folder does not, either', async () => {
    shop.write({ 'segments.yaml': shopFiles['segments.yaml'].replace('is: CH', 'is: FR') });
    await run('apply --env staging --yes --no-impact');
    git.git('checkout', '--', '.');
    expect((await run('promote staging production --yes')).err).toContain(
      "The files of this folder aren't what staging runs",
    );
  });
});
