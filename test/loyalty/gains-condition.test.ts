/** Conditions on rewards, challenges and badges: as they stand, in a window, and after what was given back or undone. */
import { expect, it } from 'vitest';
import type { Scenario } from '../activation/scenario.ts';
import { club, eur } from './club.ts';

const programme = `refunds: { when: { event: order_refunded }, match: order_id, reverse: order }
earn: [{ id: order, lever: spend, when: { event: order_placed }, points: 50 }]
challenges:
  - { id: two, count: { event: order_placed }, reach: 2, lifetime: true, points: 5, badge: buyer }
  - { id: kind, count: { event: reviewed }, reach: 1, lifetime: true, badge: buyer }
rewards: [{ id: mug, cost: 60, give: { coupon: mug } }]
`;
const segment = (id: string, where: string) => `kind: segment\nid: ${id}\nwhere: ${where}\n---\n`;
const more = `${segment('drinkers', '{ reward: club, taken: mug }')}${segment('lately', '{ reward: club, taken: mug, in_last: 3d }')}${segment('rich', '{ reward: club, affords: mug }')}${segment('near', '{ points: club, short_of: mug, between: [1, 20] }')}${segment('far', '{ points: club, short_of: mug, gt: 20 }')}${segment('winners', '{ challenge: club, won: two }')}${segment('marked', '{ challenge: club, badge: buyer }')}kind: journey
id: spend
objective: loyalty
entry: { when: { event: visited } }
steps:
  - id: take
    redeem: { program: club, reward: mug }
    then:
      - { id: has, branch: [{ if: { reward: club, taken: mug }, steps: [{ exit: has-it }] }], otherwise: [{ exit: has-it-not }] }
    otherwise: [{ exit: too-few }]
`;

/** \`rich near\`: the segments that somebody is in. */
async function isIn(s: Scenario, who: string): Promise<string> {
  const names = ['drinkers', 'lately', 'rich', 'near', 'far', 'winners', 'marked'];
  const found = await Promise.all(names.map(async (name) => ((await s.members(name)).includes(who) ? [name] : [])));
  return found.flat().join(' ');
}

it('reads rewards taken and within reach, challenges won, and badges, and what undoes them', async () => {
  const s = await club(programme, more);
  const order = (id: string) => s.event('ana', 'order_placed', { order_id: id, total: eur(20) });
  const calm = async () => {
    for (let look = 0; look < 3; look += 1) await s.settle();
  };
  await s.person({ external_id: 'ana' });
  expect(await isIn(s, 'ana')).toBe('far');
  await order('1');
  await calm();
  expect(await isIn(s, 'ana')).toBe('near');
  await order('2');
  await calm();
  expect(await isIn(s, 'ana')).toBe('rich winners marked');
  await s.event('ana', 'visited');
  await calm();
  expect((await s.enrollments()).map(({ exitAs }) => exitAs)).toEqual(['has-it']);
  expect(await isIn(s, 'ana')).toBe('drinkers lately near winners marked');
  await s.advance('4d');
  expect(await isIn(s, 'ana')).toBe('drinkers near winners marked');
  await s.event('ana', 'order_refunded', { order_id: '2', total: eur(20) });
  await calm();
  expect(await isIn(s, 'ana')).toBe('drinkers far');
  // A badge alone gives no points, and is won all the same.
  await s.event('ana', 'reviewed', { verified: true });
  await calm();
  expect(await isIn(s, 'ana')).toBe('drinkers far marked');
  expect(await s.deadLetters()).toEqual([]);
});
