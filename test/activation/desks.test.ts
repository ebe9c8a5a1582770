/** Desks: who may be called now and by whom, how many calls a day holds, that nobody is called by two, and how calls end. */
import { describe, expect, it } from 'vitest';
import { type CallEnd, type EndResult, endCall } from '../../engine/activation/calls/end-call.ts';
import { type DeskState, deskState, type ListedCall, listCalls } from '../../engine/activation/calls/list-calls.ts';
import { type Taken, takeCalls } from '../../engine/activation/calls/take-calls.ts';
import { type Running, runningPrograms } from '../../engine/activation/running.ts';
import { liveRevisionNumber } from '../../engine/store/revisions.ts';
import type { OwnSession } from '../../engine/store/session.ts';
import { type Happening, type Scenario, scenario } from './scenario.ts';
import { logOf, way } from './steps-yaml.ts';

const ring = (more = '') => `  - id: ring
    call: { list: desk, script: first-order, within: 3d${more} }
    then: [ { exit: spoken-to } ]
    otherwise: [ { exit: not-reached } ]`;

const consent = 'kind: consent\nid: calls\nchannels: [call]\nbasis: legitimate-interest\n';

const files = (desk: string, more: Readonly<Record<string, string>> = {}) => ({
  'desk.yaml': `kind: channel
id: desk
type: call-list
${desk}
---
kind: schema
id: more
traits: { closeness: { type: integer }, worth: { type: money }, advisor: { type: text } }
---
${consent}`,
  'scenario.yaml': way(ring(), 'purpose: calls\n'),
  ...more,
});

const phone = '+33612345678';

async function signs(s: Scenario, people: Readonly<Record<string, Happening['traits']>>): Promise<void> {
  await s.tell(Object.entries(people).map(([who, traits]) => ({ who, traits: { phone, ...traits } })));
  await s.settle();
  await s.tell(Object.keys(people).map((who) => ({ who, type: 'signed_up' })));
  await s.settle();
}

async function at<T>(s: Scenario, work: (session: OwnSession, running: Running) => Promise<T>): Promise<T> {
  return await s.store.withSession(async (session) => {
    const running = await runningPrograms().get(session, await liveRevisionNumber(session));
    return await work(session, running as Running);
  });
}

const take = (s: Scenario, agent: string, limit = 10): Promise<Taken> =>
  at(s, async (session, running) => {
    const taken = await takeCalls(session, running, { list: 'desk', agent, limit, t: s.clock.now() });
    return taken as Taken;
  });

const whom = ({ calls }: Taken) => calls.map(({ identifiers }) => identifiers.external_id ?? '?');

const ends = (s: Scenario, id: number, end: CallEnd, agent: string | null = null): Promise<EndResult> =>
  at(s, (session) => endCall(session, id, { end, agent, list: null, t: s.clock.now() }));

const state = (s: Scenario) =>
  at(s, (session, running) => deskState(session, running, 'desk', s.clock.now())) as Promise<DeskState>;

const list = (s: Scenario) =>
  at(s, (session, running) => listCalls(session, running, { list: 'desk', limit: 10, t: s.clock.now() })) as Promise<
    readonly ListedCall[]
  >;

