/** Where the store is and how it stands, for people and programs. */
import type { StoreStatus } from '../../store/control.ts';
import { counted } from './style.ts';
import type { View } from './view.ts';

const mebibyte = 1024 * 1024;

/** The view of `store start` and `store status`. */
export const storeStatusView: View<StoreStatus> = {
  human: (status) => {
    const lines = status.kind === 'server' ? serverLines(status) : embeddedLines(status);
    return lines.map(([name, value]) => `${name.padEnd(10)} ${value}\n`).join('');
  },
  json: (status) => status,
};

type Line = readonly [name: string, value: string];

function serverLines(status: Extract<StoreStatus, { kind: 'server' }>): readonly Line[] {
  return [['store', `the server at ${status.address} (DATABASE_URL)`], ...saidBy(status)];
}

function embeddedLines(status: Extract<StoreStatus, { kind: 'embedded' }>): readonly Line[] {
  const { isRunning, pid, dataDir, binDir, socketDir, logFile, isRelocated, user } = status;
  const lines: Line[] = [
    ['store', `embedded PostgreSQL, ${isRunning ? `running (process ${pid})` : 'stopped'}`],
    ['files', isRelocated ? `${dataDir} (moved: its user can't enter the workspace's folder)` : dataDir],
    ['programs', binDir ?? 'not installed: npm installs them as optional dependencies of parcours'],
  ];
  if (socketDir !== null) lines.push(['socket', socketDir]);
  if (user !== null) lines.push(['runs as', user]);
  return [...lines, ['log', logFile], ...saidBy(status)];
}

function saidBy({ server, programMigration }: StoreStatus): readonly Line[] {
  if (server === null) return [];
  const { version, database, role, sizeBytes, migration, sessions } = server;
  const behind = migration < programMigration ? `, the program has ${programMigration}: the next command migrates` : '';
  return [
    ['server', `PostgreSQL ${version}, database ${database}, role ${role}`],
    ['size', `${(sizeBytes / mebibyte).toFixed(1)} MB, ${counted(sessions, 'other session')}`],
    ['migration', `${migration}${behind}`],
  ];
}

const doneWords = {
  stopped: 'The embedded server has stopped.',
  not_running: 'Nothing to do: the embedded server is not running.',
  reset: 'The store is empty.',
} as const;

/** What `store stop` and `store reset` did. */
export const storeDoneView: View<keyof typeof doneWords> = {
  human: (outcome) => `${doneWords[outcome]}\n`,
  json: (outcome) => ({ outcome }),
};
