/**
 * `${secret.NAME}` references: found in a channel's configuration, resolved from the environment or from a folder of files
 * at the moment a connection is made. Values never reach an error, a log or the store; only names do.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';

/** Looks a secret up by name; undefined when there is none. */
export type SecretLookup = (name: string) => string | undefined;

const reference = /\$\{secret\.([A-Za-z_][A-Za-z0-9_]*)\}/g;
const fileSizeMax = 64 * 1024;

/** A secret that the configuration names and nobody gave. The message holds its name only. */
export class SecretMissing extends Error {
  override readonly name = 'SecretMissing';
  readonly code = 'SECRET_MISSING';

  constructor(secretName: string) {
    super(`secret ${secretName} is not set`);
  }
}

/** Names of the secrets that a text refers to. */
export function secretNames(text: string): readonly string[] {
  return [...text.matchAll(reference)].map(([, name = '']) => name);
}

/** Replaces each reference by its value. Throws `SecretMissing`. */
export function resolveSecrets(text: string, secret: SecretLookup): string {
  return text.replace(reference, (_whole, name: string) => {
    const value = secret(name);
    if (value === undefined) throw new SecretMissing(name);
    return value;
  });
}

/**
 * Secrets of a process, by the first that has the name: the file `NAME` in the folder that `PARCOURS_SECRETS_DIR` names (one trailing
 * line end is dropped), the environment variable `PARCOURS_SECRET_NAME`, the environment variable `NAME`.
 */
export function secretsOf(environment: Readonly<Record<string, string | undefined>>): SecretLookup {
  const folder = environment.PARCOURS_SECRETS_DIR;
  const variable = (name: string) => (Object.hasOwn(environment, name) ? environment[name] : undefined);
  return (name) => {
    const kept = folder ? readSecretFile(folder, name) : undefined;
    return kept ?? variable(`PARCOURS_SECRET_${name}`) ?? variable(name);
  };
}

/** Mounted folders hold links into themselves; a link that leads out of the folder could show any file, and is not followed. */
function readSecretFile(folder: string, name: string): string | undefined {
  try {
    const path = realpathSync(join(folder, name));
    if (!path.startsWith(`${realpathSync(folder)}${sep}`)) return undefined;
    const bytes = readFileSync(path);
    return bytes.length > fileSizeMax ? undefined : bytes.toString('utf8').replace(/\r?\n$/, '');
  } catch {
    // Absent or unreadable: the environment may still have it; if not, SecretMissing names it.
    return undefined;
  }
}
