/** When steps and waits are due: moments, clock times, days of the week, and what moves them while somebody waits. */
import { describe, expect, it } from 'vitest';
import { scenario } from './scenario.ts';
import { logOf, note, signUp, way } from './steps-yaml.ts';

const day = 86_400_000;

/** By when, then by whom. */
const byTime = (a: string, b: string): number => {
  const key = (line: string) => line.replace(/^(\w+ \w+) (.*)$/, '$2 $1');
  return key(a) < key(b) ? -1 : 1;
};

describe('`wait: until`', () => {
  const until = (moment: string) =>
    way(`  - id: rest
    wait: { until: ${moment} }
    otherwise: [ { exit: missed } ]
${note('hello')}`);

  it('edge case 8: takes weekdays in local time, today included, at its clock time', async () => {
    // Saturday evening in UTC is Sunday morning in Auckland.
    const s = await scenario(
      {
        'scenario.yaml': until('{ weekday: [sun, mon] }'),
        'clocked.yaml': until('{ weekday: sat }, at: "09:00"').replace('id: way', 'id: clocked'),
      },
      { start: '2026-03-07T20:00:00Z' },
    );
    await signUp(s, 'ana', 'free', 'UTC');
    await signUp(s, 'ben', 'free', 'Pacific/Auckland');
    expect(await s.ways()).toContain('ben way completed');
    await s.advance('8d');
    const sent = (await s.messages()).map(({ who, journey, sent: at }) => `${who} ${journey} ${at}`);
    expect(sent.sort()).toEqual([
      'ana clocked 2026-03-14 09:00',
      'ana way 2026-03-08 00:00',
      'ben clocked 2026-03-13 20:00',
      'ben way 2026-03-07 20:00',
    ]);
  });

  it('takes the next day of the year and the next anniversary, 29 February as said (b14)', async () => {
    const schema = `kind: schema\nid: more\ntraits: { birth_date: { type: date } }\n`;
    const s = await scenario(
      {
        'more.yaml': schema,
        'scenario.yaml': until('03-01'),
        'born.yaml': until('{ anniversary: birth_date, feb_29: mar-01 }, at: "09:00"').replace('id: way', 'id: born'),
      },
      { start: '2026-03-02T10:00:00Z' },
    );
    const leapDay = Date.UTC(1996, 1, 29) / day;
    await s.person({ external_id: 'ana', zone: 'Europe/Paris', traits: { birth_date: leapDay } });
    await s.event('ana', 'signed_up', {});
    await s.event('ben', 'signed_up', {});
    expect(await s.ways()).toEqual(['ana born at rest', 'ana way at rest', 'ben born missed', 'ben way at rest']);
    await s.runUntil('2027-03-05T00:00:00Z');
    expect((await s.messages()).map(({ who, journey, sent: at }) => `${who} ${journey} ${at}`).sort()).toEqual([
      'ana born 2027-03-01 08:00',
      'ana way 2027-02-28 23:00',
      'ben way 2027-03-01 00:00',
    ]);
  });

  it('b2: without a moment, or past it by more than `late`, takes the other way', async () => {
    const s = await scenario(until('1d before ends_at, late: 6h'));
    const ends = (iso: string) => ({ ends_at: Date.parse(iso) });
    await s.person({ external_id: 'ana', traits: ends('2026-03-05T08:00:00Z') });
    await s.person({ external_id: 'ben', traits: ends('2026-03-03T05:00:00Z') });
    await s.person({ external_id: 'cat', traits: ends('2026-03-03T03:59:00Z') });
    for (const who of ['ana', 'ben', 'cat', 'dan']) await s.event(who, 'signed_up', {});
    await s.advance('4d');
    expect(await s.sent()).toEqual(['ben hello 2026-03-02 10:00', 'ana hello 2026-03-04 08:00']);
    expect(await s.ways()).toEqual(['ana way completed', 'ben way completed', 'cat way missed', 'dan way missed']);
    expect([await logOf(s, 'cat'), await logOf(s, 'dan')]).toEqual([['rest too late'], ['rest no moment']]);
  });

  it('takes the next working day of the country, today included, without its holidays', async () => {
    const country = (id: string, code: string) =>
      `kind: country\nid: ${id}\nwhere: { trait: country, is: ${code} }\nzone: UTC\nholidays: { calendar: ${id} }\n`;
    const s = await scenario(
      {
        'fr.yaml': country('fr', 'FR'),
        'de.yaml': country('de', 'DE'),
        'scenario.yaml': until('{ business_day: next }'),
        'clocked.yaml': until('{ business_day: next }, at: "09:00"').replace('id: way', 'id: clocked'),
      },
      // Monday 13 July; the 14th is a holiday in France, and then comes a weekend.
      { start: '2026-07-13T22:00:00Z' },
    );
    for (const [who, code] of [
      ['ana', 'FR'],
      ['ben', 'DE'],
      ['cat', 'XX'],
    ] as const) {
      await s.traits(who, { country: code });
      await s.event(who, 'signed_up', {});
    }
    expect(await s.ways()).toContain('ana way completed');
    await s.runUntil('2026-07-18T12:00:00Z');
    await s.event('ana', 'signed_up', {});
    await s.advance('7d');
    expect((await s.messages()).map(({ who, journey, sent: at }) => `${who} ${journey} ${at}`).sort()).toEqual([
      'ana clocked 2026-07-15 09:00',
      'ana clocked 2026-07-20 09:00',
      'ana way 2026-07-13 22:00',
      'ana way 2026-07-20 00:00',
      'ben clocked 2026-07-14 09:00',
      'ben way 2026-07-13 22:00',
      'cat clocked 2026-07-14 09:00',
      'cat way 2026-07-13 22:00',
    ]);
  });

  it('b13: follows its date, into the past too: at once within `late`, else the other way', async () => {
    const s = await scenario(until('1d before ends_at, late: 6h'));
    const ends = (who: string, iso: string | null) => s.traits(who, { ends_at: iso === null ? null : Date.parse(iso) });
    for (const who of ['ana', 'ben', 'cat', 'dan']) {
      await ends(who, '2026-03-20T10:00:00Z');
      await s.event(who, 'signed_up', {});
    }
    await s.advance('1d');
    await ends('ana', '2026-03-06T10:00:00Z');
    await ends('ben', '2026-03-04T08:00:00Z');
    await ends('cat', '2026-03-03T12:00:00Z');
    await ends('dan', null);
    expect(await s.ways()).toEqual(['ana way at rest', 'ben way completed', 'cat way missed', 'dan way missed']);
    await s.advance('5d');
    expect(await s.sent()).toEqual(['ben hello 2026-03-03 10:00', 'ana hello 2026-03-05 10:00']);
  });

  it('b13: follows a date that history tells, without moving anybody by it', async () => {
    const s = await scenario(until('ends_at'));
    await s.traits('ana', { ends_at: Date.parse('2026-03-20T10:00:00Z') });
    await s.event('ana', 'signed_up', {});
    await s.tell([{ who: 'ana', traits: { ends_at: Date.parse('2026-03-04T10:00:00Z') }, trigger: false }]);
    await s.settle();
    await s.advance('3d');
    expect(await s.sent()).toEqual(['ana hello 2026-03-04 10:00']);
  });
});

