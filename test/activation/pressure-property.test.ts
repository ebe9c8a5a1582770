/**
 * The proof that nobody is ever above a cap: a random stream of events, denials and channels that fail and recover, and after each
 * round every cap is counted anew from the contacts, by windows worked out here. A twentieth of it unless PROOF is set.
 */
import { expect, it } from 'vitest';
import { proofSize } from '../support/proof.ts';
import { chance } from './random.ts';
import { type Scenario, scenario } from './scenario.ts';

interface Contact {
  readonly who: string;
  readonly at: Date;
  readonly channel: string;
  readonly journey: string;
  readonly objective: string;
}

interface Rule {
  readonly id: string;
  readonly max: number;
  readonly window: { readonly rollingMs: number } | { readonly calendar: 'day' | 'week' | 'month' };
  readonly covers: (contact: Contact) => boolean;
}

const hour = 3_600_000;
const isMarketing = (contact: Contact) => contact.objective !== 'service';

const caps: readonly Rule[] = [
  { id: 'often', max: 2, window: { rollingMs: 24 * hour }, covers: isMarketing },
  { id: 'weekly', max: 5, window: { rollingMs: 7 * 24 * hour }, covers: isMarketing },
  {
    id: 'mobile',
    max: 1,
    window: { calendar: 'day' },
    covers: (one) => isMarketing(one) && ['push', 'text'].includes(one.channel),
  },
  { id: 'letters', max: 2, window: { calendar: 'week' }, covers: (one) => isMarketing(one) && one.channel === 'mail' },
  {
    id: 'monthly',
    max: 11,
    window: { calendar: 'month' },
    covers: (one) => isMarketing(one) && one.journey !== 'loyal',
  },
  { id: 'codes', max: 3, window: { rollingMs: 2 * hour }, covers: (one) => one.objective === 'service' },
];

const pressure = `kind: pressure
id: house
caps:
  - { id: often, max: 2, rolling: 24h, look_ahead: 12h }
  - { id: weekly, max: 5, rolling: 7d, look_ahead: 2d }
  - { id: mobile, max: 1, calendar: day, channels: [push, text] }
  - { id: letters, max: 2, calendar: week, channels: [mail] }
  - { id: monthly, max: 11, calendar: month, not_journeys: [loyal] }
  - { id: codes, max: 3, rolling: 2h, objectives: [service] }
quiet_hours:
  - { channels: [push, text], from: "21:00", to: "08:00" }
valid_for: 3d
`;

function journey(
  id: string,
  options: { on: string; channel: string; objective?: string; priority: number; more?: string },
): string {
  const { on, channel, objective = 'engagement', priority, more = '' } = options;
  return `---
kind: journey
id: ${id}
objective: ${objective}
priority: ${priority}
entry: { when: { event: ${on} }, reentry: always }
exit:
  - { event: order_placed, where: { note: { is: stop } }, as: stopped }
steps:
  - id: ${id}-first
    send: { channel: ${channel}, template: hello${more} }
  - id: ${id}-second
    after: 5h
    send: { channel: ${channel}, template: hello }
`;
}

const yaml =
  pressure +
  journey('visit', { on: 'visited', channel: '{ first_of: [push, mail] }', priority: 40 }) +
  journey('cart', {
    on: 'cart_updated',
    channel: '{ first_of: [text, push, mail] }',
    priority: 80,
    more: ', valid_for: 10h',
  }) +
  journey('order', { on: 'order_placed', channel: 'mail', priority: 60, more: ', when_capped: drop' }) +
  journey('loyal', { on: '[order_placed, visited]', channel: 'diary', objective: 'loyalty', priority: 20 }) +
  journey('code', { on: 'signed_up', channel: 'push', objective: 'service', priority: 90 });

const zones = ['UTC', 'Europe/Paris', 'America/Lima', 'Asia/Kolkata', 'Pacific/Auckland'];
const people = Array.from({ length: 10 }, (_, i) => `p${i}`);
const zoneOf = (who: string) => zones[Number(who.slice(1)) % zones.length] as string;

