/** Entries by what becomes true, by values that change, by tests that read the person, and by other journeys; and between dates. */
import { describe, expect, it } from 'vitest';
import type { Value } from '../../../engine/compiler/ir.ts';
import { type Happening, type Scenario, scenario } from '../scenario.ts';

const journey = (id: string, entry: string, steps = '[{ id: stay, wait: 60d }]', more = '') =>
  `---\nkind: journey\nid: ${id}\nobjective: engagement\n${more}entry: ${entry}\nsteps: ${steps}\n`;

async function settled(s: Scenario, ...told: readonly Happening[]): Promise<readonly string[]> {
  await s.tell(told);
  await s.settle();
  return await s.ways();
}

describe('a journey that begins when something becomes true', () => {
  const consented = (members: string, more = '') =>
    `kind: segment\nid: all\nwhere: { trait: plan, exists: true }\n${journey(
      'thanks',
      `{ when: { becomes: { consent: newsletter, is: granted } }, current_members: ${members}, reentry: always }`,
      '[{ id: stay, wait: 1h }]',
      more,
    )}`;

  it('b16: takes the edge that a fact makes, and at an apply whom `current_members` says', async () => {
    const s = await scenario('kind: segment\nid: all\nwhere: { trait: plan, exists: true }\n');
    await s.person({ external_id: 'ana', consents: { 'newsletter/email': 'granted' } });
    await s.reapply(consented('skip'));
    expect(await s.ways()).toEqual([]);
    await s.person({ external_id: 'ben', consents: { 'newsletter/email': 'granted' } });
    expect(await s.ways()).toEqual(['ben thanks at stay']);
    await s.advance('2h');
    expect(await settled(s, { who: 'ben', consents: { 'newsletter/email': 'granted' } })).toEqual([
      'ben thanks completed',
    ]);
    await settled(s, { who: 'ben', consents: { 'newsletter/email': 'denied' } });
    await s.advance('1h');
    const again = await settled(s, { who: 'ben', consents: { 'newsletter/email': 'granted' } });
    expect(again).toEqual(['ben thanks completed', 'ben thanks at stay']);
    // Another journey by the same words takes those inside, and a pause takes nobody when it is over.
    await s.reapply(`${consented('enter')}`.replaceAll('thanks', 'hello'), { allowDestructive: ['journey/thanks'] });
    expect((await s.ways()).filter((way) => way.includes('hello'))).toEqual(['ana hello at stay', 'ben hello at stay']);
    await s.advance('2h');
    for (const more of ['status: paused\n', '']) {
      await s.reapply(consented('enter', more).replaceAll('thanks', 'hello'));
    }
    expect((await s.ways()).filter((way) => way.includes('hello at'))).toEqual([]);
  });
});

describe('a journey that begins when a row comes to fulfil something', () => {
  const rows = (members: string, where = 'confirmed') => `kind: schema
id: travel
entities:
  booking:
    key: booking_id
    fields: { departs_at: { type: datetime }, status: { type: enum, values: [option, confirmed] } }
    people: { booker: { max: 1 }, traveller: { max: 3 } }
---
kind: journey
id: soon
objective: service
per: { entity: booking, role: traveller }
entry:
  when: { becomes: [{ field: booking.status, is: ${where} }, { field: booking.departs_at, in_next: 7d }] }
  current_members: ${members}
  reentry: always
steps: [{ id: stay, wait: 1h }]
`;
  const booking = (key: string, departs: string, status: string, who: readonly string[]): Happening => {
    const of = who.map((value) => [{ type: 'external_id', value }]);
    const fields = { booking_id: key, departs_at: Date.parse(departs), status };
    return {
      who: '',
      row: { entity: 'booking', key, fields, people: [{ role: 'traveller', max: 3, names: 'all', of }] },
    };
  };
  const entries = async (s: Scenario) => (await s.enrollments()).map((one) => `${one.who} ${one.key} ${one.entered}`);

  it('takes each person and row at the edge that a fact or time makes, and at an apply whom `current_members` says', async () => {
    const s = await scenario(rows('enter'));
    await settled(s, booking('b1', '2026-03-20T10:00:00Z', 'confirmed', ['ana', 'ben']));
    await settled(s, booking('b2', '2026-03-05T10:00:00Z', 'option', ['ana']));
    expect(await entries(s)).toEqual([]);
    await s.advance('1h');
    await settled(s, booking('b2', '2026-03-05T10:00:00Z', 'confirmed', ['ana']));
    await settled(s, booking('b2', '2026-03-05T11:00:00Z', 'confirmed', ['ana', 'cat']));
    expect(await entries(s)).toEqual(['ana b2 2026-03-02 11:00', 'cat b2 2026-03-02 11:00']);
    await s.runUntil('2026-03-14T00:00:00Z');
    expect(await entries(s)).toEqual([
      'ana b1 2026-03-13 10:00',
      'ana b2 2026-03-02 11:00',
      'ben b1 2026-03-13 10:00',
      'cat b2 2026-03-02 11:00',
    ]);
    // Another condition is another trigger: those who fulfil it are taken, or stay out.
    await s.advance('2h');
    const before = await entries(s);
    await s.reapply(rows('skip', 'confirmed').replace('in_next: 7d', 'in_next: 8d'));
    expect(await entries(s)).toEqual(before);
    await s.reapply(rows('enter', 'confirmed').replace('in_next: 7d', 'in_next: 9d'));
    expect((await entries(s)).filter((one) => one.endsWith('03-14 02:00'))).toEqual([
      'ana b1 2026-03-14 02:00',
      'ben b1 2026-03-14 02:00',
    ]);
    expect(await s.deadLetters()).toEqual([]);
  });
});

