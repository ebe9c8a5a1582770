/**
 * The example of `examples/cdnow` on the real file, by the commands of its README, against figures that a plain loop over the file
 * computes. Nothing of the expectations comes from the product.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../engine/cli/run-cli.ts';
import { type TestStore, testStore } from '../support/test-store.ts';
import { cdnowFile, type Purchase, readPurchases } from './cdnow-file.ts';
import { databaseUrl } from './database-url.ts';

const dayMs = 86_400_000;
const repository = fileURLToPath(new URL('../..', import.meta.url));
/** The day after which the file tells nothing. */
const eve = '1998-06-30T00:00:00Z';
const lastSecondOfJuly = '1998-07-31T23:59:59Z';

let store: TestStore;
let workspace: string;
let file: string;
let history: ReadonlyMap<string, readonly Purchase[]>;
let imported: Record<string, unknown>;

beforeAll(async () => {
  store = await testStore();
  workspace = mkdtempSync(join(tmpdir(), 'parcours-cdnow-'));
  cpSync(join(repository, 'examples/cdnow'), workspace, { recursive: true });
  file = cdnowFile(join(workspace, 'generated.txt'));
  history = byCustomer(readPurchases(file));
  await parcours('apply', '--yes', '--now', eve);
  imported = await json('import', 'purchases', file, '--now', eve);
}, 120_000);

afterAll(async () => {
  await store?.drop();
  if (workspace) rmSync(workspace, { recursive: true, force: true });
});

describe('the file', () => {
  it('has 6,919 purchases of 2,357 customers', () => {
    expect([...history.values()].flat()).toHaveLength(6919);
    expect(history.size).toBe(2357);
  });

  it('becomes as many profiles and events', async () => {
    expect(imported).toMatchObject({ rows: 6919, facts: 6919, rejected: 0, newProfiles: 2357 });
    expect(await count('profile')).toBe(2357);
    expect(await count('event')).toBe(6919);
  });

  it('keeps the cents of every customer', async () => {
    const rows = await query<{ customer: string; cents: number }>(
      `select i.value as customer, sum(e.value)::int8 as cents from parcours.event e
       join parcours.identifier i using (lane, profile_id) group by i.value`,
    );
    const expected = new Map([...history].map(([customer, bought]) => [customer, cents(bought)]));
    expect(new Map(rows.map((row) => [row.customer, row.cents]))).toEqual(expected);
  });

  it('changes nothing when it is imported again', async () => {
    const again = await json('import', 'purchases', file, '--now', eve);
    expect(again).toMatchObject({ rows: 6919, facts: 0, duplicates: 6919, newProfiles: 0 });
  });
});

describe('the segments on 30 June 1998', () => {
  const t = Date.parse(eve);
  const expectations: readonly [string, (bought: readonly Purchase[]) => boolean][] = [
    ['three-orders-in-90-days', (bought) => bought.filter(({ at }) => at <= t && t < at + 90 * dayMs).length >= 3],
    [
      'lapsed',
      (bought) => bought.some(({ at }) => at <= t) && !bought.some(({ at }) => at <= t && t < at + 180 * dayMs),
    ],
    ['over-200', (bought) => cents(bought) > 20_000],
    ['over-200-by-events', (bought) => cents(bought) > 20_000],
  ];

  it.each(expectations)('"%s" has the members that a plain loop finds', async (segment, belongs) => {
    const expected = [...history].filter(([, bought]) => belongs(bought)).map(([customer]) => customer);
    expect(await countMembers(segment)).toBe(expected.length);
    expect(await countMembers(segment, '--at', eve)).toBe(expected.length);
    const rows = await query<{ customer: string }>(
      `select i.value as customer from parcours.membership m
       join parcours.identifier i using (lane, profile_id) where m.segment = $1 and m.is_member`,
      [segment],
    );
    expect(rows.map((row) => row.customer).sort()).toEqual(expected.sort());
  });
});

