/**
 * What people are inclined to, their best hour and channel, in the running engine: worked out beside plain loops over the same events,
 * at the refresh, after facts in between, and from facts alone.
 */
import { describe, expect, it } from 'vitest';
import { definitionsOf } from '../../engine/compiler/as-of.ts';
import { lateralJoins } from '../../engine/compiler/pair.ts';
import { asOfScope } from '../../engine/compiler/scopes.ts';
import { param, render, sql } from '../../engine/compiler/sql.ts';
import { betaMean, populationPrior, posterior, shrunkShares } from '../../engine/measure/statistics/affinity.ts';
import { bestHour } from '../../engine/measure/statistics/best-hour.ts';
import { chance } from './random.ts';
import { type Happening, monday, type Scenario, scenario } from './scenario.ts';

const refresh = 'refresh: { every: day, at: "03:00" }';
const hourMs = 3_600_000;

interface Visit {
  readonly who: string;
  readonly page: string;
  readonly at: number;
}

const categories = ['shoes', 'hats', 'bags', 'coats', 'socks'];
const zones: Readonly<Record<string, number>> = { 'Asia/Tokyo': 9, 'America/Lima': -5 };
const zoneOf = (who: string): string => (Number(who.slice(1)) % 3 === 0 ? 'America/Lima' : 'Asia/Tokyo');

async function traitsOf(s: Scenario): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const rows = await s.rows<{ who: string; traits: Readonly<Record<string, unknown>> }>(
    'select i.value as who, p.traits from parcours.profile p join parcours.identifier i using (lane, profile_id)',
  );
  return new Map(rows.map(({ who, traits }) => [who, traits]));
}

/** Each person's values of a trait from facts alone. */
async function asOf(s: Scenario, trait: string): Promise<ReadonlyMap<string, unknown>> {
  const joins = lateralJoins();
  const scope = asOfScope(sql`${param(s.clock.now())}::timestamptz`, definitionsOf(s.bundle().resources), joins);
  const value = scope.trait(trait);
  const { text, values } = render(
    sql`select i.value as who, ${value} as v from parcours.profile p ${joins.all()} join parcours.identifier i on i.lane = p.lane and i.profile_id = p.profile_id`,
  );
  const rows = await s.rows<{ who: string; v: unknown }>(text, values);
  return new Map(rows.map(({ who, v }) => [who, v]));
}

/** By plain counting: the likeliest next, of equals the commoner, then by name. */
function likeliest(own: readonly string[], all: readonly string[], prior: number): string | null {
  if (own.length < 2) return null;
  const count = (list: readonly string[], page: string) => list.filter((one) => one === page).length;
  const found = categories
    .map((page) => ({
      page,
      everybodys: count(all, page),
      score: count(own, page) * all.length + prior * count(all, page),
    }))
    .sort((a, b) => b.score - a.score || b.everybodys - a.everybodys || (a.page < b.page ? -1 : 1));
  return found[0]?.page ?? null;
}

function binOf({ who, at }: Visit): number {
  const local = new Date(at + (zones[zoneOf(who)] as number) * hourMs);
  return ((local.getUTCDay() + 6) % 7) * 24 + local.getUTCHours();
}

function bins(visits: readonly Visit[]): readonly number[] {
  const counts = Array.from({ length: 168 }, () => 0);
  for (const one of visits) counts[binOf(one)] = (counts[binOf(one)] as number) + 1;
  return counts;
}

const yaml = `kind: trait
id: inclined
affinity: { event: visited, of: page, in_last: 30d, at_least: 2, prior: 4, ${refresh} }
---
kind: trait
id: hats
affinity: { event: visited, of: page, in_last: 30d, to: hats, ${refresh} }
---
kind: trait
id: hour
best_hour: { event: visited, in_last: 30d, prior: 6, ${refresh} }
---
kind: trait
id: day
best_hour: { event: visited, in_last: 30d, prior: 6, part: day, ${refresh} }
---
kind: segment
id: hatters
where: { trait: inclined, is: hats }
`;

