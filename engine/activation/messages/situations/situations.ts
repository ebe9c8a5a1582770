/**
 * What arbitration must know of people before it decides: addresses, consents, contacts, which rules are about them, their calendar. A few
 * statements for everybody, whatever their number.
 */
import type { Program } from '../../../compiler/program.ts';
import { phoneCountries } from '../../../profiles/cleaning/phone-country.ts';
import type { Session } from '../../../store/session.ts';
import type { Batch } from '../../batch.ts';
import { type ConsentSaid, consentObstacle } from '../../dispatch/consent-rule.ts';
import { addExactly } from '../../journeys/moments.ts';
import { arraysOf } from '../../people.ts';
import type { Calendar } from '../calendar.ts';
import type { ChannelResults, Cost } from '../channel-order.ts';
import { holidaysAround } from '../holidays.ts';
import type { Holidays } from '../hours.ts';
import type { Rules } from '../rules.ts';
import type { AddressState, Candidate, ChannelReach, Contact, Situation } from '../situation.ts';
import { type About, aboutWhom, neededBy } from './laws.ts';
import {
  type ReachRow,
  readContacts,
  readContactsWithFate,
  readEverybodysResults,
  readReach,
  readResults,
} from './queries.ts';
import { addressPlaces, placeOf, type Reach, reachOf } from './reach.ts';

/** Longest look-back of calendar caps: a quarter, plus a day for zones. */
const quarterMs = 93 * 86_400_000;

/** What situations are read by. */
export type Asking = Pick<Batch, 'session' | 'program' | 'statements' | 'calendars' | 'rules' | 'pauses' | 't'>;

