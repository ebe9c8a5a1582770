/**
 * A desk through a random week, beside a plain model of it: agents take, close, release and put off calls, some at the same moment, and time
 * passes. Nobody's call is given out twice, the best come first, and no day holds more calls than the desk makes.
 */
import { expect, it } from 'vitest';
import { type CallEnd, endCall } from '../../engine/activation/calls/end-call.ts';
import { deskState } from '../../engine/activation/calls/list-calls.ts';
import { takeCalls } from '../../engine/activation/calls/take-calls.ts';
import { type Running, runningPrograms } from '../../engine/activation/running.ts';
import { liveRevisionNumber } from '../../engine/store/revisions.ts';
import { proofSize } from '../support/proof.ts';
import { chance } from './random.ts';
import { scenario } from './scenario.ts';
import { way } from './steps-yaml.ts';

const capacity = 9;
const files = {
  'desk.yaml': `kind: channel
id: desk
type: call-list
capacity: { max: ${capacity}, calendar: day }
rank_by: { trait: closeness, order: highest }
assign_to: advisor
---
kind: schema
id: more
traits: { closeness: { type: integer }, advisor: { type: text } }
---
kind: consent
id: calls
channels: [call]
basis: legitimate-interest
`,
  'scenario.yaml': way('  - id: ring\n    call: { list: desk, script: x, within: 60d }', 'purpose: calls\n'),
};

interface Call {
  readonly who: string;
  readonly rank: number;
  readonly assigned: string | null;
  state: 'free' | 'taken' | 'closed';
  agent: string | null;
  freeAt: number;
}

const agents = ['ida', 'leo', 'zoe'] as const;
const hourMs = 3_600_000;
const dayOf = (ms: number) => Math.floor(ms / (24 * hourMs));

it('agrees with its model', async () => {
  const random = chance(7);
  const s = await scenario(files);
  const calls: Call[] = Array.from({ length: 30 }, (_, i) => ({
    ...{
      who: `p${i}`,
      rank: (i * 7) % 30,
      assigned: random.pick([null, null, 'ida', 'leo']),
      state: 'free',
      agent: null,
      freeAt: 0,
    },
  }));
  await s.tell(
    calls.map(({ who, rank, assigned }) => ({
      who,
      traits: { phone: '+33612345678', closeness: rank, advisor: assigned },
    })),
  );
  await s.settle();
  await s.tell(calls.map(({ who }) => ({ who, type: 'signed_up' })));
  await s.settle();
  await s.advance('1min');
  const running = (await s.store.kept.withSession(async (session) =>
    runningPrograms().get(session, await liveRevisionNumber(session)),
  )) as Running;
  const idOf = new Map(
    (
      await s.rows<{ call_id: number; value: string }>(
        'select c.call_id, i.value from parcours.call c join parcours.identifier i on i.lane = c.lane and i.profile_id = c.profile_id',
      )
    ).map((row) => [row.value, row.call_id]),
  );
  /** When calls were taken that count. */
  let takings: { who: string; at: number }[] = [];
  const now = () => s.clock.now().getTime();
  const left = () => capacity - takings.filter(({ at }) => dayOf(at) === dayOf(now())).length;
  const free = (agent: string) =>
    calls
      .filter((one) => one.state === 'free' && one.freeAt <= now() && (one.assigned === null || one.assigned === agent))
      .sort((a, b) => b.rank - a.rank);
  const take = (agent: string, limit: number) =>
    s.store.withSession((session) => takeCalls(session, running, { list: 'desk', agent, limit, t: s.clock.now() }));
  const note = (agent: string, who: string) => {
    const call = calls.find((one) => one.who === who) as Call;
    expect([call.state, call.freeAt <= now()]).toEqual(['free', true]);
    [call.state, call.agent] = ['taken', agent];
    takings.push({ who, at: now() });
  };
  for (let i = 0; i < proofSize(600); i += 1) {
    const what = random.pick(['take', 'take', 'race', 'end', 'end', 'time'] as const);
    if (what === 'take') {
      const agent = random.pick(agents);
      const limit = random.pick([1, 2, 5]);
      const expected = free(agent)
        .slice(0, Math.max(0, Math.min(limit, left())))
        .map(({ who }) => who);
      const taken = (await take(agent, limit))?.calls.map(({ identifiers }) => identifiers.external_id as string) ?? [];
      expect(taken).toEqual(expected);
      for (const who of taken) note(agent, who);
    } else if (what === 'race') {
      const room = left();
      const all = await Promise.all(agents.map(async (agent) => ({ agent, taken: await take(agent, 3) })));
      const given = all.flatMap(({ agent, taken }) =>
        (taken?.calls ?? []).map((one) => ({ agent, who: one.identifiers.external_id as string })),
      );
      expect(given.length).toBeLessThanOrEqual(room);
      for (const { agent, who } of given) note(agent, who);
    } else if (what === 'end') {
      const call = random.pick(calls);
      const end = random.pick<CallEnd>([
        ...[{ kind: 'closed', outcome: 'unreached' } as const, { kind: 'released' } as const],
        { kind: 'again', at: new Date(now() + 3 * hourMs) },
      ]);
      const { kind } = await s.store.kept.withSession((session) =>
        endCall(session, idOf.get(call.who) as number, { end, agent: null, list: 'desk', t: s.clock.now() }),
      );
      expect(kind).toBe(call.state === 'taken' ? 'done' : call.state === 'closed' ? 'other' : 'free');
      if (call.state !== 'taken') continue;
      if (end.kind === 'released') {
        const last = takings.findLastIndex(({ who }) => who === call.who);
        takings = takings.filter((_, t) => t !== last);
      }
      call.freeAt = end.kind === 'again' ? end.at.getTime() : 0;
      [call.state, call.agent] = [end.kind === 'closed' ? 'closed' : 'free', null];
    } else await s.advance(random.pick(['20min', '4h', '9h']));
    const state = await s.store.kept.withSession((session) => deskState(session, running, 'desk', s.clock.now()));
    expect([state?.inHand, state?.left]).toEqual([
      calls.filter((one) => one.state === 'taken').length,
      Math.max(0, left()),
    ]);
  }
  expect(await s.deadLetters()).toEqual([]);
});
