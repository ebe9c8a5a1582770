/** Waits for changes of the YAML files below folders. Says that something changed, not what: whoever asks reads all again. */
import { watch } from 'chokidar';

export interface FileWatch {
  /** Resolves when files have changed since the last call and were left alone for a moment; false when it was ended. */
  changed(): Promise<boolean>;
  close(): Promise<void>;
}

/** Editors write a file in several steps, and git many files at once. */
const quietMs = 80;
/** What is written into a new folder before it is watched itself is told by nobody: it is looked for once more after so long. */
const newFolderMs = 500;
const leftOut = /[\\/](?:node_modules|dist|\.[^\\/]+)(?:[\\/]|$)/;

/** Watches until the signal. Resolves when every folder is watched, so that no change after that is missed. */
export async function watchFiles(folders: readonly string[], signal: AbortSignal): Promise<FileWatch> {
  let isDirty = false;
  let wake: () => void = () => {};
  const watcher = watch([...folders], {
    ignoreInitial: true,
    ignored: (path, stats) =>
      folders.every((folder) => leftOut.test(path.slice(folder.length))) ||
      (stats?.isFile() === true && !/\.ya?ml$/.test(path)),
  });
  const noteChange = () => {
    isDirty = true;
    wake();
  };
  let timer: NodeJS.Timeout | undefined;
  let later: NodeJS.Timeout | undefined;
  watcher.on('all', (event) => {
    clearTimeout(timer);
    timer = setTimeout(noteChange, quietMs);
    if (event !== 'addDir') return;
    clearTimeout(later);
    later = setTimeout(noteChange, newFolderMs);
  });
  signal.addEventListener('abort', () => wake(), { once: true });
  await new Promise<void>((resolve, reject) => watcher.once('ready', resolve).once('error', reject));
  return {
    async changed() {
      if (!isDirty && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
      isDirty = false;
      return !signal.aborted;
    },
    async close() {
      clearTimeout(timer);
      clearTimeout(later);
      await watcher.close();
    },
  };
}
