/** People who enter and get nothing: a journey's own share, and a group across journeys. */
import { describe, expect, it } from 'vitest';
import { type Scenario, scenario } from '../scenario.ts';

const journey = (id: string, more: string, objective = 'transformation') => `---
kind: journey
id: ${id}
objective: ${objective}
${more}entry: { when: { event: signed_up }, if: { trait: plan, is_not: none }, reentry: always }
goal: { event: order_placed, within: 10d, exit: true }
exit: [{ trait: plan, is: gone, as: gone }]
steps: [{ id: ${id}-hello, send: { channel: diary, template: hello } }, { id: stay, wait: 20d }]
`;

const people = Array.from({ length: 40 }, (_, i) => `p${String(i).padStart(2, '0')}`);

async function signUp(s: Scenario, plan = 'free'): Promise<void> {
  await s.tell(people.map((who) => ({ who, type: 'signed_up', traits: { plan } })));
  await s.settle();
}

interface Line {
  readonly who: string;
  readonly journey: string;
  readonly state: string;
  readonly exit_as: string | null;
  readonly holdout: string | null;
  readonly goal: boolean;
}

const lines = (s: Scenario) =>
  s.rows<Line>(
    `select (select i.value from parcours.identifier i where i.lane = e.lane and i.profile_id = e.profile_id) as who,
       e.journey, e.state, e.exit_as, e.holdout, e.goal_at is not null as goal
     from parcours.enrollment e order by 1, 2, e.n`,
  );

describe('a holdout', () => {
  it('b26: is drawn after `if` by journey and person, gets nothing, is enrolled, and is measured by the goal; never for service', async () => {
    const s = await scenario(
      [
        journey('offer', 'holdout: 50%\n').slice(4),
        journey('other', 'holdout: 50%\n'),
        journey('care', 'holdout: 50%\n', 'service'),
      ].join(''),
    );
    await signUp(s, 'none');
    expect(await lines(s)).toEqual([]);
    await signUp(s);
    const all = await lines(s);
    const out = (id: string) => all.filter((one) => one.journey === id && one.holdout !== null).map((one) => one.who);
    for (const id of ['offer', 'other']) {
      expect(out(id).length).toBeGreaterThan(8);
      expect(out(id).length).toBeLessThan(32);
    }
    expect(out('offer')).not.toEqual(out('other'));
    expect(out('care')).toEqual([]);
    expect(all).toHaveLength(120);
    const got = (await s.messages()).filter((one) => one.journey === 'offer').map((one) => one.who);
    expect(got.sort()).toEqual(people.filter((who) => !out('offer').includes(who)));
    // A goal, an exit, and the end of the goal's time; a trigger meanwhile is ignored.
    const [first, second, third] = out('offer') as [string, string, string];
    await s.advance('1h');
    await s.event(first, 'order_placed');
    await s.traits(second, { plan: 'gone' });
    await s.event(third, 'signed_up');
    await s.advance('11d');
    const offer = (await lines(s)).filter((one) => one.journey === 'offer');
    const of = (who: string) => offer.filter((one) => one.who === who).map(({ exit_as, goal }) => ({ exit_as, goal }));
    expect(of(first)).toEqual([{ exit_as: 'goal', goal: true }]);
    expect(of(second)).toEqual([{ exit_as: 'gone', goal: false }]);
    expect(of(third)).toEqual([{ exit_as: 'holdout', goal: false }]);
    // The same people again.
    await signUp(s);
    const again = (await lines(s)).filter((one) => one.journey === 'offer' && one.holdout !== null);
    expect([...new Set(again.map((one) => one.who))]).toEqual(out('offer'));
  });

  it('b26: across journeys keeps people out of all of some objectives, and is drawn anew after its time', async () => {
    const group = `kind: holdout
id: quiet
percent: 30%
renew: 6mo
objectives: [transformation]
`;
    const mixed = `---
kind: journey
id: mixed
objective: service
entry: { when: { event: signed_up }, reentry: always }
steps:
  - id: receipt
    send: { channel: diary, template: hello }
  - id: advice
    send: { channel: diary, template: hello, objective: transformation }
    otherwise: [{ exit: not-advised }]
`;
    const s = await scenario(`${group}${journey('offer', '')}${journey('another', '')}${mixed}`);
    await signUp(s);
    const out = (all: readonly Line[], id: string) =>
      all.filter((one) => one.journey === id && one.holdout === 'holdout/quiet').map((one) => one.who);
    const all = await lines(s);
    const quiet = out(all, 'offer');
    expect(quiet.length).toBeGreaterThan(4);
    expect(quiet.length).toBeLessThan(22);
    expect(out(all, 'another')).toEqual(quiet);
    expect(out(all, 'mixed')).toEqual([]);
    expect(all.filter((one) => one.exit_as === 'not-advised').map((one) => one.who)).toEqual(quiet);
    const decided = (await s.messages()).filter((one) => one.decision.rule === 'holdout/quiet');
    expect(decided.map((one) => `${one.who} ${one.step}`).sort()).toEqual(quiet.map((who) => `${who} advice`));
    expect((await s.messages()).filter((one) => one.step === 'receipt' && one.sent !== null)).toHaveLength(40);
    await s.runUntil('2026-07-01T00:00:00Z');
    await signUp(s);
    const later = (await lines(s)).filter((one) => one.state === 'active');
    expect(out(later, 'offer')).not.toEqual(quiet);
    expect(await s.deadLetters()).toEqual([]);
  });
});
