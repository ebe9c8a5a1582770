/** Rows that commit late, clocks that jump back, revisions that come while workers look, and outcomes that come too late. */
import { afterEach, describe, expect, it } from 'vitest';
import { standing } from '../../engine/activation/messages/outcomes.ts';
import { systemClock } from '../../engine/clock/clock.ts';
import type { Session } from '../../engine/store/session.ts';
import { daemonOn, eventOf, eventually, type FaultStore, faultJourneys, faultStore, workersOn } from './fault-store.ts';

let fault: FaultStore;
afterEach(() => fault?.drop());

function later(ms: number): Date {
  return new Date(systemClock.now().getTime() + ms);
}

/** An event put into the inbox by hand, in a transaction of the test's own. */
async function appendEvent(session: Session, profile: number): Promise<void> {
  const now = systemClock.now();
  const event = { type: 'signed_up', value: null, unit: null, properties: {} };
  const body = { at: now.getTime(), received: now.getTime(), source: 'test', trigger: true, event };
  await session.query(
    `insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body) values ($1, 1, $2, $3, 'fact', $4)`,
    [profile % 1024, now, profile, JSON.stringify(body)],
  );
}

async function people(...names: readonly string[]): Promise<readonly number[]> {
  await fault.tell(names.map((who) => eventOf(who, 'visited', `made ${who}`, { page: 'p9' })));
  const rows = await fault.rows<{ id: number }>(
    `select i.profile_id as id from unnest($1::text[]) with ordinality u(who, n) join parcours.identifier i on i.value = u.who order by u.n`,
    [names],
  );
  return rows.map((row) => row.id);
}

describe('a row that commits after one with a higher number', () => {
  for (const where of ['the same lane', 'another lane'] as const) {
    it(`is handled within the sweep, in ${where}`, async () => {
      fault = await faultStore();
      const [late = 0, bob = 0] = await people('late', 'bob');
      const daemon = daemonOn(fault, { workers: 2 });
      const events = `select count(*) as n from parcours.event where type = 'signed_up'`;
      await fault.store.withSession(async (slow) => {
        await slow.script('begin');
        await appendEvent(slow, late);
        await fault.store.withSession((fast) => appendEvent(fast, where === 'the same lane' ? late : bob));
        await eventually('the later number was handled', async () => (await fault.count(events)) === 1);
        await slow.script('commit');
      });
      const began = systemClock.now().getTime();
      await eventually('the lower number was handled', async () => (await fault.count(events)) === 2);
      expect(systemClock.now().getTime() - began).toBeLessThan(8_000);
      await daemon.stop();
    });
  }
});

describe("edge case 20: a host's clock that jumps", () => {
  it('back takes no lane back in time, and breaks nothing', async () => {
    fault = await faultStore();
    let offset = 0;
    const clock = { now: () => later(offset) };
    const group = await workersOn(fault.store, 1, clock);
    await fault.tell([eventOf('ana', 'signed_up', 'm1')]);
    await group.untilIdle();
    const lastTime = () =>
      fault.rows<{ t: Date }>(
        `select l.last_t as t from parcours.lane l join parcours.identifier i on i.lane = l.lane where i.value = 'ana'`,
      );
    const [before] = await lastTime();
    offset = -3_600_000;
    // Received by a host whose clock was set back, too.
    const fact = eventOf('ana', 'order_placed', 'm2');
    const back = fact.fact.at + offset;
    await fault.tell([{ ...fact, fact: { ...fact.fact, at: back, received: back } }]);
    await group.untilIdle();
    await group.close();
    const [after] = await lastTime();
    expect(after?.t).toEqual(before?.t);
    const steps = await fault.rows<{ at: Date }>('select at from parcours.step_log order by at');
    expect(steps.length).toBe(2);
    for (const { at } of steps) expect(at.getTime()).toBeGreaterThanOrEqual((before as { t: Date }).t.getTime());
    expect(await fault.count('select count(*) as n from parcours.message')).toBe(2);
    expect(await fault.count('select count(*) as n from parcours.dead_letter')).toBe(0);
  });

  it('ahead by days and is set right does what it made due once, and later what comes after', async () => {
    fault = await faultStore(`kind: journey
id: slow
objective: engagement
entry: { when: { event: signed_up } }
steps:
  - id: rest
    wait: 1d
  - id: say
    send: { channel: mail, template: hello }
`);
    let offset = 0;
    const group = await workersOn(fault.store, 1, { now: () => later(offset) });
    await fault.tell([eventOf('ana', 'signed_up', 'm1')]);
    await group.untilIdle();
    offset = 2 * 86_400_000;
    await group.untilIdle();
    expect(await fault.count('select count(*) as n from parcours.message')).toBe(1);
    offset = 0;
    await fault.tell([eventOf('ana', 'visited', 'm2', { page: 'p1' }), eventOf('bob', 'signed_up', 'm3')]);
    await group.untilIdle();
    // Bob's lane was never ahead, and isn't taken along: his day begins now.
    expect(await fault.count('select count(*) as n from parcours.message')).toBe(1);
    offset = 86_400_000 + 1_000;
    await group.untilIdle();
    await group.close();
    expect(await fault.count('select count(*) as n from parcours.message')).toBe(2);
    expect(await fault.count('select count(*) as n from parcours.dead_letter')).toBe(0);
  });

  it('back does not keep a daemon from beating, sweeping and sending', async () => {
    fault = await faultStore();
    let offset = 0;
    const daemon = daemonOn(fault, { workers: 1, clock: { now: () => later(offset) } });
    await fault.tell([eventOf('ana', 'signed_up', 'm1')]);
    const sent = (n: number) =>
      eventually(`${n} were sent`, async () => {
        return (await fault.count(`select count(*) as n from parcours.message where state = 'sent'`)) === n;
      });
    await sent(1);
    offset = -3_600_000;
    const fact = eventOf('bob', 'signed_up', 'm2');
    const back = fact.fact.at + offset;
    await fault.tell([{ ...fact, fact: { ...fact.fact, at: back, received: back } }]);
    await sent(2);
    await fault.rows('delete from parcours.worker');
    await eventually('it beats', async () => (await fault.count('select count(*) as n from parcours.worker')) === 1);
    await daemon.stop();
    expect(daemon.troubles).toEqual([]);
  });
});

