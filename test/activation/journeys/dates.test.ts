/** Entries by dates: of people and of rows, in their zones, live, late, anniversaries with 29 February, and days of cron lines. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lookAt } from '../../../engine/activation/journeys/entries/occurrence.ts';
import { compile } from '../../../engine/compiler/compile.ts';
import type { Value } from '../../../engine/compiler/ir.ts';
import { loadProject } from '../../../engine/config/load-project.ts';
import { withImpact } from '../../../engine/reconcile/impact/measure-impact.ts';
import type { Impact } from '../../../engine/reconcile/impact-form.ts';
import { planChanges } from '../../../engine/reconcile/plan-changes.ts';
import { readState } from '../../../engine/reconcile/state.ts';
import { type Happening, type Scenario, scenario } from '../scenario.ts';

const schema = `kind: schema
id: dates
traits:
  birth_date: { type: date }
  renewal_at: { type: datetime }
entities:
  booking:
    key: booking_id
    fields: { departs_at: { type: datetime }, status: { type: enum, values: [option, confirmed] } }
    people: { booker: { max: 1 }, traveller: { max: 3 } }
`;
const journey = (id: string, when: string, more = '', per = '') =>
  `---\nkind: journey\nid: ${id}\nobjective: service\n${per}entry: { when: ${when}, reentry: always${more} }\nsteps: [{ id: stay, wait: 1h }]\n`;
const day = (iso: string) => Date.parse(`${iso}T00:00:00Z`) / 86_400_000;
const at = (iso: string) => Date.parse(iso);

function booking(key: string, fields: Readonly<Record<string, Value>>, travellers?: readonly string[]): Happening {
  const of = (travellers ?? []).map((value) => [{ type: 'external_id', value }]);
  const people = travellers === undefined ? [] : [{ role: 'traveller', max: 3, names: 'all' as const, of }];
  return { who: '', row: { entity: 'booking', key, fields: { booking_id: key, ...fields }, people } };
}

async function says(s: Scenario, ...told: readonly Happening[]): Promise<void> {
  await s.tell(told);
  await s.settle();
}

/** What a plan says of people before the files are applied. */
async function impactOf(s: Scenario, yaml: string): Promise<Impact> {
  writeFileSync(join(s.root, 'scenario.yaml'), yaml);
  const { bundle } = compile((await loadProject(s.root)).project);
  if (bundle === null) throw new Error('the files are not valid');
  const state = await s.store.withSession(readState);
  const plan = await withImpact({ store: s.store, clock: s.clock, bundle, state, plan: planChanges(bundle, state) });
  return plan.impact as Impact;
}

/** `ana renew 2026-03-05 09:00`: who entered when. */
async function entries(s: Scenario): Promise<readonly string[]> {
  const all = await s.enrollments();
  return all.map(({ who, journey: id, key, entered }) => [who, id, key, entered].filter(Boolean).join(' '));
}

