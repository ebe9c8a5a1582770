/** Deliveries whose process is killed again and again: everybody is told once in a file, and a table is what it should be. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { databaseUrl } from '../examples/database-url.ts';
import { type FaultStore, faultJourneys, faultStore } from '../faults/fault-store.ts';
import { builtFile } from '../support/built-engine.ts';
import { isWhole, proofSize } from '../support/proof.ts';
import { type TestStore, testStore } from '../support/test-store.ts';

const destinations = `kind: destination
id: file
type: file
path: out/{run}.csv
send: changes
columns: { who: { identifier: external_id } }
---
kind: destination
id: table
type: postgres
connection: \${secret.WAREHOUSE_URL}
table: people
columns: { who: { identifier: external_id } }
`;
const people = 4_000;

let fault: FaultStore;
let warehouse: TestStore;

beforeAll(async () => {
  fault = await faultStore(faultJourneys, { 'destinations.yaml': destinations });
  warehouse = await testStore({ empty: true });
  await fault.rows(
    `with made as (
       insert into parcours.profile (lane, profile_id, created_at)
       select p.id % 1024, p.id, now() from (select nextval('parcours.profile_id') as id from generate_series(1, $1::integer)) p
       returning lane, profile_id)
     insert into parcours.identifier (type, value, lane, profile_id) select 'external_id', 'kill-' || profile_id, lane, profile_id from made`,
    [people],
  );
});
afterAll(async () => {
  await warehouse.destroy();
  await fault.drop();
});

interface Standing {
  readonly run_id: number;
  readonly state: string;
  readonly left: number;
}
const standing = async (id: string): Promise<Standing | undefined> =>
  (
    await fault.rows<Standing>(
      `select run_id, state, cardinality(lanes) as left from parcours.destination_run where destination = $1 order by run_id desc limit 1`,
      [id],
    )
  )[0];

/** Starts a delivery; killed when some lanes more are noted than before, or left to end. */
async function deliver(id: string, isKilled: boolean): Promise<void> {
  const command = await builtFile('cli/main.js');
  const before = (await standing(id))?.left ?? 1_024;
  const child = spawn(process.execPath, [command, 'destination', 'run', id, '--workspace', fault.root], {
    env: {
      PATH: process.env.PATH ?? '',
      DATABASE_URL: databaseUrl(fault.store.connection),
      WAREHOUSE_URL: databaseUrl(warehouse.connection),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = once(child, 'exit');
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (isKilled && !isOver) {
    const now = await standing(id);
    const hasBegun = now !== undefined && now.state === 'running' && now.left < before && now.left > 0;
    if (hasBegun) child.kill('SIGKILL');
    await delay(1);
  }
  const [code, signal] = (await ended) as [number | null, string | null];
  expect([signal === 'SIGKILL' ? 0 : code, /error/.test(errors) ? errors : '']).toEqual([0, '']);
}

it('tells each person once in a file, and fills a table, whenever the process is killed', async () => {
  for (const id of isWhole ? ['file', 'table'] : ['file']) {
    for (let round = 0; round < proofSize(10, 1); round += 1) await deliver(id, true);
    // A kill that came too late left a delivery that is done: then this is another one.
    await deliver(id, false);
    expect(await standing(id)).toMatchObject({ state: 'done', left: 0 });
  }
  const runs = await fault.rows<{ run_id: number }>(
    `select run_id from parcours.destination_run where destination = 'file' and state = 'done' and artifacts <> '{}'`,
  );
  const told = runs.flatMap(({ run_id }) =>
    readFileSync(join(fault.root, `out/${run_id}.csv`), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1),
  );
  expect(told).toHaveLength(people);
  expect(new Set(told).size).toBe(people);
  if (!isWhole) return;
  expect(
    await warehouse.withSession((session) =>
      session.query('select count(*) as n, count(distinct who) as names from public.people'),
    ),
  ).toEqual([{ n: people, names: people }]);
}, 600_000);
