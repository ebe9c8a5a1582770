/** Arbitration as the pure function that it is: order, windows at their edges, coverage, channels, and what a decision holds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitrate } from '../../engine/activation/messages/arbitrate.ts';
import { weekdayOf } from '../../engine/activation/messages/calendar.ts';
import { pausesOf } from '../../engine/activation/messages/pauses.ts';
import { type Rules, rulesOf } from '../../engine/activation/messages/rules.ts';
import type { Candidate, Contact, Decision, Situation } from '../../engine/activation/messages/situation.ts';
import type { Cap, Coverage, PressureBody } from '../../engine/compiler/ir.ts';

const t = new Date('2026-03-02T10:00:00Z');
const hour = 3_600_000;
const day = 24 * hour;

const plus = (ms: number) => new Date(t.getTime() + ms);
const all: Coverage = { channels: null, journeys: null, notJourneys: [], objectives: null };

function candidate(messageId: number, more: Partial<Candidate> = {}): Candidate {
  return {
    messageId,
    journey: 'j',
    objective: 'engagement',
    purpose: 'marketing',
    priority: 50,
    createdAt: t,
    validUntil: plus(30 * day),
    channels: ['push'],
    choose: null,
    to: null,
    skippedAfter: null,
    isUrgent: false,
    whenCapped: null,
    ...more,
  };
}

function contact(at: Date, more: Partial<Contact> = {}): Contact {
  return { messageId: 0, at, channel: 'push', journey: 'other', objective: 'engagement', ...more };
}

function situation(more: Partial<Situation> = {}): Situation {
  return {
    t,
    channels: new Map([
      ['push', { type: 'push', address: 'ok' }],
      ['mail', { type: 'email', address: 'ok' }],
    ]),
    mayContact: () => true,
    applies: new Set(),
    addressIn: () => 'missing',
    contacts: [],
    calendar: {
      day: { start: plus(-10 * hour), end: plus(14 * hour) },
      week: { start: plus(-10 * hour), end: plus(7 * day - 10 * hour) },
      month: { start: plus(-day - 10 * hour), end: plus(30 * day - 10 * hour) },
      quarter: { start: plus(-60 * day - 10 * hour), end: plus(30 * day - 10 * hour) },
      // t is a Monday; its number doesn't matter here.
      days: [-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => ({ number: 20_514 + n, weekday: weekdayOf(20_514 + n) })),
      clocks: new Map(
        ['08:00', '21:00'].map((clock) => [
          clock,
          [-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) =>
            plus(n * day - 10 * hour + Number(clock.slice(0, 2)) * hour),
          ),
        ]),
      ),
    },
    pauses: pausesOf(() => false, []),
    holidays: new Set(),
    preferred: [],
    results: new Map(),
    ...more,
  };
}

const rolling = (id: string, max: number, days: number, covers: Partial<Coverage> = {}): Cap => ({
  id,
  max,
  window: { kind: 'rolling', duration: { months: 0, days, ms: 0 } },
  covers: { ...all, ...covers },
});

function pressure(caps: readonly Cap[], more: Partial<PressureBody> = {}): PressureBody {
  return {
    caps,
    mute: [],
    quietHours: [],
    whenCapped: 'defer',
    validFor: { months: 0, days: 2, ms: 0 },
    ...more,
  };
}

function rules(caps: readonly Cap[], more: Partial<PressureBody> = {}): Rules {
  return rulesOf([{ id: 'house', body: pressure(caps, more) }]);
}

function decide(one: Candidate, where: Situation, by: Rules): Decision {
  return arbitrate([one], where, by)[0] as Decision;
}

describe('the order', () => {
  const one = rules([rolling('weekly', 1, 7)]);

  function first(candidates: readonly Candidate[]): number | undefined {
    const decisions = arbitrate(candidates, situation(), one);
    return candidates[decisions.findIndex(({ outcome }) => outcome === 'queued')]?.messageId;
  }

  it('is by priority, then by age, then by number', () => {
    expect(first([candidate(1), candidate(2, { priority: 51 }), candidate(3, { createdAt: plus(-day) })])).toBe(2);
    expect(first([candidate(1), candidate(2), candidate(3, { createdAt: plus(-1) })])).toBe(3);
    expect(first([candidate(9), candidate(2), candidate(5)])).toBe(2);
  });

  it('does not depend on the order in which candidates are given', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.record({
            id: fc.integer({ min: 1, max: 99 }),
            priority: fc.integer({ min: 0, max: 3 }),
            age: fc.integer({ min: 0, max: 3 }),
          }),
          { selector: ({ id }) => id, minLength: 1, maxLength: 8 },
        ),
        fc.integer({ min: 1, max: 3 }),
        fc.integer(),
        (drawn, max, seed) => {
          const candidates = drawn.map(({ id, priority, age }) =>
            candidate(id, { priority, createdAt: plus(-age * hour) }),
          );
          const shuffled = [...candidates].sort(
            (a, b) => ((a.messageId * 31 + seed) % 7) - ((b.messageId * 31 + seed) % 7),
          );
          const by = rules([rolling('weekly', max, 7)]);
          const outcomes = (list: readonly Candidate[]) =>
            arbitrate(list, situation(), by)
              .map((decision, i) => [list[i]?.messageId ?? 0, decision] as const)
              .sort(([a], [b]) => a - b);
          expect(outcomes(shuffled)).toEqual(outcomes(candidates));
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it('decides each candidate once, and those that leave count against those after them', () => {
    const decisions = arbitrate(
      [1, 2, 3, 4].map((id) => candidate(id)),
      situation(),
      rules([rolling('weekly', 2, 7)]),
    );
    expect(decisions.map((one) => [one.outcome, one.count])).toEqual([
      ['queued', null],
      ['queued', null],
      ['deferred', 2],
      ['deferred', 2],
    ]);
  });
});

describe('a rolling cap', () => {
  const weekly = rules([rolling('weekly', 1, 7)]);

  it('counts a contact until exactly its length later', () => {
    const at = (ms: number) => decide(candidate(1), situation({ contacts: [contact(plus(ms))] }), weekly).outcome;
    expect(at(-7 * day + 1)).toBe('deferred');
    expect(at(-7 * day)).toBe('queued');
    expect(at(0)).toBe('deferred');
  });

  it('frees when so many contacts have left its window that one more has room', () => {
    const contacts = [-6, -5, -4, -1].map((n) => contact(plus(n * day)));
    const until = (max: number) =>
      decide(candidate(1), situation({ contacts }), rules([rolling('weekly', max, 7)])).until;
    expect(until(4)).toBe(plus(day).getTime());
    // Someone lowered the cap: more contacts are in the window than it allows.
    expect(until(3)).toBe(plus(2 * day).getTime());
    expect(until(1)).toBe(plus(6 * day).getTime());
  });

  it('of months follows the calendar, month ends included', () => {
    const monthly: Cap = {
      id: 'm',
      max: 1,
      window: { kind: 'rolling', duration: { months: 1, days: 0, ms: 0 } },
      covers: all,
    };
    const now = new Date('2026-02-28T10:00:00Z');
    const at = (iso: string) =>
      decide(candidate(1), situation({ t: now, contacts: [contact(new Date(iso))] }), rules([monthly])).outcome;
    expect(at('2026-01-31T10:00:00Z')).toBe('queued');
    expect(at('2026-01-31T10:00:01Z')).toBe('deferred');
  });
});

describe('a calendar cap', () => {
  it.each(['day', 'week', 'month'] as const)('of a %s counts from its first instant and frees at its end', (unit) => {
    const cap: Cap = { id: 'c', max: 1, window: { kind: 'calendar', unit }, covers: all };
    const { start, end } = situation().calendar[unit];
    const inside = decide(candidate(1), situation({ contacts: [contact(start)] }), rules([cap]));
    expect(inside).toMatchObject({ outcome: 'deferred', until: end.getTime(), window: `calendar ${unit}` });
    const before = new Date(start.getTime() - 1);
    expect(decide(candidate(1), situation({ contacts: [contact(before)] }), rules([cap])).outcome).toBe('queued');
  });
});

describe('several rules', () => {
  it('defer until the last of the full caps frees, and name that one', () => {
    const contacts = [contact(plus(-6 * day)), contact(plus(-hour))];
    const by = rules([rolling('daily', 1, 1), rolling('weekly', 2, 7), rolling('monthly', 9, 30)]);
    expect(decide(candidate(1), situation({ contacts }), by)).toMatchObject({
      rule: 'cap house/weekly',
      until: plus(day).getTime(),
    });
  });

  it('drop as soon as one full cap says so', () => {
    const both = rulesOf([
      { id: 'house', body: pressure([rolling('weekly', 1, 7)]) },
      { id: 'strict', body: pressure([rolling('daily', 1, 1)], { whenCapped: 'drop' }) },
    ]);
    const where = situation({ contacts: [contact(plus(-hour))] });
    expect(decide(candidate(1), where, both)).toMatchObject({ outcome: 'suppressed', rule: 'cap strict/daily' });
    expect(decide(candidate(1, { whenCapped: 'defer' }), where, both)).toMatchObject({
      outcome: 'deferred',
      rule: 'cap house/weekly',
    });
  });

  it('make a message that one cap stops use up no room of another', () => {
    const by = rules([rolling('letters', 1, 7, { channels: ['mail'] }), rolling('all', 2, 7)]);
    const decisions = arbitrate(
      [
        candidate(1, { channels: ['mail'], priority: 90 }),
        candidate(2, { channels: ['mail'], priority: 80 }),
        candidate(3, { priority: 70 }),
      ],
      situation(),
      by,
    );
    expect(decisions.map((one) => one.outcome)).toEqual(['queued', 'deferred', 'queued']);
  });

  it('never defer beyond the validity, and expire at its instant', () => {
    const contacts = [contact(plus(-hour))];
    const by = rules([rolling('weekly', 1, 7)]);
    const short = candidate(1, { validUntil: plus(hour) });
    expect(decide(short, situation({ contacts }), by)).toMatchObject({
      outcome: 'deferred',
      until: plus(hour).getTime(),
    });
    expect(decide(candidate(1, { validUntil: t }), situation(), by)).toMatchObject({
      outcome: 'expired',
      rule: 'expired',
    });
  });
});

describe('service', () => {
  it('is covered where an objective or its journey names it, and nowhere else', () => {
    const contacts = [contact(plus(-hour)), contact(plus(-hour), { objective: 'service', journey: 'code' })];
    const service = candidate(1, { objective: 'service', journey: 'code' });
    const outcome = (covers: Partial<Coverage>) =>
      decide(service, situation({ contacts }), rules([rolling('c', 1, 7, covers)])).outcome;
    expect(outcome({})).toBe('queued');
    expect(outcome({ channels: ['push'] })).toBe('queued');
    expect(outcome({ journeys: ['other'] })).toBe('queued');
    expect(outcome({ journeys: ['code'] })).toBe('deferred');
    expect(outcome({ objectives: ['service'] })).toBe('deferred');
  });

  it('uses up no room that is for others', () => {
    const contacts = [contact(plus(-hour), { objective: 'service' })];
    expect(decide(candidate(1), situation({ contacts }), rules([rolling('c', 1, 7)])).outcome).toBe('queued');
  });
});

describe('the channel', () => {
  const both = { channels: ['push', 'mail'] };
  const reach = (push: 'ok' | 'missing' | 'suppressed', mail: 'ok' | 'missing' | 'suppressed') => ({
    channels: new Map([
      ['push', { type: 'push', address: push }],
      ['mail', { type: 'email', address: mail }],
    ]),
  });

  it('is the first that reaches the person; when none does, the reason of the last is told', () => {
    const outcome = (more: Partial<Situation>) => {
      const { channel, rule } = decide(candidate(1, both), situation(more), rules([]));
      return channel ?? rule;
    };
    expect(outcome(reach('ok', 'ok'))).toBe('push');
    expect(outcome(reach('missing', 'ok'))).toBe('mail');
    expect(outcome(reach('suppressed', 'ok'))).toBe('mail');
    expect(outcome(reach('missing', 'suppressed'))).toBe('suppressed-address mail');
    expect(outcome(reach('suppressed', 'missing'))).toBe('no-address mail');
    expect(outcome({ mayContact: (_, type) => type === 'email' })).toBe('mail');
    expect(outcome({ mayContact: () => false })).toBe('no-consent marketing');
    expect(outcome({ channels: new Map() })).toBe('no-address mail');
  });

  it('that is full is waited for: a cap does not move a message to the next one', () => {
    const by = rules([rolling('pushes', 1, 7, { channels: ['push'] })]);
    const where = situation({ contacts: [contact(plus(-hour))] });
    expect(decide(candidate(1, both), where, by)).toMatchObject({ outcome: 'deferred', channel: 'push' });
  });

  it('that is full makes way for the next one with `next_channel`', () => {
    const by = rules([rolling('pushes', 1, 7, { channels: ['push'] })], { whenCapped: 'next_channel' });
    const where = situation({ contacts: [contact(plus(-hour))] });
    expect(decide(candidate(1, both), where, by)).toMatchObject({ outcome: 'queued', channel: 'mail' });
    const own = candidate(1, { ...both, whenCapped: 'defer' });
    expect(decide(own, where, by)).toMatchObject({ outcome: 'deferred', channel: 'push' });
  });

  it('with `next_channel` is waited for when all are full: the one that frees first', () => {
    const caps = [rolling('pushes', 1, 7, { channels: ['push'] }), rolling('letters', 1, 1, { channels: ['mail'] })];
    const where = situation({ contacts: [contact(plus(-hour)), contact(plus(-hour), { channel: 'mail' })] });
    const by = rules(caps, { whenCapped: 'next_channel' });
    expect(decide(candidate(1, both), where, by)).toMatchObject({
      outcome: 'deferred',
      channel: 'mail',
      rule: 'cap house/letters',
      until: plus(23 * hour).getTime(),
    });
  });

  it('follows the person with `preferred_of`, by id or by type, and the file behind what he said', () => {
    const chosen = (preferred: readonly string[], more: Partial<Situation> = {}) =>
      decide(candidate(1, { ...both, choose: 'preferred_of' }), situation({ preferred, ...more }), rules([])).channel;
    expect(chosen([])).toBe('push');
    expect(chosen(['mail'])).toBe('mail');
    expect(chosen(['email', 'push'])).toBe('mail');
    expect(chosen(['sms', 'push'])).toBe('push');
    expect(chosen(['mail'], reach('ok', 'missing'))).toBe('push');
  });

  it('follows what was answered with `best_of`, where a little says little', () => {
    const chosen = (push: [number, number], mail: [number, number]) => {
      const of = ([sent, acted]: [number, number]) => ({ sent, delivered: sent, seen: acted, acted, converted: 0 });
      const results = new Map([
        ['push', of(push)],
        ['mail', of(mail)],
      ]);
      return decide(candidate(1, { ...both, choose: 'best_of' }), situation({ results }), rules([])).channel;
    };
    expect(chosen([0, 0], [0, 0])).toBe('push');
    expect(chosen([6, 0], [0, 0])).toBe('mail');
    expect(chosen([6, 1], [0, 0])).toBe('push');
    expect(chosen([10, 3], [2, 1])).toBe('push');
  });

  it('takes the rest as everybody has it, once enough were counted', () => {
    const chosen = (acted: number, sent = 1_000) => {
      const of = (n: number) => ({ sent, delivered: sent, seen: n, acted: n, converted: 0 });
      const everybody = new Map([
        ['push', of(sent / 100)],
        ['mail', of(acted)],
      ]);
      return decide(candidate(1, { ...both, choose: 'best_of' }), situation({ everybody }), rules([])).channel;
    };
    expect([chosen(50), chosen(5), chosen(50, 90)]).toEqual(['mail', 'push', 'push']);
  });

  it('takes what costs least for a message that arrives with `cheapest_of`; what has no price is free', () => {
    const price = (micros: number, currency = 'EUR') => ({ micros, currency });
    const chosen = (
      push: ReturnType<typeof price> | null,
      mail: ReturnType<typeof price> | null,
      delivered = 1_000,
    ) => {
      const of = (n: number) => ({ sent: 1_000, delivered: n, seen: 0, acted: 0, converted: 0 });
      const everybody = new Map([['mail', of(delivered)]]);
      const costOf = (channel: string) => (channel === 'push' ? push : mail);
      return decide(candidate(1, { ...both, choose: 'cheapest_of' }), situation({ everybody, costOf }), rules([]))
        .channel;
    };
    expect(chosen(price(20), price(10))).toBe('mail');
    expect(chosen(price(20), price(10), 300)).toBe('push');
    expect(chosen(price(20), null)).toBe('mail');
    expect(chosen(null, null)).toBe('push');
    expect(chosen(price(20), price(10, 'USD'))).toBe('push');
  });

  it('is judged by the address that the send names', () => {
    const to = candidate(1, { to: 'work_email', channels: ['mail'] });
    expect(decide(to, situation(), rules([]))).toMatchObject({ outcome: 'suppressed', rule: 'no-address mail' });
    const addressIn = (trait: string, channel: string) =>
      `${trait} ${channel}` === 'work_email mail' ? 'ok' : 'missing';
    expect(decide(to, situation({ addressIn }), rules([])).outcome).toBe('queued');
  });

  it('that a mute closes is passed over', () => {
    const quiet = { id: 'silent', where: { kind: 'all', of: [] } as const, covers: { ...all, channels: ['push'] } };
    const by = rules([], { mute: [quiet] });
    const where = situation({ applies: new Set(['mute house/silent']) });
    expect(decide(candidate(1, both), where, by).channel).toBe('mail');
    expect(decide(candidate(1), where, by)).toMatchObject({ outcome: 'suppressed', rule: 'mute house/silent' });
    expect(decide(candidate(1), situation(), by).outcome).toBe('queued');
  });
});

describe('a cap', () => {
  it('about some people counts for those alone', () => {
    const where = { kind: 'all', of: [] } as const;
    const by = rules([{ ...rolling('rare', 1, 30), where }]);
    const contacts = [contact(plus(-hour))];
    const outcome = (applies: readonly string[]) =>
      decide(candidate(1), situation({ contacts, applies: new Set(applies) }), by).outcome;
    expect([outcome([]), outcome(['cap house/rare'])]).toEqual(['queued', 'deferred']);
  });

  it('of a quarter counts from its first day to its last', () => {
    const by = rules([{ ...rolling('q', 1, 1), window: { kind: 'calendar', unit: 'quarter' } }]);
    const first = plus(-60 * day - 10 * hour);
    const decided = (at: Date) => decide(candidate(1), situation({ contacts: [contact(at)] }), by);
    expect(decided(first)).toMatchObject({ outcome: 'deferred', window: 'calendar quarter' });
    expect(decided(new Date(first.getTime() - 1)).outcome).toBe('queued');
  });
});

describe('quiet hours', () => {
  const night = { covers: all, from: '21:00', to: '08:00' };
  const by = rules([], { quietHours: [night] });
  const at = (clock: number) => ({ t: plus((clock - 10) * hour) });

  it('hold from their first instant to the one before their last', () => {
    const outcome = (clock: number) => decide(candidate(1), situation(at(clock)), by).outcome;
    expect([21, 23.9, 0, 7.99].map(outcome)).toEqual(['deferred', 'deferred', 'deferred', 'deferred']);
    expect([8, 12, 20.99].map(outcome)).toEqual(['queued', 'queued', 'queued']);
  });

  it('hold on the days that they name, from the hour on which they begin', () => {
    const sunday = rules([], { quietHours: [{ covers: all, from: '21:00', to: '08:00', days: ['sun'] }] });
    const outcome = (clock: number) => decide(candidate(1), situation(at(clock)), sunday).outcome;
    // t is a Monday: the night from Sunday is quiet, the one to Tuesday isn't.
    expect([-4, 7, 8, 21, 23].map(outcome)).toEqual(['queued', 'deferred', 'queued', 'queued', 'queued']);
    expect([-3, -1].map(outcome)).toEqual(['deferred', 'deferred']);
  });

  it('hold on holidays, whatever weekday they are', () => {
    const feasts = rules([], { quietHours: [{ covers: all, from: '08:00', to: '21:00', days: ['holiday'] }] });
    const outcome = (holidays: readonly number[]) =>
      decide(candidate(1), situation({ holidays: new Set(holidays) }), feasts).outcome;
    expect([outcome([20_514]), outcome([20_515]), outcome([])]).toEqual(['deferred', 'queued', 'queued']);
  });

  it('of some people are for those alone', () => {
    const where = { kind: 'all', of: [] } as const;
    const some = rules([], { quietHours: [{ ...night, where }] });
    const outcome = (applies: readonly string[]) =>
      decide(candidate(1), situation({ ...at(7), applies: new Set(applies) }), some).outcome;
    expect([outcome([]), outcome(['quiet house/0'])]).toEqual(['queued', 'deferred']);
    expect(some.conditions).toEqual([{ name: 'quiet house/0', where }]);
  });

  it('that meet hold until all of them are over', () => {
    const two = rules([], {
      quietHours: [
        { covers: all, from: '21:00', to: '08:00' },
        { covers: all, from: '08:00', to: '21:00', days: ['tue'] },
      ],
    });
    expect(decide(candidate(1), situation(at(22)), two)).toMatchObject({
      outcome: 'deferred',
      until: plus(2 * day - 13 * hour).getTime() + 11 * hour,
    });
  });

  it('and a cap hold until the later of the two, under the name of the cap', () => {
    const where = situation({ ...at(7), contacts: [contact(plus(-7 * day - 2 * hour))] });
    expect(decide(candidate(1), where, rules([rolling('weekly', 1, 7)], { quietHours: [night] }))).toMatchObject({
      outcome: 'deferred',
      rule: 'cap house/weekly',
      until: plus(-2 * hour).getTime(),
    });
  });

  it('expire at once what loses its validity in them', () => {
    const short = candidate(1, { validUntil: plus(-2 * hour) });
    expect(decide(short, situation(at(7)), by)).toMatchObject({ outcome: 'expired', rule: 'quiet house' });
    expect(decide({ ...short, validUntil: plus(-2 * hour + 1) }, situation(at(7)), by).outcome).toBe('deferred');
  });
});

describe('a decision to queue', () => {
  const until = (one: Candidate, by: Rules) => decide(one, situation(), by).until;

  it('holds until the local day ends, quiet hours begin or the validity ends', () => {
    const night = { covers: all, from: '21:00', to: '08:00' };
    expect(until(candidate(1), rules([]))).toBe(plus(14 * hour).getTime());
    expect(until(candidate(1), rules([], { quietHours: [night] }))).toBe(plus(11 * hour).getTime());
    expect(until(candidate(1, { validUntil: plus(hour) }), rules([]))).toBe(plus(hour).getTime());
    const ofMail = { ...night, covers: { ...all, channels: ['mail'] } };
    expect(until(candidate(1), rules([], { quietHours: [ofMail] }))).toBe(plus(14 * hour).getTime());
  });
});

describe('a cap that looks ahead', () => {
  const drawn = fc.record({
    max: fc.integer({ min: 1, max: 3 }),
    days: fc.integer({ min: 1, max: 4 }),
    calendar: fc.boolean(),
    ahead: fc.integer({ min: 1, max: 5 }),
    contacts: fc.array(fc.integer({ min: 1, max: 96 }), { maxLength: 4 }),
    scheduled: fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 5 }),
    candidates: fc.integer({ min: 1, max: 4 }),
  });
  type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

  const capOf = ({ max, days, calendar, ahead }: Drawn): Cap => ({
    ...rolling('weekly', max, days),
    ...(calendar && { window: { kind: 'calendar', unit: 'week' } as const }),
    lookAhead: { months: 0, days: ahead, ms: 0 },
  });

  /** Of the scheduled ones those that have room when their time comes, by windows worked out here. */
  function leaving(one: Drawn, queued: number): readonly number[] {
    const times = [...one.contacts.map((hours) => -hours), ...Array.from({ length: queued }, () => 0)];
    const { start, end } = situation().calendar.week;
    const inHours = (at: Date) => (at.getTime() - t.getTime()) / hour;
    const left: number[] = [];
    for (const at of [...one.scheduled].sort((a, b) => a - b)) {
      const first = inHours(at < inHours(end) ? start : end);
      const used = times.filter((time) => (one.calendar ? time >= first : time + one.days * 24 > at));
      if (used.length >= one.max || at > one.ahead * 24) continue;
      times.push(at);
      left.push(at);
    }
    return left;
  }

  function queuedOf(one: Drawn, by: Rules, priority = 50): number {
    const scheduled = one.scheduled.map((hours) => ({ ...candidate(0, { priority: 90 }), at: plus(hours * hour) }));
    const contacts = one.contacts.map((hours) => contact(plus(-hours * hour)));
    const candidates = Array.from({ length: one.candidates }, (_, i) => candidate(i + 1, { priority }));
    const decisions = arbitrate(candidates, situation({ contacts }), by, scheduled);
    return decisions.filter(({ outcome }) => outcome === 'queued').length;
  }

  it('lets as many leave as take no room of a scheduled message of a higher priority, and not one less', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const queued = queuedOf(one, rules([capOf(one)]));
        expect(leaving(one, queued)).toEqual(leaving(one, 0));
        const { lookAhead: _, ...blind } = capOf(one);
        const most = queuedOf(one, rules([blind]));
        expect(queued).toBeLessThanOrEqual(most);
        if (queued < most) expect(leaving(one, queued + 1)).not.toEqual(leaving(one, 0));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('keeps nothing from messages of the same priority or a higher one', () => {
    fc.assert(
      fc.property(drawn, (one) => {
        const { lookAhead: _, ...blind } = capOf(one);
        expect(queuedOf(one, rules([capOf(one)]), 90)).toBe(queuedOf(one, rules([blind]), 90));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('keeps room for a message that it has just deferred for its hours', () => {
    const by = rules([{ ...rolling('weekly', 1, 7), lookAhead: { months: 0, days: 2, ms: 0 } }], {
      quietHours: [{ covers: { ...all, channels: ['push'] }, from: '08:00', to: '21:00' }],
    });
    const decisions = arbitrate(
      [
        candidate(1, { priority: 90 }),
        candidate(2, { channels: ['mail'] }),
        candidate(3, { channels: ['mail'], priority: 90 }),
      ],
      situation(),
      by,
    );
    expect(decisions.map(({ outcome, rule }) => [outcome, rule])).toEqual([
      ['deferred', 'quiet house'],
      ['deferred', 'cap house/weekly'],
      ['queued', null],
    ]);
  });
});
