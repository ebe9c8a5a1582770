/** `messages` and `messages retry`: what they list, whom they don't name, and what they refuse; and the line of `status` about late lanes. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from './command-line.ts';

let shop: CommandLine;
const diary = () => join(shop.root, '.parcours/outbox/diary.jsonl');
const sql = <Row>(text: string) => shop.store.kept.withSession((session) => session.query<Row>(text));

beforeAll(async () => {
  shop = await commandLine();
  await shop.run('apply --yes --now 2026-03-01');
  writeFileSync(
    join(shop.root, 'orders.csv'),
    'order,customer,at,total,country\n1,philippina.sonderbar,2026-03-02T10:00:00Z,9.90,CH\n',
  );
  await shop.run('import orders orders.csv --trigger --now 2026-03-02T10:01Z');
  // A folder stands where the channel writes.
  mkdirSync(diary(), { recursive: true });
  await shop.run('run --now 2026-03-02T10:01Z --until 2026-03-03T12:00Z');
  rmSync(diary(), { recursive: true });
});
afterAll(() => shop.drop());

describe('messages', () => {
  it('lists what failed and why, newest first, and names nobody', async () => {
    const { code, out } = await shop.run('messages --state failed --journey journey/thank --now 2026-03-03T12:00Z');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^id +state +journey and step +channel +made +why\n\d+-\d+ +failed +thank say +diary +2026-03-02 10:\d\d UTC +given up after 8 attempts: .+\n1 message\n$/,
    );
    const json = (await shop.run('messages --json')).out;
    expect(JSON.parse(json).messages).toMatchObject([{ journey: 'thank', state: 'failed', channel: 'diary' }]);
    expect(out + json).not.toMatch(/philippina|sonderbar/);
  });

  it('keeps of what a mail server said its codes alone', async () => {
    const kept = await sql<{ decision: unknown }>('select decision from parcours.message');
    await sql(
      `update parcours.message set decision = decision || '{"reason": "given up after 8 attempts: SMTP 550 5.1.1 Ana Muster moved"}'`,
    );
    expect((await shop.run('messages')).out).toMatch(/given up after 8 attempts: SMTP 550 5\.1\.1\n/);
    await shop.store.kept.withSession((session) =>
      session.query('update parcours.message set decision = $1', [JSON.stringify(kept[0]?.decision)]),
    );
  });

  it('of one person and one journey is what `explain --journey` tells', async () => {
    const { code, out } = await shop.run('explain philippina.sonderbar --journey thank');
    expect(code).toBe(0);
    expect(out).toMatch(/^\nJourneys\n {2}thank: .+\n(.+\n)*\nMessages\n .+thank\/say by diary/);
    expect((await shop.run('explain philippina.sonderbar --journey than')).err).toContain('Did you mean thank?');
  });

  it('takes a duration back or a time, and a limit', async () => {
    const listed = async (line: string) => JSON.parse((await shop.run(`${line} --json`)).out).messages.length;
    expect(await listed('messages --since 3h --now 2026-03-02T12:00Z')).toBe(1);
    expect(await listed('messages --since 1h --now 2026-03-02T12:00Z')).toBe(0);
    expect(await listed('messages --since 2026-03-02')).toBe(1);
    expect(await listed('messages --state sent')).toBe(0);
    expect((await shop.run('messages --state sent')).out).toBe('No messages.\n');
  });

  it('refuses words that it does not know', async () => {
    expect((await shop.run('messages --state gone')).err).toContain('deferred or queued');
    expect((await shop.run('messages --journey than')).err).toContain('Did you mean thank?');
    expect((await shop.run('messages --since soon')).err).toContain('a duration back such as 24h');
    expect((await shop.run('messages --state dead --journey thank')).err).toContain('leave --journey out');
  });
});

describe('messages retry', () => {
  it('refuses what does not say which', async () => {
    expect((await shop.run('messages retry')).err).toContain('Say which');
    expect((await shop.run('messages retry --state failed')).err).toContain('Say which');
    expect((await shop.run('messages retry 7-8 --state failed --journey thank')).err).toContain('one of the two');
    expect((await shop.run('messages retry seven')).err).toContain('ids look like 417-90210');
    expect((await shop.run('messages retry --state sent --journey thank')).err).toContain('failed or uncertain');
    expect((await shop.run('messages retry --dead --journey thank')).err).toContain('With --dead');
  });

  it('puts failed ones back to be decided anew, and says what it left alone', async () => {
    const [{ id } = { id: '' }] = await sql<{ id: string }>(
      `select lane || '-' || message_id as id from parcours.message`,
    );
    const retried = await shop.run(`messages retry ${id} 5-99999 --now 2026-03-03T12:00Z`);
    expect(retried.out).toMatch(/^Put back to be decided anew: 1 message\. .*\nNo such message: 99999\.\n$/);
    await shop.run('run --once --now 2026-03-03T12:01Z');
    // Its validity of two days has not ended.
    expect((await shop.run('messages')).out).toMatch(/ sent +thank say/);
    const again = await shop.run(`messages retry ${id} --json --now 2026-03-03T12:02Z`);
    expect(JSON.parse(again.out)).toMatchObject({ retried: 0, others: [{ state: 'sent' }] });
  });

  it('of dead letters hands them to their lanes once more', async () => {
    await sql(`insert into parcours.dead_letter (lane, seq, kind, body, reason, at)
      values (3, 100000001, 'resumed', '{"rule": "none"}', '22003: out of range', '2026-03-03T10:00Z'),
             (4, 100000002, 'enrollment', '{"name": "thank"}', 'P0001: refused', '2026-03-03T11:00Z')`);
    const listed = await shop.run('messages --state dead');
    expect(listed.out).toMatch(
      /^id +what +of +since +why\n4-100000002 +enrollment +thank .*\n3-100000001 +resumed .*\n2 dead letters\n$/,
    );
    const retried = await shop.run('messages retry --dead --now 2026-03-03T12:03Z');
    expect(retried.out).toContain('Put back to be handled once more: 1 dead letter.');
    expect(retried.out).toContain("1 enrollment ended by an error and isn't opened again");
    await shop.run('run --once --now 2026-03-03T12:04Z');
    expect(JSON.parse((await shop.run('messages --state dead --json')).out).deadLetters).toMatchObject([
      { id: '4-100000002', kind: 'enrollment', name: 'thank' },
    ]);
  });
});

describe('status', () => {
  it('tells of lanes that nobody came to for a minute', async () => {
    await sql(`insert into parcours.inbox (lane, class, visible_at, kind, body)
      values (9, 0, '2026-03-04T10:00Z', 'resumed', '{"rule": "none"}')`);
    expect((await shop.run('status --now 2026-03-04T10:00:30Z')).out).not.toMatch(/^late/m);
    const late = await shop.run('status --now 2026-03-04T10:05Z');
    expect(late.out).toMatch(
      /^late +1 lane due for more than a minute, the longest since 2026-03-04 10:00 UTC, 300 s ago$/m,
    );
    expect(JSON.parse((await shop.run('status --json --now 2026-03-04T10:05Z')).out).lanes).toMatchObject({
      ...{ due: 1, late: 1, dueSince: '2026-03-04T10:00:00.000Z' },
    });
  });
});
