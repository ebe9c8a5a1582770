/** Privacy: a person is planted in every table there is, shown, exported, erased; afterwards no byte of him is left. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../engine/clock/clock.ts';
import type { IdentifiedFact, Identifier } from '../../engine/profiles/identified-fact.ts';
import { ingestFacts } from '../../engine/profiles/ingest.ts';
import { personTables } from '../../engine/profiles/person-tables.ts';
import { erasePerson } from '../../engine/profiles/privacy/erase.ts';
import { exportPerson } from '../../engine/profiles/privacy/export.ts';
import { liftRestriction, restrictPerson } from '../../engine/profiles/privacy/restrict.ts';
import { showProfile } from '../../engine/profiles/show-profile.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { type FaultStore, faultJourneys, faultStore } from '../faults/fault-store.ts';

/** What only he has. */
const mark = 'zoemarker';
const phone = '+33612349876';

let fault: FaultStore;
let session: OwnSession;
const now = systemClock.now();

const people = `kind: schema
id: trips
entities:
  booking: { key: reference, fields: { name: { type: text } }, people: { traveller: { max: 5 } } }
---
kind: identity
id: people
merge_by: [{ identifier: external_id }, { identifier: email }]
`;

beforeAll(async () => {
  fault = await faultStore(faultJourneys, { 'people.yaml': people });
  session = await fault.store.session();
});
afterAll(async () => {
  await session.close();
  await fault.drop();
});

let n = 0;
function fact(identifiers: readonly Identifier[], more: object = {}, rest: object = {}): IdentifiedFact {
  n += 1;
  const at = now.getTime() - 1000 + n;
  return {
    messageId: `${mark}-id/${n}`,
    identifiers,
    fact: { at, received: at, source: 'web', trigger: true, ...more },
    ...rest,
  };
}

const tell = (...facts: readonly IdentifiedFact[]) =>
  ingestFacts(session, facts, {
    now,
    identity: {
      mergeBy: ['external_id', 'email'].map((identifier) => ({ identifier, atMost: null, never: [] })),
      maxProfiles: 50,
      survivorship: {},
    },
  });
const event = (type: string, properties: object = {}) => ({ event: { type, value: null, unit: null, properties } });
const zoe: Identifier = { type: 'external_id', value: `${mark}-id` };
const mail: Identifier = { type: 'email', value: `${mark}@shop.example` };
const eve: Identifier = { type: 'external_id', value: 'eve' };

async function profileOf({ type, value }: Identifier): Promise<number> {
  const rows = await session.query<{ profile_id: number }>(
    'select profile_id from parcours.identifier where type = $1 and value = $2',
    [type, value],
  );
  return rows[0]?.profile_id ?? 0;
}

