/** The simplex finds minima that are known, says when it didn't, and stays out of where the function isn't defined. */
import { describe, expect, it } from 'vitest';
import { minimise } from '../../../engine/measure/statistics/minimise.ts';

type Point = readonly [number, number];
const over = (f: (x: number, y: number) => number) => (point: readonly number[]) => f(...(point as unknown as Point));

describe('the simplex', () => {
  it('walks the bent valley of Rosenbrock to its end', () => {
    const found = minimise(
      over((x, y) => (1 - x) ** 2 + 100 * (y - x * x) ** 2),
      [-1.2, 1],
    );
    expect(found.isConverged).toBe(true);
    expect(found.point[0]).toBeCloseTo(1, 6);
    expect(found.point[1]).toBeCloseTo(1, 6);
    expect(found.value).toBeLessThan(1e-12);
  });

  it('walks the valley in four dimensions too', () => {
    const rosenbrock = (p: readonly number[]) =>
      p.slice(1).reduce((sum, y, i) => sum + (1 - (p[i] as number)) ** 2 + 100 * (y - (p[i] as number) ** 2) ** 2, 0);
    const { point } = minimise(rosenbrock, [0.5, 0.5, 0.5, 0.5]);
    for (const x of point) expect(x).toBeCloseTo(1, 5);
  });

  it('finds one of the four minima of Himmelblau, each from its own side', () => {
    const himmelblau = over((x, y) => (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2);
    for (const [start, end] of [
      [
        [2, 2],
        [3, 2],
      ],
      [
        [-3, 3],
        [-2.805118, 3.131312],
      ],
      [
        [-4, -3],
        [-3.77931, -3.283186],
      ],
      [
        [4, -2],
        [3.584428, -1.848126],
      ],
    ] as const) {
      const { point, value } = minimise(himmelblau, start);
      expect(value).toBeLessThan(1e-10);
      for (const [i, x] of end.entries()) expect(point[i]).toBeCloseTo(x, 5);
    }
  });

  it("reaches the singular minimum of Powell's function, and Booth's in a plane", () => {
    const powell = ([a, b, c, d]: readonly number[]) => {
      const [w, x, y, z] = [a, b, c, d] as [number, number, number, number];
      return (w + 10 * x) ** 2 + 5 * (y - z) ** 2 + (x - 2 * y) ** 4 + 10 * (w - z) ** 4;
    };
    expect(minimise(powell, [3, -1, 0, 1]).value).toBeLessThan(1e-8);
    const booth = minimise(
      over((x, y) => (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2),
      [0, 0],
    );
    expect(booth.point[0]).toBeCloseTo(1, 6);
    expect(booth.point[1]).toBeCloseTo(3, 6);
  });

  it('works on one dimension', () => {
    expect(minimise(([x]) => ((x as number) - 3) ** 2, [0]).point[0]).toBeCloseTo(3, 6);
  });

  it('stays where the function is defined: elsewhere is worse than everything', () => {
    const found = minimise(([x]) => (x as number) - Math.log(x as number), [5]);
    expect(found.point[0]).toBeCloseTo(1, 6);
  });

  it('says when its evaluations ran out', () => {
    const found = minimise(([x]) => (x as number) ** 2, [1000], { evaluationsMax: 10 });
    expect(found).toMatchObject({ isConverged: false });
    expect(found.evaluations).toBeLessThan(20);
  });

  it('does not start where there is no value', () => {
    expect(() => minimise(() => Number.NaN, [1])).toThrow('assertion failed');
  });
});
