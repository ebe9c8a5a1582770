/** Pictures and outlines of every journey that was written: complete, connected, nothing drawn twice. What they look like is in test/cli/golden. */
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { journeyOutline } from '../../engine/compiler/picture/journey-outline.ts';
import { journeyPicture } from '../../engine/compiler/picture/journey-picture.ts';
import type { Written } from '../../engine/compiler/picture/words.ts';
import { writtenFiles } from '../config/format/written.ts';

const journeys = writtenFiles()
  .flatMap(({ text }) => parseAllDocuments(text).map((document) => document.toJS() as Written))
  .filter((body) => body.kind === 'journey')
  .map((body) => ({ id: String(body.id), body }));

/** Ids of all steps, wherever they stand. */
function stepIds(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(stepIds);
  if (typeof value !== 'object' || value === null) return [];
  const { id, weight, ...rest } = value as Written;
  // Arms of a split have ids too, and are no steps.
  const own = typeof id === 'string' && weight === undefined ? [id] : [];
  return [...own, ...Object.values(rest).flatMap(stepIds)];
}

describe.each(journeys)('the journey $id', ({ body }) => {
  it('is drawn with each step once, ways between what is there, and no step without a way to it', () => {
    const { nodes, edges } = journeyPicture(body);
    const ids = nodes.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const drawn = nodes.filter(({ id }) => id.startsWith('step:')).map(({ title }) => title);
    expect(drawn.sort()).toEqual([...stepIds(body.steps)].sort());
    for (const { from, to } of edges) expect(ids).toEqual(expect.arrayContaining([from, to]));
    const reached = new Set(edges.map(({ to }) => to));
    const lost = nodes.filter(({ id, kind }) => kind !== 'entry' && kind !== 'watch' && !reached.has(id));
    expect(lost).toEqual([]);
    for (const { id, isRejoin } of nodes) expect(isRejoin).toBe(edges.filter(({ to }) => to === id).length > 1);
    const ends = nodes.filter(({ id, kind }) => kind !== 'watch' && !edges.some(({ from }) => from === id));
    expect(ends.every(({ kind }) => kind === 'exit')).toBe(true);
  });

  it("is outlined with each step on a line, and days that don't go back", () => {
    const { lines } = journeyOutline(body);
    const named = lines.filter(({ kind }) => kind === 'step').map(({ name }) => name);
    expect(named).toEqual(expect.arrayContaining([...stepIds(body.steps)]));
    for (const { days } of lines) expect(days === null || days.from <= days.to).toBe(true);
  });
});

it('there are journeys to draw', () => {
  expect(journeys.length).toBeGreaterThan(9);
});
