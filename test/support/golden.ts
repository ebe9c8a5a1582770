/** Golden files: what a text was, kept in git. `npm run golden` (UPDATE_GOLDEN=1) rewrites them; the diff is then for people to judge. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';

/** Expects the text to be what the file holds. A missing file is a failure, too. */
export function expectGolden(path: string | URL, text: string): void {
  if (process.env.UPDATE_GOLDEN) {
    mkdirSync(dirname(path instanceof URL ? path.pathname : path), { recursive: true });
    writeFileSync(path, text);
    return;
  }
  const golden = existsSync(path) ? readFileSync(path, 'utf8') : '(no golden file: run `npm run golden`)';
  expect(text).toBe(golden);
}