describe('a date', () => {
  const renew = `${schema}${journey('renew', '{ date: 2d before renewal_at, at: "09:00", late: 1d }')}`;

  it('b13: of a person is followed as it moves; moved into the past it fires at once if it isn’t too late, else not', async () => {
    const s = await scenario(renew);
    const moves = (who: string, iso: string | null) => s.traits(who, { renewal_at: iso === null ? null : at(iso) });
    await s.person({ external_id: 'ana', zone: 'Europe/Paris', traits: { renewal_at: at('2026-03-20T22:30:00Z') } });
    // Put back, taken away, told again; and its zone, which moves the hour.
    await moves('ana', '2026-03-15T12:00:00Z');
    await moves('ben', '2026-03-15T12:00:00Z');
    await moves('ben', null);
    await moves('cat', '2026-03-15T12:00:00Z');
    await s.person({ external_id: 'cat', zone: 'America/New_York' });
    await s.runUntil('2026-03-13T12:59:00Z');
    expect(await entries(s)).toEqual(['ana renew 2026-03-13 08:00']);
    await s.runUntil('2026-03-13T14:00:00Z');
    expect(await entries(s)).toEqual(['ana renew 2026-03-13 08:00', 'cat renew 2026-03-13 13:00']);
    // The same date again is no other one; another one in the past is, within a day.
    await moves('ana', '2026-03-15T12:00:00Z');
    await s.traits('ana', { birth_date: day('1980-01-01') });
    await moves('dan', '2026-03-16T12:00:00Z');
    await moves('dan', '2026-03-14T20:00:00Z');
    await moves('dan', '2026-03-15T20:00:00Z');
    await s.runUntil('2026-04-01T00:00:00Z');
    expect(await entries(s)).toEqual([
      'ana renew 2026-03-13 08:00',
      'cat renew 2026-03-13 13:00',
      'dan renew 2026-03-13 14:00',
    ]);
    await moves('ana', '2026-05-15T12:00:00Z');
    await s.runUntil('2026-06-01T00:00:00Z');
    expect(await entries(s)).toContain('ana renew 2026-05-13 07:00');
    expect(await s.deadLetters()).toEqual([]);
  });

  it('lets in late who was imported after it, and takes those of a new journey who are late by less', async () => {
    const s = await scenario(schema);
    const told = { ana: '2026-03-04T12:00:00Z', ben: '2026-03-03T12:00:00Z', cat: '2026-03-10T12:00:00Z' };
    const import_ = (people: Readonly<Record<string, string>>) =>
      s.tell(Object.entries(people).map(([who, iso]) => ({ who, traits: { renewal_at: at(iso) }, trigger: false })));
    await import_(told);
    await s.engine.drainImports();
    const { journeys } = await impactOf(s, renew);
    expect(journeys).toMatchObject([{ id: 'renew', entries: [{ trigger: 'date', people: 1 }] }]);
    await s.reapply(renew);
    expect(await entries(s)).toEqual(['ana renew 2026-03-02 10:00']);
    // Ben, too; Ana is in it.
    expect((await impactOf(s, renew.replace('late: 1d', 'late: 9d'))).journeys).toMatchObject([
      { entries: [{ trigger: 'date', people: 1 }] },
    ]);
    await s.advance('2h');
    await import_({ dan: told.ana, eve: told.ben });
    await s.engine.drainImports();
    expect(await entries(s)).toEqual(['ana renew 2026-03-02 10:00']);
    await s.settle();
    expect(await entries(s)).toEqual(['ana renew 2026-03-02 10:00', 'dan renew 2026-03-02 12:00']);
    // Another hour lets nobody in twice, and those to come at the new one.
    await s.reapply(renew.replace('09:00', '08:00'));
    expect(await entries(s)).toHaveLength(2);
    await s.runUntil('2026-03-09T00:00:00Z');
    expect((await entries(s)).filter((one) => one.startsWith('cat'))).toEqual(['cat renew 2026-03-08 08:00']);
    expect(await s.rows('select distinct trigger from parcours.entry_wake')).toHaveLength(1);
    await s.reapply(schema, { allowDestructive: ['journey/renew'] });
    expect(await s.rows('select 1 from parcours.entry_wake')).toEqual([]);
  });

  it('b13: of a row moves with it, for each person of the role; and of the calendar is everybody’s', async () => {
    const s = await scenario(
      `${schema}${journey(
        'day',
        '{ date: booking.departs_at, late: 0h }',
        ', if: { field: booking.status, is: confirmed }',
        'per: { entity: booking, role: traveller }\n',
      )}${journey('party', '{ date: 2026-03-06, at: "18:00", late: 2h }')}`,
    );
    const fields = { departs_at: at('2026-03-05T06:00:00Z'), status: 'confirmed' };
    await says(s, booking('b1', fields, ['ana', 'ben']), booking('b2', { ...fields, status: 'option' }, ['ana']));
    await says(s, booking('b3', { ...fields, departs_at: at('2026-03-07T06:00:00Z') }, ['ana']));
    await s.advance('1h');
    await says(s, booking('b1', { departs_at: at('2026-03-06T06:00:00Z') }));
    await s.runUntil('2026-03-05T07:00:00Z');
    expect(await entries(s)).toEqual([]);
    await says(s, booking('b1', { departs_at: at('2026-03-06T06:00:00Z') }, ['ana', 'cat']));
    await s.runUntil('2026-03-06T12:00:00Z');
    expect(await entries(s)).toEqual(['ana day b1 2026-03-06 06:00', 'cat day b1 2026-03-06 06:00']);
    await s.runUntil('2026-03-06T19:00:00Z');
    await s.person({ external_id: 'dan' });
    await s.runUntil('2026-03-07T12:00:00Z');
    await s.person({ external_id: 'eve' });
    expect(await entries(s)).toEqual([
      'ana day b1 2026-03-06 06:00',
      'ana day b3 2026-03-07 06:00',
      'ana party 2026-03-06 18:00',
      'ben party 2026-03-06 18:00',
      'cat day b1 2026-03-06 06:00',
      'cat party 2026-03-06 18:00',
      'dan party 2026-03-06 19:00',
    ]);
    expect(await s.deadLetters()).toEqual([]);
  });

  it('b29: missed while the journey was paused is made up within `late` alone', async () => {
    const paused = renew.replace('objective:', 'status: paused\nobjective:');
    const s = await scenario(renew);
    const told = { ana: '2026-03-05T12:00:00Z', ben: '2026-03-06T12:00:00Z', cat: '2026-03-07T12:00:00Z' };
    for (const [who, iso] of Object.entries(told)) await s.traits(who, { renewal_at: at(iso) });
    await s.reapply(paused);
    await s.runUntil('2026-03-04T20:00:00Z');
    expect(await entries(s)).toEqual([]);
    await s.reapply(renew);
    await s.runUntil('2026-03-10T00:00:00Z');
    expect(await entries(s)).toEqual(['ben renew 2026-03-04 20:00', 'cat renew 2026-03-05 09:00']);
  });

  it('that was known is taken an hour after its time when nobody was at work, also where nobody may be late', () => {
    const moment = new Date('2026-03-05T09:00:00Z');
    const last = { of: 'd', at: moment };
    const known = { of: 'd', at: moment, nextChange: moment, done: null };
    const none = { months: 0, days: 0, ms: 0 };
    const firesAt = (minutes: number, stored: typeof known | null) =>
      lookAt({ last, next: null }, stored, {
        t: new Date(moment.getTime() + minutes * 60_000),
        late: none,
        mayFire: true,
      }).fires;
    expect([0, 59, 60].map((minutes) => firesAt(minutes, known))).toEqual([true, true, false]);
    expect([0, 1].map((minutes) => firesAt(minutes, null))).toEqual([true, false]);
  });
});

