/** Rows to facts, without a store: types, measure, time, message ids, reasons of rejects. */
import { describe, expect, test } from 'vitest';
import type { SourceBody } from '../../engine/compiler/ir.ts';
import { type MappedRow, mapRow } from '../../engine/profiles/map-row.ts';
import { equalRows } from '../../engine/profiles/message-id.ts';
import { declared, jsonl, purchases, reading, sourceOf } from './sources.ts';

const received = Date.parse('2026-03-01T12:00:00Z');

function mapping(source: SourceBody): (cells: Record<string, unknown>) => MappedRow {
  const options = { sourceId: 's', source, declared, received, trigger: false, equalRows: equalRows() };
  return (cells) => mapRow({ kind: 'row', line: 1, cells }, options);
}

function factOf(mapped: MappedRow) {
  if (mapped.kind === 'reject') throw new Error(`rejected: ${mapped.reason} ${mapped.columns}`);
  return mapped.fact;
}

const typed: SourceBody = sourceOf({
  format: jsonl,
  event: {
    type: { kind: 'column', column: 'type' },
    properties: [{ property: 'points', from: reading('p') }],
    propertiesFrom: 'properties',
  },
});

describe('events', () => {
  test('keep the declared properties of an object and fill the measure', () => {
    const map = mapping(typed);
    const bought = map({
      ...{ id: 1, type: 'purchase' },
      properties: { total: '12.50 USD', cds: 3, kind: 'problem', other: 1, tags: ['a', 'b'] },
    });
    expect(factOf(bought).fact.event).toEqual({
      ...{ type: 'purchase', value: 1250, unit: 'USD' },
      properties: { total: { amount: 1250, currency: 'USD' }, cds: 3, kind: 'problem', tags: ['a', 'b'] },
    });
    const major = map({ id: 1, type: 'purchase', properties: { total: { amount: 12.5, currency: 'JPY' } } });
    expect(major).toMatchObject({ kind: 'reject', columns: ['properties.total'] });
    const earned = map({ id: 1, type: 'points_earned', p: '40' });
    expect(factOf(earned).fact.event).toEqual({
      type: 'points_earned',
      value: 40,
      unit: null,
      properties: { points: 40 },
    });
    expect(factOf(map({ id: 1, type: 'purchase' })).fact.event).toEqual({
      ...{ type: 'purchase', value: null, unit: null, properties: {} },
    });
  });

  test('are rejected when their type is unknown or missing, or a property has another type', () => {
    const map = mapping(typed);
    expect(map({ id: 1, type: 'pigeon' })).toMatchObject({ kind: 'reject', columns: ['type'] });
    expect(map({ id: 1 })).toMatchObject({ reason: 'the event type is missing' });
    expect(map({ id: 1, type: 'constructor' })).toMatchObject({ kind: 'reject' });
    expect(map({ id: 1, type: 'points_earned', p: 1.5 })).toMatchObject({ kind: 'reject', columns: ['p'] });
    expect(map({ id: 1, type: 'purchase', properties: [1] })).toMatchObject({ columns: ['properties'] });
    expect(map({ id: 1, type: 'purchase', properties: { note: 'a\0b' } })).toMatchObject({ kind: 'reject' });
    expect(map({ id: 1, type: 'purchase', properties: { note: '\ud800' } })).toMatchObject({ kind: 'reject' });
  });

  test('take their currency from its column, from the value or from the source, and never another', () => {
    const total = (from: Parameters<typeof reading>[1]) =>
      mapping({
        ...purchases,
        event: { ...purchases.event!, properties: [{ property: 'total', from: reading('total', from) }] },
      });
    const row = (value: string, currency = '') => ({ id: '1', at: '2026-01-01', total: value, cur: currency });
    const money = (mapped: MappedRow) => factOf(mapped).fact.event?.properties.total;
    expect(money(total({})(row('7')))).toEqual({ amount: 700, currency: 'ARS' });
    expect(money(total({})(row('7 EUR')))).toEqual({ amount: 700, currency: 'EUR' });
    expect(money(total({ currencyColumn: 'cur' })(row('7', 'JPY')))).toEqual({ amount: 7, currency: 'JPY' });
    expect(total({ currencyColumn: 'cur' })(row('7', ''))).toMatchObject({ kind: 'reject', columns: ['cur'] });
    expect(total({ currencyColumn: 'cur' })(row('7', 'dollars'))).toMatchObject({ kind: 'reject' });
    expect(total({ currency: 'USD' })(row('7 EUR'))).toMatchObject({ kind: 'reject' });
    expect(total({ currency: 'USD' })(row('7.001'))).toMatchObject({ kind: 'reject' });
    expect(total({ currency: 'USD' })(row(''))).toMatchObject({ kind: 'fact' });
  });
});