describe('the win-back over July 1998', () => {
  const lapseBy = (end: string) =>
    [...history.values()].filter((bought) => Math.max(...bought.map(({ at }) => at)) + 180 * dayMs <= Date.parse(end));

  beforeAll(async () => {
    const journey = join(workspace, 'journeys/win-back.yaml');
    writeFileSync(journey, readFileSync(journey, 'utf8').replace('status: draft', 'status: live'));
    await parcours('apply', '--yes', '--now', eve);
    await parcours('run', '--until', lastSecondOfJuly, '--now', eve);
  }, 300_000);

  it('takes in everybody who is lapsed at the start or becomes so in July, once', async () => {
    const rows = await query<{ people: number; enrollments: number }>(
      `select count(distinct profile_id) as people, count(*) as enrollments from parcours.enrollment where journey = 'win-back'`,
    );
    const expected = lapseBy(lastSecondOfJuly).length;
    expect(rows).toEqual([{ people: expected, enrollments: expected }]);
  });

  it('sends nobody more than one message in any seven days', async () => {
    const sent = await messagesByPerson();
    expect(sent.size).toBeGreaterThan(1000);
    const tooSoon = [...sent.values()].filter((times) =>
      times.some((at, index) => index > 0 && at - times[index - 1]! < 7 * dayMs),
    );
    expect(tooSoon).toEqual([]);
  });

  it('is really held back by the cap: who was lapsed at the start gets a letter each seven days', async () => {
    const start = Date.parse(eve);
    const sent = await messagesByPerson();
    const fromTheStart = [...sent.values()].filter((times) => times[0]! < start + dayMs);
    expect(fromTheStart).toHaveLength(lapseBy(eve).length);
    for (const times of fromTheStart) {
      expect(times.map((at) => Math.round((at - start) / dayMs))).toEqual([0, 7, 14, 21]);
    }
  });

  it('reserves a contact for each message that left, and writes each as one line of the log', async () => {
    const [reserved] = await query<{ unmatched: number }>(
      `select count(*) as unmatched from parcours.message m
       full join parcours.contact c using (lane, message_id) where m.message_id is null or (m.rank >= 1 and c.message_id is null)`,
    );
    expect(reserved).toEqual({ unmatched: 0 });
    const [sent] = await query<{ n: number }>(`select count(*) as n from parcours.message where rank >= 2`);
    const lines = readFileSync(join(workspace, '.parcours/outbox/letters.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(sent!.n);
    expect(new Set(lines.map((line) => JSON.parse(line).token)).size).toBe(sent!.n);
  });
});

/** Instants at which each person's messages were accepted, in order. */
async function messagesByPerson(): Promise<ReadonlyMap<number, readonly number[]>> {
  const rows = await query<{ profile_id: number; accepted_at: Date }>(
    'select profile_id, accepted_at from parcours.message where rank >= 1 order by accepted_at',
  );
  const people = new Map<number, number[]>();
  for (const { profile_id, accepted_at } of rows) {
    people.set(profile_id, [...(people.get(profile_id) ?? []), accepted_at.getTime()]);
  }
  return people;
}

function byCustomer(purchases: readonly Purchase[]): ReadonlyMap<string, readonly Purchase[]> {
  const people = new Map<string, Purchase[]>();
  for (const purchase of purchases) {
    people.set(purchase.customer, [...(people.get(purchase.customer) ?? []), purchase]);
  }
  return people;
}

function cents(bought: readonly Purchase[]): number {
  return bought.reduce((sum, one) => sum + one.cents, 0);
}

async function countMembers(segment: string, ...more: readonly string[]): Promise<unknown> {
  const { count: members } = await json('members', segment, '--count', ...more);
  return members;
}

async function count(table: 'profile' | 'event'): Promise<number> {
  const [row] = await query<{ n: number }>(`select count(*) as n from parcours.${table}`);
  return row!.n;
}

function query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return store.withSession((session) => session.query<Row>(text, values));
}

/** Runs the program in the copied workspace, as a function: that it is a process, too, others show. A failure shows what it printed. */
async function parcours(...args: readonly string[]): Promise<string> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    env: { ...process.env, DATABASE_URL: databaseUrl(store.connection) },
    cwd: workspace,
    stopSignal: () => new AbortController().signal,
    output: {
      write: (text) => void out.push(text),
      note: (text) => void err.push(text),
      isColoured: false,
      isNoteTerminal: false,
      ask: null,
    },
  });
  expect(code, err.join('')).toBe(0);
  return out.join('');
}

async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await parcours(...args, '--json'));
}