/** What arbitration must know of each person: a few statements for everybody, and one for calendars when a local day has ended. */
export async function situationsOf(
  batch: Asking,
  people: readonly { readonly lane: number; readonly profileId: number }[],
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<number, Situation>> {
  const { session, program, t } = batch;
  const places = addressPlaces(program, candidates);
  const who = arraysOf(people);
  const [rows, contacts, applies, results] = await Promise.all([
    readReach(session, who, {
      addresses: places.map(({ address }) => address),
      preferences: preferenceTraits(program),
      zone: program.workspace.zone,
    }),
    contactsOf(batch, who),
    aboutWhom(batch, 'rules', batch.rules.conditions, who),
    candidates.some(isByResults) ? resultsOf(session, who, t) : none,
  ]);
  const everybody = candidates.some(isByResults) ? await everybodysResults(session) : undefined;
  const countryOf = candidates.some(({ choose }) => choose === 'cheapest_of') ? await phoneCountries() : null;
  const about = rows.map((row) => applies.get(people[row.i - 1]?.profileId ?? 0) ?? nothing);
  const [reach, zones] = await Promise.all([
    reachOf(batch, places, rows, about),
    batch.calendars.at(
      session,
      rows.map((row) => row.zone),
      t,
    ),
  ]);
  const everything: Everything = {
    ...{ batch, rows, about, reach, connected: connectedChannels(program) },
    ...{ everybody, saidAbout: sayings() },
    costOf: countryOf && ((channel, address) => costOf(program, channel, countryOf(address ?? ''))),
  };
  const situations = new Map<number, Situation>();
  for (const [r, row] of rows.entries()) {
    const { profileId } = people[row.i - 1] as { readonly profileId: number };
    const calendar = zones.get(row.zone);
    if (calendar === undefined) throw new Error('assertion failed: every zone has a calendar');
    const known = {
      calendar,
      contacts: contacts.get(profileId) ?? noContacts,
      results: results.get(profileId) ?? noResults,
    };
    situations.set(profileId, situationOf(everything, r, known));
  }
  return situations;
}

/** What situations share: everybody is looked up in it by his row. */
interface Everything {
  readonly batch: Asking;
  readonly rows: readonly ReachRow[];
  readonly about: readonly About[];
  readonly reach: Reach;
  /** By channel its type, and whether it has a provider. */
  readonly connected: ReadonlyMap<string, { readonly type: string; readonly isConnected: boolean }>;
  /** What messages brought of everybody; undefined: it isn't asked. */
  readonly everybody: ReadonlyMap<string, ChannelResults> | undefined;
  readonly costOf: ((channel: string, address: string | null) => Cost | null) | null;
  readonly saidAbout: SaidAbout;
}

function connectedChannels({ channels }: Program): Everything['connected'] {
  return new Map(
    [...channels].map(([id, { type, via, desk }]) => [
      id,
      { type, isConnected: via.kind !== 'none' || desk !== undefined },
    ]),
  );
}

/** Of the person in row r. What few decisions ask is worked out when it is asked. A class, since a batch has thousands: functions of each would be half of it. */
class PersonSituation implements Situation {
  readonly t: Date;
  readonly channels: Situation['channels'];
  readonly applies: About;
  readonly contacts: readonly Contact[];
  readonly calendar: Calendar;
  readonly pauses: Situation['pauses'];
  readonly holidays: Holidays;
  readonly preferred: readonly string[];
  readonly results: ReadonlyMap<string, ChannelResults>;
  private readonly all: Everything;
  private readonly r: number;

  constructor(all: Everything, r: number, { calendar, contacts, results }: Known) {
    const { t, pauses, rules } = all.batch;
    this.all = all;
    this.r = r;
    this.t = t;
    this.channels = new PersonsChannels(all, r);
    this.applies = all.about[r] as About;
    this.contacts = contacts;
    this.calendar = calendar;
    this.pauses = pauses;
    this.holidays = holidaysOf(rules, this.applies, calendar);
    this.preferred = (all.rows[r] as ReachRow).preferred ?? noPreference;
    this.results = results;
  }

  addressIn(trait: string, channel: string): AddressState {
    return this.all.reach.stateOf(this.r, placeOf(channel, trait));
  }

  barredBy(purpose: string, channel: string, trait: string | null): string | null {
    const { batch, reach } = this.all;
    if (batch.program.consents.get(purpose)?.basis === 'contract') return null;
    return reach.barredAt(this.r, placeOf(channel, trait));
  }

  mayContact(purpose: string, type: string): boolean {
    const { batch, rows, saidAbout } = this.all;
    const needs = neededBy(batch.rules, this.applies, purpose, type);
    const said = saidAbout(purpose, type)((rows[this.r] as ReachRow).consents);
    return consentObstacle(purpose, batch.program.consents.get(purpose), type, said, needs) === null;
  }
}

class PersonsChannels {
  private readonly all: Everything;
  private readonly r: number;

  constructor(all: Everything, r: number) {
    this.all = all;
    this.r = r;
  }

  get(id: string): ChannelReach | undefined {
    const channel = this.all.connected.get(id);
    if (channel === undefined) return undefined;
    return { type: channel.type, address: channel.isConnected ? this.all.reach.stateOf(this.r, id) : 'unconnected' };
  }
}

function situationOf(all: Everything, r: number, known: Known): Situation {
  const { everybody, costOf, reach } = all;
  const situation: Mutable<Situation> = new PersonSituation(all, r, known);
  if (everybody !== undefined) situation.everybody = everybody;
  if (costOf !== null) situation.costOf = (channel) => costOf(channel, reach.addressAt(r, channel));
  return situation;
}

type Known = Pick<Situation, 'calendar' | 'contacts' | 'results'>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function holidaysOf({ countries }: Rules, about: ReadonlySet<string>, { days }: Calendar): Holidays {
  const today = days[0]?.number ?? 0;
  if (countries.length === 0) return noHolidays;
  const own = countries.filter((rule) => about.has(rule.about)).map(({ body }) => holidaysAround(body, today));
  // Whose country it is shares the set, and what is worked out by it.
  return own.length < 2 ? (own[0] ?? noHolidays) : new Set(own.flatMap((days) => [...days]));
}

const noHolidays: Holidays = new Set();

const nothing: About = new Set();
const none: ReadonlyMap<number, ReadonlyMap<string, ChannelResults>> = new Map();
const noContacts: readonly Contact[] = [];
const noPreference: readonly string[] = [];
const noResults: ReadonlyMap<string, ChannelResults> = new Map();

/** What the person said, then what was learned of him. */
function preferenceTraits({ traits }: Program): readonly string[] {
  const learned = [...traits].flatMap(([name, body]) =>
    body.origin === 'computed' && 'kind' in body.definition && body.definition.kind === 'preferred_channel'
      ? [name]
      : [],
  );
  return [...new Set([...(traits.has(saidPreference) ? [saidPreference] : []), ...learned])];
}

/** The trait by which people say their channel themselves. */
const saidPreference = 'preferred_channel';

type States = Readonly<Record<string, string>> | null;

/** What somebody said of a purpose on a channel type, by his consents. */
type SaidAbout = (purpose: string, type: string) => (states: States) => ConsentSaid;

/** Names of consents are made once, not once a person. */
function sayings(): SaidAbout {
  const known = new Map<string, Map<string, (states: States) => ConsentSaid>>();
  return (purpose, type) => {
    const ofPurpose = known.get(purpose) ?? new Map<string, (states: States) => ConsentSaid>();
    known.set(purpose, ofPurpose);
    const reader = ofPurpose.get(type) ?? sayingOf(`${purpose}/${type}`, `${purpose}/*`);
    ofPurpose.set(type, reader);
    return reader;
  };
}

function sayingOf(here: string, everywhere: string): (states: States) => ConsentSaid {
  return (states) => {
    if (states === null) return saidNothing;
    const isSaid = (state: string) => states[here] === state || states[everywhere] === state;
    const confirmed = isSaid('confirmed');
    return { granted: confirmed || isSaid('granted'), denied: isSaid('denied'), confirmed };
  };
}

const saidNothing: ConsentSaid = { granted: false, denied: false, confirmed: false };

async function contactsOf(
  batch: Asking,
  who: ReturnType<typeof arraysOf>,
): Promise<ReadonlyMap<number, readonly Contact[]>> {
  const { caps } = batch.rules;
  if (caps.length === 0) return new Map();
  const longest = Math.max(
    ...caps.map(({ cap: { window } }) =>
      window.kind === 'rolling' ? addExactly(batch.t, window.duration).getTime() - batch.t.getTime() : quarterMs,
    ),
  );
  // Months differ in length: the look-back is a few days longer than needed, and arbitration counts exactly.
  const after = new Date(batch.t.getTime() - longest - 4 * 86_400_000);
  const byPerson = new Map<number, Contact[]>();
  const read = caps.some(({ cap }) => cap.count !== undefined) ? readContactsWithFate : readContacts;
  for (const row of await read(batch.session, who, after)) {
    const list = byPerson.get(row.profile_id);
    if (list === undefined) byPerson.set(row.profile_id, [row]);
    else list.push(row);
  }
  return byPerson;
}

/** Whether what messages brought, or would cost, decides on the channel. */
function isByResults({ choose }: Candidate): boolean {
  return choose === 'best_of' || choose === 'cheapest_of';
}

/** Of a part, on channels that count parts: how long a text will be isn't known yet. */
function costOf({ channels }: Program, channel: string, country: string | null): Cost | null {
  const cost = channels.get(channel)?.cost;
  if (cost === undefined) return null;
  const there = country === null ? undefined : cost.byCountry?.[country];
  return { micros: there ?? cost.micros, currency: cost.currency };
}

async function everybodysResults(session: Session): Promise<ReadonlyMap<string, ChannelResults>> {
  return new Map((await readEverybodysResults(session)).map(({ channel, ...row }) => [channel, row]));
}

/** What messages brought in the last half year, by person and channel. */
async function resultsOf(
  session: Session,
  who: ReturnType<typeof arraysOf>,
  t: Date,
): Promise<ReadonlyMap<number, ReadonlyMap<string, ChannelResults>>> {
  const byPerson = new Map<number, Map<string, ChannelResults>>();
  for (const { profile_id, channel, ...row } of await readResults(session, who, addExactly(t, halfYearAgo))) {
    const results = byPerson.get(profile_id) ?? new Map<string, ChannelResults>();
    byPerson.set(profile_id, results.set(channel, row));
  }
  return byPerson;
}

const halfYearAgo = { months: 0, days: -182, ms: 0 };
