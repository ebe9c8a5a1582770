/** Worlds of the oracle as rows of a store, and compiled conditions read back from it. The rows are what ingestion would write. */
import type { BundleResource, Condition } from '../../engine/compiler/ir.ts';
import { link } from '../../engine/compiler/program.ts';
import {
  forEnrollments,
  forPeople,
  type PeopleArrays,
  pairsOverEnrollments,
  pairsOverPeople,
} from '../../engine/compiler/program-sql.ts';
import type { Session } from '../../engine/store/session.ts';
import { liveReading, type OracleMessage, type OraclePerson } from './oracle.ts';
import { dayMs } from './oracle-clock.ts';

/** The zone of people who have none. */
export const worldZone = 'Africa/Lagos';

export const workspace: BundleResource = {
  kind: 'workspace',
  id: 'world',
  digest: 'workspace',
  body: {
    zone: worldZone,
    currency: 'EUR',
    locale: 'en',
    locales: ['en'],
    weekStarts: 'mon',
    triggerMaxAge: { months: 0, days: 2, ms: 0 },
  },
  meta: {},
  needs: [],
};

const program = link(1, [workspace]);
const lane = 7;
let lastProfile = 0;
let lastMessage = 0;

/** Adds the people and returns them in their order; `computed` are traits of the projection that nobody observed. */
export async function addPeople(
  session: Session,
  people: readonly OraclePerson[],
  computed: readonly Readonly<Record<string, unknown>>[] = [],
): Promise<PeopleArrays> {
  const profiles = people.map(() => ++lastProfile);
  const each = <T, R>(list: (one: OraclePerson) => readonly T[], row: (profile: number, item: T, i: number) => R) =>
    people.flatMap((one, p) => list(one).map((item, i) => row(profiles[p] as number, item, i)));
  await insert(session, 'profile', 'lane, profile_id, traits, zone, created_at', [
    ...people.map((one, p) => [
      lane,
      profiles[p],
      { ...projection(one), ...computed[p], ...personasOf(one) },
      one.zone,
      new Date(0),
    ]),
  ]);
  await insert(
    session,
    'trait_value',
    'lane, profile_id, trait, source, observed_at, received_at, value',
    each(
      (one) => one.observations,
      (id, o, i) => [lane, id, o.trait, `s${i}`, new Date(o.at), new Date(o.at + i), { wrapped: o.value }],
    ),
  );
  await insert(
    session,
    'event',
    'lane, type, profile_id, occurred_at, event_id, received_at, value, unit, properties, source',
    each(
      (one) => one.events,
      (id, e, i) => [lane, e.type, id, new Date(e.at), i, new Date(e.at), e.value, e.unit, e.properties, 'world'],
    ),
  );
  await insert(
    session,
    'consent_log',
    'lane, profile_id, seq, purpose, channel, state, occurred_at, source',
    each(
      (one) => one.consents,
      (id, c, i) => [lane, id, i, c.purpose, c.channel, c.state, new Date(c.at), 'world'],
    ),
  );
  await session.query(
    `insert into consent (lane, profile_id, purpose, channel, state, since)
     select distinct on (profile_id, purpose, channel) lane, profile_id, purpose, channel, state, occurred_at
     from consent_log where lane = $1 and profile_id = any($2::bigint[]) order by profile_id, purpose, channel, occurred_at desc, seq desc`,
    [lane, profiles],
  );
  await insert(
    session,
    'membership',
    'lane, profile_id, segment, is_member, since',
    each(
      (one) => one.segments,
      (id, segment) => [lane, id, segment, true, new Date(people[profiles.indexOf(id)]?.since?.[segment] ?? 0)],
    ),
  );
  await addStates(session, each);
  return { lanes: people.map(() => lane), profiles };
}

type Each = <T, R>(
  list: (one: OraclePerson) => readonly T[],
  row: (profile: number, item: T, i: number) => R,
) => readonly R[];

/** Rows of entities, enrollments, messages with what was told of them, identifiers. */
async function addStates(session: Session, each: Each): Promise<void> {
  await insert(
    session,
    'entity_row',
    'lane, profile_id, entity, key, role, fields, observed_at, source',
    each(
      (one) => one.rows ?? [],
      (id, row) => [lane, id, row.entity, row.key, row.role, row.fields, new Date(0), 'world'],
    ),
  );
  await insert(
    session,
    'enrollment',
    'lane, profile_id, journey, key, n, version, state, entered_at, step_since, exited_at, exit_as, marks, entry, steps_done',
    each(
      (one) => one.enrollments ?? [],
      (id, e) => [
        ...[lane, id, e.journey, e.key, e.n, 'v', e.exited === null ? 'active' : 'exited', new Date(e.entered)],
        ...[new Date(e.stepSince), e.exited === null ? null : new Date(e.exited), e.as, e.marks, e.entry, 0],
      ],
    ),
  );
  const messages = each(
    (one) => one.messages ?? [],
    (id, message) => ({ id, message, number: ++lastMessage }),
  );
  await insert(
    session,
    'message',
    'lane, message_id, profile_id, journey, key, n, step, channel, template, objective, purpose, priority, state, rank, created_at, accepted_at, valid_until, sent_at, decision, revision, with_values',
    messages.map(({ id, message: m, number }) => [
      ...[lane, number, id, m.journey, m.key, m.n, m.step, m.channel, 't', 'engagement', 'marketing', 50],
      ...[m.isEnded ? 'expired' : 'sent', rankOf(m), new Date(m.created), timeOf(m.accepted)],
      ...[new Date(m.created + 30 * dayMs), timeOf(m.sent), {}, 1, {}],
    ]),
  );
  await insert(
    session,
    'event',
    'lane, type, profile_id, occurred_at, event_id, received_at, value, unit, properties, source',
    messages.flatMap(({ id, message, number }) =>
      (['delivered', 'seen', 'acted', 'replied', 'bounced'] as const).flatMap((status) => {
        const at = message[status];
        if (at === null) return [];
        const { journey, step, channel } = message;
        const properties = { message: String(number), journey, step, channel };
        return [[lane, `message_${status}`, id, new Date(at), number, new Date(at), null, null, properties, 'world']];
      }),
    ),
  );
  await insert(
    session,
    'identifier',
    'type, value, lane, profile_id',
    each(
      (one) => one.identifiers ?? [],
      (id, type) => [type, `${id}`, lane, id],
    ),
  );
}