describe('the calls of a desk', () => {
  it('are given out once, the best first, and nobody is called twice', async () => {
    const s = await scenario(files('rank_by: { trait: closeness, order: highest }'));
    await signs(s, { ana: { closeness: 1 }, ben: { closeness: 9 }, cat: { closeness: 5 }, dan: {} });
    const first = await take(s, 'ida', 2);
    expect(whom(first)).toEqual(['ben', 'cat']);
    expect(first.calls[0]).toMatchObject({
      address: phone,
      script: 'first-order',
      journey: 'way',
      step: 'ring',
      rank: '9',
    });
    expect(whom(await take(s, 'leo'))).toEqual(['ana', 'dan']);
    expect(whom(await take(s, 'ida'))).toEqual([]);
    expect((await list(s)).map(({ agent }) => agent)).toEqual(['ida', 'ida', 'leo', 'leo']);
    expect(await state(s)).toMatchObject({ waiting: 0, inHand: 4, left: null });
  });

  it('end once, by who has them, and the journey goes on at once', async () => {
    const s = await scenario(files(''));
    await signs(s, { ana: {}, ben: {} });
    const [ana, ben] = (await take(s, 'ida')).calls.map((one) => one.call_id) as [number, number];
    expect(await ends(s, ana, { kind: 'closed', outcome: 'yes' }, 'leo')).toMatchObject({
      kind: 'other',
      agent: 'ida',
      state: 'taken',
    });
    expect(await ends(s, ana, { kind: 'closed', outcome: 'yes' }, 'ida')).toEqual({
      kind: 'done',
      journey: 'way',
      step: 'ring',
      list: 'desk',
    });
    expect(await ends(s, ana, { kind: 'closed', outcome: 'yes' }, 'ida')).toMatchObject({
      kind: 'other',
      state: 'closed',
      outcome: 'yes',
    });
    expect(await ends(s, 999_999, { kind: 'released' })).toEqual({ kind: 'unknown' });
    // Closed and not yet heard of by its lane, it isn't given out again.
    expect(whom(await take(s, 'leo'))).toEqual([]);
    await ends(s, ben, { kind: 'closed', outcome: 'wrong_number' });
    await s.advance('1min');
    expect(await s.ways()).toEqual(['ana way spoken-to', 'ben way not-reached']);
    expect(await logOf(s)).toEqual(['ring queued', 'ring reached']);
    expect((await s.messages()).map((one) => `${one.who} ${one.state}`)).toEqual(['ana acted', 'ben sent']);
  });

  it('come back when they were tried, at their time, and at once when they were not', async () => {
    const s = await scenario(files('capacity: { max: 2, calendar: day }'));
    await signs(s, { ana: {}, ben: {} });
    const [ana, ben] = (await take(s, 'ida')).calls.map((one) => one.call_id) as [number, number];
    const again = new Date(s.clock.now().getTime() + 3_600_000);
    await ends(s, ana, { kind: 'again', at: again });
    await ends(s, ben, { kind: 'released' });
    // What was tried counts, what was given back doesn't.
    const next = await take(s, 'leo');
    expect(whom(next)).toEqual(['ben']);
    expect(next.left).toBe(0);
    expect(await ends(s, ana, { kind: 'closed', outcome: 'yes' })).toEqual({ kind: 'free' });
    await s.advance('1d');
    const later = await take(s, 'leo');
    expect(whom(later)).toEqual(['ana']);
    expect(later.calls[0]?.tries).toBe(1);
  });

  it('are as many a day as the desk makes, by the calendar of the workspace', async () => {
    const s = await scenario({
      ...files('capacity: { max: 3, calendar: day }'),
      'parcours.yaml': 'kind: workspace\nid: test\nzone: Europe/Paris\ncurrency: EUR\nlocale: en\nlocales: [en]\n',
    });
    await signs(s, { ana: {}, ben: {}, cat: {}, dan: {}, eve: {} });
    expect((await take(s, 'ida', 2)).left).toBe(1);
    const last = await take(s, 'leo', 9);
    expect([last.calls.length, last.left]).toEqual([1, 0]);
    expect((await take(s, 'ida')).calls).toEqual([]);
    // The day ends in Paris an hour before it does in UTC.
    await s.runUntil('2026-03-02T22:59:59Z');
    expect((await state(s)).left).toBe(0);
    await s.runUntil('2026-03-02T23:00:00Z');
    expect((await take(s, 'ida')).calls).toHaveLength(2);
  });

  it('never exceed the capacity, and never meet twice, when agents take them at the same moment', async () => {
    const s = await scenario(files('capacity: { max: 12, calendar: day }'));
    await signs(s, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, {}])));
    const all = await Promise.all(Array.from({ length: 6 }, (_, i) => take(s, `agent-${i}`, 4)));
    const called = all.flatMap(whom);
    expect(called).toHaveLength(12);
    expect(new Set(called).size).toBe(12);
    const ids = all.flatMap(({ calls }) => calls.map((one) => one.call_id));
    const closed = await Promise.all(
      [ids[0], ids[0], ids[0]].map((id) => ends(s, id as number, { kind: 'closed', outcome: 'reached' })),
    );
    expect(closed.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    await s.advance('1min');
    const told = await s.rows<{ n: number }>(
      `select count(*)::integer as n from parcours.event where type = 'call_closed'`,
    );
    expect(told).toEqual([{ n: 1 }]);
  });

  it('are made by whom they are assigned to; what is assigned to nobody by anybody', async () => {
    const s = await scenario(files('assign_to: advisor\nrank_by: { waiting: longest }'));
    await signs(s, { ana: { advisor: 'ida' }, ben: { advisor: 'leo' }, cat: {} });
    expect(whom(await take(s, 'zoe', 1))).toEqual(['cat']);
    expect(whom(await take(s, 'zoe'))).toEqual([]);
    expect(whom(await take(s, 'ida'))).toEqual(['ana']);
    expect(whom(await take(s, 'leo'))).toEqual(['ben']);
  });

  it('rank amounts of the workspace by their size, and others last', async () => {
    const s = await scenario(files('rank_by: { trait: worth, order: lowest }'));
    const euros = (amount: number, currency = 'EUR') => ({ worth: { amount, currency } });
    await signs(s, { ana: euros(900), ben: euros(100), cat: euros(1, 'USD'), dan: {} });
    expect(whom(await take(s, 'ida'))).toEqual(['ben', 'ana', 'cat', 'dan']);
  });
});

