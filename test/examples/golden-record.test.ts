/** `examples/golden-record`, which docs/profiles.md tells of: a shop on the web, a till and a support desk merge into one record. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../engine/clock/clock.ts';
import { createServe } from '../../engine/server/serve.ts';
import { type CommandLine, commandLine } from '../cli/command-line.ts';
import { databaseUrl } from './database-url.ts';

const example = fileURLToPath(new URL('../../examples/golden-record/', import.meta.url));
const key = 'example-write-key-0001';
let shop: CommandLine;

function filesOf(folder: string): Readonly<Record<string, string>> {
  const paths = readdirSync(folder, { recursive: true }).map((path) => join(folder, String(path)));
  const files = paths.filter((path) => statSync(path).isFile());
  return Object.fromEntries(files.map((path) => [relative(folder, path), readFileSync(path, 'utf8')]));
}

interface Shown {
  readonly cleaned: readonly object[];
  readonly profileId: number;
  readonly identifiers: readonly { readonly type: string; readonly value: string }[];
  readonly merged: readonly number[];
  readonly traits: readonly { readonly trait: string; readonly value: unknown; readonly source: string | null }[];
  readonly consents: readonly { readonly purpose: string; readonly state: string }[];
  readonly segments: readonly string[];
  readonly events: readonly { readonly type: string; readonly events: number }[];
}

async function show(named: string): Promise<Shown> {
  const { code, out, err } = await shop.run(`profile show ${named} --json`);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Shown;
}

beforeAll(async () => {
  shop = await commandLine(filesOf(example));
  expect((await shop.run('apply --yes')).code).toBe(0);
  const server = await createServe({
    ...{ store: shop.store, clock: systemClock, root: shop.root, env: { WEB_WRITE_KEY: key } },
  });
  for (const line of readFileSync(join(example, 'data/web.jsonl'), 'utf8').trim().split('\n')) {
    const { type, ...call } = JSON.parse(line) as { readonly type: string };
    const { statusCode } = await server.app.inject({
      ...{ method: 'POST', url: `/v1/${type}`, payload: call },
      headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` },
    });
    expect(statusCode).toBe(200);
  }
  await server.close();
  const till = await shop.run('import pos data/pos.csv --json');
  // Marta has no card, and what the till wrote for her address names nobody.
  expect(JSON.parse(till.out)).toMatchObject({ rows: 4, facts: 3, rejected: 1 });
  expect(JSON.parse((await shop.run('import support data/support.jsonl --json')).out)).toMatchObject({ facts: 2 });
  expect((await shop.run('run --once')).code).toBe(0);
});
afterAll(() => shop.drop());

describe('the golden record', () => {
  it('is one person of the web, the till and the desk', async () => {
    const ana = await show('ana.garcia@mail.example');
    expect(ana.identifiers.map(({ type, value }) => `${type}:${value}`)).toEqual([
      'anonymous_id:browser-1',
      'card:C-77',
      'email:ana.garcia@mail.example',
      'external_id:4711',
    ]);
    expect(ana.merged).toHaveLength(1);
    expect((await show('card:C-77')).profileId).toBe(ana.profileId);
    expect(ana.events).toMatchObject([
      { type: 'order_placed', events: 3 },
      { type: 'page_viewed', events: 1 },
      { type: 'ticket_opened', events: 1 },
    ]);
    expect(ana.segments).toEqual(['buys-everywhere']);
  });

  it('is given back as one row', async () => {
    const { code, out } = await shop.run('destination run one-record --json');
    expect([code, JSON.parse(out).told]).toEqual([0, 3]);
    const lines = readFileSync(join(shop.root, 'out/one-record.csv'), 'utf8').split('\n');
    const { profileId } = await show('4711');
    expect(lines.filter((line) => line.startsWith(`${profileId},`))).toEqual([
      expect.stringMatching(/^\d+,"\[""4711""\]",C-77,ana\.garcia@mail\.example,.*,true$/),
    ]);
  });

  it('has of each trait the value that survives, and says whose it is', async () => {
    const { traits } = await show('4711');
    const of = (name: string) => traits.find(({ trait }) => trait === name);
    expect(of('first_name')).toMatchObject({ value: 'Ana' });
    expect(of('last_name')).toMatchObject({ value: 'Garcia Lopez', source: 'pos' });
    expect(of('postal_code')).toMatchObject({ value: '28004', source: 'pos' });
    expect(of('phone')).toMatchObject({ value: '+34600112233', source: 'support' });
  });

  it('tells what was made of what was written, and by which rule', async () => {
    const { cleaned } = await show('4711');
    const phone = {
      of: 'trait',
      name: 'phone',
      raw: '+34 600 11 22 33',
      value: '+34600112233',
      by: 'phone',
      source: 'support',
    };
    expect(cleaned).toContainEqual(expect.objectContaining(phone));
    expect((await shop.run('profile show 4711')).out).toMatch(/last_name +GARCIA LOPEZ +Garcia Lopez +name +pos/);
  });

  it('keeps the consent that allows less', async () => {
    expect((await show('4711')).consents).toMatchObject([{ purpose: 'newsletter', state: 'denied' }]);
  });

  it('leaves apart who only shares what nobody is known by', async () => {
    const luis = await show('luis@mail.example');
    expect(luis.identifiers.map(({ type }) => type)).toEqual(['email', 'external_id']);
    expect((await show('card:C-91')).profileId).not.toBe(luis.profileId);
  });

  it('tells how it came to be, and can be taken apart again', async () => {
    const { merged, profileId } = await show('4711');
    const log = JSON.parse((await shop.run('identity log 4711 --json')).out);
    expect(log.merges).toMatchObject([{ into_id: profileId, rule: 'identifier email' }]);
    const undone = await shop.run(`identity unmerge ${merged[0]} --json`);
    expect(JSON.parse(undone.out)).toMatchObject({ profileId: merged[0], from: profileId });
    expect((await show('card:C-77')).profileId).toBe(merged[0]);
    // People decide: they are one after all.
    expect((await shop.run(`identity accept ${profileId} ${merged[0]}`)).code).toBe(0);
    expect((await shop.run('run --once')).code).toBe(0);
    expect((await show('card:C-77')).profileId).toBe(profileId);
    expect((await shop.run('identity review')).out).toBe('Nothing waits for a decision.\n');
  });

  it('is exported, restricted and erased by the command line', async () => {
    expect((await shop.run('profile export 4711 --out ana.json')).out).toMatch(
      /^Written to .*ana\.json: \d+ rows of \d+ tables\.\n$/,
    );
    const exported = JSON.parse(readFileSync(join(shop.root, 'ana.json'), 'utf8'));
    expect(exported.tables.event).toHaveLength(5);
    expect((await shop.run('profile restrict 4711')).out).toContain('is restricted');
    expect((await shop.run('profile show 4711')).out).toContain('nothing is done with it');
    expect((await shop.run('profile erase 4711')).err).toContain('CLI_NOT_CONFIRMED');
    const erased = await shop.run('profile erase 4711 --yes');
    expect([erased.code, erased.out]).toEqual([0, expect.stringContaining('he is named in none')]);
    expect((await shop.run('profile show ana.garcia@mail.example')).code).toBe(1);
    const again = await shop.run('import support data/support.jsonl --json');
    expect(JSON.parse(again.out)).toMatchObject({ facts: 0, erased: 1, duplicates: 1 });
  });

  it('says whom it does not know without repeating the name', async () => {
    const { code, err } = await shop.run('profile show nobody@mail.example');
    expect([code, err.includes('nobody@')]).toEqual([1, false]);
  });
});

describe('parcours serve', () => {
  it('tells where it listens, and ends when it is told to', async () => {
    const usual = { DATABASE_URL: databaseUrl(shop.store.connection) };
    const { code, out, err } = await shop.run('serve --listen 0 --json', { env: usual });
    expect(code).toBe(0);
    expect(JSON.parse(err)).toMatchObject({
      event: 'listening',
      at: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
    expect(JSON.parse(out)).toMatchObject({ until: expect.any(String) });
  });
});
