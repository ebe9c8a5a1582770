// `npm run demo`. The demo is TypeScript, and like the program it runs as it was built, into dist/demo: translating all sources at each
// start takes seconds. Nothing is built here; whoever has changed sources since is told.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const built = join(root, 'dist/demo/demo.js');

if (existsSync(built)) {
  if (lastChanged() > statSync(built).mtimeMs) {
    process.stderr.write(
      'Sources have changed since the last build, which is what runs now: `npm run build` makes another.\n',
    );
  }
  await import(new URL('../dist/demo/demo.js', import.meta.url).href);
} else {
  process.stderr.write('The demo is not built yet: run `npm run build` (`npm ci` does it, too).\n');
  process.exitCode = 1;
}

/** When a source of the program or of the demo was changed last, in milliseconds. */
function lastChanged() {
  const times = ['engine', 'demo'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && file.name.endsWith('.ts'))
      .map((file) => statSync(join(file.parentPath ?? file.path, file.name)).mtimeMs),
  );
  return Math.max(...times);
}