describe('times', () => {
  test.each([
    ['iso', '2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05.000Z'],
    ['YYYYMMDD', '20260102', '2026-01-02T03:00:00.000Z'],
    ['YYYY-MM-DD', '2026-01-02', '2026-01-02T03:00:00.000Z'],
    ['epoch-s', 1_767_323_045, '2026-01-02T03:04:05.000Z'],
    ['epoch-ms', '1767323045678', '2026-01-02T03:04:05.678Z'],
  ])('are read as %s', (format, at, expected) => {
    const map = mapping(sourceOf({ occurredAt: reading('at', { format }) }));
    expect(new Date(factOf(map({ id: '1', at })).fact.at).toISOString()).toBe(expected);
  });

  test('are rejected when they are missing or no time, and set back when they are to come', () => {
    const map = mapping(sourceOf({ occurredAt: reading('at') }));
    expect(map({ id: '1', at: '' })).toMatchObject({ reason: 'the time is missing', columns: ['at'] });
    expect(map({ id: '1', at: '2026-02-30' })).toMatchObject({ kind: 'reject', columns: ['at'] });
    expect(factOf(map({ id: '1', at: '2030-01-01' })).fact.at).toBe(received);
  });
});

describe('identifiers', () => {
  test('are trimmed, emails in lower case, numbers kept as written, empty ones left out', () => {
    const map = mapping(purchases);
    const row = { at: '2026-01-01', total: '1' };
    expect(factOf(map({ ...row, id: ' 007 ', email: ' A@B.example' })).identifiers).toEqual([
      { type: 'external_id', value: '007' },
      { type: 'email', value: 'a@b.example' },
    ]);
    expect(factOf(map({ ...row, id: 7, email: ' ' })).identifiers).toEqual([{ type: 'external_id', value: '7' }]);
  });

  test('are rejected when they are missing, too long, or no text', () => {
    const map = mapping(purchases);
    const row = { at: '2026-01-01', total: '1' };
    expect(map({ ...row, id: '', email: null })).toMatchObject({ columns: ['id', 'email'] });
    expect(map({ ...row, id: 'x'.repeat(513) })).toMatchObject({ columns: ['id'] });
    expect(map({ ...row, id: 'a\0' })).toMatchObject({ columns: ['id'] });
    expect(map({ ...row, id: { a: 1 } })).toMatchObject({ columns: ['id'] });
  });
});

describe('message ids', () => {
  test('of content ignore the order of names and count equal rows', () => {
    const [one, other] = [mapping(typed), mapping(typed)];
    const ids = [
      factOf(one({ id: 1, type: 'purchase', properties: { a: 1, b: 2 } })).messageId,
      factOf(one({ id: 1, type: 'purchase', properties: { a: 1, b: 3 } })).messageId,
      factOf(one({ type: 'purchase', properties: { b: 2, a: 1 }, id: 1 })).messageId,
    ];
    expect(new Set(ids).size).toBe(3);
    expect(ids.map((id) => id.split('-').at(-1))).toEqual(['1', '1', '2']);
    expect(factOf(other({ id: 1, type: 'purchase', properties: { a: 1, b: 2 } })).messageId).toBe(ids[0]);
  });

  test('of columns keep their borders apart, and long ones fit an index', () => {
    const map = mapping(sourceOf({ messageId: ['a', 'b'] }));
    const id = (a: unknown, b: unknown) => factOf(map({ id: '1', a, b })).messageId;
    expect(id('a', 'bc')).not.toBe(id('ab', 'c'));
    expect(id('x'.repeat(5000), '').length).toBeLessThan(100);
    expect(map({ id: '1', a: ' ', b: '' })).toMatchObject({ reason: 'the message id is missing', columns: ['a', 'b'] });
  });

  test('are counted far beyond the first table, and up to a limit', () => {
    const digest = (i: number) => {
      const bytes = new Uint8Array(32);
      new DataView(bytes.buffer).setUint32(4, i);
      return bytes;
    };
    const rows = equalRows(20_000);
    for (let i = 0; i < 20_000; i++) expect(rows.count(digest(i))).toBe(1);
    for (let i = 0; i < 20_000; i += 7) expect(rows.count(digest(i))).toBe(2);
    expect(() => rows.count(digest(20_001))).toThrow('Declare `message_id`');
  });
});
