/**
 * What `postmaster.pid` says about a data folder's server, and whether that server lives. A number alone proves nothing: after a
 * crash, and in containers always, it may belong to another program. Nothing here starts or stops a server.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, socketName, startFailed } from './embedded-place.ts';

export interface Postmaster {
  readonly pid: number;
  readonly socketDir: string;
  readonly status: 'starting' | 'ready' | 'stopping';
}

/** The living server of a data folder, or null. Errors: STORE_START_FAILED when the folder is another user's. */
export function readPostmaster(dataDir: string): Postmaster | null {
  const lines = readPidFile(dataDir);
  const pid = Number(lines?.[0]);
  if (!lines || !Number.isInteger(pid) || pid <= 0 || !isPostmaster(pid, dataDir)) return null;
  const status = lines[7]?.trim();
  return {
    pid,
    socketDir: lines[4] ?? '',
    status: status === 'ready' || status === 'stopping' ? status : 'starting',
  };
}

/** Whether a living server can be connected to: ready, and its socket still there (temporary folders get swept). */
export function isConnectable(postmaster: Postmaster): boolean {
  return postmaster.status === 'ready' && existsSync(join(postmaster.socketDir, socketName));
}

/** Whether there is a process of this number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function readPidFile(dataDir: string): string[] | null {
  try {
    return readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw startFailed(
      `The store's data in ${dataDir} belongs to another user. Run Parcours as that user or as root, or set DATABASE_URL.`,
      error,
    );
  }
}

function isPostmaster(pid: number, dataDir: string): boolean {
  return isAlive(pid) && commandOf(pid).includes(dataDir);
}

/** The command line of a process: from /proc, elsewhere from `ps`. Empty for a zombie or none. */
function commandOf(pid: number): string {
  if (process.platform !== 'linux') return spawnSync('ps', ['-o', 'command=', '-p', String(pid)]).stdout.toString();
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