const formats = new Map(
  zones.map((zone) => [zone, new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' })]),
);

/** The local day, week (by its Monday) or month of an instant, as a name. */
function calendarName(at: Date, zone: string, unit: 'day' | 'week' | 'month'): string {
  const day = (formats.get(zone) as Intl.DateTimeFormat).format(at);
  if (unit === 'day') return day;
  if (unit === 'month') return day.slice(0, 7);
  const midnight = new Date(`${day}T00:00:00Z`);
  const sinceMonday = (midnight.getUTCDay() + 6) % 7;
  return new Date(midnight.getTime() - sinceMonday * 24 * hour).toISOString().slice(0, 10);
}

/** The caps that somebody is above: at each contact, those in the window that ends there. */
function excesses(contacts: readonly Contact[]): readonly string[] {
  return people.flatMap((who) => {
    const own = contacts.filter((one) => one.who === who).sort((a, b) => a.at.getTime() - b.at.getTime());
    return caps.flatMap((cap) =>
      mostAtOnce(own.filter(cap.covers), cap.window, zoneOf(who)) > cap.max ? [`${who} is above ${cap.id}`] : [],
    );
  });
}

/** The most contacts, in the order of time, that one window holds. */
function mostAtOnce(own: readonly Contact[], window: Rule['window'], zone: string): number {
  if ('calendar' in window) {
    const counts = new Map<string, number>();
    for (const { at } of own) {
      const name = calendarName(at, zone, window.calendar);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return Math.max(0, ...counts.values());
  }
  let first = 0;
  let most = 0;
  for (const [i, { at }] of own.entries()) {
    while ((own[first] as Contact).at.getTime() + window.rollingMs <= at.getTime()) first += 1;
    most = Math.max(most, i - first + 1);
  }
  return most;
}

function contactsOf(s: Scenario): Promise<Contact[]> {
  return s.rows<Contact>(
    `select i.value as who, c.at, c.channel, c.journey, c.objective from parcours.contact c
     join parcours.identifier i on i.lane = c.lane and i.profile_id = c.profile_id`,
  );
}

/** Messages that count as contacts and contacts without such a message: none of either. */
const unmatched = `select m.message_id from parcours.message m
  full join parcours.contact c on c.lane = m.lane and c.message_id = m.message_id and c.at = m.accepted_at
  where (m.message_id is null) or (c.message_id is null) = (m.rank >= 1)`;

it('nobody is ever above a cap, whatever happens and however messages fail', async () => {
  const random = chance(4711);
  const s = await scenario(yaml, { start: '2026-03-20T10:00:00Z' });
  const address = { email: 'p@shop.example', phone: '+41791234567', push_token: 'token' };
  for (const who of people) {
    const traits = random.isTrue(0.2) ? { email: address.email } : address;
    await s.person({ external_id: who, zone: zoneOf(who), traits });
  }
  const blocked = new Set<string>();
  let kept = 0;
  for (let round = 0; round < proofSize(300); round += 1) {
    for (const channel of ['mail', 'push']) {
      if (!random.isTrue(0.15)) continue;
      if (blocked.delete(channel)) s.unblock(channel);
      else if (s.lines(channel).length === 0) {
        s.block(channel);
        blocked.add(channel);
      }
    }
    const type = () => random.pick(['visited', 'visited', 'cart_updated', 'order_placed', 'signed_up']);
    await s.tell(
      Array.from({ length: random.between(0, 10) }, () => {
        const who = random.pick(people);
        if (random.isTrue(0.05))
          return { who, consents: { 'marketing/push': random.pick(['granted', 'denied'] as const) } };
        return { who, type: type(), properties: random.isTrue(0.05) ? { note: 'stop' } : {} };
      }),
    );
    await s.runUntil(new Date(s.clock.now().getTime() + random.between(1, 14 * 60) * 60_000).toISOString());
    expect(excesses(await contactsOf(s)), `in round ${round}`).toEqual([]);
    expect(await s.rows(unmatched), `contacts without messages in round ${round}`).toEqual([]);
    kept += (await s.rows(`select 1 from parcours.message where state = 'deferred' and decision ? 'kept'`)).length;
  }
  const rules = await s.rows<{ rule: string }>(
    `select distinct r.rule from parcours.message m cross join lateral (
       select m.decision->>'rule' as rule union select jsonb_array_elements_text(m.decision->'deferred_by')) r
     where r.rule is not null order by 1`,
  );
  // The stream must meet the rules, or it would prove nothing.
  expect(rules.map((row) => row.rule)).toEqual(
    expect.arrayContaining(['cap house/often', 'cap house/mobile', 'quiet house']),
  );
  expect(kept).toBeGreaterThan(0);
  expect(await s.deadLetters()).toEqual([]);
}, 1_200_000);
