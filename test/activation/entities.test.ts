/**
 * Rows of entities in the running engine: segments that ask for them change when a row does, when time passes it, and when somebody
 * is tied to it no more. The proof at the end tells rows at random and compares the copies in lanes with what is known of the rows.
 */
import { describe, expect, it } from 'vitest';
import type { Value } from '../../engine/compiler/ir.ts';
import type { RowStatement } from '../../engine/profiles/identified-fact.ts';
import { proofSize } from '../support/proof.ts';
import { strayMembers } from './anew.ts';
import { type Chance, chance } from './random.ts';
import { type Happening, type Scenario, scenario } from './scenario.ts';

const schema = `kind: schema
id: travel
entities:
  booking:
    key: booking_id
    fields:
      status: { type: enum, values: [option, confirmed, cancelled] }
      departs_at: { type: datetime }
      insured: { type: boolean }
      price: { type: money }
    people: { booker: { max: 1 }, traveller: { max: 3 } }
`;

const segment = (id: string, where: string) => `---\nkind: segment\nid: ${id}\nwhere: ${where}\n`;

interface Told {
  readonly fields?: Readonly<Record<string, Value | null>>;
  readonly booker?: string | null;
  readonly travellers?: readonly string[];
  /** A further traveller. */
  readonly joins?: string;
  readonly at?: string;
  readonly trigger?: boolean;
}

/** What is said of a booking. */
function booking(key: string, { fields = {}, booker, travellers, joins, ...more }: Told): Happening {
  const who = (names: readonly string[]) => names.map((value) => [{ type: 'external_id', value }]);
  const people: RowStatement['people'][number][] = [];
  if (booker !== undefined)
    people.push({ role: 'booker', max: 1, names: 'all', of: who(booker === null ? [] : [booker]) });
  if (travellers !== undefined) people.push({ role: 'traveller', max: 3, names: 'all', of: who(travellers) });
  if (joins !== undefined) people.push({ role: 'traveller', max: 3, names: 'more', of: who([joins]) });
  return { who: '', row: { entity: 'booking', key, fields: { booking_id: key, ...fields }, people }, ...more };
}

const instant = (iso: string) => Date.parse(iso);

async function says(s: Scenario, ...told: readonly Happening[]): Promise<void> {
  await s.tell(told);
  await s.settle();
}

