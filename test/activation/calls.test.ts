/** `call` steps: who stands on the list of a desk, in which order, and how a call ends. */
import { describe, expect, it } from 'vitest';
import { listCalls } from '../../engine/activation/calls/list-calls.ts';
import { type Running, runningPrograms } from '../../engine/activation/running.ts';
import { liveRevisionNumber } from '../../engine/store/revisions.ts';
import { type Scenario, scenario } from './scenario.ts';
import { logOf, signUp, way } from './steps-yaml.ts';

const files = (steps: string, more = '') => ({
  'desk.yaml': `kind: channel
id: desk
type: call-list
rank_by: { trait: closeness, order: highest }
---
kind: schema
id: more
traits: { closeness: { type: integer } }
---
kind: consent
id: calls
channels: [call]
basis: legitimate-interest
`,
  'scenario.yaml': way(steps, `purpose: calls\n${more}`),
});

const call = (more = '') => `  - id: ring
    call: { list: desk, script: first-order, within: 2d${more} }
    then: [ { exit: spoken-to } ]
    otherwise: [ { exit: not-reached } ]`;

async function listed(s: Scenario): Promise<readonly string[]> {
  const calls = await s.store.withSession(async (session) => {
    const running = await runningPrograms().get(session, await liveRevisionNumber(session));
    return await listCalls(session, running as Running, { list: 'desk', limit: 10, t: s.clock.now() });
  });
  const names = await s.rows<{ profile_id: number; value: string }>(
    'select profile_id, value from parcours.identifier',
  );
  const nameOf = (id: number) => names.find((row) => row.profile_id === id)?.value;
  return (calls ?? []).map((one) => `${nameOf(one.profile_id)} ${one.script} ${one.until.toISOString()}`);
}

const closes = (s: Scenario, who: string, outcome: string) =>
  s.event(who, 'call_closed', { journey: 'way', step: 'ring', list: 'desk', outcome });

describe('a call', () => {
  it('b3: stands on its list, by rank, until the desk closes it or it is too late (b2)', async () => {
    const s = await scenario(files(call()));
    for (const [who, closeness] of [
      ['ana', 1],
      ['ben', 9],
      ['cat', 5],
      ['dan', 3],
    ] as const) {
      await s.traits(who, { closeness, phone: '+33612345678' });
      await s.event(who, 'signed_up', {});
    }
    const until = 'first-order 2026-03-04T10:00:00.000Z';
    expect(await listed(s)).toEqual([`ben ${until}`, `cat ${until}`, `dan ${until}`, `ana ${until}`]);
    expect(await s.ways()).toContain('ana way at ring');
    await s.advance('1d');
    await closes(s, 'ben', 'reached');
    await closes(s, 'cat', 'refused');
    await closes(s, 'dan', 'yes');
    expect(await listed(s)).toEqual([`ana ${until}`]);
    await s.advance('2d');
    expect(await s.ways()).toEqual([
      'ana way not-reached',
      'ben way spoken-to',
      'cat way not-reached',
      'dan way spoken-to',
    ]);
    expect(await listed(s)).toEqual([]);
    expect(await logOf(s, 'dan')).toEqual(['ring queued', 'ring reached']);
    expect((await s.messages()).map(({ who, channel, state }) => `${who} ${channel} ${state}`)).toEqual([
      'ana desk sent',
      'ben desk seen',
      'cat desk sent',
      'dan desk acted',
    ]);
  });

  it('b2: takes the other way at once for who has no phone', async () => {
    const s = await scenario(files(call()));
    await signUp(s, 'eve');
    expect(await s.ways()).toEqual(['eve way not-reached']);
  });

  it('b21: leaves its list with the person; urgent ones stand before all others', async () => {
    const s = await scenario({
      ...files(call(), 'exit: [ { event: order_placed, as: bought } ]'),
      'urgent.yaml': way(call(', urgent: true'), 'purpose: calls').replace('id: way', 'id: urgent'),
    });
    await s.traits('ana', { phone: '+33612345678' });
    await signUp(s, 'ana');
    const order = (await listed(s)).length;
    expect(order).toBe(2);
    const rows = await s.rows<{ journey: string }>('select journey from parcours.call order by urgent desc');
    expect(rows.map(({ journey }) => journey)).toEqual(['urgent', 'way']);
    await s.advance('1h');
    await s.event('ana', 'order_placed', {});
    expect((await listed(s)).length).toBe(1);
    expect(await s.ways()).toEqual(['ana urgent at ring', 'ana way bought']);
  });

  it('b24: is counted by caps, and given up when there is no room in its time', async () => {
    const s = await scenario({
      ...files(`${call()}`),
      'pressure.yaml': 'kind: pressure\nid: house\ncaps: [ { id: calls, max: 1, rolling: 30d, channels: [call] } ]\n',
      'other.yaml': way(call(), 'purpose: calls\npriority: 90').replace('id: way', 'id: other'),
    });
    await s.traits('ana', { phone: '+33612345678' });
    await signUp(s, 'ana');
    expect((await s.enrollments()).map(({ journey, posture }) => `${journey} ${posture}`)).toEqual([
      'other waiting',
      'way held',
    ]);
    await s.advance('3d');
    expect(await s.ways()).toEqual(['ana other not-reached', 'ana way not-reached']);
    expect(await listed(s)).toEqual([]);
  });
});
