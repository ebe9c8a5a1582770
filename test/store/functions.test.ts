/** The functions that compiled conditions call, against plain readings in JavaScript. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWhole } from '../support/proof.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

const zones = [
  'America/New_York',
  'Europe/Paris',
  'Australia/Lord_Howe',
  'America/Havana',
  'America/Santiago',
  'Antarctica/Troll',
  'Asia/Kathmandu',
  'Africa/Lagos',
];

describe('local_instant', () => {
  let store: TestStore;
  beforeAll(async () => {
    store = await testStore();
  });
  afterAll(() => store.drop());

  async function instants(cases: readonly (readonly [local: string, zone: string])[]): Promise<readonly string[]> {
    const rows = await store.withSession((session) =>
      session.query<{ at: Date }>(
        `select local_instant(local, zone) as at
         from unnest($1::timestamp[], $2::text[]) with ordinality as c(local, zone, n) order by n`,
        [cases.map(([local]) => local), cases.map(([, zone]) => zone)],
      ),
    );
    return rows.map((row) => row.at.toISOString().replace(':00.000Z', 'Z'));
  }

  test('reads a skipped time as the first valid one after it', async () => {
    const found = await instants([
      ['2026-03-08 02:00', 'America/New_York'],
      ['2026-03-08 02:10', 'America/New_York'],
      ['2026-03-08 02:59', 'America/New_York'],
      ['2026-03-29 02:07', 'Europe/Paris'],
      ['2026-10-04 02:13', 'Australia/Lord_Howe'],
      ['2011-12-30 12:00', 'Pacific/Apia'],
    ]);
    expect(found).toEqual([
      '2026-03-08T07:00Z',
      '2026-03-08T07:00Z',
      '2026-03-08T07:00Z',
      '2026-03-29T01:00Z',
      '2026-10-03T15:30Z',
      '2011-12-30T10:00Z',
    ]);
  });

  test('reads a repeated time as its first occurrence', async () => {
    const found = await instants([
      ['2026-11-01 01:30', 'America/New_York'],
      ['2026-11-01 01:00', 'America/New_York'],
      ['2026-10-25 02:30', 'Europe/Paris'],
      ['2026-04-05 01:45', 'Australia/Lord_Howe'],
      ['2026-10-25 02:30', 'Antarctica/Troll'],
    ]);
    expect(found).toEqual([
      '2026-11-01T05:30Z',
      '2026-11-01T05:00Z',
      '2026-10-25T00:30Z',
      '2026-04-04T14:45Z',
      '2026-10-25T00:30Z',
    ]);
  });

  test('leaves the times beside a change alone', async () => {
    const found = await instants([
      ['2026-03-08 01:59', 'America/New_York'],
      ['2026-03-08 03:00', 'America/New_York'],
      ['2026-11-01 00:59', 'America/New_York'],
      ['2026-11-01 02:00', 'America/New_York'],
    ]);
    expect(found).toEqual(['2026-03-08T06:59Z', '2026-03-08T07:00Z', '2026-11-01T04:59Z', '2026-11-01T07:00Z']);
  });

  test('is the least instant whose local time is not before the asked one, at every quarter hour of 2026', async () => {
    // The oracle walks the year of each zone and needs no rule for gaps and repeats. Far from them, each nineteenth quarter hour is asked,
    // which in the course of the year is each of the day; all of them by `npm run proof`.
    const wrong = await store.withSession((session) =>
      session.query(
        `with walk as materialized (
           select z as zone, at, at at time zone z as local
           from unnest($1::text[]) z, generate_series(timestamptz '2025-12-31', '2027-01-02', interval '15 minutes') at),
         turn as (
           select zone, local::date as day
           from (select zone, local, local - lag(local) over (partition by zone order by at) as step from walk) w
           where step <> interval '15 minutes'),
         asked as (
           select z as zone, local from unnest($1::text[]) z,
             generate_series(timestamp '2026-01-02', '2026-12-31', interval '15 minutes') with ordinality s(local, n)
           where n % $2 = 0 or (z, local::date) in (select t.zone, t.day + d from turn t, generate_series(-1, 1) d)),
         first_at as (select zone, local, min(at) as at from walk group by zone, local)
         select a.zone, a.local, local_instant(a.local, a.zone) as ours, f.at as oracle
         from asked a left join first_at f on f.zone = a.zone and f.local = a.local
         where local_instant(a.local, a.zone) is distinct from coalesce(f.at,
           (select min(w.at) from walk w where w.zone = a.zone and w.local >= a.local and w.local < a.local + interval '1 day'))
         limit 5`,
        [zones, isWhole ? 1 : 19],
      ),
    );
    expect(wrong).toEqual([]);
  });
});

describe('num, instant and midnight', () => {
  let store: TestStore;
  beforeAll(async () => {
    store = await testStore();
  });
  afterAll(() => store.drop());

  const weird = [
    'null',
    'true',
    '""',
    '"12"',
    '"1e5"',
    '[]',
    '{}',
    '[1]',
    '{"a":1}',
    '0',
    '-0',
    '1.5',
    '-1e-300',
    '1e400',
    '-1e400',
    '9223372036854775808',
    '253402300799999',
    '253402300800000',
    '-2208988800000',
    '-2208988800001',
    '2932896',
    '2932897',
    '-25567',
    '-25568',
    '123456789012345678901234567890.5',
    '"NaN"',
    '"\\u0000x"'.replace('\\u0000', ''),
  ];

  test('never raise, whatever the value is', async () => {
    const rows = await store.withSession((session) =>
      session.query<{ v: unknown; num: string | null; instant: Date | null; midnight: Date | null }>(
        `select v, num(v), instant(v), midnight(v, zone)
         from unnest($1::jsonb[]) v, unnest($2::text[]) zone`,
        [weird, zones],
      ),
    );
    expect(rows).toHaveLength(weird.length * zones.length);
    for (const row of rows)
      if (typeof row.v !== 'number') expect([row.num, row.instant, row.midnight]).toEqual([null, null, null]);
  });

  test('give null for a null value, as for a missing trait', async () => {
    const rows = await store.withSession((session) =>
      session.query(
        `select num(null), instant(null), midnight(null, 'Europe/Paris'), num('{}'::jsonb -> 'x') as missing`,
      ),
    );
    expect(rows).toEqual([{ num: null, instant: null, midnight: null, missing: null }]);
  });

  test('read milliseconds and days exactly', async () => {
    const rows = await store.withSession((session) =>
      session.query(
        `select num('12.50'::jsonb), instant('1767225600123'::jsonb), midnight('20454'::jsonb, 'Asia/Kathmandu'),
           midnight('20759'::jsonb, 'America/Havana') as repeated, midnight('20520'::jsonb, 'America/Havana') as skipped`,
      ),
    );
    expect(rows).toEqual([
      {
        num: '12.50',
        instant: new Date('2026-01-01T00:00:00.123Z'),
        midnight: new Date('2025-12-31T18:15:00Z'),
        repeated: new Date('2026-11-02T05:00:00Z'),
        skipped: new Date('2026-03-08T05:00:00Z'),
      },
    ]);
  });
});
