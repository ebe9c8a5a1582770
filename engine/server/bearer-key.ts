/** Whether a request brings one of the keys that open something: `Authorization: Bearer KEY`. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { resolveSecrets, type SecretLookup, SecretMissing } from '../channels/secrets.ts';

/** Shorter keys could be guessed. */
const keyCharsMin = 16;

/** Compared by hash and in constant time: how long an answer takes tells nothing of the key. A key that nobody set opens nothing. */
export function isOpened({ headers }: FastifyRequest, references: readonly string[], secrets: SecretLookup): boolean {
  const [, key] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (key === undefined) return false;
  const asked = digestOf(key);
  return references.some((reference) => {
    const known = secretOrNothing(reference, secrets);
    return known !== undefined && known.length >= keyCharsMin && timingSafeEqual(digestOf(known), asked);
  });
}

function digestOf(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

function secretOrNothing(reference: string, secrets: SecretLookup): string | undefined {
  try {
    return resolveSecrets(reference, secrets);
  } catch (error) {
    if (error instanceof SecretMissing) return undefined;
    throw error;
  }
}