describe('a call of a journey that changes', () => {
  const inFlight = (policy: string) => `purpose: calls\nin_flight: ${policy}\n`;

  it("is placed anew where the step is another one, and the call before is nobody's any more", async () => {
    const s = await scenario(files(''));
    await signs(s, { ana: {} });
    const [first] = await list(s);
    await s.advance('1h');
    const other = ring().replace('id: ring', 'id: phone').replace('first-order', 'second-try');
    await s.reapply(way(other, inFlight('{ policy: migrate, map: { ring: phone } }')));
    expect((await list(s)).map(({ step, script }) => `${step} ${script}`)).toEqual(['phone second-try']);
    const taken = await take(s, 'ida');
    expect(taken.calls[0]?.call_id).not.toBe(first?.call_id);
    await s.advance('1min');
    await ends(s, taken.calls[0]?.call_id as number, { kind: 'closed', outcome: 'reached' });
    await s.advance('1min');
    expect(await s.ways()).toEqual(['ana way spoken-to']);
  });
});

describe('a call about a row', () => {
  const sales = `kind: schema
id: property
entities:
  sale:
    key: sale_id
    fields: { status: { type: text }, advisor: { type: text }, total: { type: money } }
    people: { buyer: { max: 4 } }
`;
  const sale = (key: string, who: string, advisor: string, amount: number): Happening => ({
    who: '',
    row: {
      entity: 'sale',
      key,
      fields: { sale_id: key, status: 'signed', advisor, total: { amount, currency: 'EUR' } },
      people: [{ role: 'buyer', max: 4, names: 'all', of: [[{ type: 'external_id', value: who }]] }],
    },
  });
  const journey = `kind: journey
id: way
objective: engagement
purpose: calls
per: { entity: sale, role: buyer }
entry: { when: { changes: sale.status, to: signed } }
steps:
${ring()}
`;

  it('is ranked and assigned by the row, and closed for that row alone', async () => {
    const s = await scenario(
      files('rank_by: { field: sale.total, order: highest }\nassign_to: sale.advisor', {
        'sales.yaml': sales,
        'scenario.yaml': journey,
      }),
    );
    await s.tell([
      { who: 'ana', traits: { phone } },
      { who: 'ben', traits: { phone } },
    ]);
    await s.settle();
    await s.tell([sale('s1', 'ana', 'ida', 100), sale('s2', 'ana', 'ida', 900), sale('s3', 'ben', 'leo', 500)]);
    await s.settle();
    expect((await list(s)).map(({ key, assigned_to: to }) => `${key} ${to}`)).toEqual(['s2 ida', 's3 leo', 's1 ida']);
    const mine = await take(s, 'ida', 1);
    expect(mine.calls.map(({ key }) => key)).toEqual(['s2']);
    await ends(s, mine.calls[0]?.call_id as number, { kind: 'closed', outcome: 'reached' });
    await s.advance('1min');
    expect((await s.enrollments()).map((one) => `${one.key} ${one.exitAs ?? one.step}`)).toEqual([
      's1 ring',
      's2 spoken-to',
      's3 ring',
    ]);
    expect((await s.messages()).map((one) => one.state).sort()).toEqual(['seen', 'sent', 'sent']);
    // A desk that tells it in another way, without the row, speaks of all calls of the step.
    await s.event('ana', 'call_closed', { journey: 'way', step: 'ring', list: 'desk', outcome: 'refused' });
    expect((await s.enrollments()).map((one) => `${one.key} ${one.exitAs ?? one.step}`)[0]).toBe('s1 not-reached');
  });
});

