/** From which due time on a dispatcher looks into the outbox. */
import { describe, expect, it } from 'vitest';
import { createOutboxMark } from '../../engine/activation/dispatch/outbox-mark.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 2, 2, 10) + seconds * 1_000);

describe('the mark below which the outbox was worked off', () => {
  it('follows two seconds behind what was due at each look', () => {
    const mark = createOutboxMark(false);
    expect(mark.from(at(0), 0)).toBeNull();
    mark.raise(at(0));
    expect(mark.from(at(1), 1_000)).toEqual(at(-2));
    mark.raise(at(1));
    expect(mark.from(at(2), 2_000)).toEqual(at(-1));
  });

  it('stays where it was while something is left', () => {
    const mark = createOutboxMark(false);
    mark.from(at(0), 0);
    expect(mark.from(at(1), 1_000)).toBeNull();
    mark.raise(at(1));
    expect([mark.from(at(2), 2_000), mark.from(at(3), 3_000)]).toEqual([at(-1), at(-1)]);
  });

  it('is forgotten every five seconds, for what became due late', () => {
    const mark = createOutboxMark(false);
    const swept = Array.from({ length: 12 }, (_, second) => {
      const from = mark.from(at(second), second * 1_000);
      mark.raise(at(second));
      return from === null ? [second] : [];
    });
    expect(swept.flat()).toEqual([0, 6]);
  });

  it("is forgotten when the host's clock is set back", () => {
    const mark = createOutboxMark(false);
    mark.from(at(100), 0);
    mark.raise(at(100));
    expect(mark.from(at(40), 10)).toBeNull();
    mark.raise(at(40));
    expect(mark.from(at(41), 20)).toEqual(at(38));
  });

  it('is none where everything is looked at each time', () => {
    const mark = createOutboxMark(true);
    mark.from(at(0), 0);
    mark.raise(at(0));
    expect(mark.from(at(1), 1)).toBeNull();
  });
});
