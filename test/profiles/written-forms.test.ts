/** Numbers and dates as files of other countries write them. */
import { describe, expect, it } from 'vitest';
import { isProblem, readCell } from '../../engine/profiles/read-cell.ts';
import { reading } from './sources.ts';

const defaults = { zone: 'Europe/Madrid', currency: 'EUR' };
const read = (type: 'number' | 'money' | 'integer' | 'date' | 'datetime', cell: unknown, options: object) => {
  const value = readCell({ a: cell }, type, reading('a', options), defaults);
  return isProblem(value) ? 'refused' : value;
};

describe('numbers with a decimal comma', () => {
  const comma = { decimal: 'comma' as const };
  it.each([
    ['1.234,50', 1234.5],
    ['1 234 567,8', 1234567.8],
    ['-0,5', -0.5],
    ['12', 12],
    ['12.5', 'refused'],
    ['1.23,4', 'refused'],
    ['1,2,3', 'refused'],
    [7.25, 7.25],
    ['', undefined],
  ])('%j is %j', (cell, value) => expect(read('number', cell, comma)).toBe(value));

  it('are amounts, with and without their currency', () => {
    expect(read('money', '1.234,50', comma)).toEqual({ amount: 123450, currency: 'EUR' });
    expect(read('money', '12,50 USD', comma)).toEqual({ amount: 1250, currency: 'USD' });
    expect(read('money', '12,505', comma)).toBe('refused');
    expect(read('integer', '1.200', comma)).toBe(1200);
  });
});

describe('dates set apart by slashes or dots', () => {
  const at = (text: string) => Date.parse(text);
  it.each([
    ['DD/MM/YYYY', '31/03/2026', at('2026-03-30T22:00:00Z')],
    ['DD/MM/YYYY', '1/2/2026 9:05', at('2026-02-01T08:05:00Z')],
    ['MM/DD/YYYY', '03/31/2026 09:30:15', at('2026-03-31T07:30:15Z')],
    ['DD.MM.YYYY', '31.03.2026', at('2026-03-30T22:00:00Z')],
    ['DD.MM.YYYY', '31/03/2026', 'refused'],
    ['DD/MM/YYYY', '31/02/2026', 'refused'],
    ['MM/DD/YYYY', '31/03/2026', 'refused'],
    ['DD/MM/YYYY', '31/03/26', 'refused'],
    ['DD/MM/YYYY', '31/03/2026 25:00', 'refused'],
  ])('%s: %s', (format, cell, value) => expect(read('datetime', cell, { format, zone: 'Europe/Madrid' })).toBe(value));

  it('are days where the value is a date', () => {
    expect(read('date', '02/01/1970', { format: 'DD/MM/YYYY', zone: 'Europe/Madrid' })).toBe(1);
  });
});
