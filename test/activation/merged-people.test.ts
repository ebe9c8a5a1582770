/**
 * Two people turn out to be one: what waits for them by time, what they were refused, their rows of entities and their places on call lists
 * go on as one person's, once. Who is merged by which rules is held in `profiles/identity.test.ts`.
 */
import { describe, expect, it } from 'vitest';
import { endCall } from '../../engine/activation/calls/end-call.ts';
import { takeCalls } from '../../engine/activation/calls/take-calls.ts';
import { type Running, runningPrograms } from '../../engine/activation/running.ts';
import type { Fact } from '../../engine/profiles/fact.ts';
import type { IdentifiedFact, RowStatement } from '../../engine/profiles/identified-fact.ts';
import { ingestFacts } from '../../engine/profiles/ingest.ts';
import { personTables } from '../../engine/profiles/person-tables.ts';
import { liveRevisionNumber } from '../../engine/store/revisions.ts';
import { type Scenario, scenario } from './scenario.ts';

const files = {
  'identity.yaml': `kind: identity
id: people
merge_by: [ { identifier: external_id }, { identifier: email } ]
`,
  'more.yaml': `kind: schema
id: travel
entities:
  booking:
    key: booking_id
    fields: { status: { type: text }, departs_at: { type: datetime } }
    people: { booker: { max: 1 } }
---
kind: channel
id: desk
type: call-list
---
kind: consent
id: calls
channels: [call]
basis: legitimate-interest
`,
  'journeys.yaml': `kind: journey
id: remind
objective: engagement
entry: { when: { date: 3d before ends_at, at: "09:00", late: 1d }, reentry: always }
steps: [ { id: remind, send: { channel: diary, template: hello } } ]
---
kind: journey
id: stay
objective: engagement
per: { entity: booking, role: booker }
entry: { when: { date: 7d before booking.departs_at, at: "10:00", late: 1d } }
steps: [ { id: stay, send: { channel: diary, template: hello } } ]
---
kind: journey
id: bounded
objective: engagement
entry: { when: { event: signed_up }, max_entries: 1 }
steps: [ { id: bounded, wait: 1d } ]
---
kind: journey
id: per-page
objective: engagement
per: { property: page }
entry: { when: { event: visited } }
steps: [ { id: per-page, wait: 1d } ]
---
kind: journey
id: ring
objective: engagement
purpose: calls
entry: { when: { event: signed_up } }
steps:
  - id: ring
    call: { list: desk, script: hello, within: 60d }
    then: [ { exit: spoken-to } ]
    otherwise: [ { exit: not-reached } ]
`,
};

const ana = { type: 'external_id', value: 'ana' };
const mail = { type: 'email', value: 'ana@shop.example' };
const identity = {
  mergeBy: [ana, mail].map(({ type: identifier }) => ({ identifier, atMost: null, never: [] })),
  maxProfiles: 50,
  survivorship: {},
};

let messages = 0;
async function tell(
  s: Scenario,
  identifiers: IdentifiedFact['identifiers'],
  more: Partial<Fact> = {},
  row?: RowStatement,
) {
  messages += 1;
  const at = s.clock.now().getTime();
  const fact: Fact = { at, received: at, source: 'test', trigger: true, ...more };
  const told = [{ messageId: `t${messages}`, identifiers, fact, ...(row !== undefined && { row }) }];
  await s.store.withSession((session) => ingestFacts(session, told, { now: s.clock.now(), identity }));
  await s.settle();
}

const event = (type: string, properties = {}): Partial<Fact> => ({
  event: { type, value: null, unit: null, properties },
});

async function profileOf(s: Scenario, { type, value }: typeof ana): Promise<number> {
  const rows = await s.rows<{ profile_id: number }>(
    'select profile_id from parcours.identifier where type = $1 and value = $2',
    [type, value],
  );
  return rows[0]?.profile_id ?? 0;
}

/** Tables in which the profile has rows. */
async function tablesOf(s: Scenario, profileId: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { relation } of personTables) {
    const rows = await s.rows<{ n: number }>(
      `select count(*)::integer as n from parcours.${relation} where profile_id = $1`,
      [profileId],
    );
    if ((rows[0]?.n ?? 0) > 0) found.push(relation);
  }
  return found;
}

describe('two people who are one', () => {
  it('go on as one: dates, rows, refusals, places and calls', async () => {
    const s = await scenario(files);
    const ends = Date.parse('2026-03-20T12:00:00Z');
    await tell(s, [ana], { traits: { phone: '+33612345678', ends_at: ends } });
    await tell(s, [mail], { traits: { phone: '+33612345678', ends_at: ends } });
    await tell(
      s,
      [mail],
      {},
      {
        ...{
          entity: 'booking',
          key: 'b1',
          fields: { booking_id: 'b1', status: 'confirmed', departs_at: Date.parse('2026-04-10T12:00:00Z') },
        },
        people: [{ role: 'booker', max: 1, names: 'all', of: [[mail]] }],
      },
    );
    for (const who of [ana, mail]) await tell(s, [who], event('signed_up'));
    for (const who of [ana, mail]) await tell(s, [who], event('visited'));
    const [first, second] = [await profileOf(s, ana), await profileOf(s, mail)];
    const before = await tablesOf(s, second);
    expect(before).toEqual(
      expect.arrayContaining(['call', 'entity_row', 'entity_tie', 'entry_wake', 'entry_refusal', 'enrollment']),
    );
    const running = await s.store.withSession(async (session) =>
      runningPrograms().get(session, await liveRevisionNumber(session)),
    );
    const take = (limit: number) =>
      s.store.withSession((session) =>
        takeCalls(session, running as Running, { list: 'desk', agent: 'ida', limit, t: s.clock.now() }),
      );
    const taken = await take(2);
    expect(taken?.calls).toHaveLength(2);

    await s.advance('1h');
    await tell(s, [ana, mail]);
    await s.settle();
    const whole = await profileOf(s, mail);
    expect([whole, await profileOf(s, ana)]).toEqual([first, first]);
    expect(await tablesOf(s, second)).toEqual(['profile']);
    expect(await s.rows('select entity, key, role, profile_id from parcours.entity_row')).toEqual([
      { entity: 'booking', key: 'b1', role: 'booker', profile_id: first },
    ]);
    expect(await s.rows('select key, profile_id from parcours.entity_tie')).toEqual([{ key: 'b1', profile_id: first }]);

    // One call is left, since a journey has one place for a person; what is in hand is closed for who is there now.
    const open = await s.rows<{ call_id: number }>(
      `select c.call_id from parcours.call c join parcours.enrollment e on e.lane = c.lane and e.profile_id = c.profile_id
         and e.journey = c.journey and e.n = c.n where e.state = 'active' and c.profile_id = $1`,
      [first],
    );
    expect(open).toHaveLength(1);
    const ended = await s.store.withSession((session) =>
      endCall(session, open[0]?.call_id as number, {
        ...{ end: { kind: 'closed', outcome: 'yes' }, agent: null, list: null, t: s.clock.now() },
      }),
    );
    expect(ended.kind).toBe('done');
    await s.advance('1min');
    expect((await s.ways()).filter((one) => one.endsWith(' ring spoken-to'))).toHaveLength(1);

    await s.runUntil('2026-04-11T00:00:00Z');
    expect(
      (await s.sent()).map((line) => line.replace(/^\S+ /, '')).filter((line) => !line.startsWith('ring')),
    ).toEqual(['remind 2026-03-17 09:00', 'stay 2026-04-03 10:00']);
    expect(await s.deadLetters()).toEqual([]);
  });
});
