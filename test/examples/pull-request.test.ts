/** The story of `examples/pull-request`, played on a bare repository and a real store: what it prints, what it writes, and where people stand. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectGolden } from '../support/golden.ts';
import { type ParcoursOnPath, parcoursOnPath } from '../support/parcours-on-path.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { databaseUrl } from './database-url.ts';

const example = fileURLToPath(new URL('../../examples/pull-request/', import.meta.url));
const run = promisify(execFile);

let store: TestStore;
let parcours: ParcoursOnPath;
let place: string;
let told: string;

beforeAll(async () => {
  store = await testStore();
  parcours = await parcoursOnPath();
  place = mkdtempSync(join(tmpdir(), 'parcours-story-'));
  const url = databaseUrl(store.connection);
  const env = {
    PATH: `${parcours.folder}:${process.env.PATH}`,
    ...{ DATABASE_URL: url, PARCOURS_TEST_DATABASE_URL: url },
  };
  const played = await run('bash', [join(example, 'story.sh'), place], { env, maxBuffer: 16 * 1024 * 1024 }).catch(
    (error: { stdout: string; stderr: string }) => ({ stdout: `${error.stdout}\nFAILED\n`, stderr: error.stderr }),
  );
  told = `${played.stdout}${played.stderr}`;
});
afterAll(async () => {
  await parcours.close();
  rmSync(place, { recursive: true, force: true });
  await store.drop();
});

/** What the story tells between a heading and the next one. */
function chapter(beginning: string): string {
  const found = told.split('\n== ').find((part) => part.startsWith(beginning));
  if (found === undefined) throw new Error(`no chapter "${beginning}" in:\n${told}`);
  return found;
}

async function rows<Row>(text: string): Promise<Row[]> {
  return store.withSession((session) => session.query<Row>(text));
}

describe('the story of a pull request', () => {
  it('is played to its end', () => {
    expect(told).not.toContain('FAILED');
    expect(told).toContain('No difference between revision 2 and revision 5.');
  });

  it('begins with a store that follows a branch', () => {
    expect(chapter('A bare repository')).toMatch(/Ready \(applied\): Commit [0-9a-f]{10} is applied as revision 1\./);
    expect(chapter('The first journey')).toContain('state     Ready (applied)');
  });

  it('plays the tests before anything is applied: one that says otherwise stops the change until it says it, too', () => {
    expect(chapter('The test of the journey')).toContain('expected sent: remind, found nothing.');
    expect(chapter('The test of the journey')).toContain('exit code 1');
    expect(chapter('CI of the pull request')).toContain('✓ a-reminder-three-days-later  come-back\n1 test passed.');
  });

  it('writes the comment of CI without a secret: before, heads per step, what changes, the outline', () => {
    expectGolden(
      new URL('../../examples/pull-request/comment.md', import.meta.url),
      readFileSync(join(place, 'comment.md'), 'utf8'),
    );
    const comment = chapter('CI of the pull request');
    expect(comment).toContain('`delay 3d → 5d at step remind`');
    expect(comment).toContain('| `quiet` | 48 |');
    expect(comment).toContain('| `remind` | 48 | stay, by the new steps |');
  });

  it('moves people on their way as the plan showed, and takes in those whom the wider segment brings', () => {
    const merged = chapter('Merged');
    expect(merged).toMatch(/quiet .*48 +72 +\+24/);
    expect(merged).toMatch(/come-back +remind +48 +go on by the new steps, waits counted anew/);
    expect(merged).toContain('state     Ready (applied)');
  });

  it('finds what was applied by hand: field, author and time', () => {
    const drift = chapter('Somebody applies by hand');
    expect(drift).toMatch(
      /~ pressure\/house {2}\(applied by Olu Ade <olu@shop\.example>, 2026-03-01 11:00 UTC, revision 4, apply\)/,
    );
    expect(drift).toContain('caps weekly max 3 → 30');
    expect(drift).toMatch(/Drifted \(drift\): The store is not as commit [0-9a-f]{10} says: pressure\/house/);
    expect(drift.match(/exit code 2/g)).toHaveLength(2);
  });

  it('is rolled back by a revert, and people with it', async () => {
    const revert = chapter('A revert rolls back');
    expect(revert).toMatch(/Ready \(applied\): Commit [0-9a-f]{10} is applied as revision 5\./);
    expect(revert).toContain('No drift');
    const [live] = await rows<{ same: boolean }>(
      `select (select bundle_digest from parcours.revision where number = 5) = (select bundle_digest from parcours.revision where number = 2) as same`,
    );
    expect(live).toEqual({ same: true });
    const versions = await rows<{ versions: number; people: number }>(
      `select count(distinct version) as versions, count(*) as people from parcours.enrollment where state = 'active'`,
    );
    expect(versions).toEqual([{ versions: 1, people: 72 }]);
    // Three days again from where each began to wait: the day before the branch, and the day of the merge.
    const due = await rows<{ due: string; people: number }>(
      `select to_char(due_at at time zone 'UTC', 'YYYY-MM-DD') as due, count(*) as people from parcours.enrollment group by 1 order by 1`,
    );
    expect(due).toEqual([
      { due: '2026-03-03', people: 48 },
      { due: '2026-03-04', people: 24 },
    ]);
  });
});
