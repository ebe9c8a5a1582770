/** `parcours calls`: what lists show and hide, what an agent is given, and how calls are ended and refused. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from './command-line.ts';

let shop: CommandLine;
const at = '2026-03-02T10:01Z';
const run = (line: string) => shop.run(`${line} --now ${at}`);

const files = {
  'desk.yaml': `kind: channel
id: retention-desk
type: call-list
address: mobile
capacity: { max: 3, calendar: day }
rank_by: { trait: worth, order: highest }
---
kind: schema
id: more
traits: { mobile: { type: text }, worth: { type: integer } }
---
kind: consent
id: calls
channels: [call]
basis: legitimate-interest
`,
  'ring.yaml': `kind: journey
id: ring
objective: loyalty
purpose: calls
entry: { when: { event: order_placed }, reentry: always }
steps:
  - id: call
    call: { list: retention-desk, script: thanks, within: 2d }
    then: [ { exit: spoken-to } ]
    otherwise: [ { exit: not-reached } ]
`,
  'people.yaml': `kind: source
id: people
type: file
format: csv
identifiers: [ { type: external_id, column: who } ]
occurred_at: at
traits: { mobile: mobile, worth: worth }
`,
};

beforeAll(async () => {
  shop = await commandLine();
  shop.write(files);
  await shop.run('apply --yes --now 2026-03-01');
  const people = [
    ['=danger', '+33600000001', 5],
    ['ben, the 2nd', '+33600000002', 9],
    ['cat', '+33600000003', 7],
    ['dan', '+33600000004', 1],
    ['eve', '', 99],
  ];
  const lines = people.map(([who, mobile, worth]) => `"${who}",${mobile},${worth},2026-03-02T09:00:00Z`);
  writeFileSync(join(shop.root, 'people.csv'), `who,mobile,worth,at\n${lines.join('\n')}\n`);
  const orders = people.map(([who], i) => `${i},"${who}",2026-03-02T10:00:00Z,9.90,CH`);
  writeFileSync(join(shop.root, 'orders.csv'), `order,customer,at,total,country\n${orders.join('\n')}\n`);
  await run('import people people.csv');
  await run('run --once');
  await run('import orders orders.csv --trigger');
  await run('run --once');
});
afterAll(() => shop.drop());

interface Listed {
  readonly calls: readonly { readonly id: string; readonly rank: number; readonly phone?: string }[];
  readonly left: number;
}
const listed = async (line: string): Promise<Listed> => JSON.parse((await run(`${line} --json`)).out);

describe('calls', () => {
  it('shows lists and their calls in order, and names nobody', async () => {
    expect((await run('calls')).out).toBe(
      'list            waiting  in hand  left\nretention-desk        4        ·  3 of 3 today\n',
    );
    const { out } = await run('calls retention-desk --limit 2');
    expect(out).toMatch(/^retention-desk: 4 calls waiting, 0 in hand, left: 3 of 3 today\n/);
    expect(out).toMatch(
      /\n {2}\d+-\d+ +9 +ring call +thanks +2026-03-04 \d\d:\d\d UTC\n.* +7 +ring call.*\n {2}… and 2 more/,
    );
    const { calls } = await listed('calls retention-desk');
    expect(calls.map(({ rank }) => rank)).toEqual([9, 7, 5, 1]);
    expect(out + JSON.stringify(calls)).not.toMatch(/336|danger|ben/);
  });

  it('gives an agent whom to call, once and as far as the day goes, also as CSV', async () => {
    const csv = (await run('calls take retention-desk --agent ida --limit 2 --csv')).out.split('\r\n');
    expect(csv[0]).toBe('id,urgent,phone,person,language,script,journey,step,key,rank,until');
    expect(csv[1]).toMatch(/^\d+-\d+,,\+33600000002,"ben, the 2nd",.*,thanks,ring,call,,9,2026-03-04T/);
    expect(csv).toHaveLength(4);
    const leo = await run('calls take channel/retention-desk --agent leo --limit 9');
    expect(leo.out).toMatch(/^id +number +person .*\n\d+-\d+ +\+33600000001 +=danger .*\nSay how/);
    expect((await run('calls take retention-desk --agent leo')).out).toBe(
      'No calls of retention-desk: the desk has made as many as it makes.\n',
    );
    expect((await run('calls retention-desk')).out).toMatch(
      /in the hand of ida\n.*in the hand of ida\n.*in the hand of leo\n/,
    );
  });

  it('ends calls, and says why it does not', async () => {
    const { calls } = await listed('calls retention-desk');
    const [ben, cat, danger, dan] = calls.map(({ id }) => id) as [string, string, string, string];
    expect((await run(`calls close ${ben} --outcome yes --agent leo`)).err).toContain('is in the hand of ida');
    expect((await run(`calls close ${ben} --outcome great`)).err).toContain('it takes reached or yes or refused');
    expect((await run(`calls close ${ben} --outcome yes`)).out).toBe(
      `Call ${ben} is closed as yes: ring goes on from call.\n`,
    );
    expect((await run(`calls close ${ben} --outcome yes`)).err).toContain('was closed before, as yes');
    expect((await run(`calls release ${cat} --again 2h`)).out).toContain(
      'comes back on retention-desk at 2026-03-02 12:01 UTC',
    );
    expect((await run(`calls release ${danger} --agent leo`)).out).toContain('is free again');
    expect((await run(`calls release ${dan}`)).err).toContain('Nobody has call');
    expect((await run('calls close 1-999999 --outcome yes')).err).toContain('There is no call 1-999999');
    // The place of what was given back is free, and a number like a formula is none in a spreadsheet.
    const csv = (await run('calls take retention-desk --agent ida --limit 9 --csv')).out;
    expect(csv.split('\r\n')[1]).toContain(",+33600000001,'=danger,");
    await shop.run('run --once --now 2026-03-02T10:05Z');
    const later = await shop.run('calls retention-desk --now 2026-03-02T12:30Z');
    expect(later.out).toMatch(/tried once/);
    expect(later.out).not.toContain(ben);
  });

  it('refuses what it does not know', async () => {
    expect((await run('calls retention-dsk')).err).toContain('Did you mean retention-desk?');
    expect((await run('calls take retention-desk')).err).toContain('--agent');
    expect((await run('calls take retention-desk --agent ida --csv --json')).out).toContain('name one');
    expect((await run('calls close 12x --outcome yes')).err).toContain('is no call');
  });
});
