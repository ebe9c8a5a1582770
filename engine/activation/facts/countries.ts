/**
 * The zone and language of people who say none: those of their country (LANGUAGE b11: person, country, workspace). They are kept beside
 * the traits, so that whatever reads a person's zone finds one; the first country in the order of ids that is his counts.
 */
import { forPeople } from '../../compiler/program-sql.ts';
import type { Batch } from '../batch.ts';
import { arraysOf, type Person } from '../people.ts';
import { peopleOfLanes, setRegions } from './queries.ts';

/** Traits that say it for the person himself. */
const own = ['zone', 'locale'] as const;

/** Settles it for the people of the transaction to whom it may have happened. Runs before anything is evaluated. */
export async function settleCountries(batch: Batch): Promise<void> {
  const { countries } = batch.program;
  if (countries.length === 0) return;
  const read = new Set([...own, ...countries.flatMap(({ traits }) => [...traits])]);
  const touched = [...batch.people.all.values()].filter(({ traits }) => [...traits].some((name) => read.has(name)));
  const moved = await settle(batch, touched);
  // Whoever waits for a time of his day finds it anew.
  for (const profileId of moved) batch.people.all.get(profileId)?.traits.add('zone');
}

/** People whose regions are read and written at once, when lanes take over other countries. */
const atOnce = 10_000;

/** Settles it for everybody of the lanes; returns those whose zone is another now. */
export async function settleCountriesOfLanes(batch: Batch, lanes: readonly number[]): Promise<readonly Person[]> {
  const moved: Person[] = [];
  for (let after = 0; ; ) {
    const people = await peopleOfLanes(batch.session, lanes, after, atOnce);
    const ids = new Set(await settle(batch, people));
    for (const { lane, profileId } of people) {
      if (!ids.has(profileId)) continue;
      const person = batch.people.of(lane, profileId);
      person.traits.add('zone');
      moved.push(person);
    }
    if (people.length < atOnce) return moved;
    after = people.at(-1)?.profileId ?? 0;
  }
}

/** Returns those whose zone is another now. */
async function settle(batch: Batch, people: readonly Pick<Person, 'lane' | 'profileId'>[]): Promise<readonly number[]> {
  if (people.length === 0) return [];
  const { session, program, statements, t } = batch;
  const who = arraysOf(people);
  const regions = await regionsOf();
  return await setRegions(session, {
    ...who,
    zones: regions.map(({ zone }) => zone),
    locales: regions.map(({ locale }) => locale),
  });

  async function regionsOf() {
    const nowhere = people.map(() => ({ zone: null as string | null, locale: null as string | null }));
    if (program.countries.length === 0) return nowhere;
    const wheres = program.countries.map(({ body }) => body.where);
    const { text, values } = forPeople(statements.pairsOverPeople('countries', wheres), t, who);
    for (const row of await session.query<Record<string, unknown> & { readonly i: number }>(text, values)) {
      const country = program.countries.find((_, c) => row[`h${c}`] === true)?.body;
      if (country !== undefined) nowhere[row.i - 1] = { zone: country.zone, locale: country.locale };
    }
    return nowhere;
  }
}
