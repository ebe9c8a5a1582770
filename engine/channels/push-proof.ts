/**
 * What the app sends back with a message's token, so that nobody who only knows the app's write key can say that others opened theirs: a keyed
 * digest by the service account, which the sender and the server have and no device does. Pure.
 */
import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';

/** The name under which the app finds our token in the data of a message, and by which it tells what became of it. */
export const messageKey = 'parcours_message';

const keys = new Map<string, KeyObject>();

/** Made once an account; those of few accounts are kept. */
function keyOf(account: string): KeyObject {
  const known = keys.get(account);
  if (known !== undefined) return known;
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', account, 'parcours push', 'proof', 32)));
  if (keys.size >= 100) keys.clear();
  keys.set(account, key);
  return key;
}

/** `<token>.<proof>`, of letters, digits, `-`, `_` and one dot. */
export function withProof(token: string, account: string): string {
  return `${token}.${proofOf(token, account)}`;
}

function proofOf(token: string, account: string): string {
  return createHmac('sha256', keyOf(account)).update(token).digest('base64url').slice(0, 22);
}

/** The token, when the proof is by one of the accounts; null: it is none of ours. */
export function provenToken(written: string, account: string): string | null {
  const [, token = '', proof = ''] = /^([0-9]{1,4}-[0-9]{1,15})\.([A-Za-z0-9_-]{22})$/.exec(written) ?? [];
  if (token === '') return null;
  return timingSafeEqual(Buffer.from(proof), Buffer.from(proofOf(token, account))) ? token : null;
}
