/** Models that are fitted beside the process's other work. What fits find is in `test/measure/statistics`. */
import { expect, it } from 'vitest';
import { fitOrdersAside, fitValuesAside } from '../../../engine/activation/schedules/fit-aside.ts';
import { fitBgNbd } from '../../../engine/measure/statistics/fit-bg-nbd.ts';
import { fitGammaGamma } from '../../../engine/measure/statistics/gamma-gamma.ts';

/** Histories of as many people, no two alike. */
const histories = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const age = 20 + (i % 30);
    const frequency = i % 5;
    return { frequency, recency: frequency === 0 ? 0 : age - (i % 17), age, people: 1 + (i % 3) };
  });

it('finds beside other work what it finds in the midst of it, and lets the other work go on', async () => {
  const rows = histories(1_200);
  let turns = 0;
  const turning = setInterval(() => {
    turns += 1;
  }, 1);
  const found = await fitOrdersAside(rows);
  clearInterval(turning);
  expect(found).toEqual(fitBgNbd(rows));
  expect(turns).toBeGreaterThan(10);
});

it('fits few rows at once, and refuses what cannot be fitted, wherever it is', async () => {
  const spendings = Array.from({ length: 600 }, (_, i) => ({
    orders: 1 + (i % 7),
    mean: 500 + ((i * 37) % 4000),
    people: 1,
  }));
  expect(await fitValuesAside(spendings)).toEqual(fitGammaGamma(spendings));
  expect(await fitValuesAside([])).toEqual(fitGammaGamma([]));
  const nobodyCame = histories(700).map((row) => ({ ...row, frequency: 0, recency: 0 }));
  expect(await fitOrdersAside(nobodyCame)).toMatchObject({ kind: 'refused', reason: 'no_repeats' });
});
