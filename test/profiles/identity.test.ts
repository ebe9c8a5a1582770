/** Who becomes one person: partitions held to a union-find, what a merge keeps, and that it can be taken back. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { IdentityBody, WorkspaceBody } from '../../engine/compiler/ir.ts';
import { bookPostings } from '../../engine/loyalty/ledger/book-postings.ts';
import { returnPointsOf } from '../../engine/loyalty/move-points.ts';
import { mapEntity } from '../../engine/profiles/entities/map-entity.ts';
import type { IdentifiedFact, Identifier } from '../../engine/profiles/identified-fact.ts';
import { mergePeople } from '../../engine/profiles/identity/merge.ts';
import { unmergeProfile } from '../../engine/profiles/identity/unmerge.ts';
import { ingestFacts } from '../../engine/profiles/ingest.ts';
import { laneOf } from '../../engine/profiles/lane-of.ts';
import { personTables } from '../../engine/profiles/person-tables.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { type FaultStore, faultJourneys, faultStore } from '../faults/fault-store.ts';
import { proofSize } from '../support/proof.ts';

const now = new Date('2026-03-01T12:00:00Z');
const later = new Date('2026-03-01T13:00:00Z');
let fault: FaultStore;
let session: OwnSession;

const identityYaml = `kind: identity
id: people
merge_by:
  - { identifier: external_id }
  - { identifier: email, at_most: 3, never: ["test@*"] }
survivorship: { first_name: most_frequent, plan: { sources: [pos, web] } }
---
kind: source
id: web
type: api
write_keys: ["\${secret.WEB}"]
---
kind: source
id: pos
type: api
write_keys: ["\${secret.POS}"]
`;

beforeAll(async () => {
  fault = await faultStore(faultJourneys, { 'identity.yaml': identityYaml });
  session = await fault.store.session();
});
afterAll(async () => {
  await session.close();
  await fault.drop();
});

const everything: IdentityBody = {
  mergeBy: ['a', 'b', 'c'].map((identifier) => ({ identifier, atMost: null, never: [] })),
  maxProfiles: 1000,
  survivorship: {},
};

const declared: IdentityBody = {
  mergeBy: [
    { identifier: 'external_id', atMost: null, never: [] },
    { identifier: 'email', atMost: 3, never: ['test@*'] },
  ],
  maxProfiles: 50,
  survivorship: {
    first_name: { kind: 'most_frequent' },
    plan: { kind: 'sources', sources: ['pos', 'web'] },
  },
};

const noWorkspace: WorkspaceBody = {
  ...{ zone: 'UTC', currency: 'EUR', locale: 'en', locales: ['en'], weekStarts: 'mon' as const },
  triggerMaxAge: { months: 0, days: 2, ms: 0 },
};

let messages = 0;
function fact(identifiers: readonly Identifier[], more: object = {}, source = 'web'): IdentifiedFact {
  messages += 1;
  const at = now.getTime() + messages;
  return { messageId: `m${messages}`, identifiers, fact: { at, received: at, source, trigger: true, ...more } };
}

const id = (type: string, value: string): Identifier => ({ type, value });
const event = (type: string, properties: object = {}) => ({ event: { type, value: null, unit: null, properties } });

async function tell(...facts: readonly IdentifiedFact[]): Promise<void> {
  for (const one of facts) await ingestFacts(session, [one], { now, identity: declared });
}

async function profileOf(type: string, value: string): Promise<number> {
  const rows = await session.query<{ profile_id: number }>(
    'select profile_id from parcours.identifier where type = $1 and value = $2',
    [type, value],
  );
  return rows[0]?.profile_id ?? 0;
}

async function traitsOf(profileId: number): Promise<Record<string, unknown>> {
  const rows = await session.query<{ traits: Record<string, unknown> }>(
    'select traits from parcours.profile where profile_id = $1',
    [profileId],
  );
  return rows[0]?.traits ?? {};
}

/** Sets of identifiers that are one person by an oracle: whatever came together is one. */
function partition(stream: readonly (readonly string[])[]): readonly string[] {
  const parent = new Map<string, string>();
  const find = (one: string): string => {
    const up = parent.get(one) ?? one;
    if (up === one) return one;
    const root = find(up);
    parent.set(one, root);
    return root;
  };
  for (const [first = '', ...others] of stream) {
    parent.set(first, find(first));
    for (const other of others) parent.set(find(other), find(first));
  }
  const sets = new Map<string, string[]>();
  for (const one of new Set(stream.flat())) sets.set(find(one), [...(sets.get(find(one)) ?? []), one]);
  return [...sets.values()].map((set) => set.sort().join(' ')).sort();
}

