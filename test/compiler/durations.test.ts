/** Durations and moments from text and back. What they mean on a calendar is tested where they are used. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseClock, parseDuration, parseMoment } from '../../engine/compiler/durations.ts';

describe('durations', () => {
  it.each([
    ['15min', { months: 0, days: 0, ms: 900_000 }],
    ['24h', { months: 0, days: 0, ms: 86_400_000 }],
    ['1d', { months: 0, days: 1, ms: 0 }],
    ['3w', { months: 0, days: 21, ms: 0 }],
    ['6mo', { months: 6, days: 0, ms: 0 }],
    ['1y', { months: 12, days: 0, ms: 0 }],
  ])('%s is read', (text, duration) => {
    expect(parseDuration(text)).toEqual(duration);
  });

  it.each(['15m', '0d', '101y', '1h30min', '-1d', '1.5h', 'd', ''])('%s is none', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it('a written duration reads back as itself', () => {
    const unit = fc.constantFrom('min', 'h', 'd', 'w', 'mo', 'y');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), unit, (count, name) => {
        const duration = parseDuration(`${count}${name}`);
        expect(duration).not.toBeNull();
        expect(parseDuration(formatDuration(duration!))).toEqual(duration);
      }),
      { seed: 1 },
    );
  });

  it('24 hours and a day are not the same', () => {
    expect(formatDuration(parseDuration('24h')!)).toBe('24h');
    expect(formatDuration(parseDuration('2w')!)).toBe('14d');
  });
});

describe('moments', () => {
  it('look back, ahead, or name an instant', () => {
    expect(parseMoment('7d ago', 'UTC')).toEqual({ kind: 'ago', duration: { months: 0, days: 7, ms: 0 } });
    expect(parseMoment('in 3mo', 'UTC')).toEqual({ kind: 'ahead', duration: { months: 3, days: 0, ms: 0 } });
    expect(parseMoment('2026-03-31T09:00:00+02:00', 'UTC')).toEqual({
      kind: 'instant',
      at: Date.UTC(2026, 2, 31, 7),
    });
  });

  it('a date is midnight in the zone of the workspace', () => {
    expect(parseMoment('2026-07-01', 'Europe/Paris')).toEqual({ kind: 'instant', at: Date.UTC(2026, 5, 30, 22) });
  });

  it('a date-time without offset, a day that does not exist and a lone duration are none', () => {
    expect(parseMoment('2026-03-31T09:00', 'UTC')).toBeNull();
    expect(parseMoment('2026-02-30', 'UTC')).toBeNull();
    expect(parseMoment('7d', 'UTC')).toBeNull();
  });

  it('clocks have two digits and 24 hours', () => {
    expect(parseClock('09:30')).toBe('09:30');
    expect(parseClock('9:30')).toBeNull();
    expect(parseClock('24:00')).toBeNull();
  });
});