describe('the hours of a desk', () => {
  const hours = 'contact_hours: [ { days: [mon-fri], from: "09:00", to: "18:00", holidays: false } ]';

  it('hold calls until it opens, in the zone of whom it calls, on no holiday of his country', async () => {
    const country = `kind: country
id: fr
where: { trait: country, is: FR }
zone: Europe/Paris
holidays: { calendar: fr }
`;
    // Friday 1 May is a holiday in France; the Monday after it isn't.
    const s = await scenario(
      files(hours, { 'fr.yaml': country, 'scenario.yaml': way(ring().replace('3d', '5d'), 'purpose: calls\n') }),
      {
        start: '2026-05-01T08:00:00Z',
      },
    );
    await signs(s, { ana: { country: 'FR' }, ben: { zone: 'America/Mexico_City' }, cat: {} });
    expect(await s.decisions()).toEqual([
      'ana ring deferred desk_hours desk',
      'ben ring deferred desk_hours desk',
      'cat ring deferred desk_hours desk',
    ]);
    await s.runUntil('2026-05-01T09:00:00Z');
    expect(whom(await take(s, 'ida'))).toEqual(['cat']);
    await s.runUntil('2026-05-01T15:00:00Z');
    expect(whom(await take(s, 'ida'))).toEqual(['ben']);
    await s.runUntil('2026-05-04T07:00:00Z');
    expect(whom(await take(s, 'ida'))).toEqual(['ana']);
  });

  it('and whatever else forbids a call is looked at again when it is given out', async () => {
    const s = await scenario(
      files(hours, {
        'house.yaml': 'kind: pressure\nid: house\nmute: [ { id: plan, where: { trait: plan, is: none } } ]\n',
      }),
    );
    await signs(s, { ana: {}, ben: {}, cat: {}, dan: {} });
    await s.traits('ben', { plan: 'none' });
    await s.tell([
      { who: 'cat', consents: { 'calls/call-list': 'denied' } },
      { who: 'dan', traits: { phone: null } },
    ]);
    await s.settle();
    const now = await take(s, 'ida');
    expect(whom(now)).toEqual(['ana']);
    expect(now.passed.map(({ rule, calls }) => `${rule} ${calls}`).sort()).toEqual([
      'mute house/plan 1',
      'no-address desk 1',
      'no-consent calls 1',
    ]);
    const shown = await list(s);
    expect(shown.filter(({ hindered }) => hindered !== null)).toHaveLength(3);
  });

  it('close the list in the evening, and say until when', async () => {
    const s = await scenario(files(hours));
    await signs(s, { ana: {} });
    await s.runUntil('2026-03-02T19:00:00Z');
    const taken = await take(s, 'ida');
    expect(taken.calls).toEqual([]);
    expect(taken.passed).toEqual([{ rule: 'desk_hours desk', calls: 1, until: new Date('2026-03-03T09:00:00Z') }]);
  });

  it('are the same for a service call: a closed desk calls nobody', async () => {
    const s = await scenario(
      files(hours, {
        'scenario.yaml': way(ring(), 'purpose: calls\n').replace('objective: engagement', 'objective: service'),
      }),
      { start: '2026-03-01T10:00:00Z' },
    );
    await signs(s, { ana: {} });
    expect(await s.decisions()).toEqual(['ana ring deferred desk_hours desk']);
  });
});
