/**
 * A process of its own, started beside an embedded server: stops the server after an hour without sessions, and ends with it. It
 * looks once a minute over one session on the database `postgres`; work is on other databases, so it doesn't count itself. One watch
 * a server (an advisory lock); if it gets killed, the next `openStore` starts another. It costs about 60 MB while the server is up.
 * Arguments: data folder, socket folder, milliseconds.
 */

import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { elapsedMs } from '../clock/clock.ts';
import { connectionTo } from './embedded-server.ts';
import { readPostmaster } from './postmaster.ts';
import { claimIdleWatch, idleWatchName, readActivity } from './queries.ts';
import { isRoot, unprivilegedUser, userOf } from './run-as.ts';
import { type OwnSession, openSession } from './session.ts';

const [, , dataDir = '', socketDir = '', idleMs = ''] = process.argv;
await watch(dataDir, socketDir, Number(idleMs)).catch(() => {
  // The session broke: the server is gone, or a later command starts another watch.
  process.exitCode = 1;
});

async function watch(dataDir: string, socketDir: string, idleStopMs: number): Promise<void> {
  const serverUid = statSync(dataDir).uid;
  const connection = { ...connectionTo(socketDir, 'postgres'), application_name: idleWatchName };
  const session = await openSession(connection);
  dropPrivileges(serverUid);
  session.client.once('end', () => process.exit());
  try {
    if (!(await claimIdleWatch(session))) return;
    await waitUntilIdle(session, idleStopMs);
    const server = readPostmaster(dataDir);
    // A command that comes in this instant loses its session; `openStore` starts the server again and goes on.
    if (server?.socketDir === socketDir) process.kill(server.pid, 'SIGINT');
  } finally {
    await session.close();
  }
}

/** Returns when no session was there, nor came and went, for that long. */
async function waitUntilIdle(session: OwnSession, idleStopMs: number): Promise<void> {
  const pollMs = Math.max(50, Math.min(60_000, idleStopMs / 10));
  let seen = -1;
  let since = elapsedMs();
  while (elapsedMs() - since < idleStopMs) {
    const { open, total } = await readActivity(session);
    if (open > 0 || total !== seen) since = elapsedMs();
    seen = total;
    await delay(pollMs);
  }
}

/** What runs for as long as the server needs no more rights than it. */
function dropPrivileges(uid: number): void {
  if (!isRoot()) return;
  const user = uid === 0 ? unprivilegedUser() : userOf(uid);
  process.setgroups?.([]);
  process.setgid?.(user.gid);
  process.setuid?.(user.uid);
}
