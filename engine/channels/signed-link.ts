/**
 * Links that only we can make: what stands in them is encrypted and signed (AES-256-GCM), ends at a time, and holds for one use, so that no
 * address tells of a person and none opens another door. Pure. Where the keys come from and what is done with a link is others' business.
 */
import { createCipheriv, createDecipheriv, createHmac, hash, hkdfSync } from 'node:crypto';

/** What a link is for. One made for one use is forged for every other. */
export type LinkUse = 'preferences' | 'unsubscribe' | 'confirm' | 'open' | 'click';

/** Plain JSON: names and numbers of ours, never an address or a name of a person. */
export type LinkBody = string | number | boolean | null | readonly LinkBody[] | { readonly [name: string]: LinkBody };

/** Keys made of secrets. The first signs, all of them read: a key is replaced by putting the new one before it. */
export type LinkKeys = readonly LinkKey[];

interface LinkKey {
  /** The first bytes of every link by it; tells nothing of the key. */
  readonly id: Buffer;
  readonly encrypt: Buffer;
  readonly nonce: Buffer;
}

export interface NewLink {
  readonly use: LinkUse;
  /** Milliseconds since the epoch; kept in whole seconds, rounded up. */
  readonly expiresAt: number;
  readonly body: LinkBody;
}

export type ReadLink =
  | { readonly kind: 'valid'; readonly body: LinkBody; readonly expiresAt: number }
  /** Ours, and over. */
  | { readonly kind: 'expired'; readonly body: LinkBody; readonly expiresAt: number }
  /** Made by nobody who has a key, changed on the way, cut, or for another use. */
  | { readonly kind: 'forged' };

/** Characters that a secret must have to be a key. */
export const linkSecretLengthMin = 16;

/** Characters of a link that is read at all. */
const tokenLengthMax = 8_192;
const idBytes = 4;
const nonceBytes = 12;
const tagBytes = 16;

/** Keys of secrets, the current one first. Errors: `RangeError` when there is none, or one is shorter than `linkSecretLengthMin`. */
export function linkKeysOf(secrets: readonly string[]): LinkKeys {
  if (secrets.length === 0) throw new RangeError('links need a key');
  return secrets.map((secret) => {
    if (secret.length < linkSecretLengthMin) {
      throw new RangeError(`a key of links has at least ${linkSecretLengthMin} characters`);
    }
    const part = (name: string, bytes: number) => Buffer.from(hkdfSync('sha256', secret, 'parcours link', name, bytes));
    return { id: part('id', idBytes), encrypt: part('encrypt', 32), nonce: part('nonce', 32) };
  });
}

/**
 * The link's one word, of letters, digits, `-` and `_`. The same content gives the same word, so a message that is tried again
 * says the same: the nonce is a keyed digest of what is encrypted, and no two contents share one.
 */
export function signLink(keys: LinkKeys, { use, expiresAt, body }: NewLink): string {
  const [key] = keys;
  if (key === undefined) throw new RangeError('links need a key');
  const plain = JSON.stringify([Math.ceil(expiresAt / 1000), body]);
  const nonce = createHmac('sha256', key.nonce).update(`${use}\n${plain}`).digest().subarray(0, nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key.encrypt, nonce).setAAD(Buffer.from(use));
  const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([key.id, nonce, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** Reads a link's word; `now` in milliseconds since the epoch. Never throws, whatever the word is. */
export function readLink(keys: LinkKeys, use: LinkUse, token: string, now: number): ReadLink {
  const plain = opened(keys, use, token);
  if (plain === null) return { kind: 'forged' };
  const [seconds, body] = JSON.parse(plain) as [number, LinkBody];
  const expiresAt = seconds * 1000;
  return { kind: now < expiresAt ? 'valid' : 'expired', body, expiresAt };
}

/** A digest of a link's word, under which it may be kept or counted; the word itself opens a door. */
export function linkDigest(token: string): string {
  return hash('sha256', token, 'base64url');
}

function opened(keys: LinkKeys, use: LinkUse, token: string): string | null {
  if (token.length > tokenLengthMax || !/^[A-Za-z0-9_-]+$/.test(token)) return null;
  const bytes = Buffer.from(token, 'base64url');
  // The last character may hold bits that decoding drops: only the one way in which we write a word is ours.
  if (bytes.length <= idBytes + nonceBytes + tagBytes || bytes.toString('base64url') !== token) return null;
  const id = bytes.subarray(0, idBytes);
  const nonce = bytes.subarray(idBytes, idBytes + nonceBytes);
  const sealed = bytes.subarray(idBytes + nonceBytes, -tagBytes);
  for (const key of keys) {
    if (!key.id.equals(id)) continue;
    const decipher = createDecipheriv('aes-256-gcm', key.encrypt, nonce, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(use)).setAuthTag(bytes.subarray(-tagBytes));
    try {
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch {
      // The tag is wrong: not by this key. The next one may have the same id.
    }
  }
  return null;
}
