/** Events are kept as long as a schema says, and deleted once a day by whoever holds their lanes. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Running, runningPrograms } from '../../engine/activation/running.ts';
import { retentionKeeper } from '../../engine/activation/schedules/retention.ts';
import { type FaultStore, faultJourneys, faultStore } from '../faults/fault-store.ts';

let fault: FaultStore;
const t = new Date('2026-03-31T12:00:00Z');

beforeAll(async () => {
  const keep = 'kind: schema\nid: kept\nevents: { page_viewed: {} }\nkeep: { visited: 1mo, page_viewed: 90d }\n';
  fault = await faultStore(faultJourneys, { 'kept.yaml': keep });
  const event = (type: string, at: string, lane: number) =>
    fault.rows(
      `insert into parcours.event (lane, type, profile_id, occurred_at, event_id, received_at, properties, source)
       values ($1::smallint, $2, $1::smallint, $3::timestamptz, 1, $3::timestamptz, '{}', 'test')`,
      [lane, type, at],
    );
  for (const lane of [1, 700]) {
    await event('visited', '2026-02-27T00:00:00Z', lane);
    await event('visited', '2026-03-01T00:00:00Z', lane);
    await event('page_viewed', '2025-12-30T12:00:00Z', lane);
    await event('page_viewed', '2025-12-31T12:00:01Z', lane);
    await event('order_placed', '2020-01-01T00:00:00Z', lane);
  }
  await fault.rows(
    `insert into parcours.rejected_call (source, message_id, received_at, reasons) values ('web', 'old', '2025-12-01', '{}'), ('web', 'new', '2026-03-01', '{}')`,
  );
});
afterAll(() => fault.drop());

const left = async () => {
  const rows = await fault.rows<{ lane: number; type: string; n: number }>(
    'select lane, type, count(*) as n from parcours.event group by 1, 2 order by 1, 2',
  );
  return rows.map(({ lane, type, n }) => `${lane} ${type} ${n}`);
};

it('deletes what is older, in lanes that nobody holds, and comes back for the others', async () => {
  const session = await fault.store.session();
  const holder = await fault.store.session();
  const running = (await runningPrograms().get(session, 1)) as Running;
  const keeper = retentionKeeper();
  await holder.script('begin; select from parcours.lane where lane = 700 for update');
  await keeper.keep(session, running, t, 'all');
  const whole = ['order_placed 1', 'page_viewed 2', 'visited 2'];
  const kept = ['order_placed 1', 'page_viewed 1', 'visited 1'];
  expect(await left()).toEqual([...kept.map((one) => `1 ${one}`), ...whole.map((one) => `700 ${one}`)]);
  await holder.script('rollback');
  await keeper.keep(session, running, t, 'step');
  expect(await left()).toEqual([1, 700].flatMap((lane) => kept.map((one) => `${lane} ${one}`)));
  expect(await fault.rows('select message_id from parcours.rejected_call')).toEqual([{ message_id: 'new' }]);
  await Promise.all([session.close(), holder.close()]);
});
