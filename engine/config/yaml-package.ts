/**
 * The `yaml` package, loaded when the first text comes that isn't plain: loading it takes as long as reading hundreds of plain files
 * does. Formatting and printing, which always need it, import it themselves.
 */
import { createRequire } from 'node:module';

type Yaml = typeof import('yaml');

let loaded: Yaml | undefined;

export function yaml(): Yaml {
  loaded ??= createRequire(import.meta.url)('yaml') as Yaml;
  return loaded;
}
