/** The report and the status against rows that were written by hand. How they look is test/cli's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStatus } from '../../engine/measure/health/status.ts';
import { type Report, readReport } from '../../engine/measure/report/report.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

let store: TestStore;

interface Row {
  readonly person: number;
  readonly journey: string;
  readonly state: string;
  readonly channel?: string;
  readonly day?: number;
  readonly decision?: Readonly<Record<string, unknown>>;
}

const day = (n: number) => new Date(Date.UTC(2026, 2, n));

const messages: readonly Row[] = [
  { person: 1, journey: 'a', state: 'sent', channel: 'push' },
  { person: 1, journey: 'a', state: 'seen', channel: 'push', day: 2 },
  { person: 1, journey: 'b', state: 'uncertain', channel: 'email', day: 3 },
  {
    person: 2,
    journey: 'a',
    state: 'sent',
    channel: 'push',
    decision: { deferred_by: ['cap house/weekly', 'quiet house'] },
  },
  { person: 2, journey: 'a', state: 'deferred', channel: 'push', decision: { rule: 'cap house/weekly' } },
  { person: 3, journey: 'b', state: 'suppressed', decision: { rule: 'no-consent marketing', channel: null } },
  { person: 3, journey: 'b', state: 'suppressed', decision: { rule: 'cap house/weekly', channel: 'sms' } },
  { person: 3, journey: 'b', state: 'expired', decision: { rule: 'expired' }, day: 20 },
];

beforeAll(async () => {
  store = await testStore();
  await store.withSession(async (session) => {
    await session.query(
      'insert into parcours.profile (lane, profile_id, created_at) select 1, n, $1 from generate_series(1, 4) n',
      [day(1)],
    );
    for (const [i, row] of messages.entries()) {
      await session.query(
        `insert into parcours.message (lane, message_id, profile_id, journey, key, n, step, channel, template, objective, purpose,
           priority, state, rank, created_at, valid_until, decision, revision)
         values (1, $1, $2, $3, '', 1, 's', $4, 't', 'engagement', 'marketing', 50, $5, 0, $6, $6, $7, 1)`,
        [
          i,
          row.person,
          row.journey,
          row.channel ?? null,
          row.state,
          day(row.day ?? 1),
          JSON.stringify(row.decision ?? {}),
        ],
      );
    }
    for (const [person, goal, exit, holdout] of [
      [1, day(3), 'goal', null],
      [2, null, null, null],
      [3, null, 'let-go', null],
      [4, day(2), 'goal', 'journey'],
      [5, null, 'holdout', 'holdout/quiet'],
    ] as const) {
      await session.query(
        `insert into parcours.enrollment (lane, profile_id, journey, n, version, state, entered_at, step_since, goal_at, exit_as, holdout)
         values (1, $1, 'a', 1, 'v', $2, $3, $3, $4, $5, $6)`,
        [person, exit === null ? 'active' : 'exited', day(1), goal, exit, holdout],
      );
    }
  });
});

afterAll(() => store.drop());

function report(since: Date | null = null, until: Date | null = null): Promise<Report> {
  return store.withSession((session) => readReport(session, { since, until }));
}

describe('the report', () => {
  it('counts what left by journey and channel, what is uncertain included', async () => {
    const { channels, messages: all, reached, profiles } = await report();
    expect(
      channels.map(({ journey, channel, left, deferred, suppressed, expired }) => [
        journey,
        channel,
        left,
        deferred,
        suppressed,
        expired,
      ]),
    ).toEqual([
      ['a', 'push', 3, 1, 0, 0],
      ['b', 'email', 1, 0, 0, 0],
      ['b', 'sms', 0, 0, 1, 0],
      ['b', null, 0, 0, 1, 1],
    ]);
    expect({ ...all, reached, profiles }).toEqual({ wanted: 8, left: 4, heldBack: 4, reached: 2, profiles: 4 });
  });

  it('tells by which rule messages were delayed or stopped, one that two rules delayed under each', async () => {
    const { heldBack } = await report();
    expect(heldBack.map(({ byJourney: _, ...line }) => line)).toEqual([
      { rule: 'cap house/weekly', deferred: 2, waiting: 1, suppressed: 1, expired: 0, failed: 0 },
      { rule: 'expired', deferred: 0, waiting: 0, suppressed: 0, expired: 1, failed: 0 },
      { rule: 'no-consent marketing', deferred: 0, waiting: 0, suppressed: 1, expired: 0, failed: 0 },
      { rule: 'quiet house', deferred: 1, waiting: 0, suppressed: 0, expired: 0, failed: 0 },
    ]);
    expect(heldBack[0]?.byJourney).toEqual({ a: 2, b: 1 });
  });

  it('counts goals per enrollment, with the median time they took', async () => {
    const { journeys, activation } = await report();
    expect(journeys).toEqual([
      {
        journey: 'a',
        enrollments: 3,
        people: 3,
        active: 1,
        goals: 1,
        rate: 0.3333,
        medianHoursToGoal: 48,
        credit: { own: 0, others: 0, nobody: 0 },
        exits: { goal: 1, 'let-go': 1 },
        heldOut: { enrollments: 2, goals: 1, rate: 0.5 },
      },
    ]);
    expect(activation).toEqual({ enrollments: 3, goals: 1, rate: 0.3333 });
  });

  it('shows how many messages people got', async () => {
    expect((await report()).pressure).toEqual({
      people: [
        { messages: 1, people: 1 },
        { messages: 3, people: 1 },
      ],
      mean: 2,
      max: 3,
    });
  });

  it('takes the period as from and until, the end not included', async () => {
    expect((await report(day(2), day(20))).messages).toEqual({ wanted: 2, left: 2, heldBack: 0 });
    expect((await report(day(20), null)).messages).toEqual({ wanted: 1, left: 0, heldBack: 1 });
    expect((await report(day(21), null)).activation).toEqual({ enrollments: 0, goals: 0, rate: null });
  });
});

describe('the status', () => {
  it('names the oldest fact that is due, and not what waits for its time', async () => {
    await store.withSession((session) =>
      session.query(
        `insert into parcours.inbox (lane, class, visible_at, kind, body) values
           (1, 4, $1, 'fact', '{}'), (2, 1, $2, 'fact', '{}'), (3, 1, $3, 'fact', '{}')`,
        [day(5), day(4), day(9)],
      ),
    );
    const status = await store.withSession((session) => readStatus(session, day(6)));
    expect(status).toMatchObject({ progress: 'empty', revision: null, oldestDue: day(4).toISOString(), profiles: 4 });
    expect(status.inbox.map(({ class: kind, facts, visible }) => [kind, facts, visible])).toEqual([
      [1, 2, 1],
      [4, 1, 1],
    ]);
    expect(status.messages).toMatchObject({ sent: 2, suppressed: 2 });
  });
});
