/** The workers are away for hours while timers fall due: what they find is worked off as if somebody had thought about it meanwhile. */
import { afterEach, describe, expect, it } from 'vitest';
import { defaultSmtpLimits } from '../../engine/channels/smtp-config.ts';
import { type Clock, elapsedMs } from '../../engine/clock/clock.ts';
import type { IdentifiedFact } from '../../engine/profiles/identified-fact.ts';
import { proofSize } from '../support/proof.ts';
import {
  daemonOn,
  eventOf,
  eventually,
  type FaultStore,
  faultStore,
  type RunningDaemon,
  workersOn,
} from './fault-store.ts';
import { type SlowProvider, slowProvider } from './slow-provider.ts';

let fault: FaultStore;
let provider: SlowProvider;
let daemon: RunningDaemon;
afterEach(async () => {
  await daemon.stop().catch(() => {});
  await provider.stop();
  await fault.drop();
});

/** Everybody has three timers, 15 minutes apart, a message that keeps for an hour and one that waits for the morning if need be. */
const journeys = `kind: pressure
id: house
quiet_hours: [{ channels: [email], from: "20:30", to: "08:00" }]
when_capped: defer
valid_for: 2d
---
${journey('early', '- id: rest\n    wait: 150min\n  - id: say\n    send: { channel: text, template: hello }')}
---
${journey('limit', '- id: rest\n    wait_for: { event: order_placed }\n    for: 165min\n    then: [{ id: bought, wait: 9d }]\n    otherwise: [{ id: missed, wait: 9d }]')}
---
${journey('late', '- id: rest\n    wait: 3h\n  - id: say\n    send: { channel: mail, template: hello }')}
---
${journey('brief', '- id: say\n    send: { channel: text, template: hello, valid_for: 1h }')}
---
${journey('patient', '- id: say\n    send: { channel: mail, template: hello }')}
`;

function journey(id: string, steps: string): string {
  return `kind: journey\nid: ${id}\nobjective: engagement\nentry: { when: { event: signed_up } }\nsteps:\n  ${steps}`;
}

/** A clock that can be set forward, and goes on by itself. */
function settableClock(): Clock & { set(iso: string): void } {
  let began = elapsedMs();
  let from = 0;
  return {
    now: () => new Date(from + elapsedMs() - began),
    set(iso) {
      from = Date.parse(iso);
      began = elapsedMs();
    },
  };
}

function told(who: string, type: string, at: string): IdentifiedFact {
  const one = eventOf(who, type, `${who} ${type}`);
  const time = Date.parse(at);
  return { ...one, fact: { ...one.fact, at: time, received: time } };
}

const entries = ['16:00', '16:30', '17:00', '17:30', '18:00', '18:30'].map((time) => `2026-03-02T${time}:00Z`);

/** Timers of a lane that were handled after one that had fallen due later. */
const outOfOrder = `with timer as (
    select s.lane, s.at, e.entered_at + case s.journey when 'early' then interval '150 minutes'
      when 'limit' then interval '165 minutes' else interval '3 hours' end as due
    from parcours.step_log s
    join parcours.enrollment e using (lane, profile_id, journey, key, n)
    where s.step = 'rest' and s.outcome <> 'met')
  select count(*) as n from timer a join timer b on b.lane = a.lane and b.due > a.due + interval '1 minute' and b.at < a.at`;

const waysOut = `select journey || ' ' || coalesce(step, exit_as) as way, count(*)::integer as n from parcours.enrollment group by 1 order by 1`;
const fates = `select journey || ' ' || state as fate, count(*)::integer as n from parcours.message group by 1 order by 1`;
const isAnythingDue = `select (select count(*) from parcours.inbox where visible_at <= $1)
  + (select count(*) from parcours.enrollment where wake_at <= $1) + (select count(*) from parcours.outbox where due_at <= $1) as n`;

describe('workers that were down for three hours', () => {
  const timers = proofSize(50_000);

  it(`edge case 9: ${timers} timers due → their order, deadlines, quiet hours checked again, providers not stampeded`, async () => {
    provider = await slowProvider(() => 1, 5);
    const smtp = `{ host: 127.0.0.1, port: ${provider.port}, from: "Shop <shop@shop.example>" }`;
    const mail = `kind: channel\nid: mail\ntype: email\nvia: smtp\nsmtp: ${smtp}\naddress: email\n`;
    const text = 'kind: channel\nid: text\ntype: log\n';
    fault = await faultStore(journeys, { 'channels.yaml': `${mail}---\n${text}` });
    const clock = settableClock();
    const people = Math.ceil(timers / 3 / 12) * 12;
    const who = Array.from({ length: people }, (_, i) => `p${i}`);
    // Workers without dispatch: what is queued now stays in the outbox over the outage.
    const group = await workersOn(fault.store, 2, clock);
    for (const [i, at] of entries.entries()) {
      clock.set(at);
      const share = who.filter((_, n) => n % entries.length === i);
      await fault.tell(share.map((one) => told(one, 'signed_up', at)));
      await group.untilIdle();
    }
    await group.close();
    // While they are away, every other buys: half of them before all limits, half when all have passed.
    await fault.tell(
      who.filter((_, n) => n < people / 4).map((one) => told(one, 'order_placed', '2026-03-02T18:40:00Z')),
    );
    const after = who.filter((_, n) => n >= people / 4 && n < people / 2);
    await fault.tell(after.map((one) => told(one, 'order_placed', '2026-03-02T21:20:00Z')));

    clock.set('2026-03-02T21:31:00Z');
    daemon = daemonOn(fault, { workers: 2, clock });
    const isWorkedOff = async () => (await fault.count(isAnythingDue, [clock.now()])) === 0;
    await eventually('the outage is worked off', isWorkedOff, 300_000);
    expect(await fault.count(outOfOrder)).toBe(0);
    expect(await fault.rows(waysOut)).toEqual([
      { way: 'brief completed', n: people },
      { way: 'early completed', n: people },
      { way: 'late say', n: people },
      { way: 'limit bought', n: people / 4 },
      { way: 'limit missed', n: (3 * people) / 4 },
      { way: 'patient completed', n: people },
    ]);
    expect(await fault.rows(fates)).toEqual([
      { fate: 'brief expired', n: people },
      { fate: 'early sent', n: people },
      { fate: 'late deferred', n: people },
      { fate: 'patient deferred', n: people },
    ]);
    expect(provider.tokens).toEqual([]);

    clock.set('2026-03-03T08:00:01Z');
    await eventually('the morning is worked off', () => provider.tokens.length >= 2 * people, 300_000);
    await eventually('it is recorded', isWorkedOff);
    expect(new Set(provider.tokens).size).toBe(2 * people);
    expect(provider.tokens).toHaveLength(2 * people);
    expect(provider.connectionsMax()).toBeLessThanOrEqual(defaultSmtpLimits.connectionsMax);
    await daemon.stop();
    expect(daemon.troubles).toEqual([]);
  }, 1_800_000);
});
