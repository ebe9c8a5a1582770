/**
 * What arbitration must know of people before it decides: addresses, consents, contacts, which rules are about them, their calendar. A few
 * statements for everybody, whatever their number.
 */
import type { Program } from '../../../compiler/program.ts';
import { forPeople } from '../../../compiler/program-sql.ts';
import type { Session } from '../../../store/session.ts';
import type { Batch } from '../../batch.ts';
import { type ConsentSaid, consentObstacle } from '../../dispatch/consent-rule.ts';
import { findSuppressed } from '../../dispatch/queries.ts';
import { suppressionHash } from '../../dispatch/suppression-hash.ts';
import { addExactly } from '../../journeys/moments.ts';
import { arraysOf } from '../../people.ts';
import type { Calendar } from '../calendar.ts';
import type { ChannelResults } from '../channel-order.ts';
import { holidaysAround } from '../holidays.ts';
import type { Holidays } from '../hours.ts';
import type { Rules } from '../rules.ts';
import type { AddressState, Candidate, Contact, Situation } from '../situation.ts';
import { type ReachRow, readContacts, readContactsWithFate, readReach, readResults } from './queries.ts';

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
    appliesTo(batch, who),
    candidates.some(({ choose }) => choose === 'best_of') ? resultsOf(session, who, t) : none,
  ]);
  const reach = await reachOf(session, places, rows);
  const zones = await batch.calendars.at(
    session,
    rows.map((row) => row.zone),
    t,
  );
  return new Map(
    rows.map((row, r): [number, Situation] => {
      const { profileId } = people[row.i - 1] as { readonly profileId: number };
      const calendar = zones.get(row.zone);
      if (calendar === undefined) throw new Error('assertion failed: every zone has a calendar');
      const said = row.consents ?? {};
      const here = reach[r] as ReadonlyMap<string, AddressState>;
      const about = applies.get(profileId) ?? new Set<string>();
      return [
        profileId,
        {
          t,
          channels: new Map(
            [...program.channels].map(([id, { type, via, desk }]) => {
              const isConnected = via.kind !== 'none' || desk !== undefined;
              return [id, { type, address: isConnected ? (here.get(id) ?? 'missing') : 'unconnected' }];
            }),
          ),
          addressIn: (trait, channel) => here.get(`${channel} ${trait}`) ?? 'missing',
          mayContact: (purpose, type) => {
            const needs = neededBy(batch.rules, about, purpose, type);
            return (
              consentObstacle(purpose, program.consents.get(purpose), type, saidOf(said, purpose, type), needs) === null
            );
          },
          applies: about,
          contacts: contacts.get(profileId) ?? [],
          calendar,
          pauses: batch.pauses,
          holidays: holidaysOf(batch.rules, about, calendar),
          preferred: row.preferred ?? [],
          results: results.get(profileId) ?? new Map(),
        },
      ];
    }),
  );
}

/** What the person's countries ask of a purpose on a channel type. */
function neededBy({ consents }: Rules, about: ReadonlySet<string>, purpose: string, type: string) {
  return consents
    .filter((rule) => rule.purpose === purpose && rule.channels.includes(type) && about.has(rule.about))
    .filter(({ unless }) => unless === null || !about.has(unless))
    .map(({ needs }) => needs);
}

function holidaysOf({ countries }: Rules, about: ReadonlySet<string>, { days }: Calendar): Holidays {
  const today = days[0]?.number ?? 0;
  const own = countries.filter((rule) => about.has(rule.about));
  return new Set(own.flatMap(({ body }) => [...holidaysAround(body, today)]));
}

const none: ReadonlyMap<number, ReadonlyMap<string, ChannelResults>> = new Map();

/** Where an address is looked for: that of a channel, or under `channel trait` the one that a send names instead. */
interface AddressPlace {
  readonly id: string;
  readonly type: string;
  /** The trait; null where the channel needs no address. */
  readonly address: string | null;
}

function addressPlaces(program: Program, candidates: readonly Candidate[]): readonly AddressPlace[] {
  const places = new Map<string, AddressPlace>();
  for (const [id, { type, address }] of program.channels) places.set(id, { id, type, address });
  for (const { to, channels } of candidates) {
    if (to === null) continue;
    for (const channel of channels) {
      const id = `${channel} ${to}`;
      const type = program.channels.get(channel)?.type;
      if (type !== undefined) places.set(id, { id, type, address: to });
    }
  }
  return [...places.values()];
}

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

/** For each person, by place: an address, none, or one on the suppression list. */
async function reachOf(
  session: Session,
  channels: readonly AddressPlace[],
  rows: readonly ReachRow[],
): Promise<readonly ReadonlyMap<string, AddressState>[]> {
  const hashes = rows.map(({ addresses }) =>
    channels.map(({ type }, c) => {
      const address = addresses[c] ?? null;
      return address === null ? null : suppressionHash(type, address);
    }),
  );
  const listed = rows.some((row) => row.is_listed) ? hashes.flat().filter((hash): hash is Buffer => hash !== null) : [];
  const suppressed = await findSuppressed(session, listed);
  return hashes.map(
    (ofPerson) =>
      new Map(
        channels.map(({ id, address }, c): [string, AddressState] => {
          const hash = ofPerson[c] ?? null;
          if (address === null) return [id, 'ok'];
          if (hash === null) return [id, 'missing'];
          return [id, suppressed.has(hash.toString('hex')) ? 'suppressed' : 'ok'];
        }),
      ),
  );
}

function saidOf(states: Readonly<Record<string, string>>, purpose: string, type: string): ConsentSaid {
  const said = [states[`${purpose}/${type}`], states[`${purpose}/*`]];
  return { granted: said.includes('granted'), denied: said.includes('denied') };
}

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

/** Which rules are about whom, of those that aren't about everybody: all of them as columns of one statement. */
async function appliesTo(
  batch: Asking,
  who: ReturnType<typeof arraysOf>,
): Promise<ReadonlyMap<number, ReadonlySet<string>>> {
  const { conditions } = batch.rules;
  if (conditions.length === 0) return new Map();
  const statement = batch.statements.pairsOverPeople(
    'rules',
    conditions.map(({ where }) => where),
  );
  const { text, values } = forPeople(statement, batch.t, who);
  const rows = await batch.session.query<Record<string, unknown> & { readonly i: number }>(text, values);
  return new Map(
    rows.map((row) => [
      who.profiles[row.i - 1] as number,
      new Set(conditions.filter((_, c) => row[`h${c}`] === true).map(({ name }) => name)),
    ]),
  );
}

/** What messages brought in the last half year, by person and channel. */
async function resultsOf(
  session: Session,
  who: ReturnType<typeof arraysOf>,
  t: Date,
): Promise<ReadonlyMap<number, ReadonlyMap<string, ChannelResults>>> {
  const byPerson = new Map<number, Map<string, ChannelResults>>();
  for (const { profile_id, channel, sent, acted } of await readResults(session, who, addExactly(t, halfYearAgo))) {
    const results = byPerson.get(profile_id) ?? new Map<string, ChannelResults>();
    byPerson.set(profile_id, results.set(channel, { sent, acted }));
  }
  return byPerson;
}

const halfYearAgo = { months: 0, days: -182, ms: 0 };