describe('the time of a step', () => {
  it('is the hour that a trait holds, else the one beside it, and follows the trait', async () => {
    const s = await scenario({
      'more.yaml': 'kind: schema\nid: more\ntraits: { best_hour: { type: integer }, best_time: { type: text } }\n',
      'scenario.yaml': way(`  - id: hello
    at: { trait: best_hour, else: "18:00" }
    send: { channel: diary, template: hello }
  - id: again
    at: { trait: best_time, else: "20:00" }
    send: { channel: diary, template: hello }`),
    });
    await s.traits('ana', { best_hour: 12, best_time: '9:30' });
    await s.traits('ben', { best_hour: 99, best_time: 'noon' });
    await s.traits('cat', { best_hour: 23 });
    for (const who of ['ana', 'ben', 'cat']) await s.event(who, 'signed_up', {});
    await s.traits('cat', { best_hour: 14 });
    await s.advance('2d');
    expect([...(await s.sent())].sort(byTime)).toEqual([
      'ana hello 2026-03-02 12:00',
      'cat hello 2026-03-02 14:00',
      'ben hello 2026-03-02 18:00',
      'ben again 2026-03-02 20:00',
      'cat again 2026-03-02 20:00',
      'ana again 2026-03-03 09:30',
    ]);
  });

  it('is on the first of its days that comes, at its clock time (edge case 8)', async () => {
    const s = await scenario(
      way(`  - id: hello
    after: 1d
    days: [tue, thu]
    at: "09:00"
    send: { channel: diary, template: hello }
  - id: again
    days: [tue]
    send: { channel: diary, template: hello }`),
      { start: '2026-03-02T23:30:00Z' },
    );
    await signUp(s, 'ana', 'free', 'UTC');
    // Tuesday half past midnight in Paris: a day later is Wednesday.
    await signUp(s, 'ben', 'free', 'Europe/Paris');
    await s.advance('14d');
    expect(await s.sent()).toEqual([
      'ana hello 2026-03-03 09:00',
      'ana again 2026-03-03 09:00',
      'ben hello 2026-03-05 08:00',
      'ben again 2026-03-09 23:00',
    ]);
  });
});

