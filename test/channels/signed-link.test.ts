/** Links that only we can make. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LinkBody, linkDigest, linkKeysOf, readLink, signLink } from '../../engine/channels/signed-link.ts';

const now = Date.UTC(2026, 2, 1);
const day = 86_400_000;
const keys = linkKeysOf(['a secret of links, long enough']);
const link = (body: LinkBody, expiresAt = now + day) => signLink(keys, { use: 'preferences', expiresAt, body });

describe('a signed link', () => {
  test('gives back what was put in, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const body = JSON.parse(JSON.stringify(value)) as LinkBody;
        const token = link(body);
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(readLink(keys, 'preferences', token, now)).toEqual({ kind: 'valid', body, expiresAt: now + day });
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  test('shows nothing of what is in it', () => {
    const token = link({ profile: 123_456, purpose: 'marketing' });
    for (const seen of [token, Buffer.from(token, 'base64url').toString('latin1')]) {
      expect(seen).not.toContain('marketing');
      expect(seen).not.toContain('123456');
    }
  });

  test('is the same for the same content, and another for any other', () => {
    expect(link([1, 'a'])).toBe(link([1, 'a']));
    expect(link([1, 'a'])).not.toBe(link([1, 'b']));
    expect(link([1])).not.toBe(link([1], now + 2 * day));
    expect(link([1])).not.toBe(signLink(keys, { use: 'click', expiresAt: now + day, body: [1] }));
  });

  test('is over at its time and not before', () => {
    const token = link([7]);
    expect(readLink(keys, 'preferences', token, now + day - 1).kind).toBe('valid');
    expect(readLink(keys, 'preferences', token, now + day)).toEqual({
      ...{ kind: 'expired', body: [7], expiresAt: now + day },
    });
  });

  test('is forged when any character of it is another', () => {
    const token = link({ profile: 42 });
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      expect(readLink(keys, 'preferences', changed, now), `character ${at}`).toEqual({ kind: 'forged' });
    }
  });

  test('is forged when it is cut, prolonged, for another use, by another key, or nothing at all', () => {
    const token = link([1]);
    const others = linkKeysOf(['another secret of links']);
    expect(readLink(keys, 'unsubscribe', token, now).kind).toBe('forged');
    expect(readLink(others, 'preferences', token, now).kind).toBe('forged');
    const bad = [
      '',
      'x',
      token.slice(0, -1),
      token.slice(1),
      `${token}A`,
      `${token}=`,
      ` ${token}`,
      '💥',
      'A'.repeat(1e6),
    ];
    for (const one of bad) expect(readLink(keys, 'preferences', one, now).kind, one.slice(0, 20)).toBe('forged');
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        expect(readLink(keys, 'preferences', text, now).kind).toBe('forged');
      }),
    );
  });

  test('is read while its key stands among the earlier ones, and made by the first', () => {
    const before = linkKeysOf(['the first secret of all']);
    const rotated = linkKeysOf(['the second secret of all', 'the first secret of all']);
    const after = linkKeysOf(['the second secret of all']);
    const old = signLink(before, { use: 'click', expiresAt: now + day, body: [1] });
    const fresh = signLink(rotated, { use: 'click', expiresAt: now + day, body: [1] });
    expect(readLink(rotated, 'click', old, now).kind).toBe('valid');
    expect(readLink(after, 'click', old, now).kind).toBe('forged');
    expect(readLink(after, 'click', fresh, now).kind).toBe('valid');
    expect(readLink(before, 'click', fresh, now).kind).toBe('forged');
  });

  test('needs a key that nobody guesses', () => {
    expect(() => linkKeysOf([])).toThrow(RangeError);
    expect(() => linkKeysOf(['short'])).toThrow(/at least 16 characters/);
  });

  test('is told apart by a digest that opens nothing', () => {
    expect(linkDigest(link([1]))).not.toBe(linkDigest(link([2])));
    expect(readLink(keys, 'preferences', linkDigest(link([1])), now).kind).toBe('forged');
  });
});
