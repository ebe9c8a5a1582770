/**
 * Runs a program to its end, if need be as another user: PostgreSQL refuses to run as root. The environment is a clean one, so
 * that PGDATA, PGOPTIONS and the like of the caller can't reach a server of ours. What is run, and why, is decided elsewhere.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Who a program runs as. `name` is for people only. */
export interface RunUser {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

export interface RunResult {
  readonly code: number | null;
  /** Standard output and error, the last 16 KB. */
  readonly output: string;
}

const outputMaxChars = 16_384;

/** The environment of every program of the store: nothing of the caller but the search path. */
export const cleanEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

/** Runs `file` in `/`, as `user` (null: as ourselves). Errors: those of `spawn` (ENOENT, EACCES). A timeout kills it (code null). */
export function runAs(
  user: RunUser | null,
  file: string,
  args: readonly string[],
  timeoutMs = 120_000,
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: '/',
      env: cleanEnvironment,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      ...(user ? { uid: user.uid, gid: user.gid } : {}),
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-outputMaxChars);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** Whether `user` can enter a folder: asked of the system itself, since modes don't tell about ACLs and mounts. */
export async function canEnter(user: RunUser | null, folder: string): Promise<boolean> {
  const result = await runAs(user, '/bin/sh', ['-c', 'cd "$1"', 'sh', folder]);
  return result.code === 0;
}

/** Whether we are root, which PostgreSQL refuses to run as. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The user that the server runs as when we are root: `postgres`, else `nobody`, else the number that is nobody everywhere. */
export function unprivilegedUser(): RunUser {
  return findUser((name) => name === 'postgres') ?? findUser((name) => name === 'nobody') ?? nobody;
}

/** The user of that number; its group is looked up, and is the number itself when there is no such entry. */
export function userOf(uid: number): RunUser {
  return findUser((_, id) => id === uid) ?? { uid, gid: uid, name: String(uid) };
}

const nobody: RunUser = { uid: 65534, gid: 65534, name: 'nobody' };

function findUser(isWanted: (name: string, uid: number) => boolean): RunUser | null {
  for (const line of readPasswd().split('\n')) {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    if (/^\d+$/.test(uid) && /^\d+$/.test(gid) && uid !== '0' && isWanted(name, Number(uid)))
      return { uid: Number(uid), gid: Number(gid), name };
  }
  return null;
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    // No such file, no names: the numbers do.
    return '';
  }
}