describe('edge case 7', () => {
  const inTwoDays = way(`  - id: hello
    after: 2d
    at: "09:00"
    send: { channel: diary, template: hello }`);

  it('nine local in two days is nine across both changes of the clock, whatever the zone', async () => {
    const spring = await scenario(inTwoDays, { start: '2026-03-27T12:00:00Z' });
    await signUp(spring, 'ana', 'free', 'Europe/Paris');
    await signUp(spring, 'ben', 'free', 'America/New_York');
    await signUp(spring, 'cat', 'free', 'Moon/Base');
    await spring.advance('4d');
    expect(await spring.sent()).toEqual([
      'ana hello 2026-03-29 07:00',
      'cat hello 2026-03-29 09:00',
      'ben hello 2026-03-29 13:00',
    ]);
    const autumn = await scenario(inTwoDays, { start: '2026-10-23T12:00:00Z' });
    await signUp(autumn, 'ana', 'free', 'Europe/Paris');
    await autumn.advance('4d');
    expect(await autumn.sent()).toEqual(['ana hello 2026-10-25 08:00']);
  });

  it('half past two that is skipped is three, and that comes twice is the first, in waits until a day too', async () => {
    const s = await scenario(
      way(`  - id: rest
    wait: { until: { weekday: sun }, at: "02:30" }
${note('hello')}`),
      { start: '2026-03-28T12:00:00Z' },
    );
    await signUp(s, 'ana', 'free', 'Europe/Paris');
    await s.advance('2d');
    s.clock.jumpTo(new Date('2026-10-24T12:00:00Z'));
    await s.event('ana', 'signed_up', {});
    await s.advance('2d');
    expect(await s.sent()).toEqual(['ana hello 2026-03-29 01:00', 'ana hello 2026-10-25 00:30']);
  });

  it('b11: a change of zone recomputes delays, waits and limits that the calendar counts, not exact ones', async () => {
    const s = await scenario(
      {
        'scenario.yaml': inTwoDays,
        'days.yaml': way(`  - id: rest\n    wait: 2d\n${note('hello')}`).replace('id: way', 'id: days'),
        'hours.yaml': way(`  - id: rest\n    wait: 48h\n${note('hello')}`).replace('id: way', 'id: hours'),
        'limit.yaml': way(`  - id: order
    wait_for: { event: order_placed }
    for: 2d
    otherwise:
${note('hello', 6)}`).replace('id: way', 'id: limit'),
        'rounds.yaml': way(`  - id: life
    repeat: { every: 2d, max: 2 }
    steps:
${note('hello', 6)}`).replace('id: way', 'id: rounds'),
      },
      { start: '2026-03-27T12:00:00Z' },
    );
    await signUp(s, 'ana', 'free', 'UTC');
    await s.advance('1d');
    // Two days by the calendar of Paris, which loses an hour on the 29th.
    await s.person({ external_id: 'ana', zone: 'Europe/Paris' });
    await s.advance('3d');
    expect((await s.messages()).map(({ journey, sent: at }) => `${journey} ${at}`).sort()).toEqual([
      'days 2026-03-29 11:00',
      'hours 2026-03-29 12:00',
      'limit 2026-03-29 11:00',
      'rounds 2026-03-27 12:00',
      'rounds 2026-03-29 11:00',
      'way 2026-03-29 07:00',
    ]);
  });

  it('b11: a change of zone that brings the time into the past lets the step be done at once', async () => {
    const s = await scenario(way('  - id: hello\n    at: "18:00"\n    send: { channel: diary, template: hello }'));
    await signUp(s, 'ana', 'free', 'UTC');
    await s.advance('1h');
    await s.person({ external_id: 'ana', zone: 'Asia/Tokyo' });
    // In Tokyo it was seven in the evening when he came to the step: six is tomorrow.
    await s.advance('1d');
    await signUp(s, 'ben', 'free', 'America/Lima');
    await s.advance('10h');
    await s.person({ external_id: 'ben', zone: 'Europe/Paris' });
    expect(await s.sent()).toEqual(['ana hello 2026-03-03 09:00', 'ben hello 2026-03-03 21:00']);
  });
});

