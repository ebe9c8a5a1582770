/** What can't be handled is set apart alone, with a reason that tells of no person; everything else goes on. */
import { afterEach, describe, expect, it } from 'vitest';
import { daemonOn, eventOf, eventually, type FaultStore, faultStore, workersOn } from './fault-store.ts';

let fault: FaultStore;
afterEach(() => fault.drop());

interface DeadLetter {
  readonly kind: string;
  readonly reason: string;
  readonly who: string;
  readonly body: Readonly<Record<string, unknown>>;
}

function deadLetters(): Promise<DeadLetter[]> {
  return fault.rows<DeadLetter>(
    `select d.kind, d.reason, d.body, i.value as who from parcours.dead_letter d
     left join parcours.identifier i on i.lane = d.lane and i.profile_id = d.profile_id order by i.value, d.seq`,
  );
}

/** Spoils facts that wait in the inbox: a part of the body becomes what no column can hold. */
function spoil(who: string, path: string, value: unknown): Promise<unknown> {
  return fault.rows(
    `update parcours.inbox b set body = jsonb_set(b.body, $2::text[], $3::jsonb) from parcours.identifier i
     where i.value = $1 and b.lane = i.lane and b.profile_id = i.profile_id`,
    [who, path.split('.'), JSON.stringify(value)],
  );
}

const good = Array.from({ length: 500 }, (_, i) => eventOf(`p${i}`, 'signed_up', `m${i}`));
const poisons = [
  ['p100', 'event.value', 1e30],
  ['p200', 'at', 1e18],
  ['p300', 'received', 'yesterday'],
] as const;

describe('edge case 24: facts that no statement takes', () => {
  for (const count of [1, 4]) {
    it(`are set apart among five hundred good ones by ${count} ${count === 1 ? 'worker' : 'workers'}`, async () => {
      fault = await faultStore();
      await fault.tell(good);
      for (const [who, path, value] of poisons) await spoil(who, path, value);
      const group = await workersOn(fault.store, count);
      await group.untilIdle();
      const dead = await deadLetters();
      expect(dead.map(({ who, kind }) => [who, kind])).toEqual(poisons.map(([who]) => [who, 'fact']));
      for (const { reason } of dead) expect(reason).toMatch(/^22[0-9A-Z]{3}: /);
      expect(await fault.count('select count(*) as n from parcours.event')).toBe(497);
      expect(await fault.count('select count(*) as n from parcours.enrollment')).toBe(497);
      expect(await fault.count('select count(*) as n from parcours.inbox')).toBe(0);

      // Their people go on.
      await fault.tell(poisons.map(([who]) => eventOf(who, 'signed_up', `${who} again`)));
      await group.untilIdle();
      await group.close();
      await fault.runOnce();
      expect(await fault.count('select count(*) as n from parcours.enrollment')).toBe(500);
      expect(await fault.count(`select count(*) as n from parcours.message where state = 'sent'`)).toBe(500);
      expect(await deadLetters()).toHaveLength(3);
    });
  }

  it('are set apart one by one when nobody else is there', async () => {
    fault = await faultStore();
    await fault.tell([1, 2, 3].map((n) => eventOf('ana', 'signed_up', `m${n}`)));
    await spoil('ana', 'event.value', 1e30);
    await fault.tell([eventOf('ana', 'signed_up', 'm4')]);
    await fault.runOnce();
    expect(await deadLetters()).toHaveLength(3);
    expect(await fault.count('select count(*) as n from parcours.event')).toBe(1);
    expect(await fault.count('select count(*) as n from parcours.enrollment')).toBe(1);
  });

  it('tell no value of the person in their reasons', async () => {
    fault = await faultStore();
    await fault.tell([eventOf('ana', 'signed_up', 'm1'), eventOf('bob', 'signed_up', 'm2')]);
    await spoil('ana', 'event.value', 'secret@shop.example');
    await spoil('bob', 'received', 'secret@shop.example');
    await fault.runOnce();
    const dead = await deadLetters();
    expect(dead).toHaveLength(2);
    expect(dead.map(({ reason }) => reason).join()).not.toContain('secret');
  });

  it('do not stop a daemon', async () => {
    fault = await faultStore();
    await fault.tell(good.slice(0, 50));
    await spoil('p7', 'event.value', 1e30);
    const daemon = daemonOn(fault, { workers: 4 });
    await eventually('all others were sent to', async () => {
      return (await fault.count(`select count(*) as n from parcours.message where state = 'sent'`)) === 49;
    });
    await eventually('the one fact was set apart', async () => (await deadLetters()).length > 0);
    await daemon.stop();
    expect(await deadLetters()).toHaveLength(1);
    expect(daemon.troubles).toEqual([]);
  });

  it('do not move the time of their lane', async () => {
    fault = await faultStore();
    await fault.tell([eventOf('ana', 'signed_up', 'm1')]);
    await spoil('ana', 'received', 8e15);
    await fault.runOnce();
    const ahead = `select count(*) as n from parcours.lane where last_t > now() + interval '1 minute'`;
    expect(await fault.count(ahead)).toBe(0);
  });
});

