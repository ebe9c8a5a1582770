#!/usr/bin/env node
// The command `parcours`. The program is TypeScript in engine/, built to dist/ by `npm run build` (which `npm ci` runs).
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('parcours is not built yet: run `npm run build` in its folder (`npm ci` does it, too).\n');
  process.exitCode = 1;
}
