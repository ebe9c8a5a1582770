/** How an address stands on the suppression list: as a hash, which outlives the person and names nobody. */
import { createHash } from 'node:crypto';

/** SHA-256 of the channel's type and the lower-cased, trimmed address. */
export function suppressionHash(channelType: string, address: string): Buffer {
  return createHash('sha256').update(`${channelType}\n${address.trim().toLowerCase()}`).digest();
}
