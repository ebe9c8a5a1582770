/**
 * The zone and language of people who say none: those of their country (LANGUAGE b11: person, country, workspace). They are kept beside
 * the traits, so that whatever reads a person's zone finds one; the first country in the order of ids that is his counts.
 */
import { isCountrySegment } from '../../compiler/linked-country.ts';
import { forPeople } from '../../compiler/program-sql.ts';
import type { Batch } from '../batch.ts';
import { appendInbox, type InboxRow } from '../lanes/queries.ts';
import { arraysOf, type Person } from '../people.ts';
import type { Transition } from '../segments/memberships.ts';
import { peopleOfLanes, setRegions } from './queries.ts';
import { hopsMax } from './record.ts';

/** Traits that say it for the person himself. */
const own = ['zone', 'locale'] as const;

/** Settles it for the people of the transaction to whom it may have happened. Runs before anything is evaluated. */
export async function settleCountries(batch: Batch, inbox: readonly InboxRow[] = []): Promise<void> {
  const { countries } = batch.program;
  if (countries.length === 0) return;
  const asked = inbox.filter(({ kind }) => kind === settleKind);
  const whole = [...new Set(asked.filter((row) => row.profile_id === null).map(({ lane }) => lane))];
  if (whole.length > 0) await settleCountriesOfLanes(batch, whole);
  const named = new Set<Person>();
  for (const row of asked) {
    if (row.profile_id === null) continue;
    const person = batch.people.of(row.lane, row.profile_id);
    person.hop = Math.max(person.hop, row.hop);
    named.add(person);
  }
  const read = new Set([...own, ...countries.flatMap(({ traits }) => [...traits])]);
  const touched = [...batch.people.all.values()].filter(
    (person) => named.has(person) || [...person.traits].some((name) => read.has(name)),
  );
  const moved = await settle(batch, touched);
  // Whoever waits for a time of his day finds it anew.
  for (const profileId of moved) batch.people.all.get(profileId)?.traits.add('zone');
}

/** Of an inbox row: whose country it is may be another now; without a profile, that of everybody of the lane. */
const settleKind = 'settle';
/** The inbox class of commands. */
const commandClass = 0;

/**
 * Who entered or left a country that more than his own traits tell finds his zone in the next transaction: this one has been read in the
 * old. What goes round that way ends by its hops.
 */
export async function settleNext(batch: Batch, transitions: readonly Transition[]): Promise<void> {
  const moving = new Set(transitions.filter(({ segment }) => isCountrySegment(segment)).map(({ person }) => person));
  const going = [...moving].filter(({ hop }) => hop < hopsMax);
  await appendInbox(
    batch.session,
    going.map(({ lane, profileId, hop }) => ({
      ...{ lane, class: commandClass, visibleAt: batch.t, profileId, kind: settleKind, hop: hop + 1, body: {} },
    })),
  );
}

/** The same for everybody of lanes that took other countries over: their people are known when the lanes are filled. */
export async function settleLanesNext(
  batch: Batch,
  segments: Iterable<string>,
  lanes: readonly number[],
): Promise<void> {
  if (![...segments].some(isCountrySegment)) return;
  await appendInbox(
    batch.session,
    lanes.map((lane) => ({
      lane,
      class: commandClass,
      visibleAt: batch.t,
      profileId: null,
      kind: settleKind,
      body: {},
    })),
  );
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
    const wheres = program.countries.map(({ where }) => where);
    const { text, values } = forPeople(statements.pairsOverPeople('countries', wheres), t, who);
    for (const row of await session.query<Record<string, unknown> & { readonly i: number }>(text, values)) {
      const country = program.countries.find((_, c) => row[`h${c}`] === true)?.body;
      if (country !== undefined) nowhere[row.i - 1] = { zone: country.zone, locale: country.locale };
    }
    return nowhere;
  }
}