describe('a revision that is applied while a worker looks', () => {
  it('is not taken back by it', async () => {
    fault = await faultStore();
    const slow = await workersOn(fault.store, 1);
    await slow.untilIdle();
    // The slow one has looked when the other takes all lanes over: it goes on only then.
    await fault.tell([eventOf('ana', 'signed_up', 'm1')]);
    const session = slow.sessions[0] as Session;
    const fast = await workersOn(fault.store, 1);
    const query = session.query.bind(session);
    let looks = 0;
    session.query = async <Row>(text: string, values?: readonly unknown[]): Promise<Row[]> => {
      const rows = await query<Row>(text, values);
      if (text.includes('as behind') && looks++ === 0) {
        await fault.apply(faultJourneys.replaceAll('max: 3', 'max: 2'));
        await fast.untilIdle();
        await fault.tell([eventOf('bob', 'signed_up', 'm2')]);
      }
      return rows;
    };
    const revisions = `select count(*) as n from parcours.lane where revision <> 2`;
    await slow.workers[0]?.turn();
    expect(await fault.count(revisions)).toBe(0);
    await slow.untilIdle();
    expect(await fault.count(revisions)).toBe(0);
    expect(await fault.count('select count(*) as n from parcours.enrollment')).toBe(2);
    await slow.close();
    await fast.close();
  });
});

describe('outcomes that come late', () => {
  /** Ana's message as it stands, after these outcomes were told one batch each. */
  async function afterOutcomes(...batches: readonly (readonly object[])[]) {
    fault = await faultStore();
    const group = await workersOn(fault.store, 1);
    await fault.tell([eventOf('ana', 'signed_up', 'm1')]);
    await group.untilIdle();
    // As dispatch does when it settles an attempt.
    await fault.rows('delete from parcours.outbox');
    const [message] = await fault.rows<{ lane: number; message_id: number; profile_id: number }>(
      'select lane, message_id, profile_id from parcours.message',
    );
    for (const batch of batches) {
      for (const outcome of batch) {
        const body = { message_id: message?.message_id, attempt: 1, at: systemClock.now().getTime(), ...outcome };
        await fault.rows(
          `insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body) values ($1, 3, $2, $3, 'outcome', $4)`,
          [message?.lane, systemClock.now(), message?.profile_id, JSON.stringify(body)],
        );
      }
      await group.untilIdle();
    }
    await group.close();
    const [row] = await fault.rows<{ state: string }>('select state from parcours.message');
    return [row?.state, await fault.count('select count(*) as n from parcours.contact')];
  }

  const late = true;
  const cases = [
    [
      'a late failure settles an uncertain message and frees its room',
      [[{ state: 'uncertain' }], [{ state: 'failed', late }]],
      ['failed', 0],
    ],
    ['a late success settles an uncertain message', [[{ state: 'uncertain' }], [{ state: 'sent', late }]], ['sent', 1]],
    [
      'a late failure changes nothing of a message that was sent',
      [[{ state: 'sent' }], [{ state: 'failed', late }]],
      ['sent', 1],
    ],
    ['a late failure changes nothing of a message in the queue', [[{ state: 'failed', late }]], ['queued', 1]],
    [
      'a late success does not bring a failed message back',
      [[{ state: 'failed' }], [{ state: 'sent', late }]],
      ['failed', 0],
    ],
    [
      'a late success in the batch of the uncertainty settles it',
      [[{ state: 'uncertain' }, { state: 'sent', late }]],
      ['sent', 1],
    ],
    [
      'a late failure in the batch of the uncertainty settles it',
      [[{ state: 'uncertain' }, { state: 'failed', late }]],
      ['failed', 0],
    ],
    [
      'a late failure in the batch of a success changes nothing',
      [[{ state: 'sent' }, { state: 'failed', late }]],
      ['sent', 1],
    ],
    [
      'what the recipient does outranks every late word',
      [[{ state: 'uncertain' }], [{ state: 'seen' }], [{ state: 'failed', late }]],
      ['seen', 1],
    ],
  ] as const;
  for (const [name, batches, expected] of cases) {
    it(name, async () => {
      expect(await afterOutcomes(...batches)).toEqual(expected);
    });
  }

  it('are folded in the order in which they were told', () => {
    const one = (state: 'sent' | 'failed' | 'uncertain' | 'seen', isLate = false) => ({
      lane: 1,
      body: { message_id: 1, attempt: 1, at: 0, state, ...(isLate ? { late: true as const } : {}) },
    });
    const last = (...told: Parameters<typeof standing>[0]) => standing(told)[0]?.body;
    expect(last(one('uncertain'), one('failed', true))).toMatchObject({ state: 'failed' });
    expect(last(one('uncertain'), one('failed', true))).not.toHaveProperty('late');
    expect(last(one('failed', true))).toMatchObject({ state: 'failed', late: true });
    expect(last(one('failed', true), one('seen'))).toEqual(one('seen').body);
    expect(last(one('seen'), one('sent'))).toMatchObject({ state: 'seen' });
  });
});
