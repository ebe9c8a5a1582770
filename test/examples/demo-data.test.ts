/** What the demo's generator promises: exact sizes, the same bytes for a seed, nothing known before it happens. */
import { describe, expect, it } from 'vitest';
import { makeDemoData } from '../../demo/generate.ts';

const start = new Date('2026-03-02T00:00:00Z');
const options = { seed: 1, profiles: 5000, events: 60_000, start };
const data = makeDemoData(options);

interface Line {
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly retailer: string;
  readonly email?: string;
}

const history = lines(data.historyJsonl);
const live = lines(data.liveJsonl);

describe('the data of the demo', () => {
  it('is 5,000 retailers and 60,000 events', () => {
    const all = [...history, ...live];
    expect(all).toHaveLength(60_000);
    expect(new Set(all.map((line) => line.id)).size).toBe(60_000);
    expect(new Set(all.map((line) => line.retailer)).size).toBe(5000);
    expect(all.filter((line) => line.type === 'account_created')).toHaveLength(5000);
  });

  it('is the same for the same seed, and another for another', () => {
    const small = { ...options, profiles: 200, events: 4000 };
    expect(makeDemoData(small)).toEqual(makeDemoData(small));
    expect(makeDemoData({ ...small, seed: 2 }).liveJsonl).not.toBe(makeDemoData(small).liveJsonl);
  });

  it('is parted at the start: 120 days before, 30 days after, each in the order of time', () => {
    for (const log of [history, live]) expect(log.map((line) => line.at)).toEqual(log.map((line) => line.at).sort());
    expect(history[0]!.at >= '2025-11-02').toBe(true);
    expect(history.at(-1)!.at < start.toISOString()).toBe(true);
    expect(live[0]!.at >= start.toISOString()).toBe(true);
    expect(live.at(-1)!.at < '2026-04-01').toBe(true);
  });

  it('tells of a retailer who registers later only then, with the whole account', () => {
    const known = new Set(
      data.retailersCsv
        .trim()
        .split('\n')
        .slice(1)
        .map((row) => row.split(',')[0]),
    );
    expect(known.size).toBe(data.counts.retailers);
    const newcomers = live.filter((line) => line.type === 'account_created');
    expect(newcomers).toHaveLength(data.counts.registeredLater);
    expect(newcomers.length).toBeGreaterThan(500);
    for (const line of newcomers) {
      expect(known.has(line.retailer)).toBe(false);
      expect(line.email).toMatch(/@shop\.example$/);
    }
    const firstSeen = new Map<string, Line>();
    for (const line of [...history, ...live]) if (!firstSeen.has(line.retailer)) firstSeen.set(line.retailer, line);
    expect([...firstSeen.values()].filter((line) => line.type !== 'account_created')).toEqual([]);
  });

  it('refuses a number of events that the funnel alone exceeds', () => {
    expect(() => makeDemoData({ ...options, profiles: 100, events: 100 })).toThrow(/too few/);
  });
});

function lines(log: string): readonly Line[] {
  return log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
