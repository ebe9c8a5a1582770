/** The same seed gives the same bytes: a simulation run twice, each on a store of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chance } from './random.ts';
import { scenario } from './scenario.ts';

const yaml = `kind: segment
id: lively
where: { event: visited, in_last: 3d, count: { gte: 2 } }
---
kind: pressure
id: house
caps: [ { id: daily, max: 1, rolling: 1d } ]
quiet_hours: [ { from: "21:00", to: "08:00" } ]
valid_for: 2d
---
kind: journey
id: lively
objective: engagement
priority: 60
entry: { when: { enters: lively }, current_members: skip, reentry: { after: 2d } }
goal: { event: order_placed, within: 5d, exit: true }
steps:
  - id: praise
    send: { channel: diary, template: hello }
  - id: answer
    wait_for: { event: cart_updated }
    for: 1d
    then:
      - id: cart
        send: { channel: mail, template: hello }
---
kind: journey
id: weekly
objective: loyalty
entry: { when: { every: day, at: "09:30", members: lively }, reentry: always }
steps:
  - id: news
    send: { channel: { first_of: [mail, diary] }, template: hello }
`;

async function run(seed: number) {
  const random = chance(seed);
  const s = await scenario(yaml);
  for (let round = 0; round < 12; round += 1) {
    await s.tell(
      Array.from({ length: 15 }, () => {
        const who = `p${random.between(0, 20)}`;
        if (random.isTrue(0.2)) return { who, traits: { email: `${who}@shop.example` } };
        return { who, type: random.pick(['visited', 'visited', 'cart_updated', 'order_placed']) };
      }),
    );
    await s.runUntil(new Date(s.clock.now().getTime() + random.between(1, 1_200) * 60_000).toISOString());
  }
  await s.advance('4d');
  const file = (channel: string) => readFileSync(join(s.root, '.parcours/outbox', `${channel}.jsonl`), 'utf8');
  return {
    messages: await s.messages(),
    enrollments: await s.enrollments(),
    log: await s.rows('select * from parcours.step_log order by lane, profile_id, journey, n, seq'),
    diary: file('diary'),
    mail: file('mail'),
  };
}

it('the same seed gives the same messages, decisions and files, byte for byte', async () => {
  const first = await run(7);
  const second = await run(7);
  expect(first.messages.length).toBeGreaterThan(30);
  expect(first.mail.length).toBeGreaterThan(0);
  expect(second).toEqual(first);
  expect(await run(8)).not.toEqual(first);
});
