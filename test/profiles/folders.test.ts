/** Files that sources pick up from folders: which they are, each read once and again when it changed, and broken ones beside good ones. */
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../engine/activation/engine.ts';
import { systemClock } from '../../engine/clock/clock.ts';
import { findFiles } from '../../engine/profiles/folders/find-files.ts';
import { type CommandLine, commandLine, shopFiles } from '../cli/command-line.ts';
import { eventually } from '../faults/fault-store.ts';

let shop: CommandLine;
const source = `kind: source
id: tills
type: file
path: tills/*/day-*.csv
identifiers: [{ type: external_id, column: customer }]
message_id: [receipt]
event: order_placed
properties: { total: { column: total, currency: EUR } }
`;

/** Written a minute ago: it is whole. */
function put(path: string, text: string): void {
  const file = join(shop.root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const at = new Date(systemClock.now().getTime() - 60_000);
  utimesSync(file, at, at);
}

const head = 'receipt,customer,total\n';
const orders = () =>
  shop.store.kept.withSession((session) => session.query<{ n: number }>('select count(*) as n from parcours.event'));

beforeAll(async () => {
  shop = await commandLine({ ...shopFiles, 'tills.yaml': source });
  expect((await shop.run('apply --yes')).code).toBe(0);
  put('tills/north/day-1.csv', `${head}1,ana,10\n2,bob,20\n`);
  put('tills/south/day-1.csv', `${head}3,ana,5\n`);
  put('tills/south/notes.csv', 'nothing of ours\n');
});
afterAll(() => shop.drop());

describe('the files of a path', () => {
  it('are those that fit, inside the workspace', async () => {
    put('tills/.hidden/day-1.csv', head);
    symlinkSync('/etc', join(shop.root, 'tills/out'));
    symlinkSync('/etc/hostname', join(shop.root, 'tills/north/day-0.csv'));
    const found = await findFiles(shop.root, 'tills/*/day-*.csv');
    expect(found.map(({ path }) => path)).toEqual(['tills/north/day-1.csv', 'tills/south/day-1.csv']);
    expect(await findFiles(shop.root, 'nowhere/*.csv')).toEqual([]);
    expect((await findFiles(shop.root, './tills/south/notes.csv')).map(({ path }) => path)).toEqual([
      'tills/south/notes.csv',
    ]);
  });
});

describe('parcours import SOURCE', () => {
  it('reads what is new, file by file, and nothing twice', async () => {
    const first = await shop.run('import tills');
    expect([first.code, first.out]).toEqual([
      0,
      'tills/north/day-1.csv: 2 rows read, 2 facts new, 0 known from before\ntills/south/day-1.csv: 1 row read, 1 fact new, 0 known from before\n',
    ]);
    expect((await shop.run('import tills')).out).toBe('Nothing to do: tills has no new files.\n');
    expect(await orders()).toEqual([{ n: 3 }]);
  });

  it('reads a file again that changed; rows that are in are skipped, a broken file holds no other up', async () => {
    put('tills/north/day-1.csv', `${head}1,ana,10\n2,bob,20\n4,eve,7\n`);
    put('tills/north/day-2.csv', 'receipt,client\n5,ana\n');
    put('tills/south/day-2.csv', `${head}6,eve,1\n`);
    const { code, out } = await shop.run('import tills --json');
    expect(code).toBe(1);
    expect(JSON.parse(out).files).toMatchObject([
      { path: 'tills/north/day-1.csv', summary: { facts: 1, duplicates: 2 } },
      { path: 'tills/north/day-2.csv', summary: null, error: { code: 'IMPORT_COLUMNS' } },
      { path: 'tills/south/day-2.csv', summary: { facts: 1 } },
    ]);
    expect((await shop.run('import tills')).out).toBe('Nothing to do: tills has no new files.\n');
  });

  it('says what to do for a source without a path', async () => {
    expect((await shop.run('import orders')).err).toContain('Source orders has no `path`');
  });
});

describe('parcours run', () => {
  it('picks up new files by itself, and their events start journeys', async () => {
    put('tills/south/day-3.csv', `${head}7,zoe,9\n`);
    const ending = new AbortController();
    const engine = createEngine({ store: shop.store, clock: systemClock, root: shop.root, env: {} });
    const ended = engine.runDaemon(ending.signal);
    const enrolled = () =>
      shop.store.kept.withSession((session) =>
        session.query(
          `select 1 from parcours.enrollment e join parcours.identifier i using (lane, profile_id) where i.value = 'zoe'`,
        ),
      );
    await eventually('zoe has bought and is thanked', async () => (await enrolled()).length === 1);
    ending.abort();
    await ended;
    const noted = await shop.store.kept.withSession((session) =>
      session.query(
        `select state, summary ->> 'facts' as facts from parcours.import_file where path = 'tills/south/day-3.csv'`,
      ),
    );
    expect(noted).toEqual([{ state: 'imported', facts: '1' }]);
  });
});
