/** One row of an entity, told in any order: the newest statement stands, roles hold no more people than declared. No store. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../engine/compiler/ir.ts';
import { type RowState, type Statement, tell } from '../../engine/profiles/entities/row-state.ts';

function newRow(): RowState {
  return { fields: {}, fieldTimes: {}, roleTimes: {}, ties: new Map(), version: 0 };
}

function fields(at: number, values: Readonly<Record<string, Value | null>>): Statement {
  return { at, fields: values, people: [] };
}

function people(
  at: number,
  role: string,
  ids: readonly number[],
  more: { max?: number; names?: 'more' } = {},
): Statement {
  const places = ids.map((profileId) => ({ lane: profileId % 8, profileId }));
  return { at, fields: {}, people: [{ role, max: more.max ?? 20, names: more.names ?? 'all', places }] };
}

function tied(row: RowState, role: string): readonly number[] {
  return [...(row.ties.get(role)?.keys() ?? [])].sort((a, b) => a - b);
}

function reached(row: RowState, statement: Statement): readonly string[] {
  return tell(row, statement).people.map(({ place, roles }) => `${place.profileId} ${roles.join('+')}`.trim());
}

describe('fields', () => {
  test('are each what was last true of them, whenever it is told', () => {
    const row = newRow();
    expect(tell(row, fields(10, { status: 'confirmed', seats: 2 })).before).toEqual({ status: null, seats: null });
    expect(tell(row, fields(5, { status: 'option', agent: 'ana' })).before).toEqual({ agent: null });
    expect(row.fields).toEqual({ status: 'confirmed', seats: 2, agent: 'ana' });
    expect(tell(row, fields(20, { status: null })).before).toEqual({ status: 'confirmed' });
    tell(row, fields(15, { status: 'confirmed' }));
    expect(row.fields).toEqual({ seats: 2, agent: 'ana' });
  });

  test('that say nothing new reach nobody, whatever the order of the keys of an amount', () => {
    const row = newRow();
    tell(row, people(1, 'booker', [7]));
    expect(reached(row, fields(2, { price: { amount: 100, currency: 'EUR' } }))).toEqual(['7 booker']);
    const { version } = row;
    expect(reached(row, fields(3, { price: { currency: 'EUR', amount: 100 } as Value }))).toEqual([]);
    expect(row.version).toBe(version);
  });

  test('that change reach everybody who is tied, and who leaves at once', () => {
    const row = newRow();
    tell(row, people(1, 'booker', [7]));
    tell(row, people(1, 'traveller', [7, 8]));
    expect(reached(row, fields(2, { status: 'confirmed' }))).toEqual(['7 booker+traveller', '8 traveller']);
    const both = { ...people(3, 'traveller', [9]), fields: { status: 'cancelled' } };
    expect(reached(row, both)).toEqual(['7 booker', '8', '9 traveller']);
  });

  test('of a fact that was told stay as they were', () => {
    const row = newRow();
    tell(row, fields(1, { status: 'option' }));
    const { fields: then } = row;
    tell(row, fields(2, { status: 'confirmed' }));
    expect(then).toEqual({ status: 'option' });
  });
});

describe('people', () => {
  test('lose a role when all are named and they are not', () => {
    const row = newRow();
    expect(reached(row, people(1, 'booker', [1], { max: 1 }))).toEqual(['1 booker']);
    expect(reached(row, people(2, 'booker', [2], { max: 1 }))).toEqual(['1', '2 booker']);
    expect(reached(row, people(1, 'booker', [1], { max: 1 }))).toEqual([]);
    expect(reached(row, people(3, 'booker', [], { max: 1 }))).toEqual(['2']);
    expect(tied(row, 'booker')).toEqual([]);
  });

  test('who are named further keep the others, until all are named', () => {
    const row = newRow();
    const further = (at: number, id: number) => tell(row, people(at, 'traveller', [id], { names: 'more' }));
    for (const [at, id] of [
      [1, 1],
      [2, 2],
      [6, 3],
    ] as const)
      further(at, id);
    expect(tied(row, 'traveller')).toEqual([1, 2, 3]);
    tell(row, people(4, 'traveller', [2]));
    expect(tied(row, 'traveller')).toEqual([2, 3]);
    further(3, 1);
    expect(tied(row, 'traveller')).toEqual([2, 3]);
  });

  test('beyond the room of a role are refused, those that are there first', () => {
    const row = newRow();
    expect(tell(row, people(1, 'traveller', [1, 2, 3, 3, 4], { max: 3 })).refused).toEqual({ traveller: 1 });
    const further = tell(row, people(2, 'traveller', [5, 1], { max: 3, names: 'more' }));
    expect(further.refused).toEqual({ traveller: 1 });
    expect(further.people).toEqual([]);
    expect(tied(row, 'traveller')).toEqual([1, 2, 3]);
  });
});

describe('in any order', () => {
  const statement = fc.oneof(
    fc.record({ status: fc.constantFrom('a', 'b', null), seats: fc.constantFrom(1, 2, null) }, { requiredKeys: [] }),
    fc.record({
      ids: fc.uniqueArray(fc.nat(5), { maxLength: 4 }),
      names: fc.constantFrom('all' as const, 'more' as const),
    }),
  );
  const story = fc.array(statement, { maxLength: 12 }).map((all) =>
    all.map((one, at): Statement => {
      if (!('ids' in one)) return fields(at, one);
      return people(at, 'traveller', one.ids, one.names === 'more' ? { names: 'more' } : {});
    }),
  );

  test('the same statements make the same row', () => {
    const shuffled = story.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([inOrder, anyhow]) => {
        const [one, other] = [newRow(), newRow()];
        for (const each of inOrder) tell(one, each);
        for (const each of anyhow) tell(other, each);
        expect(other.fields).toEqual(one.fields);
        expect(tied(other, 'traveller')).toEqual(tied(one, 'traveller'));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test('whoever is told last knows the row as it is, and who was untied that he was', () => {
    fc.assert(
      fc.property(
        story.chain((all) => fc.shuffledSubarray(all, { minLength: all.length })),
        (all) => {
          const row = newRow();
          const copies = new Map<number, { roles: readonly string[]; fields: RowState['fields'] }>();
          for (const each of all) {
            for (const { place, roles } of tell(row, each).people)
              copies.set(place.profileId, { roles, fields: row.fields });
          }
          const known = [...copies].filter(([, { roles }]) => roles.length > 0);
          expect(known.map(([id]) => id).sort((a, b) => a - b)).toEqual(tied(row, 'traveller'));
          for (const [, copy] of known) expect(copy.fields).toEqual(row.fields);
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });
});
