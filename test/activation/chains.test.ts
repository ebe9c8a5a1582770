/** Which traits are made of each other by one statement; what such a statement writes is in `traits.test.ts` and the property tests. */
import { describe, expect, test } from 'vitest';
import { chainOf, keysOf } from '../../engine/activation/segments/chains.ts';
import type { Level, LinkedTrait } from '../../engine/compiler/program.ts';
import { readersOf, readersOfTrait } from '../../engine/compiler/readers.ts';

function trait(name: string, ...traits: readonly string[]): LinkedTrait {
  const definition = { kind: 'coalesce', traits } as const;
  return { name, type: 'number', digest: name, definition, readers: readersOfTrait(definition) };
}

const where = { kind: 'any', of: [] } as const;
const readers = readersOf(where);
const segment = { id: 'vips', digest: 'vips', where, readers };
const levels: readonly Level[] = [
  { traits: [trait('orders'), trait('visits')], personas: [], groups: [] },
  { traits: [trait('f', 'orders')], personas: [], groups: [{ key: '', level: 1, readers, segments: [segment] }] },
  { traits: [trait('name', 'f', 'email'), trait('other', 'late')], personas: [], groups: [] },
];
const everything = () => true;
const namesOf = (stages: readonly (readonly LinkedTrait[])[]) => stages.map((stage) => stage.map(({ name }) => name));

describe('a chain of traits', () => {
  test('has a stage for each level, of all that read nothing else that is pending', () => {
    const pending = new Set(keysOf(levels));
    expect(namesOf(chainOf(levels, pending, everything))).toEqual([['orders', 'visits'], ['f'], ['name', 'other']]);
    pending.add('trait/late');
    expect(namesOf(chainOf(levels, pending, everything))).toEqual([['orders', 'visits'], ['f'], ['name']]);
  });

  test('ends at what reads a segment that is pending', () => {
    const [first, second] = levels as [Level, Level];
    const member = trait('member', 'f');
    const reads = { ...member, readers: { ...member.readers, segments: new Set(['vips']) } };
    const all = [first, second, { traits: [reads], personas: [], groups: [] }];
    expect(namesOf(chainOf(all, new Set(keysOf(all)), everything))).toEqual([['orders', 'visits'], ['f']]);
    expect(namesOf(chainOf(all, new Set(), everything))).toEqual([['orders', 'visits'], ['f'], ['member']]);
  });

  test('leaves out what is not wanted, and what reads it while it is pending', () => {
    const isWanted = ({ name }: LinkedTrait) => name !== 'f';
    expect(namesOf(chainOf(levels, new Set(['trait/f']), isWanted))).toEqual([['orders', 'visits'], ['other']]);
  });

  test('is told what it holds so far', () => {
    const reads = ({ name, readers: { traits } }: LinkedTrait, chained: ReadonlySet<string>) =>
      name === 'orders' || [...traits].some((one) => chained.has(one));
    expect(namesOf(chainOf(levels, new Set(), reads))).toEqual([['orders'], ['f'], ['name']]);
  });
});
