/** `parcours start`: people that are named, a list of them, and what is said when it can't be done. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine, shopFiles } from './command-line.ts';

let shop: CommandLine;

const nps = `---
kind: journey
id: nps
objective: engagement
per: { property: sale }
entry: { when: { started: true }, with: { sale: id, moment: text, total: money }, if: { field: entry.moment, is_not: never } }
steps: [{ id: stay, wait: 1d }]
---
kind: journey
id: drafted
status: draft
objective: engagement
entry: { when: { started: true } }
steps: [{ id: stay, wait: 1d }]
`;

beforeAll(async () => {
  shop = await commandLine({ ...shopFiles, 'journey.yaml': `${shopFiles['journey.yaml']}${nps}` });
  const orders = ['1,ana', '2,ben', '3,cleo'].map((line) => `${line},2026-03-02T10:00Z,10.00,CH`);
  writeFileSync(join(shop.root, 'orders.csv'), `order,customer,at,total,country\n${orders.join('\n')}\n`);
  await shop.run('apply --yes --now 2026-03-01');
  await shop.run('import orders orders.csv --now 2026-03-05T12:00Z');
  await shop.run('run --once --now 2026-03-05T12:00Z');
});
afterAll(() => shop.drop());

async function enrolled(): Promise<readonly string[]> {
  await shop.run('run --once --now 2026-03-05T13:00Z');
  const rows = await shop.store.withSession((session) =>
    session.query<{ line: string }>(
      `select concat_ws(' ', (select i.value from parcours.identifier i where i.lane = e.lane and i.profile_id = e.profile_id), e.key,
         e.entry ->> 'moment', e.entry #>> '{total,amount}') as line
       from parcours.enrollment e where e.journey = 'nps' order by 1`,
    ),
  );
  return rows.map((row) => row.line);
}

describe('start', () => {
  it('lets people apply who are named, with a key and values of the declared types', async () => {
    const line = 'start journey/nps --profile ana external_id:ben --with sale=s1 moment=visit total=12.50';
    const { code, out, err } = await shop.run(`${line} --now 2026-03-05T13:00Z`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Started journey/nps for 2 people.');
    await shop.run('start nps --profile cleo --key s2 --with moment=never --now 2026-03-05T13:00Z');
    expect(await enrolled()).toEqual(['ana s1 visit 1250', 'ben s1 visit 1250']);
  });

  it('takes a list, and tells which lines it could not use', async () => {
    const lines = ['cleo,s3,delivery,', ',s4,x,', 'nobody,s5,x,', 'ana,s6,x,much', 'ana,s7,sale,3 EUR'];
    writeFileSync(join(shop.root, 'people.csv'), `external_id,key,moment,total\n${lines.join('\n')}\n`);
    const { code, out } = await shop.run('start nps --list people.csv --json --now 2026-03-05T13:00Z');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      started: 2,
      unusedCount: 3,
      unused: [
        { line: 3, problem: 'names nobody' },
        { line: 4, problem: 'nobody answers to it' },
        { line: 5, problem: expect.stringContaining('total: ') },
      ],
    });
    expect(await enrolled()).toEqual(['ana s1 visit 1250', 'ana s7 sale 300', 'ben s1 visit 1250', 'cleo s3 delivery']);
  });

  it('without a key leaves a decision, which `explain` tells', async () => {
    await shop.run('start nps --profile ben --with moment=visit --now 2026-03-05T13:00Z');
    await shop.run('run --once --now 2026-03-05T13:00Z');
    const { out } = await shop.run('explain ben');
    expect(out).toContain('Not let in');
    expect(out).toContain('nps: what happened has no value for the property that the journey is per');
  });

  it.each([
    ['start thank --profile ana', 'only one whose `when` says `started: true` is'],
    ['start drafted --profile ana', 'Journey drafted is draft'],
    ['start nothing --profile ana', 'has no journey "nothing"'],
    ['start nps --profile nobody', 'Nobody answers to "nobody", so nobody was started'],
    ['start nps --profile ana --with colour=red', 'this journey takes sale, total, moment'],
    ['start nps --profile ana --with total=much', '--with can\'t be "total=much"'],
    ['start nps', 'Say for whom'],
    ['start nps --list there-is-none.csv', 'There is no file'],
    ['start nps --list people.csv --key s1', 'are columns of the file'],
  ])('%s says what is wrong', async (line, words) => {
    const { code, err } = await shop.run(line);
    expect(code).not.toBe(0);
    expect(err).toContain(words);
  });
});
