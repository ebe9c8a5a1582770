/** How a telephone number stands in a register: as a hash, which names nobody. */
import { createHash } from 'node:crypto';

/** SHA-256 of a number in international form. */
export function registerHash(number: string): Buffer {
  return createHash('sha256').update(`phone\n${number}`).digest();
}
