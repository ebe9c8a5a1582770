/** What is published of people: small counts are withheld, and none comes back as what is missing in a sum. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellMin, journeysOf } from '../../engine/measure/snapshot/snapshot.ts';

const rows = fc
  .array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 })
  .map((counts) => counts.map((people, i) => ({ journey: 'j', version: 'v', step: i === 0 ? null : `s${i}`, people })));

describe('a published journey', () => {
  it('shows no count of 1 to 9, and hides none alone under a sum', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const [journey] = journeysOf(list);
        const shown = journey?.steps.map((step) => step.people) ?? [];
        expect(shown.filter((people) => people !== null && people > 0 && people < cellMin)).toEqual([]);
        expect(shown.map((people, i) => people === null || people === list[i]?.people)).not.toContain(false);
        const hidden = shown.filter((people) => people === null).length;
        if (journey?.active !== null) expect(hidden).not.toBe(1);
      }),
    );
  });

  it('is whole where no count is small', () => {
    const list = [12, 40].map((people, i) => ({ journey: 'j', version: 'v', step: `s${i}`, people }));
    expect(journeysOf(list)).toEqual([
      { id: 'j', version: 'v', active: 52, steps: list.map(({ step, people }) => ({ step, people })) },
    ]);
  });
});
