/** Who is served next while lanes are behind the live revision. */
import { describe, expect, it } from 'vitest';
import { createPrecedence, type Side } from '../../../engine/activation/lanes/precedence.ts';

const both = { isReady: true, isBehind: true, isUrgent: false };

/** So many transactions of 10 ms each, of which the side is chosen. */
function turns(count: number, waiting: (turn: number) => typeof both, precedence = createPrecedence()): Side[] {
  return Array.from({ length: count }, (_, turn) => {
    const side = precedence.next(waiting(turn));
    precedence.spent(side, 10);
    return side;
  });
}

const share = (sides: readonly Side[], of: Side) => sides.filter((side) => side === of).length / sides.length;

describe('while lanes are behind the live revision', () => {
  it('facts are handled first, and take-overs get a fifth of the time however many facts come', () => {
    const sides = turns(1_000, () => both);
    expect(sides[0]).toBe('ready');
    expect(share(sides, 'behind')).toBeCloseTo(0.2, 2);
  });

  it('a take-over that took long is made up for before the next one', () => {
    const precedence = createPrecedence();
    precedence.next({ ...both, isReady: false });
    precedence.spent('behind', 100);
    expect(turns(50, () => both, precedence).indexOf('behind')).toBe(41);
  });

  it('lanes are taken over all the time when no fact waits in the others', () => {
    expect(
      share(
        turns(100, () => ({ ...both, isReady: false })),
        'behind',
      ),
    ).toBe(1);
  });

  it('facts that wait for their lane to be taken over and those in other lanes are served in turn', () => {
    const sides = turns(10, () => ({ ...both, isUrgent: true }));
    expect(sides).toEqual(Array.from({ length: 5 }, () => ['ready', 'behind']).flat());
  });

  it('what was handled before the revision came is owed to no take-over', () => {
    const precedence = createPrecedence();
    turns(10_000, () => ({ isReady: true, isBehind: false, isUrgent: false }), precedence);
    expect(
      share(
        turns(100, () => both, precedence),
        'behind',
      ),
    ).toBeLessThan(0.25);
  });
});
