/** The schemas as they are published in `schemas/`: ordinary draft-07, for editors and other tools. Checking is `schemas.ts`'s. */
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../schemas/', import.meta.url);

/** The names without their ending, sorted: a kind each, `definitions`, `parcours` (the umbrella), and of what the engine prints `plan.schema`. */
export function schemaNames(): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.replace(/\.json$/, ''))
    .sort();
}

/** The schema of that name, parsed. */
export function readSchema(name: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Readonly<Record<string, unknown>>;
}
