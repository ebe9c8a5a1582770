/** How an address stands on the suppression list: as a hash, which outlives the person and names nobody. */
import { hash } from 'node:crypto';

/** Types whose addresses are telephone numbers, which people write with spaces and signs between. */
const numbered: ReadonlySet<string> = new Set(['sms', 'whatsapp']);

/** SHA-256 of the channel's type and the lower-cased, trimmed address; of a number its digits and sign alone. */
export function suppressionHash(channelType: string, address: string): Buffer {
  const plain = numbered.has(channelType) ? address.replace(/[\s().-]/g, '') : address.trim().toLowerCase();
  return hash('sha256', `${channelType}\n${plain}`, 'buffer');
}
