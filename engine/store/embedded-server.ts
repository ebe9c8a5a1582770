/**
 * The embedded PostgreSQL of a workspace: initialised once, started on first use, reused by every later process, stopped when idle.
 * Where it lives is `embedded-place.ts`; its programs are `embedded-binaries.ts`; schemas and migrations are not its matter.
 */
import { spawn } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { elapsedMs } from '../clock/clock.ts';
import { binariesMajor, prepareBinaries } from './embedded-binaries.ts';
import {
  codeOf,
  type EmbeddedPlace,
  embeddedPlace,
  hasData,
  makeSocketDir,
  socketName,
  startFailed,
} from './embedded-place.ts';
import { isAlive, isConnectable, type Postmaster, readPostmaster } from './postmaster.ts';
import { createDatabase, findDatabase } from './queries.ts';
import { runAs } from './run-as.ts';
import type { ConnectionConfig } from './session.ts';
import { withStartLock } from './start-lock.ts';
import { refuseTrackedData } from './tracked-data.ts';

export interface EmbeddedOptions {
  /** Other programs than the npm package's: a folder with `initdb`, `pg_ctl` and `postgres`. */
  readonly binDir?: string;
  /** Settings of the server beyond ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long the server stays up without sessions. */
  readonly idleStopMs?: number;
  /** Another file of the program that waits for that: the sources' own takes four times as long to start as the built one. */
  readonly watchFile?: string;
}

/** The superuser and the database of every embedded server. Only the socket's owner can reach it, so there is no password. */
export const embeddedUser = 'parcours';
export const embeddedDatabase = 'parcours';
/** How our sessions are told apart in the server's list of them. */
export const applicationName = `parcours process ${process.pid}`;
const idleStopMsDefault = 3_600_000;
const startMaxS = 60;
const logMaxBytes = 10_000_000;

/** Makes sure that the workspace's server runs and returns how to connect to it. Errors: StoreError. */
export async function ensureEmbedded(root: string, options: EmbeddedOptions = {}): Promise<ConnectionConfig> {
  const place = await embeddedPlace(root);
  const running = readPostmaster(place.dataDir);
  if (running && isConnectable(running)) return connectionTo(running.socketDir);
  return withStartLock(place.lockFile, async () => {
    const settled = await settle(place);
    const socketDir = settled?.socketDir ?? (await start(place, options));
    const connection = connectionTo(socketDir);
    await ensureDatabase(connection);
    return connection;
  });
}

/** Stops the workspace's server and cuts its sessions; false when none ran. Errors: STORE_LOCKED. */
export async function stopEmbedded(root: string): Promise<boolean> {
  const place = await embeddedPlace(root);
  return withStartLock(place.lockFile, () => stopPostmaster(place.dataDir));
}

/** Stops the server and deletes its data. The next use starts with an empty store. */
export async function resetEmbedded(root: string): Promise<void> {
  const place = await embeddedPlace(root);
  await withStartLock(place.lockFile, async () => {
    await stopPostmaster(place.dataDir);
    rmSync(place.dataDir, { recursive: true, force: true });
    if (place.isRelocated) rmSync(dirname(place.dataDir), { recursive: true, force: true });
  });
}

/** How to reach an embedded server through its socket's folder. */
export function connectionTo(socketDir: string, database: string = embeddedDatabase): ConnectionConfig {
  return { host: socketDir, port: 5432, user: embeddedUser, database, application_name: applicationName };
}

/** Starts the process that stops the server when nobody has used it for a while. It is not tied to this process. */
export function watchIdle(dataDir: string, socketDir: string, options: EmbeddedOptions = {}): void {
  const { idleStopMs = idleStopMsDefault, watchFile } = options;
  const own = import.meta.url.endsWith('.ts') ? 'idle-watch.ts' : 'idle-watch.js';
  const script = watchFile ?? fileURLToPath(new URL(own, import.meta.url));
  const loader = script.endsWith('.ts') ? ['--import', createRequire(import.meta.url).resolve('tsx')] : [];
  const child = spawn(process.execPath, [...loader, script, dataDir, socketDir, String(idleStopMs)], {
    cwd: '/',
    detached: true,
    stdio: 'ignore',
  });
  child.on('error', () => {}); // No process to be had: the server stays up, as it would without a watch.
  child.unref();
}

/** Waits out a server that is starting or stopping; ends one that has lost its socket. The connectable one, or null. */
async function settle(place: EmbeddedPlace): Promise<Postmaster | null> {
  const began = elapsedMs();
  for (;;) {
    const found = readPostmaster(place.dataDir);
    if (found === null) return null;
    if (isConnectable(found)) return found;
    if (found.status === 'ready') await stopPostmaster(place.dataDir);
    if (elapsedMs() - began > startMaxS * 1000)
      throw await failedStart(place, `Server process ${found.pid} is ${found.status}.`);
    await delay(20);
  }
}

async function start(place: EmbeddedPlace, options: EmbeddedOptions): Promise<string> {
  if (place.obstacle) throw place.obstacle;
  const binDir = options.binDir ?? (await prepareBinaries(place));
  if (!hasData(place.dataDir)) await initialise(place, binDir);
  else {
    await refuseTrackedData(place);
    await checkMajor(place, binDir);
  }
  const socketDir = await makeSocketDir(place);
  await writeSettings(place, socketDir, options.settings);
  // The server is dead (we looked), but its number may live on in another program or a zombie, which would hinder the start.
  for (const file of [
    join(place.dataDir, 'postmaster.pid'),
    join(socketDir, socketName),
    join(socketDir, `${socketName}.lock`),
  ])
    rmSync(file, { force: true });
  rotateLog(place);
  await launch(place, binDir);
  watchIdle(place.dataDir, socketDir, options);
  return socketDir;
}