describe('streams of identifiers', () => {
  const identifier = fc
    .tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 5 }))
    .map(([type, n]) => `${type}:${n}`);
  const stream = fc.array(fc.uniqueArray(identifier, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 20 });
  let run = 0;

  it('give the same people in whatever order and however many tell at once, lose no event, and no identifier names two', async () => {
    const others = await Promise.all([1, 2].map(() => fault.store.session()));
    await fc.assert(
      fc.asyncProperty(stream, fc.integer({ min: 0, max: 2 }), async (rows, when) => {
        run += 1;
        const facts = rows.map((names) =>
          fact(
            names.map((name) => id(name.split(':')[0] as string, `r${run}-${name}`)),
            event('visited'),
          ),
        );
        const sessions = [session, ...others];
        await Promise.all(
          sessions.map(async (one, i) => {
            for (const [n, told] of facts.entries()) {
              if (n % sessions.length !== i) continue;
              await ingestFacts(one, [told], { now, identity: everything });
              if (when > 0 && n % 3 === when) await mergePeople(one, { identity: everything, now });
            }
          }),
        );
        for (let left = true; left; ) ({ left } = await mergePeople(session, { identity: everything, now }));
        await fault.runOnce();
        const named = await session.query<{ profile_id: number; names: string[] }>(
          `select i.profile_id, array_agg(replace(i.value, $1, '') order by i.value) as names from parcours.identifier i
           where i.value like $1 || '%' group by i.profile_id`,
          [`r${run}-`],
        );
        expect(named.map(({ names }) => [...names].sort().join(' ')).sort()).toEqual(partition(rows));
        const ids = named.map(({ profile_id }) => profile_id);
        const [counted] = await session.query<{ events: number; tombstones: number }>(
          `select (select count(*) from parcours.event where profile_id = any($1::bigint[]) and type = 'visited') as events,
             (select count(*) from parcours.profile where profile_id = any($1::bigint[]) and merged_into is not null) as tombstones`,
          [ids],
        );
        expect(counted).toEqual({ events: facts.length, tombstones: 0 });
      }),
      { seed: 43, numRuns: proofSize(100) },
    );
    await Promise.all(others.map((one) => one.close()));
  });
});

it('leaves out values that name nobody, also of people who are tied to rows', () => {
  const entities = new Map([['booking', { key: 'id', fields: {}, people: { traveller: { max: 5 } } }]]);
  const people = [
    {
      role: 'traveller',
      names: 'all' as const,
      of: [{ list: 'mails', identifiers: [{ type: 'email', column: null }] }],
    },
  ];
  const mapped = mapEntity(
    { id: 'b1', mails: ['ana@shop.example', 'TEST@shop.example'] },
    { entity: 'booking', column: 'id', fields: [], people },
    { workspace: noWorkspace, events: new Map(), traits: new Map(), entities, identity: declared },
  );
  expect(mapped).toMatchObject({ row: { people: [{ of: [[{ type: 'email', value: 'ana@shop.example' }]] }] } });
});

