/** Modules of the built engine in dist/ (`npm run build`): what runs from sources here carries what its loader adds to each function. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The module that is built of a source of `engine/`, such as `clock/clock`. Errors: nothing is built. */
export async function built<Module>(path: string): Promise<Module> {
  const address = new URL(`../dist/${path}.js`, import.meta.url);
  if (!existsSync(fileURLToPath(address))) throw new Error('The built program is measured: run `npm run build` first.');
  return (await import(address.href)) as Module;
}