/** In which tables a text stands, by all their rows as they are. */
async function tablesWith(text: string): Promise<readonly string[]> {
  const relations = await session.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace s on s.oid = c.relnamespace
     where s.nspname = 'parcours' and c.relkind = 'r' order by 1`,
  );
  const found: string[] = [];
  for (const { name } of relations) {
    const rows = await session.query(`select 1 from parcours.${name} x where strpos(lower(x::text), $1) > 0 limit 1`, [
      text,
    ]);
    if (rows.length > 0) found.push(name);
  }
  return found;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly must: boolean;
}

/** Values that a table's checks ask for. */
const checked: Readonly<Record<string, unknown>> = {
  'outbox.state': 'ready',
  'ledger_open.account': 'active',
  // Names of ours; that they are told of him is kept by number until they know that he is gone.
  'destination_row.destination': 'warehouse',
  'destination_hash.destination': 'ads',
  'destination_hash.kind': 'email',
};

/** A row of him in a table that has none yet, made of the types of its columns. */
async function plant(relation: string, profileId: number): Promise<void> {
  const known = await session.query(`select 1 from parcours.${relation} where profile_id = $1 limit 1`, [profileId]);
  if (known.length > 0) return;
  const columns = await session.query<Column>(
    `select column_name as name, data_type as type, is_nullable = 'NO' and column_default is null as must
     from information_schema.columns where table_schema = 'parcours' and table_name = $1
       and is_generated = 'NEVER' and is_identity = 'NO'`,
    [relation],
  );
  const values: Record<string, unknown> = {};
  for (const { name, type, must } of columns) {
    const given = checked[`${relation}.${name}`];
    if (given !== undefined) values[name] = given;
    else if (name === 'lane') values[name] = profileId % 1024;
    else if (name === 'profile_id') values[name] = profileId;
    else if (type === 'text') values[name] = `${mark} text`;
    else if (type === 'jsonb') values[name] = { text: mark };
    else if (must && type.startsWith('timestamp')) values[name] = now.toISOString();
    else if (must && type === 'boolean') values[name] = false;
    else if (must) values[name] = 1;
  }
  await session.query(
    `insert into parcours.${relation} (${Object.keys(values).join(', ')})
     select ${Object.keys(values)
       .map((name) => `r.${name}`)
       .join(', ')} from jsonb_populate_record(null::parcours.${relation}, $1) r`,
    [JSON.stringify(values)],
  );
}

describe('a person in every table', () => {
  let id: number;

  beforeAll(async () => {
    const person = { traits: { first_name: mark, email: mail.value, phone } };
    const consents = { consents: [{ purpose: 'newsletter', channel: 'email', state: 'granted', proof: mark }] };
    const booking = (names: readonly Identifier[], key: string, name: string) =>
      fact(
        [],
        {},
        {
          row: {
            entity: 'booking',
            key,
            fields: { reference: key, name },
            people: [{ role: 'traveller', max: 5, names: 'more', of: names.map((one) => [one]) }],
          },
        },
      );
    await tell(
      fact([zoe], { ...person, ...event('signed_up', { plan: mark }) }),
      fact([mail], { ...consents, ...event('visited', { page: mark }) }),
      fact([eve], event('visited', { page: `with ${mail.value}` })),
      booking([zoe], 'own', mark),
      booking([zoe, eve], 'shared', `for ${mail.value}`),
    );
    await fault.runOnce();
    await tell(fact([zoe, mail]));
    await fault.runOnce();
    id = await profileOf(zoe);
    expect(await profileOf(mail)).toBe(id);
    for (const { relation } of personTables) await plant(relation, id);
    const call = await session.query<{ call_id: number }>('select call_id from parcours.call where profile_id = $1', [
      id,
    ]);
    await session.query(
      `insert into parcours.call_taking (call_id, n, list, agent, taken_at, state, outcome) values ($1, 1, 'desk', 'agent', $2, 'closed', $3)`,
      [call[0]?.call_id, now, mark],
    );
    await session.query(
      `insert into parcours.rejected_call (source, message_id, received_at, reasons, body) values ('web', 'r1', $1, '{"/event: no"}', $2)`,
      [now, JSON.stringify({ userId: zoe.value, traits: { name: mark } })],
    );
    await session.query(
      `insert into parcours.merge_proposal (a_id, b_id, rule, reason, proposed_at) values ($1, 999999, 'identifier email', 'x', $2)`,
      [id, now],
    );
    const other = await profileOf(eve);
    await session.query(
      `insert into parcours.ledger_referral (lane, profile_id, program, referral_id, referrer_id, at, until, status, changed_at)
       values ($1, $2, 'club', 77, $3, $4, $4, 'rewarded', $4)`,
      [other % 1024, other, id, now],
    );
    await session.query(
      `insert into parcours.ledger_referral_mark (lane, referrer_id, program, trait, mark, referral_id) values ($1, $2, 'club', 'phone', 'x', 77)`,
      [id % 1024, id],
    );
  });

  it('stands in all of them', async () => {
    for (const { relation } of personTables) {
      const rows = await session.query(`select 1 from parcours.${relation} where profile_id = $1 limit 1`, [id]);
      expect([relation, rows.length]).toEqual([relation, 1]);
    }
  });

  it('is shown with where each value came from', async () => {
    const shown = await showProfile(session, { lane: id % 1024, profileId: id });
    expect(shown?.identifiers).toContainEqual(zoe);
    expect(shown?.traits).toContainEqual(
      expect.objectContaining({ trait: 'first_name', value: mark, source: 'web', told: 1 }),
    );
    expect(shown?.merged).toHaveLength(1);
  });

  it('is exported whole: every table in which he stands, with all his rows', async () => {
    const exported = await exportPerson(session, id, now);
    const known = JSON.parse(JSON.stringify(exported.tables)) as Record<string, readonly unknown[]>;
    const expected = [
      ...personTables.map(({ relation }) => relation),
      'call_taking',
      'merge_leftover',
      'merge_log',
      'rejected_call',
      'seen_message',
    ];
    expect(Object.keys(known).sort()).toEqual([...expected].sort());
    for (const { relation } of personTables) {
      const ids = [id, ...exported.merged];
      const rows = await fault.count(
        `select count(*) as n from parcours.${relation} where profile_id = any($1::bigint[])`,
        [ids],
      );
      expect([relation, known[relation]?.length]).toEqual([relation, rows]);
    }
  });

  it('leaves no byte when he is erased, and the proof says so', async () => {
    expect((await tablesWith(mark)).length).toBeGreaterThan(20);
    const { proof, digest } = await erasePerson(session, { profileId: id, now, by: 'test' });
    expect(proof.left).toEqual({});
    expect(proof.profiles).toHaveLength(2);
    expect(proof.hashes).toBe(3);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await tablesWith(mark)).toEqual([]);
    expect(await tablesWith(phone)).toEqual([]);
    const left = personTables.filter(({ relation }) => relation !== 'profile');
    for (const { relation } of left) {
      expect(await fault.count(`select count(*) as n from parcours.${relation} where profile_id = $1`, [id])).toBe(0);
    }
    expect(await session.query('select digest from parcours.erasure where profile_id = $1', [id])).toEqual([
      { digest },
    ]);
  });

  it('leaves the others as they were, but for where they named him', async () => {
    const other = await profileOf(eve);
    expect(
      await session.query(`select properties from parcours.event where profile_id = $1 and type = 'visited'`, [other]),
    ).toEqual([{ properties: {} }]);
    expect(await session.query('select key, fields from parcours.entity_row where profile_id = $1', [other])).toEqual([
      { key: 'shared', fields: { reference: 'shared' } },
    ]);
    // Who was brought by him was brought, and nobody knows by whom.
    expect(
      await session.query('select status, referrer_id from parcours.ledger_referral where profile_id = $1', [other]),
    ).toEqual([{ status: 'rewarded', referrer_id: 0 }]);
    expect(await session.query('select from parcours.ledger_referral_mark where referral_id = 77')).toEqual([]);
  });

  it('is not revived: by an import, by a call, by what was on its way', async () => {
    n = 1_000;
    const again = [
      fact([zoe], { traits: { first_name: mark } }),
      fact([mail]),
      fact([{ type: 'phone', value: phone }]),
    ];
    expect(await tell(...again, { ...fact([eve], event('visited')), messageId: 'eve-again' })).toMatchObject({
      facts: 1,
      erased: 3,
      newProfiles: 0,
    });
    const body = {
      at: now.getTime(),
      received: now.getTime(),
      source: 'web',
      trigger: true,
      traits: { first_name: mark },
    };
    await session.query(
      `insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body) values ($1, 1, $2, $3, 'fact', $4)`,
      [id % 1024, now, id, JSON.stringify(body)],
    );
    await fault.runOnce();
    expect(await tablesWith(mark)).toEqual([]);
    expect(await showProfile(session, { lane: id % 1024, profileId: id })).toBeNull();
  });
});

describe('a restriction', () => {
  it('takes him out of journeys and lets him into none, until it is lifted', async () => {
    const ray: Identifier = { type: 'external_id', value: 'ray' };
    await tell(fact([ray], { traits: { email: 'ray@shop.example' } }), fact([ray], event('visited', { page: 'p1' })));
    await fault.runOnce();
    const id = await profileOf(ray);
    const places = () => fault.count('select count(*) as n from parcours.enrollment where profile_id = $1', [id]);
    expect(await places()).toBe(1);
    expect(await session.transaction((tx) => restrictPerson(tx, id, now))).toBe(true);
    await tell(fact([ray], event('signed_up')));
    await fault.runOnce();
    expect(await places()).toBe(1);
    expect(await fault.count('select count(*) as n from parcours.event where profile_id = $1', [id])).toBeGreaterThan(
      1,
    );
    await session.transaction((tx) => liftRestriction(tx, id));
    await tell(fact([ray], event('order_placed')), fact([ray], event('signed_up')));
    await fault.runOnce();
    expect(await places()).toBe(3);
  });
});