describe('a segment that asks for rows', () => {
  const soon =
    '{ entity: booking, where: { status: confirmed, departs_at: { in_next: 7d }, insured: { is_not: true } } }';

  it('is entered and left by what a row becomes', async () => {
    const s = await scenario(schema + segment('confirmed', '{ entity: booking, where: { status: confirmed } }'));
    await says(s, booking('b1', { fields: { status: 'option' }, booker: 'ana', travellers: ['ben'] }));
    expect(await s.members('confirmed')).toEqual([]);
    await says(s, booking('b1', { fields: { status: 'confirmed' }, at: '2026-03-02T09:00:00Z' }));
    // Older than what is known.
    expect(await s.members('confirmed')).toEqual([]);
    await s.advance('1h');
    await says(s, booking('b1', { fields: { status: 'confirmed' } }));
    expect(await s.members('confirmed')).toEqual(['ana', 'ben']);
    await s.advance('1h');
    await says(s, booking('b1', { fields: { status: 'cancelled' } }));
    expect(await s.members('confirmed')).toEqual([]);
    expect(await s.deadLetters()).toEqual([]);
  });

  it('is entered and left by time alone', async () => {
    const s = await scenario(schema + segment('soon', soon));
    const departs_at = instant('2026-03-12T08:00:00Z');
    await says(s, booking('b1', { fields: { status: 'confirmed', departs_at }, booker: 'ana' }));
    expect(await s.members('soon')).toEqual([]);
    await s.runUntil('2026-03-05T07:59:00Z');
    expect(await s.members('soon')).toEqual([]);
    await s.runUntil('2026-03-05T08:01:00Z');
    expect(await s.members('soon')).toEqual(['ana']);
    await s.runUntil('2026-03-12T08:01:00Z');
    expect(await s.members('soon')).toEqual([]);
  });

  it('follows a date that is moved', async () => {
    const s = await scenario(schema + segment('soon', soon));
    const first = instant('2026-03-12T08:00:00Z');
    await says(s, booking('b1', { fields: { status: 'confirmed', departs_at: first }, booker: 'ana' }));
    await s.advance('1h');
    await says(s, booking('b1', { fields: { departs_at: instant('2026-03-20T08:00:00Z') } }));
    await s.runUntil('2026-03-10T08:00:00Z');
    expect(await s.members('soon')).toEqual([]);
    await s.runUntil('2026-03-13T09:00:00Z');
    expect(await s.members('soon')).toEqual(['ana']);
  });

  it('is left by who is tied to the row no more, and entered by who is instead', async () => {
    const s = await scenario(
      schema + segment('booked', '{ entity: booking, role: booker, where: { status: confirmed } }'),
    );
    await says(s, booking('b1', { fields: { status: 'confirmed' }, booker: 'ana', travellers: ['ana'] }));
    expect(await s.members('booked')).toEqual(['ana']);
    await s.advance('1h');
    await says(s, booking('b1', { booker: 'ben' }));
    expect(await s.members('booked')).toEqual(['ben']);
    const roles = await s.rows<{ role: string }>(`select role from parcours.entity_row order by profile_id, role`);
    expect(roles.map(({ role }) => role)).toEqual(['traveller', 'booker']);
  });

  it('counts a row once, whatever the roles in which it is his', async () => {
    const s = await scenario(schema + segment('two', '{ entity: booking, count: { gte: 2 } }'));
    await says(s, booking('b1', { booker: 'ana', travellers: ['ana'] }));
    expect(await s.members('two')).toEqual([]);
    await says(s, booking('b2', { travellers: ['ana'] }));
    expect(await s.members('two')).toEqual(['ana']);
  });

  it('may ask for the key', async () => {
    const s = await scenario(schema + segment('of-b2', '{ entity: booking, where: { booking_id: b2 } }'));
    await says(s, booking('b1', { booker: 'ana' }), booking('b2', { booker: 'ben' }));
    expect(await s.members('of-b2')).toEqual(['ben']);
  });

  it('is filled when it comes after the rows', async () => {
    const s = await scenario(schema);
    await says(s, booking('b1', { fields: { status: 'confirmed' }, booker: 'ana' }));
    await s.reapply(schema + segment('confirmed', '{ entity: booking, where: { status: confirmed } }'));
    expect(await s.members('confirmed')).toEqual(['ana']);
  });

  it('starts journeys by what happens to a row, and not by history', async () => {
    const s = await scenario(`${schema}${segment('confirmed', '{ entity: booking, where: { status: confirmed } }')}---
kind: journey
id: prepare
objective: engagement
purpose: marketing
entry: { when: { enters: confirmed }, current_members: skip }
steps:
  - { id: pause, wait: 3d }
`);
    await s.tell([
      booking('b1', { fields: { status: 'confirmed' }, booker: 'ana', trigger: false }),
      booking('b2', { fields: { status: 'confirmed' }, booker: 'ben' }),
    ]);
    await s.engine.drainImports();
    await s.settle();
    expect(await s.ways()).toEqual(['ben prepare at pause']);
  });
});

describe('history that is handled after what is live', () => {
  it("doesn't tie who was untied since, and leaves the newer row", async () => {
    const s = await scenario(schema + segment('option', '{ entity: booking, where: { status: option } }'));
    await s.tell([
      booking('b1', {
        fields: { status: 'option' },
        booker: 'ana',
        travellers: ['ben'],
        at: '2026-03-01T10:00:00Z',
        trigger: false,
      }),
      booking('b1', { fields: { status: 'confirmed' }, booker: 'cleo' }),
    ]);
    await s.settle();
    await s.engine.drainImports();
    await s.settle();
    const copies = await s.rows<{ copy: string }>(
      `select i.value || ' ' || r.role || ' ' || (r.fields ->> 'status') as copy from parcours.entity_row r
       join parcours.identifier i on i.lane = r.lane and i.profile_id = r.profile_id order by 1`,
    );
    expect(copies.map(({ copy }) => copy)).toEqual(['ben traveller confirmed', 'cleo booker confirmed']);
    expect(await s.members('option')).toEqual([]);
  });
});

