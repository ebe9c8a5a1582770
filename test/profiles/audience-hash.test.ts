/** What platforms match people by: normalised as each of them asks, then SHA-256. */
import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { audienceHash, normalEmail, normalPhone } from '../../engine/profiles/cleaning/audience-hash.ts';

test('an address is hashed without spaces and in lower case', () => {
  expect(audienceHash('email', '  Ana.Garcia@Mail.Example ', 'meta')).toBe(
    hash('sha256', 'ana.garcia@mail.example', 'hex'),
  );
  // The example of TikTok's help page.
  expect(audienceHash('phone', '+1 (657) 777-0000', 'tiktok')).toBe(hash('sha256', '+16577770000', 'hex'));
});

test('Google reads gmail addresses without dots, the others as they are written', () => {
  expect(normalEmail('Jane.Doe@Gmail.com', 'google')).toBe('janedoe@gmail.com');
  expect(normalEmail('jane.doe@googlemail.com', 'google')).toBe('janedoe@googlemail.com');
  expect(normalEmail('jane.doe@mail.example', 'google')).toBe('jane.doe@mail.example');
  expect(normalEmail('Jane.Doe+ads@gmail.com', 'meta')).toBe('jane.doe+ads@gmail.com');
});

test('Meta reads numbers without the plus sign', () => {
  expect(normalPhone('0033 6 12 34 56 78', 'google')).toBe('+33612345678');
  expect(normalPhone('+33612345678', 'meta')).toBe('33612345678');
});

test('what is no address or no international number has no hash', () => {
  for (const text of ['', '@', 'ana', 'ana@', '@mail.example', 'a@b@c', '...@gmail.com']) {
    expect(audienceHash('email', text, 'google'), text).toBeNull();
  }
  for (const text of ['', '0612345678', '+', '+33', 'call me', '+12345678901234567']) {
    expect(audienceHash('phone', text, 'meta'), text).toBeNull();
  }
});