describe('a journey that begins when a value changes', () => {
  const files = `kind: schema
id: more
traits: { topic: { type: text }, level: { type: integer } }
events: { read: { topic: text } }
entities:
  sale:
    key: sale_id
    fields: { stage: { type: enum, values: [permit, walls, roof] }, status: { type: enum, values: [reserved, signed] } }
    people: { buyer: { max: 4 }, seller: { max: 1 } }
---
kind: trait
id: favourite
top: { event: read, of: topic, in_last: 30d }
${journey('topics', '{ when: { changes: topic }, reentry: always }', '[{ id: done, wait: 1h }]')}
${journey('to-sport', '{ when: { changes: favourite, from: art, to: sport } }')}
${journey('signed', '{ when: { changes: sale.status, to: signed } }', '[{ id: stay, wait: 60d }]', 'per: { entity: sale, role: buyer }\n')}
${journey('stages', '{ when: { changes: sale.stage }, if: { field: sale.status, is: signed }, reentry: always }', '[{ id: done, wait: 1h }]', 'per: { entity: sale, role: buyer }\n')}`;

  it('takes another value of a sourced or computed trait, not the same again, none, or history', async () => {
    const s = await scenario(files);
    expect(await settled(s, { who: 'ana', traits: { topic: 'art' } })).toEqual(['ana topics at done']);
    await s.advance('2h');
    for (const topic of ['art', null]) await settled(s, { who: 'ana', traits: { topic } });
    await settled(s, { who: 'ana', traits: { topic: 'sport' }, trigger: false });
    expect(await s.ways()).toEqual(['ana topics completed']);
    // There and back between two looks is no change.
    await s.tell([
      { who: 'ana', traits: { topic: 'art' }, at: '2026-03-02T11:58:00Z' },
      { who: 'ana', traits: { topic: 'sport' }, at: '2026-03-02T11:59:00Z' },
    ]);
    await s.settle();
    expect(await s.ways()).toEqual(['ana topics completed']);
    await s.advance('1h');
    expect(await settled(s, { who: 'ana', traits: { topic: 'travel' } })).toHaveLength(2);
    await s.event('ben', 'read', { topic: 'art' });
    await s.advance('1h');
    await s.event('ben', 'read', { topic: 'sport' });
    await s.advance('1h');
    await s.event('ben', 'read', { topic: 'sport' });
    expect((await s.ways()).filter((way) => way.startsWith('ben'))).toEqual(['ben to-sport at stay']);
  });

  it('takes a value that another journey sets, and b19: a start hands over its key', async () => {
    const s = await scenario(`${files}---
kind: journey
id: sets
objective: engagement
per: { entity: sale, role: buyer }
entry: { when: { changes: sale.status, to: signed } }
steps:
  - id: set
    update: { topic: art }
  - id: ask
    start: { journey: asks, with: { moment: signature } }
---
kind: journey
id: asks
objective: engagement
per: { entity: sale, role: buyer }
entry: { when: { started: true }, with: { moment: text }, if: { field: entry.moment, is: signature } }
steps: [{ id: stay, wait: 1d }]
`);
    const people = [{ role: 'buyer', max: 4, names: 'all' as const, of: [[{ type: 'external_id', value: 'ana' }]] }];
    const row = { entity: 'sale', key: 's1', fields: { sale_id: 's1', status: 'signed' }, people };
    await settled(s, { who: '', row });
    const at = (await s.enrollments()).map((one) => `${one.journey} ${one.key} ${one.step ?? one.exitAs}`);
    expect(at).toEqual(['asks s1 stay', 'sets s1 completed', 'signed s1 stay', 'topics  done']);
  });

  it('takes another value of a field, for each person of the role and row', async () => {
    const s = await scenario(files);
    const sale = (fields: Readonly<Record<string, Value>>, buyers?: readonly string[]): Happening => {
      const of = (buyers ?? []).map((value) => [{ type: 'external_id', value }]);
      const seller = { role: 'seller', max: 1, names: 'all' as const, of: [[{ type: 'external_id', value: 'sam' }]] };
      const people = buyers === undefined ? [] : [{ role: 'buyer', max: 4, names: 'all' as const, of }, seller];
      return { who: '', row: { entity: 'sale', key: 's1', fields: { sale_id: 's1', ...fields }, people } };
    };
    await settled(s, sale({ stage: 'permit', status: 'reserved' }, ['ana', 'ben']));
    expect(await s.ways()).toEqual([]);
    await s.advance('1h');
    expect(await settled(s, sale({ status: 'signed' }))).toEqual(['ana signed at stay', 'ben signed at stay']);
    await s.advance('1h');
    await settled(s, sale({ stage: 'walls' }));
    await s.advance('2h');
    await settled(s, sale({ stage: 'walls' }, ['ana', 'ben', 'cat']));
    await settled(s, sale({ stage: 'roof' }));
    expect((await s.ways()).filter((way) => way.includes('stages'))).toEqual([
      'ana stages completed',
      'ana stages at done',
      'ben stages completed',
      'ben stages at done',
      'cat stages at done',
    ]);
    expect(await s.deadLetters()).toEqual([]);
  });
});