describe('the proof', () => {
  const rules: Readonly<Record<string, string>> = {
    any: '{ entity: booking }',
    confirmed: '{ entity: booking, where: { status: confirmed } }',
    soon: '{ entity: booking, where: { status: { is_not: cancelled }, departs_at: { in_next: 3d } } }',
    back: '{ entity: booking, role: traveller, where: { departs_at: { in_last: 36h } } }',
    several: '{ entity: booking, where: { departs_at: { after: now } }, count: { gte: 2 } }',
    'none-insured': '{ entity: booking, where: { insured: true }, count: { is: 0 } }',
    dear: '{ entity: booking, role: booker, where: { price: { gte: 50 EUR } } }',
    'unsure-and-soon': '[ { segment: soon }, { not: { segment: confirmed } } ]',
  };
  const people = Array.from({ length: 10 }, (_, i) => `p${i}`);
  const keys = Array.from({ length: 8 }, (_, i) => `b${i}`);
  const hour = 3_600_000;

  function tellSomething(random: Chance, now: Date): Happening {
    const fields: Record<string, Value | null> = {};
    if (random.isTrue(0.5)) fields.status = random.pick(['option', 'confirmed', 'cancelled', null]);
    if (random.isTrue(0.5)) fields.departs_at = now.getTime() + random.between(-60, 200) * hour;
    if (random.isTrue(0.2)) fields.insured = random.isTrue(0.5);
    if (random.isTrue(0.2)) fields.price = { amount: random.between(1, 90) * 100, currency: 'EUR' };
    const some = () => Array.from({ length: random.between(0, 4) }, () => random.pick(people)).slice(0, 3);
    const late = random.isTrue(0.3) ? random.between(0, 60) * hour : 0;
    return booking(random.pick(keys), {
      fields,
      ...(random.isTrue(0.3) && { booker: random.pick([...people, null]) }),
      ...(random.isTrue(0.2) && { travellers: some() }),
      ...(random.isTrue(0.2) && { joins: random.pick(people) }),
      at: new Date(now.getTime() - late).toISOString(),
      trigger: random.isTrue(0.7),
    });
  }

  /** Copies that aren't what is known of the row, or that are missing, or too many; nothing, when all is well. */
  async function strayCopies(s: Scenario): Promise<readonly unknown[]> {
    return s.rows(
      `select coalesce(t.key, r.key) as key, coalesce(t.role, r.role) as role, e.fields as known, r.fields as copied
       from parcours.entity_tie t
       join parcours.entity e using (entity, key)
       full join parcours.entity_row r using (entity, key, role, lane, profile_id)
       where e.fields is distinct from r.fields`,
    );
  }

  it('copies are the rows, and members those that the rows say, after any stream of rows and time', async () => {
    const random = chance(20261122);
    const s = await scenario(
      schema +
        Object.entries(rules)
          .map(([id, where]) => segment(id, where))
          .join(''),
    );
    const rounds = proofSize(160);
    const states = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const facts = Array.from({ length: random.between(0, 8) }, () => tellSomething(random, s.clock.now()));
      if (facts.length > 0) await s.tell(facts);
      if (random.isTrue(0.3)) await s.settle();
      await s.engine.drainImports();
      await s.settle();
      expect(await strayCopies(s), `after the facts of round ${round}`).toEqual([]);
      expect(await strayMembers(s), `after the facts of round ${round}`).toEqual([]);
      await s.runUntil(new Date(s.clock.now().getTime() + random.between(1, 40 * 60) * 60_000).toISOString());
      expect(await strayMembers(s), `after the time of round ${round}`).toEqual([]);
      const [kept] = await s.rows<{ state: string }>(
        `select string_agg(segment || profile_id, ' ' order by segment, profile_id) as state from parcours.membership where is_member`,
      );
      states.add(kept?.state ?? '');
    }
    // The stream must move memberships, or it would prove nothing.
    expect(states.size).toBeGreaterThan(rounds / 2);
    expect(await s.deadLetters()).toEqual([]);
  }, 1_200_000);
});
