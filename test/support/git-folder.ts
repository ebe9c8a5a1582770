/** Git for tests: a folder under version control and a bare repository beside it, by the system's git with a configuration of its own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Nobody's settings count but these; times are fixed, so commits have the same names in every run. */
export const gitEnv: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Ana Ruiz',
  GIT_AUTHOR_EMAIL: 'ana@shop.example',
  GIT_COMMITTER_NAME: 'Ana Ruiz',
  GIT_COMMITTER_EMAIL: 'ana@shop.example',
  GIT_AUTHOR_DATE: '2026-03-01T09:00:00Z',
  GIT_COMMITTER_DATE: '2026-03-01T09:00:00Z',
};

export interface GitFolder {
  /** The bare repository. */
  readonly bare: string;
  git(...args: readonly string[]): string;
  /** Commits all that is in the folder and pushes it; gives the commit. */
  push(message: string, branch?: string): string;
  drop(): void;
}

/** Puts the folder under version control, with a bare repository as its origin. Nothing is committed yet. */
export function gitFolder(folder: string, env: Readonly<Record<string, string>> = gitEnv): GitFolder {
  const made = mkdtempSync(join(tmpdir(), 'parcours-bare-'));
  const bare = join(made, 'shop.git');
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: folder, env, encoding: 'utf8' }).trim();
  git('init', '--quiet', '--bare', '--initial-branch=main', bare);
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', bare);
  return {
    bare,
    git,
    push(message, branch = 'main') {
      git('add', '--all');
      git('commit', '--quiet', '--message', message);
      git('push', '--quiet', 'origin', `HEAD:${branch}`);
      return git('rev-parse', 'HEAD');
    },
    drop: () => rmSync(made, { recursive: true, force: true }),
  };
}
