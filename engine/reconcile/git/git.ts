/**
 * The system's git through `simple-git`, which is loaded only here and only when it is needed. What the operator's environment says of
 * keys, proxies and passwords counts; what a hook leaves in it (`GIT_DIR`) does not. Who commits and what it means isn't known here.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReconcileError } from '../reconcile-error.ts';

/** A command of git that says nothing for so long is ended. */
const silenceMs = 60_000;

type Env = Readonly<Record<string, string | undefined>>;

export interface Git {
  /** What git prints, trimmed. Errors: `ReconcileError` `GIT_FAILED` with git's own words, without passwords. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
}

/** Variables of git that speak of how to reach a repository, and not of which. */
const reaching =
  /^(GIT_(SSH|SSH_COMMAND|ASKPASS|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|SSL_\w+|PROXY_\w+|TERMINAL_PROMPT|ALLOW_PROTOCOL|(AUTHOR|COMMITTER)_\w+)|SSH_ASKPASS)$/;
const foreign = /^(GIT_.*|EDITOR|VISUAL|PAGER|SSH_ASKPASS|PREFIX)$/i;

/** Git in a folder, which must be there. */
export async function gitAt(folder: string, env: Env): Promise<Git> {
  const { simpleGit } = await import('simple-git');
  const kept = Object.entries(env).filter(
    (one): one is [string, string] => one[1] !== undefined && (!foreign.test(one[0]) || reaching.test(one[0])),
  );
  const base: Readonly<Record<string, string>> = { ...Object.fromEntries(kept), GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' };
  return {
    async run(args, more = {}) {
      const all = { ...base, ...more };
      const git = simpleGit({
        baseDir: folder,
        timeout: { block: silenceMs },
        // By itself the library takes a failure without words, such as `verify-commit` of an unsigned commit, for a success.
        errors: (error, { exitCode, stdErr, stdOut }) =>
          exitCode === 0
            ? error
            : (error ?? Buffer.concat([...stdErr, ...stdOut, Buffer.from(`exit code ${exitCode}`)])),
        allowEnvironment: Object.keys(all),
        // The environment is the operator's own, and so is what it says.
        unsafe: {
          allowUnsafeSshCommand: true,
          allowUnsafeAskPass: true,
          allowUnsafeConfigPaths: true,
          allowUnsafeConfigEnvCount: true,
        },
      }).env(all);
      try {
        return (await git.raw([...args])).trim();
      } catch (error) {
        throw gitFailed(args, error);
      }
    },
  };
}

function gitFailed(args: readonly string[], error: unknown): ReconcileError {
  const words = error instanceof Error ? error.message : String(error);
  const command = args.find((word) => /^[a-z][a-z-]*$/.test(word)) ?? 'git';
  const said = withoutPasswords(words).trim().split('\n').filter(Boolean).slice(-3).join(' ');
  return new ReconcileError('GIT_FAILED', `\`git ${command}\` failed: ${said || 'it said nothing'}.`);
}

/** Addresses as they may be shown and stored: without user and password. */
export function withoutPasswords(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, '$1');
}

/** The commit that a name means, 40 digits or more. Errors: `ReconcileError` `GIT_FAILED`. */
export function commitOf(git: Git, name: string): Promise<string> {
  return git.run(['rev-parse', '--verify', '--end-of-options', `${name}^{commit}`]);
}

/** `Name <email>` of who wrote the commit. */
export function authorOf(git: Git, commit: string): Promise<string> {
  return git.run(['show', '--no-patch', '--format=%an <%ae>', commit]);
}

/**
 * Gives the work a folder with the files of a commit, and removes it. Neither the working tree nor the index of the repository is
 * touched, so this may run beside anything.
 */
export async function withCommit<T>(git: Git, commit: string, work: (folder: string) => Promise<T>): Promise<T> {
  const made = await mkdtemp(join(tmpdir(), 'parcours-commit-'));
  const folder = join(made, 'files');
  try {
    await mkdir(folder);
    const index = { GIT_INDEX_FILE: join(made, 'index') };
    const top = await git.run(['rev-parse', '--show-toplevel']);
    await git.run(['-C', top, 'read-tree', commit], index);
    await git.run(['-C', top, 'checkout-index', '--all', `--prefix=${folder}/`], index);
    return await work(folder);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}
