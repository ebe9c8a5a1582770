/** `parcours countries` and `parcours registers`: what they show, how a register is imported, and what is refused. Nobody is named. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from './command-line.ts';

let shop: CommandLine;
const run = (line: string) => shop.run(`${line} --now 2026-03-02T10:01Z`);

const files = {
  'countries.yaml': `kind: country
id: fr
where: { trait: country, is: FR }
zone: Europe/Paris
phone: { prefix: 33, mobile: ['^\\+33[67]\\d{8}$'] }
registers: [bloctel]
---
kind: country
id: ng
where: { trait: country, is: NG }
zone: Africa/Lagos
phone: { prefix: 234 }
data_quality: { email_expected: false }
---
kind: schema
id: more
traits: { email: { type: text }, phone: { type: text } }
`,
  'people.yaml': `kind: source
id: people
type: file
format: csv
identifiers: [ { type: external_id, column: who } ]
occurred_at: at
traits: { phone: phone, email: email, country: country }
consents: [ { purpose: marketing, column: news, proof: text } ]
`,
};

beforeAll(async () => {
  shop = await commandLine();
  shop.write(files);
  await shop.run('apply --yes --now 2026-03-01');
  const people = [
    'ana,06 12 34 56 78,ana@shop.example,FR,confirmed,terms-v3',
    'ben,01 42 68 53 00,,FR,no,',
    'cat,call me,cat@shop.example,FR,,',
    'dan,0803 123 4567,,NG,,',
    'eve,0803 123 4568,,NG,,',
    'fay,,fay@shop.example,,,',
  ];
  writeFileSync(
    join(shop.root, 'people.csv'),
    `who,phone,email,country,news,text,at\n${people.map((one) => `${one},2026-03-02T09:00:00Z\n`).join('')}`,
  );
  await run('import people people.csv');
  await run('run --once');
});
afterAll(() => shop.drop());

describe('countries', () => {
  it('shows who can be reached, and what is expected and missing', async () => {
    const { out, code } = await run('countries');
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'country  people   e-mail    phone  readable   mobile',
        'fr       50.0 %   66.7 %  100.0 %    66.7 %   33.3 %  e-mail expected, phone expected',
        'ng       33.3 %    0.0 %  100.0 %   100.0 %  100.0 %',
        '(none)   16.7 %  100.0 %    0.0 %         ·        ·',
        'Of 6 people. Readable and mobile are shares of the numbers.\n',
      ].join('\n'),
    );
    const { countries } = JSON.parse((await run('countries --json')).out);
    expect(countries[1]).toMatchObject({
      country: 'ng',
      people: 2,
      with_email: 0,
      expected: { email: false, phone: true },
      alarms: [],
    });
    expect(out).not.toMatch(/ana|336|shop/);
  });
});

describe('a consent', () => {
  it('is explained with its source and its proof', async () => {
    const ana = (await run('explain external_id:ana')).out;
    expect(ana).toMatch(/\n +marketing +confirmed +since 2026-03-02 09:00 UTC +told by people: terms-v3\n/);
    const ben = (await run('explain external_id:ben')).out;
    expect(ben).toMatch(/\n +marketing +denied +since 2026-03-02 09:00 UTC +told by people\n/);
  });
});

describe('registers', () => {
  it('are told of until they are imported, and replaced as a whole', async () => {
    const never =
      'Register bloctel was never imported, so nobody of fr is called or sent a text: parcours registers import bloctel FILE\n';
    expect((await run('plan')).err).toContain(never);
    expect((await run('registers')).out).toMatch(
      /^register .*\nbloctel +fr +· +never imported +·\nNobody is called .* parcours registers import bloctel FILE\n$/,
    );
    writeFileSync(
      join(shop.root, 'numbers.csv'),
      'tel;since\n06 12 34 56 78;2020\n+33 6 12 34 56 79;2021\n06 12 34 56 78;2022\n',
    );
    expect((await run('registers import bloctel numbers.csv --as-of 2026-02-28')).out).toBe(
      'bloctel: 2 numbers from 4 lines. The list counts from now on.\nNo number in 1 line: 1\n',
    );
    expect((await run('registers')).out).toMatch(/\nbloctel +fr +2 +2026-02-28 00:00 UTC +2026-03-02 10:01 UTC\n$/);
    expect((await run('plan')).err).not.toContain('never imported');
    expect((await shop.run('registers --now 2026-04-15')).out).toMatch(
      /\nThe list of bloctel is older than a month\.\n$/,
    );
    expect(JSON.parse((await run('registers --json')).out)).toMatchObject({
      registers: [{ register: 'bloctel', countries: ['fr'], numbers: 2 }],
    });
  });

  it('refuse what is no register, no file or no list', async () => {
    expect((await run('registers import bloctl numbers.csv')).err).toContain('Did you mean bloctel?');
    expect((await run('registers import bloctel nowhere.csv')).err).toContain('There is no file');
    writeFileSync(join(shop.root, 'empty.csv'), 'nothing\n');
    expect((await run('registers import bloctel empty.csv')).err).toContain('stays as it was');
    expect((await run('registers import bloctel numbers.csv --as-of soon')).err).toContain('--as-of');
  });
});