describe('an affinity and a best hour', () => {
  it('are what plain loops find, at the refresh and after it, and the same from facts alone', async () => {
    const random = chance(20_260_811);
    const s = await scenario(yaml);
    const people = Array.from({ length: 40 }, (_, i) => `p${i}`);
    const now = Date.parse(monday);
    const visit = (who: string, at: number): Visit => {
      const favourite = categories[Number(who.slice(1)) % categories.length] as string;
      return { who, at, page: random.isTrue(0.5) ? favourite : random.pick(categories.slice(0, 3)) };
    };
    const visits: Visit[] = people.flatMap((who) =>
      // By minutes, so that what leaves the window does so at different times; nobody at the very edge.
      Array.from({ length: random.between(0, 9) }, () =>
        visit(who, now - random.between(1, 45 * 24 * 60 - 1) * 60_000),
      ),
    );
    const tell = (list: readonly Visit[]): Promise<void> =>
      s.tell(
        list.map(
          ({ who, page, at }): Happening => ({
            who,
            type: 'visited',
            properties: { page },
            at: new Date(at).toISOString(),
          }),
        ),
      );
    await s.tell(people.map((who) => ({ who, traits: { zone: zoneOf(who) } })));
    await tell(visits);
    await s.settle();

    let scaleVisits = visits.filter(({ at }) => at > now - 30 * 24 * hourMs);
    const check = async (what: string): Promise<void> => {
      const t = s.clock.now().getTime();
      const found = await traitsOf(s);
      const all = scaleVisits.map(({ page }) => page);
      const population = bins(scaleVisits);
      const shares = categories.map((page) => all.filter((one) => one === page).length);
      const hatters: string[] = [];
      for (const who of people) {
        const own = visits.filter((one) => one.who === who && one.at <= t && one.at > t - 30 * 24 * hourMs);
        const pages = own.map(({ page }) => page);
        const traits = found.get(who) ?? {};
        const inclined = likeliest(pages, all, 4);
        if (inclined === 'hats') hatters.push(who);
        expect(traits.inclined ?? null, `${what}: ${who}`).toBe(inclined);
        const counts = categories.map((page) => pages.filter((one) => one === page).length);
        const share = shrunkShares(counts, { population: shares, strength: 10 })[1] as number;
        if (own.length === 0) expect(traits.hats ?? null).toBeNull();
        else expect(traits.hats, `${what}: ${who}`).toBeCloseTo(share, 4);
        const best = bestHour(bins(own), { population, fallback: 0, strength: 6 });
        expect(traits.hour, `${what}: ${who}`).toBe(`${String(best.hour).padStart(2, '0')}:00`);
        expect(traits.day).toBe(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'][best.day]);
      }
      expect(await s.members('hatters')).toEqual(hatters.sort());
      for (const trait of ['inclined', 'hats', 'hour', 'day']) {
        for (const [who, value] of await asOf(s, trait))
          expect(value ?? null, `${what}: ${who}`).toEqual(found.get(who)?.[trait] ?? null);
      }
    };
    await check('at first');
    // In between people are read by what was found, whatever others did since.
    const later = people.slice(0, 12).map((who) => visit(who, s.clock.now().getTime()));
    visits.push(...later);
    await tell(later);
    await s.settle();
    await check('after facts');
    await s.advance('10h');
    await check('after some time');
    await s.runUntil('2026-03-03T03:00:00Z');
    scaleVisits = visits.filter(({ at }) => at > s.clock.now().getTime() - 30 * 24 * hourMs);
    await check('after the refresh');
    await s.rows('delete from parcours.trait_scale');
    for (const [who, value] of await asOf(s, 'inclined')) {
      expect(value ?? null).toBe((await traitsOf(s)).get(who)?.inclined ?? null);
    }
    expect(await s.deadLetters()).toEqual([]);
  }, 60_000);

  it('of nobody is the fallback, or nothing', async () => {
    const s = await scenario(`kind: trait
id: hour
best_hour: { event: visited, fallback: "18:00", ${refresh} }
---
kind: trait
id: day
best_hour: { event: visited, part: day, ${refresh} }
`);
    await s.person({ external_id: 'ana' });
    await s.advance('15min');
    const stand = async () => {
      const { hour = null, day = null } = (await traitsOf(s)).get('ana') ?? {};
      return [hour, day];
    };
    expect(await stand()).toEqual(['18:00', null]);
    await s.event('ana', 'visited', { page: 'hats' });
    // Everybody's hour isn't known before somebody counts them.
    expect(await stand()).toEqual(['18:00', null]);
    await s.advance('15min');
    expect(await stand()).toEqual(['10:00', 'mon']);
  });
});

describe('a preferred channel', () => {
  it('is the one whose messages are answered most, held against what everybody does', async () => {
    const s = await scenario(`kind: trait
id: best
preferred_channel: { channels: [mail, push, text], in_last: 20d, ${refresh} }
---
kind: trait
id: best_of_many
preferred_channel: { channels: [push, mail], at_least: 4, ${refresh} }
---
kind: segment
id: push-people
where: { trait: best, is: push }
`);
    const people = Array.from({ length: 30 }, (_, i) => `p${i}`);
    await s.tell(people.map((who) => ({ who, traits: { plan: 'free' } })));
    await s.settle();
    const random = chance(20_260_812);
    const now = Date.parse(monday);
    const sent = people.flatMap((who, i) =>
      i === 0
        ? []
        : Array.from({ length: random.between(1, 8) }, () => {
            const channel = random.isTrue(0.6) ? 'mail' : 'push';
            const isAnswered = random.isTrue(channel === 'push' ? 0.35 : i % 3 === 0 ? 0.6 : 0.1);
            return { who, channel, isAnswered, at: now - random.between(60, 30 * 24 * 60) * 60_000 };
          }),
    );
    await s.rows(
      `insert into parcours.message (lane, message_id, profile_id, journey, key, n, step, channel, template, objective, purpose, priority,
         state, rank, created_at, accepted_at, valid_until, sent_at, decision, revision)
       select p.lane, 1000 + u.i, p.profile_id, 'j', '', 1, 's', u.channel, 'hello', 'loyalty', 'marketing', 50,
         case when u.answered then 'acted' else 'sent' end, case when u.answered then 5 else 2 end, u.at, u.at, u.at, u.at, '{}', 1
       from unnest($1::text[], $2::text[], $3::boolean[], $4::timestamptz[]) with ordinality u(who, channel, answered, at, i)
       join parcours.identifier d on d.value = u.who join parcours.profile p using (lane, profile_id)`,
      [
        sent.map((one) => one.who),
        sent.map((one) => one.channel),
        sent.map((one) => one.isAnswered),
        sent.map((one) => new Date(one.at)),
      ],
    );
    await s.runUntil('2026-03-03T03:00:00Z');
    const t = s.clock.now().getTime();
    const best = (channels: readonly string[], days: number, atLeast: number) => {
      const lately = sent.filter(({ at }) => at > t - days * 24 * hourMs);
      const tries = (who: string, channel: string) =>
        lately.filter((one) => one.who === who && one.channel === channel);
      const rowsOf = (channel: string) =>
        people.flatMap((who) => {
          const own = tries(who, channel);
          return own.length === 0
            ? []
            : [{ tries: own.length, successes: own.filter((one) => one.isAnswered).length, people: 1 }];
        });
      return (who: string): string | null => {
        if (channels.flatMap((channel) => tries(who, channel)).length < atLeast) return null;
        const rated = channels
          .filter((channel) => rowsOf(channel).length > 0)
          .map((channel) => {
            const own = tries(who, channel);
            const successes = own.filter((one) => one.isAnswered).length;
            return {
              channel,
              rate: betaMean(posterior(populationPrior(rowsOf(channel)), { tries: own.length, successes })),
            };
          });
        return rated.sort((a, b) => b.rate - a.rate)[0]?.channel ?? null;
      };
    };
    const found = await traitsOf(s);
    const ofBoth = { best: best(['mail', 'push', 'text'], 20, 1), best_of_many: best(['push', 'mail'], 10_000, 4) };
    for (const [trait, right] of Object.entries(ofBoth)) {
      const plain = people.map((who) => `${who} ${right(who)}`);
      expect(people.map((who) => `${who} ${found.get(who)?.[trait] ?? null}`)).toEqual(plain);
      expect(new Set(plain.map((one) => one.split(' ')[1])).size).toBeGreaterThan(1);
      for (const [who, value] of await asOf(s, trait)) expect(value ?? null).toBe(found.get(who)?.[trait] ?? null);
    }
    expect(await s.members('push-people')).toEqual(people.filter((who) => ofBoth.best(who) === 'push').sort());
    // The window moves on by itself.
    await s.advance('21d');
    expect([...(await traitsOf(s)).values()].every(({ best: one = null }) => one === null)).toBe(true);
  }, 60_000);

  it('follows what somebody does with the messages that he gets', async () => {
    const s = await scenario(`kind: trait
id: best
preferred_channel: { channels: [mail, push], ${refresh} }
---
kind: journey
id: hi
objective: loyalty
entry: { when: { event: signed_up } }
steps:
  - { id: by-mail, send: { channel: mail, template: hello } }
  - { id: by-push, send: { channel: push, template: hello } }
`);
    for (const who of ['ana', 'ben']) {
      await s.person({ external_id: who, traits: { email: `${who}@x.example`, push_token: who } });
      await s.event(who, 'signed_up', { plan: 'free' });
    }
    await s.advance('1d');
    const stand = async () => [...(await traitsOf(s))].map(([who, { best = null }]) => `${who} ${best}`).sort();
    expect(await stand()).toEqual(['ana mail', 'ben mail']);
    await s.hears('by-push', 'acted');
    expect(await stand()).toEqual(['ana push', 'ben push']);
    expect(await s.deadLetters()).toEqual([]);
  });
});