describe('a merge', () => {
  let n = 0;
  let who: (name: string) => Identifier;
  beforeEach(() => {
    n += 1;
    who = (name) => id('external_id', `${name}-${n}`);
  });
  const mail = (name: string) => id('email', `${name}-${n}@shop.example`);

  it('joins what a device did to the person who names himself, and leaves a device that somebody is known by', async () => {
    const device = id('anonymous_id', `d-${n}`);
    await tell(fact([device], event('visited', { page: 'p9' })));
    await fault.runOnce();
    await tell(fact([who('ana')]), fact([who('ana'), device]));
    await tell(fact([who('bob')]), fact([who('bob'), device]));
    await fault.runOnce();
    const [ana, bob] = [
      await profileOf('external_id', who('ana').value),
      await profileOf('external_id', who('bob').value),
    ];
    expect(await profileOf('anonymous_id', device.value)).toBe(ana);
    expect(bob).not.toBe(ana);
    expect(
      await fault.count(`select count(*) as n from parcours.event where profile_id = $1 and type = 'visited'`, [ana]),
    ).toBe(1);
  });

  it('is one person by a trusted identifier: events, traits by their rules, the stricter consent, one place a journey', async () => {
    const consent = (state: string) => ({ consents: [{ purpose: 'newsletter', channel: 'email', state }] });
    await tell(
      fact([who('ana')], {
        ...event('signed_up'),
        traits: { first_name: 'Anna', plan: 'web-plan', country: 'FR', email: 'a@shop.example' },
        ...consent('granted'),
      }),
      fact(
        [mail('ana')],
        {
          ...event('signed_up'),
          traits: { first_name: 'Ana', plan: 'pos-plan', email: 'a@shop.example' },
          ...consent('denied'),
        },
        'pos',
      ),
      fact([mail('ana')], { traits: { first_name: 'Ana' } }, 'pos'),
    );
    await fault.runOnce();
    const ana = await profileOf('external_id', who('ana').value);
    await tell(fact([who('ana'), mail('ana')], event('order_placed')));
    await fault.runOnce();
    expect(await profileOf('email', mail('ana').value)).toBe(ana);
    expect(await traitsOf(ana)).toMatchObject({ first_name: 'Ana', plan: 'pos-plan', country: 'FR' });
    expect(await session.query('select state from parcours.consent where profile_id = $1', [ana])).toEqual([
      { state: 'denied' },
    ]);
    expect(
      await fault.count(`select count(*) as n from parcours.event where profile_id = $1 and type = 'signed_up'`, [ana]),
    ).toBe(2);
    const places = await session.query<{ journey: string; n: number }>(
      'select journey, n from parcours.enrollment where profile_id = $1 order by journey, n',
      [ana],
    );
    expect(places.map(({ journey, n }) => `${journey} ${n}`)).toEqual(['receipt 1', 'welcome 1', 'welcome 2']);
    // What was decided for both counts in the caps of one.
    expect(await fault.count('select count(*) as n from parcours.contact where profile_id = $1', [ana])).toBe(3);
  });

  it('hands on late facts of who was merged, over chains', async () => {
    await tell(fact([who('a')]), fact([who('b')]), fact([who('c')]));
    const [a, b, c] = [
      await profileOf('external_id', who('a').value),
      await profileOf('external_id', who('b').value),
      await profileOf('external_id', who('c').value),
    ];
    await fault.runOnce();
    const alias = (one: string, other: string): IdentifiedFact => ({ ...fact([who(one), who(other)]), isAlias: true });
    await tell(alias('b', 'c'));
    await fault.runOnce();
    await tell(alias('a', 'b'));
    await fault.runOnce();
    expect(
      await session.query(
        'select profile_id, merged_into from parcours.profile where profile_id = any($1::bigint[]) order by 1',
        [[a, b, c]],
      ),
    ).toEqual([
      { profile_id: a, merged_into: null },
      { profile_id: b, merged_into: a },
      { profile_id: c, merged_into: b },
    ]);
    // As an ingestion that had looked before the merge would write it.
    const body = {
      at: now.getTime(),
      received: now.getTime(),
      source: 'web',
      trigger: true,
      ...event('visited', { page: 'late' }),
    };
    await session.query(
      `insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body) values ($1, 1, $2, $3, 'fact', $4)`,
      [c % 1024, now, c, JSON.stringify(body)],
    );
    await fault.runOnce();
    expect(await session.query(`select profile_id from parcours.event where properties ->> 'page' = 'late'`)).toEqual([
      { profile_id: a },
    ]);
    await session.query(`delete from parcours.event where properties ->> 'page' = 'late'`);
  });

  it('is proposed to people beyond a limit', async () => {
    const facts = [1, 2, 3, 4].map((i) => fact([who('boss'), mail(`boss-${i}`)]));
    await tell(...facts.slice(0, 3), fact([mail('boss-4')]), ...facts.slice(3));
    await fault.runOnce();
    const boss = await profileOf('external_id', who('boss').value);
    expect(await profileOf('email', mail('boss-4').value)).not.toBe(boss);
    expect(
      await session.query('select reason, state from parcours.merge_proposal where a_id = $1 or b_id = $1', [boss]),
    ).toEqual([{ reason: 'more than 3 of email', state: 'open' }]);
  });

  it('can be taken back: everything is as it was', async () => {
    const consent = (state: string) => ({ consents: [{ purpose: 'newsletter', channel: 'email', state }] });
    const both = { at: now.getTime(), received: now.getTime() };
    await tell(
      fact([who('ana')], {
        ...event('signed_up'),
        ...both,
        traits: { first_name: 'Anna', plan: 'one' },
        ...consent('granted'),
      }),
      fact([mail('ana')], {
        ...event('signed_up'),
        ...both,
        traits: { first_name: 'Ana', country: 'FR' },
        ...consent('denied'),
      }),
      fact([mail('ana')], event('visited', { page: 'p1' })),
    );
    await fault.runOnce();
    const [ana, other] = [
      await profileOf('external_id', who('ana').value),
      await profileOf('email', mail('ana').value),
    ];
    await earn(ana, 20, null);
    await earn(other, 7, later.getTime() + 3_650 * 86_400_000);
    const before = await standing([ana, other]);
    await tell({ ...fact([who('ana'), mail('ana')]), isAlias: true });
    await fault.runOnce();
    expect(await profileOf('email', mail('ana').value)).toBe(ana);
    expect(await pointsOf(ana)).toBe(27);
    const returnPoints = returnPointsOf(new Map());
    const undone = await session.transaction((inner) =>
      unmergeProfile(inner, { profileId: other, identity: declared, now: later, by: 'test', returnPoints }),
    );
    expect([await pointsOf(ana), await pointsOf(other)]).toEqual([20, 7]);
    expect(undone).toMatchObject({ profileId: other, from: ana });
    await fault.runOnce();
    expect(await standing([ana, other])).toEqual(before);
    // Nobody merges them again by himself.
    await tell(fact([who('ana'), mail('ana')]));
    await fault.runOnce();
    expect(await profileOf('email', mail('ana').value)).toBe(other);
    expect(
      await session.transaction((inner) =>
        unmergeProfile(inner, { profileId: other, identity: declared, now: later, by: 'test' }),
      ),
    ).toBeNull();
  });
});