describe('after a decision, which reads the person', () => {
  /** Everybody takes the arm whose steps these are. */
  const decided = (steps: string) =>
    way(`  - id: choice
    branch:
      - if: { not: { trait: plan, is: pro } }
        steps:
${steps}`);
  const atNine = `          - id: hello
            after: 2d
            at: "09:00"
            send: { channel: diary, template: hello }`;

  it('times are those of his zone, or of the workspace', async () => {
    const s = await scenario(decided(atNine), { start: '2026-03-27T12:00:00Z' });
    await signUp(s, 'ana', 'free', 'Europe/Paris');
    await signUp(s, 'ben', 'free', 'America/New_York');
    await signUp(s, 'cat', 'free', 'Moon/Base');
    await s.advance('4d');
    expect(await s.sent()).toEqual([
      'ana hello 2026-03-29 07:00',
      'cat hello 2026-03-29 09:00',
      'ben hello 2026-03-29 13:00',
    ]);
  });

  it('times are those of the zone that a step set since: when it is one in Paris it is nine in New York', async () => {
    const atOne = `          - { id: moves, update: { zone: America/New_York } }
          - id: hello
            at: "13:00"
            send: { channel: diary, template: hello }`;
    const s = await scenario(decided(atOne), { start: '2026-03-27T12:00:00Z' });
    await signUp(s, 'ana', 'free', 'Europe/Paris');
    await s.advance('1d');
    expect(await s.sent()).toEqual(['ana hello 2026-03-27 17:00']);
  });
});

describe('edge case 11', () => {
  it('waits of eleven months and of two years end on their day', async () => {
    const s = await scenario({
      'scenario.yaml': way(`  - id: rest\n    wait: 11mo\n${note('hello')}`),
      'years.yaml': way(`  - id: rest\n    wait: 2y\n${note('hello')}`).replace('id: way', 'id: years'),
    });
    await signUp(s, 'ana', 'free', 'Europe/Paris');
    await s.runUntil('2028-03-03T00:00:00Z');
    expect((await s.messages()).map(({ journey, sent: at }) => `${journey} ${at}`)).toEqual([
      'way 2027-02-02 10:00',
      'years 2028-03-02 10:00',
    ]);
  });
});
