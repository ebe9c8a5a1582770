/** Constants of the files and raw values of imports, in their stored form. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMoney, parseMoney } from '../../engine/compiler/decimals.ts';
import type { ValueType } from '../../engine/compiler/ir.ts';
import { normaliseValue, parseLiteral, type Reading } from '../../engine/compiler/literals.ts';

const utc: Reading = { zone: 'UTC' };
const value = (type: ValueType, raw: unknown, reading: Reading = utc): unknown => {
  const result = normaliseValue(type, raw, reading);
  return result.kind === 'value' ? result.value : result.kind;
};

describe('constants', () => {
  it('text stays as written', () => {
    expect(parseLiteral('text', '01', 'UTC')).toBe('01');
    expect(parseLiteral('id', '12e5', 'UTC')).toBe('12e5');
  });

  it('money has the decimals of its currency', () => {
    expect(parseMoney('80 EUR')).toEqual({ amount: 8000, currency: 'EUR' });
    expect(parseMoney('12.5 USD')).toEqual({ amount: 1250, currency: 'USD' });
    expect(parseMoney('500 JPY')).toEqual({ amount: 500, currency: 'JPY' });
    expect(parseMoney('1.234 TND')).toEqual({ amount: 1234, currency: 'TND' });
    for (const text of ['80', '80 EURO', 'EUR 80', '80.505 EUR', '1 XXZ', '90071992547409.93 EUR']) {
      expect(parseMoney(text)).toBeNull();
    }
  });

  it('booleans are true and false only', () => {
    expect(parseLiteral('boolean', 'true', 'UTC')).toBe(true);
    expect(parseLiteral('boolean', 'yes', 'UTC')).toBeNull();
  });
});

describe('imported values', () => {
  it('amounts are exact to the minor unit, however large', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e14, max: 1e14 }), (cents) => {
        const amount = { amount: cents, currency: 'EUR' };
        expect(parseMoney(formatMoney(amount))).toEqual(amount);
        const bare = formatMoney(amount).replace(' EUR', '');
        expect(value('money', bare, { zone: 'UTC', currency: 'EUR' })).toEqual(amount);
      }),
      { seed: 3 },
    );
    expect(value('money', 0.29, { zone: 'UTC', currency: 'USD' })).toEqual({ amount: 29, currency: 'USD' });
    expect(value('money', { amount: 12.5, currency: 'USD' })).toEqual({ amount: 1250, currency: 'USD' });
    expect(value('money', '12.5')).toBe('refused');
  });

  it('nothing, an empty text and blanks are missing', () => {
    for (const type of ['text', 'integer', 'money', 'date', 'boolean', 'list'] as const) {
      expect([null, undefined, '', '  '].map((raw) => value(type, raw))).toEqual(Array(4).fill('missing'));
    }
  });

  it('dates are read by their format, in their zone', () => {
    const inZone = (format: string): Reading => ({ zone: 'America/Mexico_City', format });
    expect(value('datetime', '19970101', { zone: 'UTC', format: 'YYYYMMDD' })).toBe(Date.UTC(1997, 0, 1));
    expect(value('datetime', '19970101', inZone('YYYYMMDD'))).toBe(Date.UTC(1997, 0, 1, 6));
    expect(value('datetime', '1700000000.1239', inZone('epoch-s'))).toBe(1_700_000_000_123);
    expect(value('datetime', 1_700_000_000_123, inZone('epoch-ms'))).toBe(1_700_000_000_123);
    expect(value('date', '2026-03-01', utc)).toBe(Date.UTC(2026, 2, 1) / 86_400_000);
    expect(value('date', '2026-03-01T02:00:00Z', inZone('iso'))).toBe(Date.UTC(2026, 1, 28) / 86_400_000);
    expect(value('date', '1997-01-01', { zone: 'UTC', format: 'YYYYMMDD' })).toBe('refused');
    expect(value('datetime', '99999999999999', inZone('epoch-s'))).toBe('refused');
  });

  it('truth has several spellings', () => {
    expect(['true', 'YES', 1, '1'].map((raw) => value('boolean', raw))).toEqual([true, true, true, true]);
    expect(['false', 'No', 0, false].map((raw) => value('boolean', raw))).toEqual([false, false, false, false]);
    expect(value('boolean', 'maybe')).toBe('refused');
  });

  it('numbers are whole where they must be', () => {
    expect(value('integer', '12.0')).toBe(12);
    expect(value('integer', '12.5')).toBe('refused');
    expect(value('number', '1e3')).toBe(1000);
    expect(value('number', Number.NaN)).toBe('refused');
  });

  it('lists come as JSON or set apart by commas', () => {
    expect(value('list', '["wine", 3]')).toEqual(['wine', '3']);
    expect(value('list', 'wine, cheese,')).toEqual(['wine', 'cheese']);
    expect(value('list', [['nested']])).toBe('refused');
  });

  it('texts that the store refuses are refused here', () => {
    expect(value('text', 'a\0b')).toBe('refused');
    expect(value('text', '\ud83d')).toBe('refused');
    expect(value('text', '😀')).toBe('😀');
    expect(value('enum', 'FR', { zone: 'UTC', values: ['AR'] })).toBe('refused');
  });

  it('reasons never quote the value', () => {
    fc.assert(
      fc.property(fc.constantFrom<ValueType>('integer', 'money', 'date', 'datetime', 'boolean'), (type) => {
        const result = normaliseValue(type, 'secret@example.com', utc);
        expect(result.kind).toBe('refused');
        expect(JSON.stringify(result)).not.toContain('secret');
      }),
      { seed: 4 },
    );
  });

  it('no raw value makes it throw, and what it gives is plain JSON', () => {
    const types = fc.constantFrom<ValueType>(
      'text',
      'integer',
      'number',
      'money',
      'date',
      'datetime',
      'boolean',
      'list',
    );
    const formats = fc.constantFrom('iso', 'YYYYMMDD', 'YYYY-MM-DD', 'epoch-s', 'epoch-ms');
    fc.assert(
      fc.property(types, fc.anything(), formats, (type, raw, format) => {
        const result = normaliseValue(type, raw, { zone: 'Europe/Paris', format, currency: 'EUR' });
        expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      }),
      { seed: 5, numRuns: 500 },
    );
  });
});