describe('an anniversary', () => {
  const birthday = (id: string, feb29: string) =>
    journey(id, `{ anniversary: birth_date, offset: -7d, at: "09:00", feb_29: ${feb29}, late: 2d }`);

  it('b14, edge case 21: of 29 February comes on the 28th, on 1 March or not in other years, from a year later on', async () => {
    const s = await scenario(
      `${schema}${birthday('early', 'feb-28')}${birthday('later', 'mar-01')}${birthday('leap', 'skip')}`,
      {
        start: '2026-01-10T10:00:00Z',
      },
    );
    await s.person({ external_id: 'ana', zone: 'Europe/Paris', traits: { birth_date: day('2000-02-29') } });
    await s.person({ external_id: 'new', traits: { birth_date: day('2026-03-01') } });
    // Of the last days of a year, and told two days late.
    await s.person({ external_id: 'ben', traits: { birth_date: day('1980-01-05') } });
    await s.person({ external_id: 'cat', traits: { birth_date: day('1980-01-16') } });
    await s.runUntil('2028-03-05T00:00:00Z');
    expect((await entries(s)).filter((one) => !one.startsWith('ben') && !one.startsWith('cat'))).toEqual([
      'ana early 2026-02-21 08:00',
      'ana early 2027-02-21 08:00',
      'ana early 2028-02-22 08:00',
      'ana later 2026-02-22 08:00',
      'ana later 2027-02-22 08:00',
      'ana later 2028-02-22 08:00',
      'ana leap 2028-02-22 08:00',
      'new early 2027-02-22 09:00',
      'new early 2028-02-23 09:00',
      'new later 2027-02-22 09:00',
      'new later 2028-02-23 09:00',
      'new leap 2027-02-22 09:00',
      'new leap 2028-02-23 09:00',
    ]);
    const early = (await entries(s)).filter((one) => /^(ben|cat) early/.test(one));
    expect(early).toEqual([
      'ben early 2026-12-29 09:00',
      'ben early 2027-12-29 09:00',
      'cat early 2026-01-10 10:00',
      'cat early 2027-01-09 09:00',
      'cat early 2028-01-09 09:00',
    ]);
  });
});

describe('a day of a schedule', () => {
  it('edge case 21: every 31st fires in the months that have one', async () => {
    const s = await scenario(
      `kind: segment\nid: readers\nwhere: { trait: plan, is: reader }\n${journey('month', '{ cron: "0 10 31 * *", members: readers }')}`,
    );
    await s.person({ external_id: 'ana', traits: { plan: 'reader' } });
    await s.runUntil('2026-09-01T00:00:00Z');
    expect(await entries(s)).toEqual([3, 5, 7, 8].map((month) => `ana month 2026-0${month}-31 10:00`));
  });
});
