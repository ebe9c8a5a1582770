/**
 * By which a bounce or a complaint shows that it is about a message of ours: the message's token with a few characters that only who has
 * the keys of links can make. Short enough for an address; worth nothing else. Pure.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { LinkKeys } from './signed-link.ts';

/** 64 bits: a mailbox takes no thousands of guesses a second. */
const proofCharacters = 16;

/** The proof of a token (`<lane>-<message id>`), by the first of the keys. */
export function proofOf([key]: LinkKeys, token: string): string {
  if (key === undefined) throw new RangeError('a proof needs a key');
  return made(key.nonce, token);
}

/** Whether the proof is of the token, by any of the keys. */
export function isProven(keys: LinkKeys, token: string, proof: string): boolean {
  return keys.some(({ nonce }) => {
    const right = made(nonce, token);
    return right.length === proof.length && timingSafeEqual(Buffer.from(right), Buffer.from(proof));
  });
}

function made(key: Buffer, token: string): string {
  return createHmac('sha256', key).update(`feedback\n${token}`).digest('hex').slice(0, proofCharacters);
}
