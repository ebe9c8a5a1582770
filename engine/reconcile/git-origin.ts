/**
 * Where a workspace's text comes from: the git commit, whether the folder differs from it, and who is applying. A folder outside
 * git, or a machine without git, is no error: the revision then names only the author.
 */
import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How long git may take before the workspace counts as outside git. */
const gitTimeoutMs = 10_000;

export interface GitOrigin {
  readonly commit: string | null;
  /** Files of the workspace differ from the commit. */
  readonly isDirty: boolean;
  /** `Name <email>` of git's configuration, or the operating system's user. */
  readonly author: string;
  /** How the revision came; absent: an apply by hand. */
  readonly via?: RevisionCause;
}

/** `sync` of a branch · `rollback` to a revision · `promote` from an environment · `heal` of what was edited in the store. */
export interface RevisionCause {
  readonly via: 'apply' | 'sync' | 'rollback' | 'promote' | 'heal';
  /** The branch, the number of the revision, or the environment; null: the files of a folder. */
  readonly from: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the origin of the folder. */
export async function readGitOrigin(root: string, env: Environment): Promise<GitOrigin> {
  const ask = (...args: readonly string[]) => git(root, env, args);
  const [commit, status, name, email] = await Promise.all([
    ask('rev-parse', '--verify', 'HEAD'),
    ask('status', '--porcelain', '--', '.'),
    ask('config', 'user.name'),
    ask('config', 'user.email'),
  ]);
  const author = [name, email && (name ? `<${email}>` : email)].filter(Boolean).join(' ');
  return {
    commit: commit || null,
    isDirty: Boolean(commit) && Boolean(status),
    author: author || userName(),
  };
}

async function git(root: string, env: Environment, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run('git', args, { cwd: root, env, timeout: gitTimeoutMs });
    return stdout.trim();
  } catch {
    // No git, no repository, no commit yet, no such setting: each means that there is nothing to say.
    return '';
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without a name, as in some containers.
    return 'unknown';
  }
}
