/**
 * Where the embedded server of a workspace lives: its data, its socket, its user. As root, where the server's user can't enter the
 * checkout, all of it goes to a shared readable folder, keyed by the workspace's path. Nothing here starts anything.
 */
import { createHash } from 'node:crypto';
import { chownSync, existsSync, lstatSync, mkdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { canEnter, isRoot, type RunUser, unprivilegedUser, userOf } from './run-as.ts';
import { StoreError } from './store-error.ts';

export interface EmbeddedPlace {
  /** The workspace's folder, links resolved. */
  readonly root: string;
  /** 16 hex digits of the root's hash: names folders outside it. */
  readonly key: string;
  /** The user that the server runs as; null: we ourselves. */
  readonly user: RunUser | null;
  readonly dataDir: string;
  /** True when the data had to leave the checkout. */
  readonly isRelocated: boolean;
  /** Folder for copied binaries. */
  readonly copyBase: string;
  readonly lockFile: string;
  /** Why a server can't be started here; what runs already can be used. */
  readonly obstacle: StoreError | null;
}

/** The name under which PostgreSQL makes its socket. */
export const socketName = '.s.PGSQL.5432';
/** Linux takes 107 bytes, macOS 103. */
const socketPathMaxBytes = 103;

/** Decides the place. Errors: STORE_START_FAILED when the workspace's `.parcours` can't be made. */
export async function embeddedPlace(root: string): Promise<EmbeddedPlace> {
  const real = realpathSync(root);
  const key = createHash('sha256').update(real).digest('hex').slice(0, 16);
  const folder = join(real, '.parcours');
  makeFolder(folder);
  const inCheckout = join(folder, 'pg');
  const common = { root: real, key, lockFile: join(folder, 'pg.lock'), obstacle: null };
  if (!isRoot()) return { ...common, user: null, dataDir: inCheckout, isRelocated: false, copyBase: folder };

  const shared = sharedFolder();
  const relocated = join(shared, key, 'pg');
  const dataDir = hasData(inCheckout) ? inCheckout : hasData(relocated) ? relocated : null;
  // Data keeps its owner: what a plain user initialised, root starts as that user.
  const user = (dataDir && ownerOf(dataDir)) || unprivilegedUser();
  const isReachable = await canEnter(user, folder);
  const obstacle = dataDir === inCheckout && !isReachable ? unreachableData(inCheckout, user) : null;
  const chosen = dataDir ?? (isReachable ? inCheckout : relocated);
  return { ...common, obstacle, user, dataDir: chosen, isRelocated: chosen === relocated, copyBase: shared };
}

/** Whether a folder holds an initialised server. */
export function hasData(dataDir: string): boolean {
  return existsSync(join(dataDir, 'PG_VERSION'));
}

/** Makes the private folder of the socket (0700, the server user's) and returns it. Errors: STORE_START_FAILED. */
export async function makeSocketDir(place: EmbeddedPlace): Promise<string> {
  const uid = place.user?.uid ?? process.getuid?.() ?? 0;
  const runtime = place.user === null ? process.env.XDG_RUNTIME_DIR : undefined;
  const bases = [
    ...(runtime ? [join(runtime, 'parcours')] : []),
    join(tmpdir(), `parcours-${uid}`),
    join('/tmp', `parcours-${uid}`),
  ];
  for (const base of bases) {
    const folder = join(base, place.key);
    if (Buffer.byteLength(join(folder, socketName)) > socketPathMaxBytes) continue;
    if (!existsSync(dirname(base)) || !(await canEnter(place.user, dirname(base)))) continue;
    makePrivateFolder(base, uid, place.user);
    makePrivateFolder(folder, uid, place.user);
    return folder;
  }
  throw new StoreError(
    'STORE_START_FAILED',
    "There is no folder for the embedded server's socket: set TMPDIR to a short path that the server's user can enter, or set DATABASE_URL.",
  );
}

function makePrivateFolder(folder: string, uid: number, user: RunUser | null): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
    if (user) chownSync(folder, user.uid, user.gid);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw startFailed(`The socket's folder ${folder} can't be made.`, error);
  }
  // The temporary folder is everybody's: someone else's folder of this name would let them read along.
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw startFailed(`${folder} is not a private folder of user ${uid}. Remove it, or set TMPDIR to another folder.`);
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw startFailed(
      `${folder} can't be made, and the embedded server keeps its data there. Make it writable, or set DATABASE_URL.`,
      error,
    );
  }
}

/** Root's folder for what has to leave the checkout. Binaries are run from it, so only root may write there. */
function sharedFolder(): string {
  for (const folder of ['/var/lib/parcours', join(tmpdir(), 'parcours-root')]) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
    } catch {
      continue; // A read-only system: the next one.
    }
    const found: Stats = lstatSync(folder);
    if (found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0) return folder;
  }
  throw startFailed('Neither /var/lib/parcours nor a private folder in TMPDIR can be made. Set DATABASE_URL.');
}

function ownerOf(dataDir: string): RunUser | null {
  const uid = statSync(dataDir).uid;
  return uid === 0 ? null : userOf(uid);
}

function unreachableData(dataDir: string, user: RunUser): StoreError {
  return startFailed(
    `The store's data is in ${dataDir}, where the server's user ${user.name} can't get any more. ` +
      'Let that user enter the folders above it (chmod o+x), or start anew with `parcours store reset`.',
  );
}

/** The failure of a start, with its remedy in the message. */
export function startFailed(message: string, cause?: unknown): StoreError {
  return new StoreError('STORE_START_FAILED', message, cause === undefined ? undefined : { cause });
}

/** The `code` of a system error, if it is one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
