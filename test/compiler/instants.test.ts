/** Local times to instants, around changes of the clock, against `Intl` as the oracle. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayOfInstant, instantOfLocal, isZone, parseDay, parseInstant } from '../../engine/compiler/instants.ts';

const at = (text: string): number => new Date(text).getTime();
const local = (text: string): number => at(`${text}Z`);

describe('local times', () => {
  it('a skipped hour is the first valid instant after it', () => {
    // Paris, 29 March 2026: 02:00 becomes 03:00.
    expect(instantOfLocal(local('2026-03-29T02:30:00'), 'Europe/Paris')).toBe(at('2026-03-29T01:00:00Z'));
    expect(instantOfLocal(local('2026-03-29T03:00:00'), 'Europe/Paris')).toBe(at('2026-03-29T01:00:00Z'));
    // Lord Howe skips half an hour, and midnights are skipped in Santiago.
    expect(instantOfLocal(local('2026-10-04T02:15:00'), 'Australia/Lord_Howe')).toBe(at('2026-10-03T15:30:00Z'));
    expect(instantOfLocal(local('2026-09-06T00:00:00'), 'America/Santiago')).toBe(at('2026-09-06T04:00:00Z'));
  });

  it('a repeated hour is its first occurrence', () => {
    expect(instantOfLocal(local('2026-10-25T02:30:00'), 'Europe/Paris')).toBe(at('2026-10-25T00:30:00Z'));
  });

  it('any instant of any zone is found again from its local time, or its first double', () => {
    const zone = fc.constantFrom('Europe/Paris', 'America/New_York', 'Africa/Lagos', 'Asia/Kolkata', 'Pacific/Apia');
    const instant = fc.integer({ min: at('1990-01-01T00:00:00Z') / 1000, max: at('2035-01-01T00:00:00Z') / 1000 });
    fc.assert(
      fc.property(zone, instant, (name, second) => {
        const shown = localOf(second * 1000, name);
        const found = instantOfLocal(shown, name);
        expect(localOf(found, name)).toBe(shown);
        expect(found).toBeLessThanOrEqual(second * 1000);
      }),
      { seed: 2, numRuns: 400 },
    );
  });
});

function localOf(instant: number, zone: string): number {
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  return local(text.format(instant).replace(' ', 'T'));
}

describe('texts', () => {
  it('an offset wins over the zone, milliseconds are cut', () => {
    expect(parseInstant('2026-01-02T03:04:05.678901-0330', { zone: 'Europe/Paris' })).toBe(
      at('2026-01-02T06:34:05.678Z'),
    );
    expect(parseInstant('2026-01-02 03:04', { zone: 'Europe/Paris' })).toBe(at('2026-01-02T02:04:00Z'));
  });

  it.each(['2026-13-01', '2026-01-01T25:00', '2026-01-01T10:00:60Z', '2026-01-01T10:00+99:00', '1066-10-14', 'today'])(
    '%s is no instant',
    (text) => expect(parseInstant(text, { zone: 'UTC' })).toBeNull(),
  );

  it('days are counted from 1970', () => {
    expect(parseDay('1970-01-02')).toBe(1);
    expect(parseDay('19691231', true)).toBe(-1);
    expect(parseDay('2025-02-29')).toBeNull();
    expect(dayOfInstant(at('2026-01-01T03:00:00Z'), 'America/Mexico_City')).toBe(parseDay('2025-12-31'));
  });

  it('zones are spelled as in their database', () => {
    expect(['UTC', 'Europe/Paris', 'America/Argentina/Buenos_Aires', 'Asia/Calcutta'].every(isZone)).toBe(true);
    expect(['europe/paris', 'Europe/Pari', '+02:00', ''].some(isZone)).toBe(false);
  });
});
