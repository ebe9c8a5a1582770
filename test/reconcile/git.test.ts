/** The system's git as the engine calls it: what counts as a failure, what of the environment counts, what is shown of addresses. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { commitOf, gitAt, withCommit, withoutPasswords } from '../../engine/reconcile/git/git.ts';
import { gitEnv, gitFolder } from '../support/git-folder.ts';
import { emptyFolder } from '../support/workspace-folder.ts';

function repository() {
  const folder = emptyFolder();
  const made = gitFolder(folder);
  onTestFinished(() => made.drop());
  mkdirSync(join(folder, 'a'));
  writeFileSync(join(folder, 'a/one.yaml'), 'one\n');
  const commit = made.push('one');
  return { folder, commit, ...made };
}

describe('git', () => {
  it('that fails without a word has failed all the same', async () => {
    const { folder, commit } = repository();
    const git = await gitAt(folder, gitEnv);
    await expect(git.run(['verify-commit', commit])).rejects.toMatchObject({ code: 'GIT_FAILED' });
  });

  it('reads nothing of a hook that it is called from', async () => {
    const { folder, commit } = repository();
    const git = await gitAt(folder, { ...gitEnv, GIT_DIR: '/nowhere', GIT_INDEX_FILE: '/nowhere/index' });
    expect(await commitOf(git, 'HEAD')).toBe(commit);
  });

  it('gives the files of a commit without touching the folder or the index', async () => {
    const { folder, commit, git: command } = repository();
    writeFileSync(join(folder, 'a/one.yaml'), 'changed\n');
    writeFileSync(join(folder, 'two.yaml'), 'two\n');
    command('add', 'two.yaml');
    const before = command('status', '--porcelain');
    const git = await gitAt(join(folder, 'a'), gitEnv);
    const seen = await withCommit(git, commit, async (files) => readdirSync(files, { recursive: true }));
    expect(seen.sort()).toEqual(['a', 'a/one.yaml']);
    expect(command('status', '--porcelain')).toBe(before);
  });

  it('tells what went wrong, and no password', async () => {
    const { folder } = repository();
    const git = await gitAt(folder, gitEnv);
    const failed = git.run(['fetch', 'https://ana:s3cret@127.0.0.1:1/shop.git']);
    await expect(failed).rejects.toMatchObject({
      message: expect.stringMatching(/^`git fetch` failed: .*127\.0\.0\.1/),
    });
    await expect(failed).rejects.toMatchObject({ message: expect.not.stringContaining('s3cret') });
    expect(withoutPasswords('ssh://git@host/x and git@host:x')).toBe('ssh://host/x and git@host:x');
  });
});