async function launch(place: EmbeddedPlace, binDir: string): Promise<void> {
  const args = ['start', '-D', place.dataDir, '-l', logFile(place.dataDir), '-w', '-t', String(startMaxS), '-s'];
  for (let triesLeft = 20; ; triesLeft--) {
    const result = await runAs(place.user, join(binDir, 'pg_ctl'), args);
    if (result.code === 0) return;
    // Children of a killed server take a moment to notice, and hold its memory until then.
    const isOrphaned = logTail(place.dataDir).includes('pre-existing shared memory block');
    if (!isOrphaned || triesLeft === 0) throw await failedStart(place, result.output);
    rotateLog(place, 0);
    await delay(250);
  }
}

/** Initialises in a folder of another name and renames: data is whole or isn't there. */
async function initialise(place: EmbeddedPlace, binDir: string): Promise<void> {
  const parent = dirname(place.dataDir);
  const making = `${place.dataDir}.init-${process.pid}`;
  mkdirSync(parent, { recursive: true, mode: 0o755 });
  for (const name of readdirSync(parent))
    if (name.startsWith(`${basename(place.dataDir)}.init-`))
      rmSync(join(parent, name), { recursive: true, force: true });
  mkdirSync(making, { mode: 0o700 });
  if (place.user) chownSync(making, place.user.uid, place.user.gid);
  const args = [
    '-D',
    making,
    '-U',
    embeddedUser,
    '-E',
    'UTF8',
    '--no-locale',
    '--auth-local=trust',
    '--auth-host=reject',
  ];
  const result = await runAs(place.user, join(binDir, 'initdb'), args).catch((error: unknown) => {
    throw startFailed(`The server's program initdb in ${binDir} can't be run. Set DATABASE_URL.`, error);
  });
  if (result.code !== 0) {
    rmSync(making, { recursive: true, force: true });
    throw startFailed(`The embedded server's data can't be initialised in ${parent}:\n${result.output.trim()}`);
  }
  await appendFile(join(making, 'postgresql.conf'), "\ninclude 'parcours.conf'\n");
  await writeFile(join(making, 'pg_hba.conf'), 'local all all trust\n');
  renameSync(making, place.dataDir);
}

/** Our settings. fsync stays on: people's consents and points are in there. No personal data in the log: no statements, no details. */
async function writeSettings(
  place: EmbeddedPlace,
  socketDir: string,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const settings: Record<string, string> = {
    listen_addresses: '',
    port: '5432',
    unix_socket_directories: `"${socketDir}"`,
    unix_socket_permissions: '0700',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    ...more,
  };
  const text = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`);
  const file = join(place.dataDir, 'parcours.conf');
  await writeFile(file, text.join(''));
  if (place.user) chownSync(file, place.user.uid, place.user.gid);
}

async function checkMajor(place: EmbeddedPlace, binDir: string): Promise<void> {
  const ofData = readFileSync(join(place.dataDir, 'PG_VERSION'), 'utf8').trim();
  const ofProgram = await binariesMajor(place.user, binDir);
  if (ofData === ofProgram) return;
  throw startFailed(
    `The store's data in ${place.dataDir} was made by PostgreSQL ${ofData}, and the installed one is ${ofProgram}. ` +
      'Install the Parcours that made it, or start anew with `parcours store reset`.',
  );
}

async function ensureDatabase(connection: ConnectionConfig): Promise<void> {
  const client = new pg.Client({ ...connection, database: 'postgres' });
  await client.connect();
  try {
    if (!(await findDatabase(client, embeddedDatabase))) await createDatabase(client, embeddedDatabase);
  } finally {
    await client.end();
  }
}

/** SIGINT is PostgreSQL's fast shutdown: sessions are cut, everything is written. It needs no program of the server. */
async function stopPostmaster(dataDir: string): Promise<boolean> {
  const found = readPostmaster(dataDir);
  if (found === null) return false;
  const began = elapsedMs();
  process.kill(found.pid, 'SIGINT');
  while (isAlive(found.pid) && readPostmaster(dataDir) !== null) {
    if (elapsedMs() - began > startMaxS * 1000) throw startFailed(`Server process ${found.pid} does not stop.`);
    await delay(10);
  }
  removeEmpty(found.socketDir);
  return true;
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    // Gone already, or something else lies in it: an empty folder left behind harms nobody.
    if (codeOf(error) === undefined) throw error;
  }
}

function logFile(dataDir: string): string {
  return join(dataDir, 'server.log');
}

function rotateLog(place: EmbeddedPlace, maxBytes: number = logMaxBytes): void {
  const file = logFile(place.dataDir);
  if (existsSync(file) && statSync(file).size > maxBytes) renameSync(file, `${file}.1`);
}

function logTail(dataDir: string): string {
  try {
    return readFileSync(logFile(dataDir), 'utf8').split('\n').slice(-20).join('\n').trim();
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? '' : String(error);
  }
}

async function failedStart(place: EmbeddedPlace, output: string): Promise<Error> {
  return startFailed(
    `The embedded server did not start (data in ${place.dataDir}).\n${output.trim()}\nIts log ends with:\n${logTail(place.dataDir)}`,
  );
}