function timeOf(at: number | null): Date | null {
  return at === null ? null : new Date(at);
}

/** The ladder of the message table. */
function rankOf({ accepted, sent, delivered, seen, acted, replied, isEnded }: OracleMessage): number {
  if (isEnded || accepted === null) return 0;
  if (acted !== null || replied !== null) return 5;
  return seen !== null ? 4 : delivered !== null ? 3 : sent !== null ? 2 : 1;
}

function personasOf({ personas = {} }: OraclePerson): Record<string, string> {
  return Object.fromEntries(Object.entries(personas).map(([set, id]) => [`persona/${set}`, id]));
}

/** The newest observation of each trait. */
function projection(person: OraclePerson): Record<string, unknown> {
  const reading = liveReading(0, worldZone);
  return Object.fromEntries(person.observations.map(({ trait }) => [trait, reading.trait(person, trait)]));
}

/** Writes rows as one JSON document, so that a value of any form arrives as it is. */
async function insert(session: Session, table: string, columns: string, rows: readonly unknown[][]): Promise<void> {
  const list = columns.split(', ');
  const objects = rows.map((row) => Object.fromEntries(list.map((name, i) => [name, row[i]])));
  const unwrapped = list.map((name) => (table === 'trait_value' && name === 'value' ? "value -> 'wrapped'" : name));
  await session.query(
    `insert into ${table} (${columns}) select ${unwrapped.join(', ')} from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
    [JSON.stringify(objects)],
  );
}

/** Takes everybody out of the store. */
export async function removePeople(session: Session): Promise<void> {
  const facts = ['profile', 'trait_value', 'event', 'consent_log', 'consent', 'membership'];
  for (const table of [...facts, 'entity_row', 'enrollment', 'message', 'identifier']) {
    await session.query(`delete from ${table}`);
  }
}

export interface Answer {
  readonly holds: boolean;
  /** Milliseconds; infinity: never. */
  readonly nextChange: number;
}

/** Reads the conditions for the people at each time, all as columns of one statement: `[time][person][condition]`. */
export async function answers(
  session: Session,
  conditions: readonly Condition[],
  people: PeopleArrays,
  times: readonly number[],
): Promise<readonly (readonly (readonly Answer[])[])[]> {
  const statement = pairsOverPeople(program, conditions);
  const all: Answer[][][] = [];
  for (const t of times) {
    const { text, values } = forPeople(statement, new Date(t), people);
    const rows = await session.query<Record<string, unknown>>(text, values);
    if (rows.length !== people.profiles.length) throw new Error('The statement lost or doubled people.');
    const byPerson = [...rows].sort((a, b) => (a.i as number) - (b.i as number));
    all.push(byPerson.map((row) => conditions.map((_, c) => answerOf(row[`h${c}`], row[`n${c}`] as Date | null))));
  }
  return all;
}

/** The same inside each person's enrollments: `[time][person][enrollment][condition]`. */
export async function enrolledAnswers(
  session: Session,
  conditions: readonly Condition[],
  { people, lanes, profiles }: PeopleArrays & { readonly people: readonly OraclePerson[] },
  times: readonly number[],
): Promise<readonly (readonly (readonly (readonly Answer[])[])[])[]> {
  const all = people.flatMap((one, p) =>
    (one.enrollments ?? []).map((e) => ({ p, e, lane: lanes[p] as number, profile: profiles[p] as number })),
  );
  const arrays = {
    lanes: all.map((one) => one.lane),
    profiles: all.map((one) => one.profile),
    journey: all.map(({ e }) => e.journey),
    key: all.map(({ e }) => e.key),
    n: all.map(({ e }) => e.n),
    enteredAt: all.map(({ e }) => new Date(e.entered)),
    stepSince: all.map(({ e }) => new Date(e.stepSince)),
    marks: all.map(({ e }) => JSON.stringify(e.marks)),
    entry: all.map(({ e }) => JSON.stringify(e.entry)),
  };
  const statement = pairsOverEnrollments(program, conditions);
  const found: Answer[][][][] = [];
  for (const t of times) {
    const { text, values } = forEnrollments(statement, new Date(t), arrays);
    const rows = await session.query<Record<string, unknown>>(text, values);
    if (rows.length !== all.length) throw new Error('The statement lost or doubled enrollments.');
    const byPerson: Answer[][][] = people.map(() => []);
    for (const row of [...rows].sort((a, b) => (a.i as number) - (b.i as number))) {
      const { p } = all[(row.i as number) - 1] as { readonly p: number };
      byPerson[p]?.push(conditions.map((_, c) => answerOf(row[`h${c}`], row[`n${c}`] as Date | null)));
    }
    found.push(byPerson);
  }
  return found;
}

function answerOf(holds: unknown, next: Date | null): Answer {
  if (typeof holds !== 'boolean') throw new Error(`holds is ${String(holds)}, neither true nor false`);
  return { holds, nextChange: next === null ? Number.POSITIVE_INFINITY : next.getTime() };
}
