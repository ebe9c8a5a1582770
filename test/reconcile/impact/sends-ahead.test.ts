/** How many messages a way through a journey holds within a time, at most. */
import { describe, expect, it } from 'vitest';
import type { JourneyBody, StepBody } from '../../../engine/compiler/ir.ts';
import { linkJourney } from '../../../engine/compiler/linked-journey.ts';
import { sendsAhead } from '../../../engine/reconcile/impact/sends-ahead.ts';
import { days, journey, ofCountry, wait } from '../bundle-of.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function send(id: string, more: Partial<StepBody> = {}): StepBody {
  const what = {
    template: 'hello',
    with: {},
    validFor: null,
    whenCapped: null,
    objective: 'engagement',
    purpose: 'marketing',
  };
  const action = { kind: 'send', channels: ['mail'], ...what } as StepBody['do'];
  return { ...wait(id, 0), do: action, ...more };
}

function ahead(steps: readonly StepBody[]) {
  const { body } = journey('hello', 'swiss', { steps }) as { body: JourneyBody };
  return sendsAhead(linkJourney('hello', 'v', body));
}

describe('messages ahead', () => {
  it('are those before the first wait within the hour, and all that waits let through within a week', () => {
    const way = ahead([send('one'), send('two'), wait('rest', 3), send('three'), wait('long', 20), send('four')]);
    expect(way.fromEntry(hourMs)).toBe(2);
    expect(way.fromEntry(7 * dayMs)).toBe(3);
    expect(way.from('rest', 'waiting', hourMs)).toBe(1);
    expect(way.from('long', 'waiting', hourMs)).toBe(1);
    expect(way.from('three', 'held', hourMs)).toBe(1);
  });

  it('wait for `after` of a step', () => {
    const way = ahead([send('one', { after: days(2) })]);
    expect([way.fromEntry(hourMs), way.fromEntry(7 * dayMs)]).toEqual([0, 1]);
  });

  it('are those of the longest of several ways, and skipped steps take none away', () => {
    const branch: StepBody = {
      ...wait('which', 0),
      do: { kind: 'branch', arms: [{ if: ofCountry('CH'), steps: [send('a'), send('b')] }] },
      otherwise: [send('c')],
    };
    expect(ahead([branch, send('last')]).fromEntry(hourMs)).toBe(3);
    expect(ahead([send('maybe', { if: ofCountry('CH') }), send('last')]).fromEntry(hourMs)).toBe(2);
  });

  it('of a loop are as many as its rhythm lets through', () => {
    const loop: StepBody = {
      ...wait('round', 0),
      do: { kind: 'repeat', every: days(2), max: 10, until: null, steps: [send('again')] },
    };
    const way = ahead([loop]);
    expect(way.fromEntry(hourMs)).toBeLessThanOrEqual(1);
    expect(way.fromEntry(7 * dayMs)).toBeGreaterThanOrEqual(3);
  });

  it('come from timers alone: what is waited for isn’t taken to come', () => {
    const waiting: StepBody = {
      ...wait('reply', 0),
      do: { kind: 'wait_for', if: ofCountry('CH'), for: days(30) },
      // biome-ignore lint/suspicious/noThenProperty: a step's word, never awaited
      then: [send('thanks')],
    };
    expect(ahead([waiting]).from('reply', 'waiting', 7 * dayMs)).toBe(0);
  });
});
