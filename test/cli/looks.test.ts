/** Import, run and the looks at what they did, in the order of a day: each step stands on those before it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from './command-line.ts';

let shop: CommandLine;

/** Ana orders three times, Ben once; then Ana again: the cap lets one message a week through. */
const orders = `order,customer,at,total,country
1,ana,2026-03-02T10:00Z,10.00,CH
2,ben,2026-03-04T11:00Z,20.00,FR
3,ana,2026-03-04T10:00Z,30.00,CH
4,ana,2026-03-05T10:00Z,30.00,CH
x,,2026-03-05T10:00Z,30.00,CH
`;

const more = 'order,customer,at,total,country\n5,ana,2026-03-06T09:00Z,5.00,CH\n';

beforeAll(async () => {
  shop = await commandLine();
  writeFileSync(join(shop.root, 'orders.csv'), orders);
  writeFileSync(join(shop.root, 'more.csv'), more);
  await shop.run('apply --yes --now 2026-03-01');
});
afterAll(() => shop.drop());

describe('import, run and the looks at what they did', () => {
  it('imports day by day, and tells what became of the rows', async () => {
    const first = await shop.run('import orders orders.csv --trigger --now 2026-03-05T12:00Z');
    expect(first.err).toBe('');
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/^orders: 5 rows read/);
    expect(first.out).toContain('4 facts new, 0 known from before');
    expect(first.out).toContain('2 new people');
    expect(first.out).toContain('1 row rejected, with line and reason in');
  });

  it('imports the same file again without changing anything', async () => {
    const again = JSON.parse((await shop.run('import orders orders.csv --trigger --now 2026-03-05T12:00Z --json')).out);
    expect(again).toMatchObject({ rows: 5, facts: 0, duplicates: 4, rejected: 1, newProfiles: 0 });
  });

  it('refuses a file that is not there, or not in the encoding that the source says', async () => {
    expect(await shop.run('import orders nowhere.csv')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^error\[IMPORT_NOT_FOUND\]: /),
    });
    writeFileSync(
      join(shop.root, 'latin.csv'),
      Buffer.from('order,customer,at,total,country\n9,Zo\xe9,2026-03-01,1,CH\n', 'latin1'),
    );
    const { code, err } = await shop.run('import orders latin.csv');
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^error\[IMPORT_ENCODING\]: .*Nothing was imported/),
    });
    expect((await shop.run('explain Zoé')).code).toBe(1);
  });

  it('runs once, and a second time finds nothing more', async () => {
    expect(await shop.run('run --once --now 2026-03-05T12:00Z')).toMatchObject({ code: 0, err: '' });
    const before = JSON.parse((await shop.run('report --json')).out);
    await shop.run('run --once --now 2026-03-05T12:00Z');
    expect(JSON.parse((await shop.run('report --json')).out)).toEqual(before);
  });

  it('runs with a clock that jumps', async () => {
    const { code, out } = await shop.run('run --now 2026-03-05T12:00Z --until 2026-03-06 --tick 15min');
    expect({ code, out }).toEqual({
      code: 0,
      out: 'Ran until 2026-03-06 00:00 UTC. `parcours report` shows what it did.\n',
    });
  });

  it('holds a message back that a cap has no room for', async () => {
    await shop.run('import orders more.csv --trigger --now 2026-03-06T10:00Z');
    await shop.run('run --once --now 2026-03-06T10:00Z');
    const { out } = await shop.run('explain ana');
    expect(out).toContain('suppressed by cap house/weekly: 1 of 1 in 7 days');
  });

  it('lists members, counts them, and as of another time', async () => {
    expect((await shop.run('members buyers --count')).out).toBe('2\n');
    const { out } = await shop.run('members buyers');
    expect(out).toMatch(/^buyers: 2 members\n/);
    expect(out).toContain('external_id:ana');
    expect((await shop.run('members buyers --count --at 2026-03-02T10:30Z')).out).toBe('1\n');
    expect(JSON.parse((await shop.run('members buyers --json --limit 1')).out)).toMatchObject({
      segment: 'buyers',
      at: null,
      count: 2,
      members: [{ identifier: expect.stringMatching(/^external_id:/), since: expect.any(String) }],
    });
  });

  it('knows what was meant by a name that is nearly right', async () => {
    const { code, err } = await shop.run('members buyer');
    expect(code).toBe(1);
    expect(err).toBe('error[CLI_UNKNOWN]: Revision 1 has no segment "buyer". Did you mean buyers?\n');
    expect((await shop.run('import order orders.csv')).err).toContain('Did you mean orders?');
  });

  it('explains each message of a person with its decision in words', async () => {
    const { code, out } = await shop.run('explain ana');
    expect(code).toBe(0);
    expect(out).toMatch(/external_id: ana[\s\S]*country: CH/);
    expect(out).toMatch(/Segments\n {2}buyers\s+since 2026-03-/);
    expect(out).toMatch(/order_placed\s+4 events/);
    expect(out).toMatch(/thank: /);
    expect(out).toMatch(/thank\/say by diary, template thanks: sent \(left 2026-03-05 12:00 UTC\)/);
    expect(out).toContain('queued by diary');
    const json = JSON.parse((await shop.run('explain external_id:ana --json')).out);
    expect(json.messages.map((message: { words: string }) => message.words)).toContainEqual(
      expect.stringContaining('queued by diary'),
    );
  });

  it('says who nobody is', async () => {
    expect(await shop.run('explain zoe')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('Nobody answers to "zoe"'),
    });
  });

  it('shows the status in words and as JSON', async () => {
    const { out } = await shop.run('status --now 2026-03-07');
    expect(out).toMatch(/workspace\s+shop\n/);
    expect(out).toMatch(/lanes\s+1024, all current, last ran 2026-03-06 10:00 UTC/);
    expect(out).toMatch(/people\s+2, 0 active enrollments/);
    const status = JSON.parse((await shop.run('status --json --now 2026-03-07')).out);
    expect(status).toMatchObject({ progress: 'current', oldestDue: null, deadLetters: 0, store: { kind: 'server' } });
  });

  it('says Progressing from an apply until the lanes have moved', async () => {
    shop.write({ 'segments.yaml': 'kind: segment\nid: buyers\nwhere: [ { event: order_placed, in_last: 90d } ]\n' });
    await shop.run('apply --yes --now 2026-03-07');
    expect((await shop.run('status')).out).toContain('Progressing: 1024 of 1024 not yet at the live revision');
    await shop.run('run --once --now 2026-03-07');
    expect((await shop.run('status')).out).toContain('all current');
    expect((await shop.run('members buyers --count')).out).toBe('2\n');
  });

  it('reports messages, reach and goals', async () => {
    const { out } = await shop.run('report --since 2026-03-01 --until 2026-04-01');
    expect(out).toContain('Report from 2026-03-01 00:00 UTC to 2026-04-01 00:00 UTC');
    expect(out).toContain('2 people, 2 of them reached (100.0 %)');
    expect(out).toContain('3 messages wanted: 2 left, 1 held back');
    expect(out).toMatch(/cap house\/weekly\s+thank 1\s+1\n/);
    const json = JSON.parse((await shop.run('report --json --since 2026-03-06')).out);
    expect(json).toMatchObject({ since: '2026-03-06T00:00:00.000Z', reached: 0, messages: { wanted: 1, left: 0 } });
  });
});
