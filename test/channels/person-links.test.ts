/** The links that messages carry about their person. */
import { describe, expect, test } from 'vitest';
import { linkMakerOf, personUrl, readPersonLink } from '../../engine/channels/person-links.ts';
import { SecretMissing } from '../../engine/channels/secrets.ts';
import { signLink } from '../../engine/channels/signed-link.ts';

const at = Date.parse('2026-03-01T10:00:00Z');
const day = 86_400_000;
const config = {
  baseUrl: 'https://hello.shop.example',
  keys: [`\${secret.NOW}`, `\${secret.BEFORE}`],
  validFor: { months: 12, days: 0, ms: 0 },
};
const secrets = { NOW: 'the key of today, long', BEFORE: 'the key of yesterday, long' };
const lookup = (known: Readonly<Record<string, string>>) => (name: string) => known[name];
const maker = linkMakerOf(config, lookup(secrets));
const link = { profileId: 12_345, via: 'email', purpose: 'marketing', message: '57-991' };
const tokenOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);

describe('a link about a person', () => {
  test('is an address of ours that holds nothing to read, and is read back', () => {
    const url = personUrl(maker, 'unsubscribe', link, at);
    expect(url).toMatch(/^https:\/\/hello\.shop\.example\/unsubscribe\/[A-Za-z0-9_-]{60,200}$/);
    expect(url).not.toMatch(/12345|marketing|email/);
    expect(readPersonLink(maker.keys, 'unsubscribe', tokenOf(url), at)).toMatchObject({ kind: 'valid', link });
    expect(readPersonLink(maker.keys, 'preferences', tokenOf(url), at)).toEqual({ kind: 'forged' });
  });

  test('works as long as the workspace says, and to confirm for 30 days at most', () => {
    const end = (use: 'preferences' | 'confirm') => {
      const read = readPersonLink(maker.keys, use, tokenOf(personUrl(maker, use, link, at)), at);
      return read.kind === 'forged' ? null : new Date(read.expiresAt).toISOString().slice(0, 10);
    };
    expect([end('preferences'), end('confirm')]).toEqual(['2027-03-01', '2026-03-31']);
    const token = tokenOf(personUrl(maker, 'confirm', link, at));
    expect(readPersonLink(maker.keys, 'confirm', token, at + 31 * day).kind).toBe('expired');
  });

  test('is forged when another version of the program put something else in it', () => {
    for (const body of [null, 'x', [], ['1', null, null, null], [1, 2, null, null], { profileId: 1 }]) {
      const token = signLink(maker.keys, { use: 'preferences', expiresAt: at + day, body });
      expect(readPersonLink(maker.keys, 'preferences', token, at)).toEqual({ kind: 'forged' });
    }
  });

  test('needs its first key, and can do without those before it', () => {
    expect(() => linkMakerOf(config, lookup({ BEFORE: secrets.BEFORE }))).toThrow(SecretMissing);
    expect(linkMakerOf(config, lookup({ NOW: secrets.NOW })).keys).toHaveLength(1);
    expect(() => linkMakerOf(config, lookup({ NOW: 'short' }))).toThrow(RangeError);
  });
});
