/**
 * Which source a write key names. Keys are secrets, looked up when a revision is first seen and again after a minute; what is kept and
 * compared is their hash, so that the time an answer takes tells nothing of them.
 */
import { hash } from 'node:crypto';
import { resolveSecrets, type SecretLookup, SecretMissing } from '../../channels/secrets.ts';
import { elapsedMs } from '../../clock/clock.ts';
import type { SourceBody } from '../../compiler/ir.ts';
import type { Live } from '../live-bundle.ts';

export interface KeyedSource {
  readonly id: string;
  readonly body: SourceBody;
}

/** Finds the source that a key names; undefined: none. */
export type WriteKeys = (live: Live, key: string) => KeyedSource | undefined;

/** Shorter ones could be guessed. */
export const writeKeyCharsMin = 16;
const freshForMs = 60_000;

/** Of sources of which `keysIn` finds references to keys; sources of type `api` by default. */
export function writeKeys(
  secrets: SecretLookup,
  keysIn: (body: SourceBody) => readonly string[] | undefined = (body) => body.api?.writeKeys,
): WriteKeys {
  let revision = -1;
  let readAt = 0;
  let sources: ReadonlyMap<string, KeyedSource> = new Map();
  return (live, key) => {
    if (live.revision !== revision || elapsedMs() - readAt > freshForMs) {
      [revision, readAt] = [live.revision, elapsedMs()];
      sources = keysOf(live, secrets, keysIn);
    }
    return sources.get(digestOf(key));
  };
}

function keysOf(
  { bundle }: Live,
  secrets: SecretLookup,
  keysIn: (body: SourceBody) => readonly string[] | undefined,
): ReadonlyMap<string, KeyedSource> {
  const found = new Map<string, KeyedSource>();
  for (const resource of bundle.resources) {
    if (resource.kind !== 'source') continue;
    for (const reference of keysIn(resource.body) ?? []) {
      const key = secretOrNothing(reference, secrets);
      if (key === undefined || key.length < writeKeyCharsMin) continue;
      found.set(digestOf(key), { id: resource.id, body: resource.body });
    }
  }
  return found;
}

/** A key that nobody set opens nothing. */
export function secretOrNothing(reference: string, secrets: SecretLookup): string | undefined {
  try {
    return resolveSecrets(reference, secrets);
  } catch (error) {
    if (error instanceof SecretMissing) return undefined;
    throw error;
  }
}

function digestOf(key: string): string {
  return hash('sha256', key, 'base64url');
}
