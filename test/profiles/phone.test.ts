/** Telephone numbers as people write them, by the countries of the sets of the language. */
import { describe, expect, it } from 'vitest';
import { type PhoneRules, phoneCleaner } from '../../engine/profiles/cleaning/phone.ts';

const rules = (prefix: number, mobile: string, from?: string, to?: string): PhoneRules => ({
  prefix,
  mobile: [mobile],
  repair: from === undefined || to === undefined ? [] : [{ from, to }],
});
const fr = rules(33, '^\\+33[67]\\d{8}$');
const ar = rules(54, '^\\+549\\d{10}$', '^\\+54(11)15(\\d{8})$', '+549$1$2');
const ng = rules(234, '^\\+234[789][01]\\d{8}$');
const mx = rules(52, '^\\+52\\d{10}$', '^\\+521(\\d{10})$', '+52$1');

describe('a telephone number', () => {
  it.each([
    ['06 12 34 56 78', fr, '+33612345678', true],
    ['0033612345678', fr, '+33612345678', true],
    ['33612345678', fr, '+33612345678', true],
    ['+33 (0)6.12.34.56.78', fr, '+33612345678', true],
    ['01 42 68 53 00', fr, '+33142685300', false],
    ['+1 212 555 2368', fr, '+12125552368', true],
    ['+44 20 7946 0018', fr, '+442079460018', false],
    ['011 15 1234-5678', ar, '+5491112345678', true],
    ['+54 11 15 1234 5678', ar, '+5491112345678', true],
    ['11 4123 4567', ar, '+541141234567', false],
    ['0803 123 4567', ng, '+2348031234567', true],
    ['+521 55 1234 5678', mx, '+525512345678', true],
    ['55 1234 5678', mx, '+525512345678', true],
  ] as const)('%s is %s', async (written, country, number, isMobile) => {
    expect((await phoneCleaner())(written, country)).toEqual({ number, isMobile });
  });

  it.each(['', 'none', '12', '+33 1', '0'.repeat(70), 'ana@shop.example', '06 12 34 56'])(
    '%s is none',
    async (written) => {
      expect((await phoneCleaner())(written, fr)).toBeNull();
    },
  );

  it('without a country is read in international form alone', async () => {
    const clean = await phoneCleaner();
    expect(clean('+33 6 12 34 56 78', null)?.number).toBe('+33612345678');
    expect(clean('06 12 34 56 78', null)).toBeNull();
  });

  it('stays what it is when it is read again', async () => {
    const clean = await phoneCleaner();
    for (const [written, country] of [
      ['011 15 1234-5678', ar],
      ['+521 55 1234 5678', mx],
      ['06 12 34 56 78', fr],
    ] as const) {
      const once = clean(written, country);
      expect(clean(once?.number ?? '', country)).toEqual(once);
    }
  });
});
