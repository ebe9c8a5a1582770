/** The ingestion API while processes die and race: what was answered 200 is there once, and nobody is two people. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEngine } from '../../engine/activation/engine.ts';
import type { Trouble } from '../../engine/activation/trouble.ts';
import { systemClock } from '../../engine/clock/clock.ts';
import { createServe } from '../../engine/server/serve.ts';
import { eventually } from '../faults/fault-store.ts';
import { type Started, startServe } from '../faults/processes.ts';
import { proofSize } from '../support/proof.ts';
import { basic, type IngestShop, ingestEnv, ingestShop, webKey } from './ingest-shop.ts';

let shop: IngestShop;

beforeAll(async () => {
  shop = await ingestShop();
});
afterAll(() => shop.drop());

async function send(at: string, path: string, body: object): Promise<number> {
  const response = await fetch(`${at}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: basic(webKey) },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

it('keeps each event that was answered 200, once, when the server is killed under load', async () => {
  const rounds = proofSize(20, 2);
  const answered = new Set<string>();
  let server: Started & { readonly at: string } = await startServe(shop.fault, ingestEnv);
  for (let round = 0; round < rounds; round += 1) {
    let isKilled = false;
    const client = async (c: number): Promise<void> => {
      for (let n = 0; !isKilled; n += 1) {
        const batch = Array.from({ length: 5 }, (_, i) => `k${round}-${c}-${n}-${i}`);
        const calls = batch.map((messageId) => ({ type: 'track', userId: `k${c}`, event: 'visited', messageId }));
        // What isn't answered is told again: at most once, since the id is the same.
        const status = await send(server.at, '/v1/batch', { batch: calls }).catch(() => null);
        if (status === 200) for (const one of batch) answered.add(one);
        if (status === null) return;
      }
    };
    const before = answered.size;
    const clients = [0, 1, 2, 3].map(client);
    await eventually('events are taken', () => answered.size > before + 100);
    await server.kill('SIGKILL');
    isKilled = true;
    await Promise.all(clients);
    server = await startServe(shop.fault, ingestEnv);
  }
  expect(await send(server.at, '/v1/track', { userId: 'k0', event: 'visited', messageId: 'k-last' })).toBe(200);
  expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  await shop.fault.runOnce();
  const stored = await shop.fault.rows<{ message_id: string }>(
    `select message_id from parcours.seen_message where message_id like 'k%-%'`,
  );
  const known = new Set(stored.map(({ message_id }) => message_id));
  expect([...answered].filter((one) => !known.has(one))).toEqual([]);
  const events = await shop.fault.count(
    `select count(*) as n from parcours.event e join parcours.identifier i using (lane, profile_id) where i.value in ('k0', 'k1', 'k2', 'k3')`,
  );
  expect(events).toBe(known.size);
});

it('makes no two people of one by two servers and three workers, whoever names whom at the same time', async () => {
  const { fault } = shop;
  const failures: string[] = [];
  const options = { store: fault.store, clock: systemClock, root: fault.root, env: ingestEnv, sessionsMax: 4 };
  const servers = await Promise.all(
    [1, 2].map(() => createServe({ ...options, onFailure: ({ code }) => failures.push(code) })),
  );
  const ending = new AbortController();
  const troubles: Trouble[] = [];
  const engine = createEngine({ ...options, workers: 3, onTrouble: (trouble) => troubles.push(trouble) });
  const ended = engine.runDaemon(ending.signal);
  const post = async (server: number, path: string, body: object) => {
    const { statusCode } = await (servers[server % 2] as (typeof servers)[number]).app.inject({
      ...{ method: 'POST', url: path, payload: body },
      headers: { authorization: basic(webKey) },
    });
    return statusCode;
  };
  const people = Array.from({ length: 12 }, (_, n) => n);
  const rounds = proofSize(60, 6);
  const statuses: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const told = people.flatMap((n) => {
      const [userId, device] = [`race-${n}`, `race-device-${n}-${round % 3}`];
      return [
        post(round, '/v1/track', { anonymousId: device, event: 'visited', messageId: `r-${round}-${n}` }),
        post(round + 1, '/v1/identify', { userId, anonymousId: device, traits: { firstName: `N${n}` } }),
        post(n, '/v1/alias', { userId, previousId: `race-old-${n}` }),
        post(n + round, '/v1/track', { userId: `race-old-${n}`, event: 'visited', messageId: `o-${round}-${n}` }),
      ];
    });
    statuses.push(...(await Promise.all(told)));
  }
  expect([...new Set(statuses)]).toEqual([200]);
  await eventually('all is merged and recorded', async () => {
    const left = await fault.count(
      `select (select count(*) from parcours.merge_request) + (select count(*) from parcours.inbox) as n`,
    );
    return left === 0;
  });
  ending.abort();
  await ended;
  await Promise.all(servers.map((one) => one.close()));
  expect([failures, troubles]).toEqual([[], []]);
  const named = await fault.rows<{ profile_id: number; names: string[] }>(
    `select i.profile_id, array_agg(distinct i.value) as names from parcours.identifier i
     where i.value like 'race-%' group by i.profile_id`,
  );
  expect(named).toHaveLength(people.length);
  for (const { names } of named) {
    expect(new Set(names.map((name) => name.replace(/^race-(device-|old-)?(\d+).*$/, '$2'))).size).toBe(1);
  }
  const ids = named.map(({ profile_id }) => profile_id);
  expect(
    await fault.count(
      `select count(*) as n from parcours.event where profile_id = any($1::bigint[]) and type = 'visited'`,
      [ids],
    ),
  ).toBe(rounds * people.length * 2);
});
