/** The pure parts of playing: when lines happen, and by which words a rule may be named. */
import { describe, expect, it } from 'vitest';
import { missesOf, nothingSeen, rulesOf, type Seen } from '../../../engine/reconcile/play/expectations.ts';
import { instantOf, type Line, timeOfLine } from '../../../engine/reconcile/play/timeline.ts';

const zone = 'Europe/Paris';
const through = (start: string, ...lines: readonly Line[]) => {
  let last: { readonly line: Line | null; readonly at: number } = { line: null, at: instantOf(start, zone) };
  for (const line of lines) last = { line, at: timeOfLine(line, last, zone) };
  return new Date(last.at).toISOString();
};

describe('a line of a test', () => {
  it('goes on by the calendar of the person, and by the clock in hours', () => {
    expect(through('2027-03-27T10:00', { advance: '1d' })).toBe('2027-03-28T08:00:00.000Z');
    expect(through('2027-03-27T10:00', { advance: '24h' })).toBe('2027-03-28T09:00:00.000Z');
    expect(through('2027-01-31T10:00', { advance: '1mo' })).toBe('2027-02-28T09:00:00.000Z');
    expect(through('2028-02-29T10:00', { advance: '1y' })).toBe('2029-02-28T09:00:00.000Z');
  });

  it('happens at once, a moment after what happened just before', () => {
    expect(through('2027-03-01T10:00', { event: 'a' })).toBe('2027-03-01T09:00:00.000Z');
    expect(through('2027-03-01T10:00', { event: 'a' }, { event: 'b' })).toBe('2027-03-01T09:00:00.001Z');
    expect(through('2027-03-01T10:00', { event: 'a' }, { until: '2027-03-01T10:00' })).toBe('2027-03-01T09:00:00.000Z');
    expect(through('2027-03-01T10:00', { at: '2027-03-02T08:00+02:00', event: 'a' })).toBe('2027-03-02T06:00:00.000Z');
  });
});

describe('an expectation', () => {
  it('names a rule by its own name, with or without that of its pressure, or by its kind', () => {
    expect(rulesOf('cap house/weekly')).toEqual(['house/weekly', 'weekly', 'cap']);
    expect(rulesOf('mute house/sunset')).toEqual(['house/sunset', 'sunset', 'mute']);
    expect(rulesOf('quiet house')).toContain('quiet_hours');
    expect(rulesOf('contact_hours fr')).toContain('contact_hours');
    expect(rulesOf('no-consent marketing')).toContain('consent');
    expect(rulesOf('suppressed-address email')).toContain('address');
    expect(rulesOf(null)).toEqual([]);
  });

  it('tells apart what was sent and what was placed, and counts nothing twice', () => {
    const message = { step: 'a', state: 'sent', isPlaced: false, hasLeft: true, rule: null, deferredBy: [] };
    const seen: Seen = {
      ...nothingSeen,
      messages: [
        { id: 1, ...message },
        { id: 2, ...message, step: 'b', isPlaced: true },
      ],
    };
    expect(missesOf({ sent: ['a'], placed: ['b'] }, nothingSeen, seen)).toEqual([]);
    expect(missesOf({ sent: ['b'] }, nothingSeen, seen)).toMatchObject([{ key: 'sent', expected: 'b', found: 'a' }]);
    expect(missesOf({ nothing_sent: true }, seen, seen)).toEqual([]);
    const waited = {
      id: 3,
      ...message,
      state: 'expired',
      hasLeft: false,
      rule: 'expired',
      deferredBy: ['cap house/weekly'],
    };
    const given = { ...nothingSeen, messages: [waited] };
    for (const because of ['valid_for', 'weekly']) {
      expect(missesOf({ dropped: ['a'], because }, nothingSeen, given)).toEqual([]);
    }
    expect(missesOf({ dropped: ['a'], because: 'consent' }, nothingSeen, given)).toMatchObject([{ key: 'because' }]);
  });
});
