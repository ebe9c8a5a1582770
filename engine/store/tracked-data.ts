/**
 * Data of a server that came with a repository is run by nobody: its settings name programs. Asked only when a server is started on data
 * that lies in a checkout.
 */
import { execFile } from 'node:child_process';
import { join, relative } from 'node:path';
import { type EmbeddedPlace, startFailed } from './embedded-place.ts';

const gitTimeoutMs = 10_000;
/** Whoever owns the checkout, and whatever its settings say, is only asked what it holds. */
const plainly = ['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false'];

/** Errors: STORE_START_FAILED where git knows the data's files. */
export async function refuseTrackedData({ root, dataDir, isRelocated }: EmbeddedPlace): Promise<void> {
  if (isRelocated || !(await isTracked(root, relative(root, dataDir)))) return;
  throw startFailed(
    `Git tracks ${dataDir}, the data of the embedded server. Whoever wrote it there could have any program run, so it isn't started. ` +
      `Remove it from the repository (\`git rm -r --cached .parcours\`), let .gitignore name .parcours, and start anew with \`parcours store reset\`.`,
  );
}

/** False where there is no git, or no repository: then nobody brought it along. */
function isTracked(root: string, folder: string): Promise<boolean> {
  const files = ['PG_VERSION', 'postgresql.conf', 'parcours.conf', 'postgresql.auto.conf'].map((name) =>
    join(folder, name),
  );
  return new Promise((done) => {
    execFile('git', [...plainly, 'ls-files', '--', ...files], { cwd: root, timeout: gitTimeoutMs }, (error, stdout) =>
      done(error === null && stdout.trim() !== ''),
    );
  });
}
