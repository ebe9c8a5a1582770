/** How values are put in order: each rule by what people write, and that what is clean stays as it is. Where rules are applied: clean-import.test.ts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CleanRule } from '../../engine/compiler/ir.ts';
import { clean } from '../../engine/profiles/cleaning/clean.ts';
import { proofSize } from '../support/proof.ts';

const cases: Readonly<Partial<Record<CleanRule, readonly (readonly [string, string | null, string | null])[]>>> = {
  email: [
    [' Ana@Example.ORG ', null, 'ana@example.org'],
    ['ana+shop@example.org', null, 'ana+shop@example.org'],
    ['Ana Núñez <ana@example.org>', null, 'ana@example.org'],
    ['mailto:ana @ example.org.', null, 'ana@example.org'],
    ['info@münchen.example', null, 'info@xn--mnchen-3ya.example'],
    ['ana@localhost', null, null],
    ['ana.example.org', null, null],
    ['a..b@example.org', null, null],
    ['@example.org', null, null],
  ],
  phone: [
    ['06 12 34 56 78', 'FR', '+33612345678'],
    ['0033 6 12 34 56 78', null, '+33612345678'],
    ['+33 (0)6 12 34 56 78', 'DE', '+33612345678'],
    ['612 345 678', 'ES', '+34612345678'],
    ['0151 23456789', 'DE', '+4915123456789'],
    ['06 12 34 56 78', null, null],
    ['12', 'FR', null],
    ['call me', 'FR', null],
  ],
  name: [
    ['  JEAN-PIERRE   DE LA FONTAINE ', 'FR', 'Jean-Pierre de la Fontaine'],
    ['o’brien', null, "O'Brien"],
    ['MCDONALD', 'GB', 'McDonald'],
    ['vincent van gogh', 'NL', 'Vincent van Gogh'],
    ['DE LUCA', 'IT', 'De Luca'],
    ["D'ARTAGNAN", 'FR', "d'Artagnan"],
    ['josé garcía y vega', 'ES', 'José García y Vega'],
    ['LE', 'VN', 'Le'],
    ['MacLeod', 'GB', 'MacLeod'],
    ['van der Berg', 'US', 'van der Berg'],
    ['henry viii', 'GB', 'Henry VIII'],
    ['山田', 'JP', '山田'],
    ['   ', null, null],
  ],
  country: [
    ['fr', null, 'FR'],
    ['FRA', null, 'FR'],
    ['Frankreich', null, 'FR'],
    ['États-Unis', null, 'US'],
    ['U.K.', null, 'GB'],
    ['España', null, 'ES'],
    ['Atlantis', null, null],
  ],
  language: [
    ['FR', null, 'fr'],
    ['fr_fr.UTF-8', null, 'fr-FR'],
    ['pt-br', null, 'pt-BR'],
    ['fra', null, 'fr'],
    ['Français', null, 'fr'],
    ['German', null, 'de'],
    ['tlh speaker', null, null],
  ],
  postal_code: [
    ['1000', 'FR', '01000'],
    ['F-75001', 'FR', '75001'],
    ['sw1a1aa', 'GB', 'SW1A 1AA'],
    ['1012ab', 'NL', '1012 AB'],
    ['k1a0b1', 'CA', 'K1A 0B1'],
    ['123456789', 'US', '12345-6789'],
    ['2134', 'US', '02134'],
    ['1000-205', 'PT', '1000-205'],
    ['11455', 'SE', '114 55'],
    ['D-10115', 'DE', '10115'],
    ['  ab 12 ', null, 'AB 12'],
    ['75', 'FR', null],
    ['?', null, null],
  ],
  date: [
    ['5/3/1984', 'FR', '1984-03-05'],
    ['5/3/1984', 'US', '1984-05-03'],
    ['05.03.84', 'DE', '1984-03-05'],
    ['1/2/03', null, '2003-02-01'],
    ['19840305', null, '1984-03-05'],
    ['1984/3/5', 'US', '1984-03-05'],
    ['1984-03-05T00:00:00Z', null, '1984-03-05'],
    ['31/2/1984', 'FR', null],
    ['12/31/1984', 'FR', null],
    ['soon', null, null],
  ],
};

describe('cleaning', () => {
  for (const [rule, written] of Object.entries(cases)) {
    it.each(written)(`by ${rule}: %j (%s) is %j`, (text, country, expected) => {
      expect(clean(rule as CleanRule, text, { country })).toBe(expected);
    });
  }

  it('changes nothing that is clean', () => {
    const countries = [null, 'FR', 'IT', 'US', 'GB', 'NL', 'PT', 'CA', 'AR', 'MX', 'LT', 'JP'];
    const seeds = Object.values(cases).flatMap((all) => all.map(([text]) => text));
    const text = fc.oneof(
      fc.constantFrom(...seeds),
      fc.constantFrom(...seeds).map((one) => one.toUpperCase()),
      fc.stringMatching(/^[0-9A-Za-z'.@ +/-]{1,14}$/),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc
        .array(fc.constantFrom('de', 'LA', 'van', "d'", "O'", 'mc', 'İ', 'ß', 'ñ', 'É', '-', ' ', 'x', 'Y', 'ǅ'), {
          maxLength: 6,
        })
        .map((parts) => parts.join('')),
    );
    const rules = Object.keys(cases) as CleanRule[];
    fc.assert(
      fc.property(fc.constantFrom(...rules), text, fc.constantFrom(...countries), (rule, written, country) => {
        const once = clean(rule, written, { country });
        if (once !== null) expect(clean(rule, once, { country })).toBe(once);
      }),
      { seed: 47, numRuns: proofSize(100_000) },
    );
  });

  it('repairs numbers as countries say before they are looked up', () => {
    const phones = new Map([['MX', { prefix: 52, mobile: [], repair: [{ from: '^\\+521(\\d{10})$', to: '+52$1' }] }]]);
    expect(clean('phone', '+52 1 55 1234 5678', { country: 'MX', phones })).toBe('+525512345678');
  });
});
