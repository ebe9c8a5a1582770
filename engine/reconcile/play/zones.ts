/** The zone in which the times of a test are read: the person's own, else that of his country as his traits tell it, else the workspace's. */
import type { Running } from '../../activation/running.ts';
import { forPeople } from '../../compiler/program-sql.ts';
import { laneOf } from '../../profiles/lane-of.ts';
import type { OwnSession } from '../../store/session.ts';
import { isMap, type TestResource } from './played-bundle.ts';
import { deleteSketches, insertSketches } from './queries.ts';

interface Somebody {
  readonly test: TestResource;
  readonly profileId: number;
}

/** For each of the people, in their order. Countries are asked by the compiled SQL that asks them of everybody. */
export async function zonesOf(
  session: OwnSession,
  { program, statements }: Running,
  people: readonly Somebody[],
  at: Date,
): Promise<readonly string[]> {
  const said = people.map(({ test }) => test.body.given.zone);
  const byCountry = said.every((zone) => typeof zone === 'string') ? [] : await countryZones();
  return people.map((_, i) => (typeof said[i] === 'string' ? said[i] : (byCountry[i] ?? program.workspace.zone)));

  function countryZones(): Promise<readonly (string | null)[]> {
    const { countries } = program;
    const who = {
      lanes: people.map(({ profileId }) => laneOf(profileId)),
      profiles: people.map((one) => one.profileId),
    };
    const traits = people.map(({ test }) =>
      JSON.stringify(Object.fromEntries(Object.entries(test.body.given).filter(([, value]) => !isMap(value)))),
    );
    if (countries.length === 0) return Promise.resolve([]);
    return session.transaction(async (inner) => {
      await insertSketches(inner, { ...who, traits }, at);
      const asked = statements.pairsOverPeople(
        'countries',
        countries.map(({ where }) => where),
      );
      const { text, values } = forPeople(asked, at, who);
      const zones = people.map((): string | null => null);
      for (const row of await inner.query<Record<string, unknown> & { readonly i: number }>(text, values)) {
        zones[row.i - 1] = countries.find((_, c) => row[`h${c}`] === true)?.body.zone ?? null;
      }
      await deleteSketches(inner, who);
      return zones;
    });
  }
}
