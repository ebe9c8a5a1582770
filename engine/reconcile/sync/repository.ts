/** The clone from which a store is followed: one branch, never worked in by hand. What its commits mean is `sync-once.ts`'s. */
import { mkdir, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { commitOf, type Git, gitAt } from '../git/git.ts';
import { ReconcileError } from '../reconcile-error.ts';

export interface RepositoryOptions {
  /** A path or an address that git understands. */
  readonly repo: string;
  readonly branch: string;
  /** Where the clone is kept. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Repository {
  readonly git: Git;
  /** Fetches the branch; gives its commit. Errors: `ReconcileError` `GIT_FAILED`. */
  fetch(): Promise<string>;
  /** Brings the files of the commit into the folder, over whatever is there. */
  checkout(commit: string): Promise<void>;
  /** Errors: `ReconcileError` `GIT_FAILED`: the commit isn't signed, or by nobody whom git was told to trust. */
  verify(commit: string, allowedSigners: string | null): Promise<void>;
}

/** Makes the clone, or takes the one that is there. */
export async function openRepository({ repo, branch, folder, env }: RepositoryOptions): Promise<Repository> {
  if (branch.startsWith('-') || /[\s~^:?*[\\]/.test(branch)) {
    throw new ReconcileError('GIT_FAILED', `"${branch}" is no name of a branch.`);
  }
  await mkdir(folder, { recursive: true });
  const git = await gitAt(folder, env);
  const isThere = (await stat(join(folder, '.git')).catch(() => null)) !== null;
  if (!isThere) await git.run(['init', '--quiet']);
  const source = /^[a-z+]+:\/\/|^[^/]+@[^/]+:/i.test(repo) ? repo : resolve(repo);
  const head = 'refs/remotes/origin/followed';
  return {
    git,
    async fetch() {
      // `--end-of-options` is younger than some servers' git; nothing here begins with a dash.
      await git.run(['fetch', '--quiet', '--no-tags', '--force', source, `+refs/heads/${branch}:${head}`]);
      return commitOf(git, head);
    },
    async checkout(commit) {
      await git.run(['-c', 'advice.detachedHead=false', 'checkout', '--quiet', '--force', '--detach', commit]);
      await git.run(['clean', '--quiet', '-ffd', '--exclude=/.parcours']);
    },
    async verify(commit, allowedSigners) {
      const signers = allowedSigners === null ? [] : ['-c', `gpg.ssh.allowedSignersFile=${resolve(allowedSigners)}`];
      await git.run([...signers, 'verify-commit', commit]);
    },
  };
}

/** The folder of the workspace in the clone. Errors: `ReconcileError` `GIT_FAILED` where the path leads out of it. */
export function workspaceIn(folder: string, path: string): string {
  const found = resolve(folder, path);
  if (found === folder || found.startsWith(`${folder}${sep}`)) return found;
  throw new ReconcileError('GIT_FAILED', `The path ${path} leads out of the repository.`);
}
