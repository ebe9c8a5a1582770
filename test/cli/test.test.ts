/** `parcours test` as a command: forms, choices, exit codes, and what it says where it can't play. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseUrl } from '../examples/database-url.ts';
import { type CommandLine, commandLine, type Ran, shopFiles } from './command-line.ts';

const tests = `kind: test
id: thanks-at-once
journey: thank
given: {}
start: 2027-03-01T10:00
play:
  - { event: order_placed, properties: { total: 20 EUR }, expect: { sent: say } }
---
kind: test
id: thanks-twice
journey: thank
given: {}
start: 2027-03-01T10:00
play:
  - { event: order_placed, properties: { total: 20 EUR } }
  - { event: order_placed, properties: { total: 30 EUR }, expect: { sent: say } }
`;

let shop: CommandLine;

beforeAll(async () => {
  shop = await commandLine({ ...shopFiles, 'tests/thanks.yaml': tests });
});
afterAll(() => shop.drop());

const test = (more = ''): Promise<Ran> => shop.run(`test ${more}`);

describe('parcours test', () => {
  it('shows the line that came out otherwise and why, and fails', async () => {
    const { code, out } = await test();
    expect(code).toBe(1);
    expect(out).toBe(`✓ thanks-at-once  thank
✗ thanks-twice  thank

error[thanks-twice]: It came out otherwise
  --> tests/thanks.yaml:16:75
   |
16 |   - { event: order_placed, properties: { total: 30 EUR }, expect: { sent: say } }
   |                                                                           ^^^
   |
   = 2027-03-01 10:00 in UTC: expected sent: say, found nothing.
     say, 2027-03-01 10:00 UTC: suppressed by cap house/weekly: 1 of 1 in 7 days, room again from
     2027-03-08 10:00 UTC.
     say, 2027-03-01 10:00 UTC: queued by diary, valid until 2027-03-02 00:00 UTC, then sent.
     thank: entered 2027-03-01 10:00 UTC; left as completed 2027-03-01 10:00 UTC.
     thank: entered 2027-03-01 10:00 UTC; left as completed 2027-03-01 10:00 UTC.

1 of 2 tests failed.
`);
  }, 60_000);

  it('plays only what is named, by file or by name, and passes', async () => {
    expect(await test('tests/thanks.yaml --filter at-once')).toMatchObject({
      code: 0,
      out: '✓ thanks-at-once  thank\n1 test passed.\n',
    });
    expect(await test('journey.yaml')).toMatchObject({ code: 0, out: 'The files declare no test.\n' });
    const { code, err } = await test('--filter birthday');
    expect([code, err]).toEqual([1, expect.stringContaining('There are: thanks-at-once, thanks-twice.')]);
  }, 60_000);

  it('tells programs the same as JSON, as JUnit, as annotations and in one line', async () => {
    const { passed, failed, tests: each } = JSON.parse((await test('--json')).out);
    expect({ passed, failed }).toEqual({ passed: 1, failed: 1 });
    expect(each[1]).toMatchObject({
      ...{ test: 'thanks-twice', journey: 'thank', file: 'tests/thanks.yaml', line: 10, passed: false },
      failure: { line: 16, expectations: [{ key: 'sent', expected: 'say', found: 'nothing' }] },
    });
    const junit = (await test('--format junit')).out;
    expect(junit).toContain('<testsuite name="tests/thanks.yaml" tests="2" failures="1" errors="0">');
    expect(junit).toContain('<testcase name="thanks-at-once" classname="thank" file="tests/thanks.yaml" line="2"/>');
    expect(junit).toContain('cap house/weekly: 1 of 1');
    expect((await test('--format github')).out).toMatch(/^::error file=.*tests\/thanks\.yaml,line=16,col=\d+/);
    expect((await test('--format concise')).out).toMatch(/^tests\/thanks\.yaml:16:\d+: error thanks-twice/);
  }, 60_000);

  it('says what is wrong with the files before it plays anything', async () => {
    shop.write({
      'tests/slip.yaml': tests.split('---')[0]?.replace('sent: say', 'sent: sya').replace('at-once', 'slip') ?? '',
    });
    const { code, err } = await test();
    expect(code).toBe(1);
    expect(err).toContain('did you mean `say`?');
    shop.write({ 'tests/slip.yaml': null });
  }, 60_000);

  it('leaves no database behind, and tells what it needs where it may not make any', async () => {
    const names = () =>
      shop.store.withSession((session) =>
        session.query<{ name: string }>(
          `select datname as name from pg_database where datname ~ '^parcours_scratch_[0-9a-f]+_'`,
        ),
      );
    await test('--filter at-once');
    expect(await names()).toEqual([]);
    await shop.store.withSession(async (session) => {
      await session.script(`drop role if exists plain; create role plain login nosuperuser nocreatedb`);
    });
    const url = new URL(databaseUrl(shop.store.connection));
    url.username = 'plain';
    const { code, err } = await shop.run('test', { env: { PARCOURS_TEST_DATABASE_URL: url.href } });
    await shop.store.withSession((session) => session.script('drop role plain'));
    expect(code).toBe(1);
    expect(err).toContain('role plain may not create');
  }, 60_000);
});
