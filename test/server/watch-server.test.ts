/** What a daemon says of itself over HTTP: that it lives, whether it keeps up, and its numbers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../engine/clock/clock.ts';
import { pulse, readReadiness } from '../../engine/server/health.ts';
import { storeReader } from '../../engine/server/store-reader.ts';
import { eventOf, eventually, type FaultStore, faultStore } from '../faults/fault-store.ts';
import { type WatchedDaemon, watchedDaemon } from './watched-daemon.ts';

let fault: FaultStore;
let daemon: WatchedDaemon;

beforeAll(async () => {
  fault = await faultStore();
  await fault.tell(['ana', 'bob', 'eve'].map((who) => eventOf(who, 'signed_up', who)));
  daemon = await watchedDaemon(fault);
  await eventually('all were sent to', async () => {
    return (await fault.count(`select count(*) as n from parcours.message where state = 'sent'`)) === 3;
  });
});
afterAll(async () => {
  await daemon.stop();
  await fault.drop();
});

const metrics = async () => {
  const { text } = await daemon.get('/metrics');
  return new Map(
    text
      .split('\n')
      .filter((line) => line.startsWith('parcours_'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))] as const),
  );
};

describe('/healthz', () => {
  it('says that the process lives, loop by loop', async () => {
    const { status, text } = await daemon.get('/healthz');
    expect(status).toBe(200);
    const { loops, ...rest } = JSON.parse(text);
    expect(rest).toEqual({ status: 'ok' });
    expect(Object.keys(loops).sort()).toEqual(['control', 'dispatch', 'exchange', 'scales', 'worker 1', 'worker 2']);
  });

  it('says which loop hangs: one that works without a sign, not one that rests', () => {
    const heart = pulse({ controlMs: 60_000, workMs: -1 });
    heart.observe({ kind: 'beat', loop: 'control', isWorking: true });
    heart.observe({ kind: 'beat', loop: 'worker 1', isWorking: false });
    expect(heart.read().status).toBe('ok');
    heart.observe({ kind: 'beat', loop: 'worker 2', isWorking: true });
    const { status, loops } = heart.read();
    expect(status).toBe('stuck');
    expect(
      Object.entries(loops)
        .filter(([, { isStuck }]) => isStuck)
        .map(([loop]) => loop),
    ).toEqual(['worker 2']);
  });
});

describe('/readyz', () => {
  it('says yes while a revision is live and no lane is late', async () => {
    const { status, text } = await daemon.get('/readyz');
    expect([status, JSON.parse(text)]).toMatchObject([200, { status: 'ready', reasons: [], revision: 1 }]);
  });

  it('says why not: lanes that nobody came to', async () => {
    // Nobody looks at a lane that another session holds.
    const holder = await fault.store.session();
    await holder.script('begin; select from parcours.lane for update');
    await fault.rows(`insert into parcours.inbox (lane, class, visible_at, kind, body)
      values (7, 0, now() - interval '10 minutes', 'resumed', '{"rule": "none"}')`);
    const { status, text } = await daemon.get('/readyz');
    await holder.script('rollback');
    await holder.close();
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ status: 'not_ready', reasons: [{ reason: 'lanes_late' }], lanesDue: 1 });
    await eventually('it is ready again', async () => (await daemon.get('/readyz')).status === 200);
  });

  it('says why not: a store that is away, in a code and no words of it', async () => {
    const away = {
      ...fault.store,
      session: () => Promise.reject(Object.assign(new Error('secret.host refused'), { code: 'ECONNREFUSED' })),
    };
    const found = await readReadiness(storeReader(away), systemClock, 1);
    expect(found).toMatchObject({ status: 'not_ready', revision: null });
    expect(found.reasons).toEqual([
      { reason: 'store_unreachable', message: 'The store does not answer (ECONNREFUSED).' },
    ]);
  });
});

describe('/metrics', () => {
  it('counts what the process did, told after the commit', async () => {
    const numbers = await metrics();
    expect(numbers.get('parcours_messages_decided_total{outcome="queued"}')).toBe(3);
    expect(numbers.get('parcours_messages_settled_total{channel="mail",outcome="sent"}')).toBe(3);
    expect(numbers.get('parcours_send_latency_seconds_count{channel="mail"}')).toBe(3);
    expect(numbers.get('parcours_send_latency_seconds_sum{channel="mail"}')).toBeLessThan(60);
    expect(numbers.get('parcours_lane_transaction_seconds_count{what="handled"}')).toBeGreaterThan(0);
    expect(numbers.get('parcours_lane_transaction_units_sum{what="handled"}')).toBeGreaterThanOrEqual(3);
    expect(numbers.get('parcours_lane_transaction_seconds_count{what="took-over"}')).toBeGreaterThan(0);
  });

  it('reads how the store stands at the scrape', async () => {
    await fault.rows(`insert into parcours.outbox (lane, message_id, profile_id, channel, class, due_at, decided_until)
      select 5, 900000 + n, 1, 'later', 1, now() + interval '1 hour', now() + interval '2 hours' from generate_series(1, 4) n`);
    await fault.rows(
      `insert into parcours.dead_letter (lane, seq, kind, body, reason, at) values (1, 1, 'fact', '{}', 'x', now())`,
    );
    await fault.rows(`insert into parcours.pause (resource, since, on_resume, why, author)
      values ('channel/text', now(), 'spread', 'a test', 'ops')`);
    const numbers = await metrics();
    const standing = Object.fromEntries(
      ['live_revision', 'lanes_behind_revision', 'lanes_late', 'dead_letters', 'drift_resources'].map((name) => [
        name,
        numbers.get(`parcours_${name}`),
      ]),
    );
    expect(standing).toEqual({
      live_revision: 1,
      lanes_behind_revision: 0,
      lanes_late: 0,
      dead_letters: 1,
      drift_resources: 0,
    });
    expect(numbers.get('parcours_outbox_messages{channel="later"}')).toBe(4);
    expect(numbers.get('parcours_outbox_oldest_age_seconds{channel="later"}')).toBe(0);
    expect(numbers.get('parcours_inbox_rows{class="fact"}')).toBe(0);
    expect(numbers.get('parcours_pause_in_force{resource="channel/text"}')).toBe(1);
    for (const part of ['lanes', 'inbox', 'outbox', 'dead_letters', 'pauses', 'drift', 'sync'])
      expect(numbers.get(`parcours_scrape_part_ok{part="${part}"}`), part).toBe(1);
    await fault.rows('delete from parcours.pause');
    expect([...(await metrics()).keys()].filter((name) => name.includes('pause_in_force'))).toEqual([]);
  });

  it('leaves out the part that cannot be read, and says so', async () => {
    await fault.rows('alter table parcours.dead_letter rename to dead_letter_away');
    const numbers = await metrics();
    await fault.rows('alter table parcours.dead_letter_away rename to dead_letter');
    expect(numbers.get('parcours_scrape_part_ok{part="dead_letters"}')).toBe(0);
    expect(numbers.get('parcours_dead_letters')).toBeNaN();
    expect(numbers.get('parcours_live_revision')).toBe(1);
    expect((await metrics()).get('parcours_scrape_part_ok{part="dead_letters"}')).toBe(1);
  });

  it('names no person', async () => {
    expect((await daemon.get('/metrics')).text).not.toMatch(/ana|bob|eve\b|@/);
  });
});

describe('any other request', () => {
  it('is told what there is, and that it can only be read', async () => {
    expect((await daemon.get('/')).status).toBe(404);
    expect((await daemon.get('/constructor')).status).toBe(404);
    expect((await daemon.get('/metrics', 'POST')).status).toBe(405);
    expect(await daemon.get('/healthz?x=1', 'HEAD')).toMatchObject({ status: 200, text: '' });
  });
});