async function earn(profileId: number, points: number, expiresAt: number | null): Promise<void> {
  const at = now.getTime();
  const told = { kind: 'earn', key: `test/${profileId}`, digest: '', points, at, activeAt: at, expiresAt } as const;
  const posting = { ...told, source: 'order', issuer: 'house', match: null, base: null };
  await session.transaction(async (inner) => {
    const who = { lane: laneOf(profileId), profileId, program: 'club' };
    const { written } = await bookPostings(inner, { t: now, terms: () => null, postings: [{ ...who, posting }] });
    await written;
  });
}

async function pointsOf(profileId: number): Promise<number> {
  const rows = await session.query<{ n: number }>(
    'select coalesce(sum(remaining), 0)::bigint as n from parcours.ledger_open where profile_id = $1',
    [profileId],
  );
  return rows[0]?.n ?? 0;
}

/** All rows of people, but for their inboxes. */
async function standing(ids: readonly number[]): Promise<unknown> {
  const found: Record<string, unknown> = {};
  for (const { relation } of personTables) {
    if (relation === 'inbox') continue;
    const rows = await session.query<{ row: string }>(
      `select (to_jsonb(x) - 'next_change' - 'seen_at')::text as row from parcours.${relation} x where profile_id = any($1::bigint[]) order by 1`,
      [ids],
    );
    found[relation] = rows.map(({ row }) => row);
  }
  return found;
}
