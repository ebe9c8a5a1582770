/** Who somebody is by scores: never by a guess, never two at once, and not another each day. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  choosePersona,
  nearestProfile,
  sharesOfPoints,
  softmax,
} from '../../../engine/measure/statistics/choose-persona.ts';

const rules = { confidence: 0.7, lead: 0.1 };
const of = (a: number | null, b: number | null) => [
  { id: 'a', score: a },
  { id: 'b', score: b },
];

describe('a persona', () => {
  it('is the surest that is sure enough and ahead of the second', () => {
    expect(choosePersona(of(0.8, 0.2), rules)).toBe('a');
    expect(choosePersona(of(0.1, 0.7), rules)).toBe('b');
    expect(choosePersona(of(0.69, 0.2), rules)).toBeNull();
    expect(choosePersona(of(0.8, 0.75), rules)).toBeNull();
  });

  it('reaches a bound that is met to the digit, though binary numbers are a little off', () => {
    expect(choosePersona(of(0.8, 0.7), rules)).toBe('a');
    expect(choosePersona(of(0.7, 0.6), rules)).toBe('a');
    expect(choosePersona(of(0.1 + 0.2, 0), { confidence: 0.3, lead: 0.3 })).toBe('a');
  });

  it('without a score is nobody’s, and stands in no one’s way', () => {
    expect(choosePersona(of(null, null), rules)).toBeNull();
    expect(choosePersona(of(0.7, null), rules)).toBe('a');
    expect(choosePersona(of(null, 0.7), rules, 'a')).toBe('b');
    expect(choosePersona([], rules)).toBeNull();
  });

  it('stays while another comes near or a little ahead, and goes when it is beaten by the lead', () => {
    expect(choosePersona(of(0.75, 0.8), rules, 'a')).toBe('a');
    expect(choosePersona(of(0.75, 0.84), rules, 'a')).toBe('a');
    expect(choosePersona(of(0.75, 0.85), rules, 'a')).toBe('b');
  });

  it('goes when it is no longer sure enough, to another only if that one is', () => {
    expect(choosePersona(of(0.6, 0.3), rules, 'a')).toBeNull();
    expect(choosePersona(of(0.6, 0.9), rules, 'a')).toBe('b');
  });

  it('with no lead asked stays at a tie and goes as soon as another is ahead', () => {
    const close = { confidence: 0.5, lead: 0 };
    expect(choosePersona(of(0.6, 0.6), close)).toBe('a');
    expect(choosePersona(of(0.6, 0.6), close, 'b')).toBe('b');
    expect(choosePersona(of(0.61, 0.6), close, 'b')).toBe('a');
  });

  it('that is no longer of the set is forgotten', () => {
    expect(choosePersona(of(0.8, 0.2), rules, 'gone')).toBe('a');
    expect(choosePersona(of(0.1, 0.2), rules, 'gone')).toBeNull();
  });

  const score = fc.option(fc.double({ min: 0, max: 1, noNaN: true }));
  const set = fc.tuple(score, score, score).map((all) => all.map((one, i) => ({ id: `p${i}`, score: one })));
  const anyRules = fc.record({
    confidence: fc.double({ min: 0.01, max: 1, noNaN: true }),
    lead: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  it('named is sure enough, and asked again with the same scores stays', () => {
    fc.assert(
      fc.property(set, anyRules, fc.option(fc.constantFrom('p0', 'p1', 'p2')), (scores, r, present) => {
        const chosen = choosePersona(scores, r, present);
        expect(choosePersona(scores, r, chosen)).toBe(chosen);
        if (chosen === null) return;
        expect(scores.find(({ id }) => id === chosen)?.score as number).toBeGreaterThanOrEqual(r.confidence - 1e-9);
      }),
    );
  });

  it('keeps who is named when nothing but his own score rises', () => {
    fc.assert(
      fc.property(set, anyRules, (scores, r) => {
        const chosen = choosePersona(scores, r);
        if (chosen === null) return;
        const surer = scores.map((one) => (one.id === chosen ? { ...one, score: 1 } : one));
        expect(choosePersona(surer, r, chosen)).toBe(chosen);
      }),
    );
  });
});

describe('shares of points', () => {
  const scored = (...scores: (number | null)[]) => scores.map((score, i) => ({ id: `p${i}`, score }));

  it('are of all points of the set, and sum to 1 over those that are known', () => {
    expect(sharesOfPoints(scored(30, 10, null))).toEqual(scored(0.75, 0.25, null));
    expect(sharesOfPoints(scored(30, -10, 0))).toEqual(scored(1, 0, 0));
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: -20, max: 100 })), { minLength: 1 }), (points) => {
        const shares = sharesOfPoints(scored(...points));
        const sum = shares.reduce((all, { score }) => all + (score ?? 0), 0);
        if (points.some((one) => one !== null && one > 0)) expect(sum).toBeCloseTo(1, 9);
        else expect(shares.every(({ score }) => score === null)).toBe(true);
      }),
    );
  });
});

describe('scores from points and profiles', () => {
  const points = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 8 });

  it('sum to 1 and keep the order of the points, at any temperature', () => {
    fc.assert(
      fc.property(points, fc.double({ min: 0.01, max: 100, noNaN: true }), (all, temperature) => {
        const found = softmax(all, temperature);
        expect(found.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        expect(found.indexOf(Math.max(...found))).toBe(all.indexOf(Math.max(...all)));
      }),
      { examples: [[[1000, -1000], 0.01]] },
    );
  });

  it('are alike when the temperature is high', () => {
    for (const one of softmax([1, 2, 3], 1e9)) expect(one).toBeCloseTo(1 / 3, 6);
    expect(() => softmax([1], 0)).toThrow('assertion failed');
  });

  it('are highest for the nearest profile, in spreads and not in units', () => {
    const axes = [{ spread: 10 }, { spread: 1000 }];
    const profiles = [
      [50, 3000],
      [30, 200],
    ];
    const found = nearestProfile([48, 2500], profiles, axes) as readonly number[];
    expect(found[0]).toBeGreaterThan(0.85);
    expect(found.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(nearestProfile([40, 1600], profiles, axes)).toEqual([0.5, 0.5]);
  });

  it('read only what is known of the person and said by every profile', () => {
    const axes = [{ spread: 10 }, { spread: 1 }];
    expect(
      nearestProfile(
        [50, null],
        [
          [50, 1],
          [30, 2],
        ],
        axes,
      )?.[0],
    ).toBeGreaterThan(0.8);
    expect(
      nearestProfile(
        [50, 1],
        [
          [50, null],
          [30, 1],
        ],
        axes,
      )?.[0],
    ).toBeGreaterThan(0.8);
    expect(
      nearestProfile(
        [null, null],
        [
          [50, 1],
          [30, 2],
        ],
        axes,
      ),
    ).toBeNull();
    expect(nearestProfile([50], [[1], [2]], [{ spread: 0 }])).toBeNull();
  });
});
