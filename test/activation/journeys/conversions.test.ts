/** Attribution: which message is given credit for a goal, by the rule of the goal or of the workspace. */
import { describe, expect, it } from 'vitest';
import { explainProfile } from '../../../engine/measure/person/explain-profile.ts';
import { readReport } from '../../../engine/measure/report/report.ts';
import { type Scenario, scenario } from '../scenario.ts';
import { baseFiles } from '../scenario-files.ts';

const journey = (id: string, on: string, more: string, objective = 'engagement') => `kind: journey
id: ${id}
objective: ${objective}
entry: { when: { event: ${on} }, reentry: always }
${more}steps:
  - id: ${id}-first
    send: { channel: diary, template: hello }
  - id: ${id}-second
    after: 2d
    send: { channel: mail, template: hello }
  - id: rest
    wait: 30d
`;

/** `ana buy: buy/buy-first of 2`, by name and journey. */
async function credits(s: Scenario): Promise<readonly string[]> {
  const rows = await s.rows<{ line: string }>(
    `select i.value || ' ' || c.journey || ': '
       || coalesce(c.message_journey || '/' || c.message_step || ' of ' || c.touches, 'nobody') as line
     from parcours.conversion c join parcours.identifier i on i.lane = c.lane and i.profile_id = c.profile_id
     order by 1`,
  );
  return rows.map(({ line }) => line);
}

const goal = (more = '') => `goal: { event: order_placed, within: 20d${more} }\n`;
const people = ['ana', 'ben', 'cat'] as const;

async function begin(s: Scenario): Promise<void> {
  for (const who of people) {
    await s.person({ external_id: who, traits: { email: `${who}@shop.example` } });
    await s.event(who, 'signed_up');
  }
}

describe('attribution', () => {
  it('goes to the last message sent within a week, of whichever journey, and to nobody after that', async () => {
    const s = await scenario({
      'buy.yaml': journey('buy', 'signed_up', goal()),
      'news.yaml': journey('news', 'visited', ''),
      'receipt.yaml': journey('receipt', 'visited', '', 'service'),
    });
    await begin(s);
    await s.advance('1d');
    await s.event('ana', 'order_placed', {});
    await s.advance('2d');
    // A service message takes no credit of others.
    await s.event('ben', 'visited');
    await s.advance('1h');
    await s.event('ben', 'order_placed', {});
    await s.advance('12d');
    await s.event('cat', 'order_placed', {});
    expect(await credits(s)).toEqual([
      'ana buy: buy/buy-first of 1',
      'ben buy: news/news-first of 3',
      'cat buy: nobody',
    ]);
    const report = await s.store.withSession((session) => readReport(session, { since: null, until: null }));
    const line = report.journeys.find((one) => one.journey === 'buy');
    expect(line?.credit).toEqual({ own: 1, others: 1, nobody: 1 });
    expect(report.credits).toEqual([
      { journey: 'buy', step: 'buy-first', channel: 'diary', goals: 1, ofOthers: 0 },
      { journey: 'news', step: 'news-first', channel: 'diary', goals: 0, ofOthers: 1 },
    ]);
  });

  it('follows the rule of the goal before that of the workspace, as it stands today', async () => {
    const files = {
      'parcours.yaml': `${baseFiles['parcours.yaml']}attribution: { to: first, in_last: 30d }\n`,
      'first.yaml': journey('first', 'signed_up', goal()),
      'seen.yaml': journey('seen', 'signed_up', goal(', attribution: { status: seen }')),
    };
    const s = await scenario(files);
    await begin(s);
    await s.advance('3d');
    await s.hears('seen-first', 'seen');
    await s.event('ana', 'order_placed', {});
    expect(await credits(s)).toEqual(['ana first: first/first-first of 4', 'ana seen: seen/seen-first of 1']);
    await s.reapply({ 'first.yaml': journey('first', 'signed_up', goal(', attribution: { in_last: 30d }')) });
    await s.event('ben', 'order_placed', {});
    expect((await credits(s)).slice(2)).toEqual(['ben first: seen/seen-second of 4', 'ben seen: seen/seen-first of 1']);
  });

  it('is blind to what left while the fact was on its way, and each goal is credited once', async () => {
    const s = await scenario({ 'buy.yaml': journey('buy', 'signed_up', goal(', exit: false')) });
    await begin(s);
    await s.advance('2d 1h');
    // He bought before the second message left.
    await s.event('ana', 'order_placed', {}, { at: '2026-03-04T09:00:00Z' });
    await s.event('ana', 'order_placed', {});
    expect(await credits(s)).toEqual(['ana buy: buy/buy-first of 1']);
    const [key] = await s.rows<{ lane: number; profile_id: number }>(
      `select lane, profile_id from parcours.identifier where value = 'ana'`,
    );
    const person = { lane: key?.lane ?? 0, profileId: key?.profile_id ?? 0 };
    const explained = await s.store.withSession((session) => explainProfile(session, person, []));
    expect(explained?.enrollments[0]?.credit).toMatchObject({
      ...{ journey: 'buy', step: 'buy-first', channel: 'diary', touches: 1 },
      rule: { to: 'last', status: 'sent' },
    });
  });
});
