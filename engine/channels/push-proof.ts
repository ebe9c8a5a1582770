/**
 * What the app sends back with a message's token, so that nobody who only knows the app's write key can say that others opened theirs: the token,
 * enciphered by a key of the service account, which the sender and the server have and no device does. Pure.
 */
import { createCipheriv, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';

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

/** For each token (`<lane>-<message id>`) in turn `<token>.<proof>`, of letters, digits, `-`, `_` and one dot. */
export function withProofs(tokens: readonly string[], account: string): readonly string[] {
  const proofs = proofsOf(tokens, account);
  return tokens.map((token, i) => `${token}.${proofs.toString('base64url', i * blockBytes, (i + 1) * blockBytes)}`);
}

const blockBytes = 16;

/**
 * A block of AES for each. For messages of one block, all of the same length, the cipher is a code that nobody forges (FIPS 197; a block cipher
 * is taken for a pseudorandom permutation); no two tokens share a block, so that its mode repeats nothing. One call for a batch, since
 * an object of Node's crypto for each message takes many times as long as its block.
 */
function proofsOf(tokens: readonly string[], account: string): Buffer {
  const blocks = Buffer.alloc(tokens.length * blockBytes);
  tokens.forEach((token, i) => {
    const dash = token.indexOf('-');
    const lane = Number(token.slice(0, dash));
    const id = Number(token.slice(dash + 1));
    // A message to look at (`test-…`), which nobody tells anything of: a block that is no message's.
    if (Number.isNaN(lane)) {
      blocks.fill(255, i * blockBytes, (i + 1) * blockBytes);
      return;
    }
    blocks.writeUInt32BE(lane, i * blockBytes);
    blocks.writeUInt32BE(Math.floor(id / 2 ** 32), i * blockBytes + 8);
    blocks.writeUInt32BE(id % 2 ** 32, i * blockBytes + 12);
  });
  return createCipheriv('aes-256-ecb', keyOf(account), null).setAutoPadding(false).update(blocks);
}

/** As tokens are written, without leading zeros. */
const written = /^((?:0|[1-9][0-9]{0,3})-(?:0|[1-9][0-9]{0,14}))\.([A-Za-z0-9_-]{22})$/;

/** The token, when the proof is by the account; null: it is none of ours. */
export function provenToken(text: string, account: string): string | null {
  const [, token = '', proof = ''] = written.exec(text) ?? [];
  if (token === '') return null;
  return timingSafeEqual(Buffer.from(proof, 'base64url'), proofsOf([token], account)) ? token : null;
}