describe('an entry', () => {
  it('by an event may compare it with the person, and with dates in his zone', async () => {
    const s = await scenario(`kind: schema
id: more
traits: { topic: { type: text } }
events: { read: { topic: text, due_on: date } }
${journey('own', '{ when: { event: read, where: { topic: { same_as: profile.topic } } } }')}
${journey('other', '{ when: { event: read, where: { topic: { not_same_as: profile.topic } } } }')}
${journey('due', '{ when: { event: read, where: { due_on: { before: today } } } }')}`);
    const zones = { ana: 'Pacific/Auckland', ben: 'America/Los_Angeles' };
    for (const [who, zone] of Object.entries(zones))
      await s.person({ external_id: who, zone, traits: { topic: 'art' } });
    const day = Date.UTC(2026, 2, 1) / 86_400_000;
    await s.event('ana', 'read', { topic: 'art', due_on: day });
    await s.event('ben', 'read', { topic: 'sport', due_on: day });
    // In Los Angeles it is two in the night of the 2nd, in Auckland eleven in the evening.
    expect(await s.ways()).toEqual(['ana due at stay', 'ana own at stay', 'ben due at stay', 'ben other at stay']);
    await s.event('cat', 'read', { topic: 'art', due_on: day + 1 });
    expect((await s.ways()).filter((way) => way.startsWith('cat'))).toEqual(['cat other at stay']);
  });

  it('is open from a date until another, and whoever comes outside leaves a decision', async () => {
    const entry = '{ when: { event: order_placed }, from: 2026-03-03, until: 2026-03-05, reentry: always }';
    const s = await scenario(journey('sale', entry, '[{ id: done, wait: 1h }]').slice(4));
    for (const iso of [
      '2026-03-02T23:59:59Z',
      '2026-03-03T00:00:00Z',
      '2026-03-04T23:59:59Z',
      '2026-03-05T00:00:00Z',
    ]) {
      await s.runUntil(iso);
      await s.event('ana', 'order_placed');
    }
    expect(await s.enrollments()).toMatchObject([{ entered: '2026-03-03 00:00' }, { entered: '2026-03-04 23:59' }]);
    expect(await s.rows('select journey, reason, times from parcours.entry_refusal')).toEqual([
      { journey: 'sale', reason: 'closed', times: 2 },
    ]);
  });
});
