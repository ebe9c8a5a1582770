/** `followed_by` and `not_followed_by` at their edges: strictly after, in time, with the same value of a shared property. */
import { describe, expect, test } from 'vitest';
import type { Condition, Follow } from '../../engine/compiler/ir.ts';
import type { OracleEvent } from './oracle.ts';
import { asking, eventAt, nobody, span } from './oracle-question.ts';

const day = span({ days: 1 });

function cart(followed: Partial<Follow>): Condition {
  const follow = { not: false, types: ['order_placed'], where: [], match: null, within: day, ...followed };
  const events = { types: ['cart_updated'], where: [], window: { kind: 'ever' as const }, followed: follow };
  return { kind: 'count', events, test: { op: 'gte', value: 1 } };
}

const updated = eventAt('cart_updated', '2024-01-01T10:00:00Z');
const ordered = (at: string, properties: Record<string, unknown> = {}): OracleEvent => ({
  ...eventAt('order_placed', at),
  properties,
});

describe('an event that is followed by another', () => {
  const { ask } = asking();
  const cartAnd = (...events: readonly OracleEvent[]) => ({ ...nobody, events: [updated, ...events] });

  test('is so from the other on, up to the end of the time, which is too late', async () => {
    const late = '2024-01-05T00:00:00Z';
    const isFollowed = async (at: string) => (await ask(cart({}), cartAnd(ordered(at)), late))[0]?.holds;
    expect(await isFollowed('2024-01-01T10:00:00Z')).toBe(false);
    expect(await isFollowed('2024-01-01T10:00:00.001Z')).toBe(true);
    expect(await isFollowed('2024-01-02T09:59:59.999Z')).toBe(true);
    expect(await isFollowed('2024-01-02T10:00:00Z')).toBe(false);
  });

  test('is not followed only when the time is over, and says when that is', async () => {
    const quiet = cart({ not: true });
    const end = '2024-01-02T10:00:00.000Z';
    expect(await ask(quiet, cartAnd(), '2024-01-01T10:00:00Z', '2024-01-02T09:59:59.999Z', end)).toEqual([
      { holds: false, next: end },
      { holds: false, next: end },
      { holds: true, next: null },
    ]);
    expect(await ask(quiet, cartAnd(ordered('2024-01-01T11:00:00Z')), '2024-01-01T12:00:00Z', end)).toEqual([
      { holds: false, next: null },
      { holds: false, next: null },
    ]);
    expect(await ask(quiet, cartAnd(ordered(end)), end)).toEqual([{ holds: true, next: null }]);
  });

  test('without a time, is not followed at once and until it is', async () => {
    const quiet = cart({ not: true, within: null });
    expect(await ask(quiet, cartAnd(), '2024-01-01T10:00:00Z')).toEqual([{ holds: true, next: null }]);
    expect(await ask(quiet, cartAnd(ordered('2024-03-01')), '2024-02-29', '2024-03-01')).toEqual([
      { holds: true, next: null },
      { holds: false, next: null },
    ]);
  });

  test('shares a value that is there on both sides', async () => {
    const tied = cart({ match: 'cart_id' });
    const at = '2024-01-01T11:00:00Z';
    const isTied = async (mine: Record<string, unknown>, theirs: Record<string, unknown>) => {
      const events = [{ ...updated, properties: mine }, ordered(at, theirs)];
      return (await ask(tied, { ...nobody, events }, at))[0]?.holds;
    };
    expect(await isTied({ cart_id: 'a' }, { cart_id: 'a' })).toBe(true);
    expect(await isTied({ cart_id: 'a' }, { cart_id: 'b' })).toBe(false);
    expect(await isTied({}, {})).toBe(false);
    expect(await isTied({ cart_id: null }, { cart_id: null })).toBe(false);
  });
});