/** A condition that raises for one person: a function of the compiled conditions is replaced by one that fails on a value. */
const timed = `kind: segment
id: newcomers
where: [ { trait: plan, is: trial }, { event: signed_up, in_last: 1d } ]
---
kind: journey
id: slow
objective: engagement
entry: { when: { event: signed_up } }
steps:
  - id: rest
    wait: 1h
  - id: say
    send: { channel: mail, template: hello }
`;

describe('timers that no statement takes', () => {
  it('of an enrollment end it as error, and the others go on', async () => {
    fault = await faultStore(timed);
    await fault.tell(['ana', 'bob', 'eve'].map((who) => eventOf(who, 'signed_up', who)));
    await fault.runOnce();
    await fault.rows(`update parcours.enrollment set due_at = now() - interval '1 minute'`);
    await fault.rows('update parcours.lane set wake_at = now() where wake_at is not null');
    await failFor('bob', 'enrollment');
    await fault.runOnce();
    const ways = await fault.rows<{ who: string; state: string; exit_as: string | null }>(
      `select i.value as who, e.state, e.exit_as from parcours.enrollment e
       join parcours.identifier i on i.lane = e.lane and i.profile_id = e.profile_id order by 1`,
    );
    expect(ways.map(({ who, exit_as }) => [who, exit_as])).toEqual([
      ['ana', 'completed'],
      ['bob', 'error'],
      ['eve', 'completed'],
    ]);
    expect(await deadLetters()).toMatchObject([
      { who: 'bob', kind: 'enrollment', reason: 'P0001: refused', body: { name: 'slow', n: 1 } },
    ]);
    expect(await fault.count('select count(*) as n from parcours.message')).toBe(2);
  });

  it('of a membership lose their wake-up, and a fact brings it back', async () => {
    fault = await faultStore(timed);
    await fault.tell(['ana', 'bob'].map((who) => trial(who)));
    await fault.runOnce();
    const members = `select count(*) as n from parcours.membership where is_member`;
    expect(await fault.count(members)).toBe(2);
    await fault.rows(`update parcours.event set occurred_at = occurred_at - interval '2 days'`);
    await fault.rows(`update parcours.membership set next_change = now() - interval '1 minute'`);
    await fault.rows('update parcours.lane set wake_at = now() where wake_at is not null');
    await failFor('bob', 'membership');
    await fault.runOnce();
    expect(await deadLetters()).toMatchObject([{ who: 'bob', kind: 'membership', reason: 'P0001: refused' }]);
    // Ana left with time; bob is looked at again when something happens to him.
    expect(await fault.count(members)).toBe(1);
    await fault.rows('drop trigger refuse on parcours.membership');
    await fault.tell([
      eventOf('bob', 'visited', 'again', { page: 'p1' }),
      { ...trial('bob'), messageId: 'plan again' },
    ]);
    await fault.runOnce();
    expect(await deadLetters()).toHaveLength(1);
  });
});

function trial(who: string) {
  const fact = eventOf(who, 'signed_up', who);
  return { ...fact, fact: { ...fact.fact, traits: { plan: 'trial' } } };
}

/** A table that refuses what is written of one person; setting apart, which changes only the wake-up, it lets through. */
async function failFor(who: string, table: 'enrollment' | 'membership'): Promise<void> {
  const apart = { enrollment: `new.exit_as = 'error'`, membership: 'new.next_change is null' }[table];
  const [person] = await fault.rows<{ id: number }>(
    'select profile_id as id from parcours.identifier where value = $1',
    [who],
  );
  const guard = `if coalesce(new.profile_id, old.profile_id) = ${person?.id} then
    if tg_op = 'UPDATE' then if ${apart} then return new; end if; end if; raise 'refused'; end if;
    return coalesce(new, old);`;
  await fault.store.withSession((session) =>
    session.script(`create function refuse() returns trigger language plpgsql as $$ begin ${guard} end $$;
      create trigger refuse before insert or update or delete on parcours.${table} for each row execute function refuse()`),
  );
}
