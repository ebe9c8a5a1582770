/** What `explain` says of how people came in, and of those whom the entry's `if` kept out. */
import { expect, it } from 'vitest';
import { explained } from '../explained.ts';
import { scenario } from '../scenario.ts';

const journey = (id: string, entry: string) => `kind: journey
id: ${id}
objective: engagement
entry: { ${entry} }
steps:
  - id: rest
    wait: 30d
`;

it('each way in is named: events, edges, changes, dates, schedules, other journeys', async () => {
  const s = await scenario({
    'segments.yaml': 'kind: segment\nid: pros\nwhere: { trait: plan, is: pro }\n',
    'event.yaml': journey('by-event', 'when: { event: [visited, signed_up] }'),
    'enters.yaml': journey('by-edge', 'when: { enters: pros }, current_members: skip'),
    'becomes.yaml': journey('by-state', 'when: { becomes: { trait: plan, is: pro } }, current_members: skip'),
    'changes.yaml': journey('by-change', 'when: { changes: plan, to: pro }'),
    'date.yaml': journey('by-date', 'when: { date: ends_at, at: "09:00", late: 1d }'),
    'schedule.yaml': journey('by-clock', 'when: { every: day, at: "09:00", members: pros }'),
    'silence.yaml': journey(
      'by-silence',
      'when: { event: cart_updated, not_followed_by: { event: visited, within: 1h } }',
    ),
    'present.yaml': journey('by-apply', 'when: { enters: pros }, current_members: enter'),
    'starter.yaml': journey('starter', 'when: { event: cart_updated }').replace(
      'wait: 30d',
      'start: { journey: by-start }',
    ),
    'started.yaml': journey('by-start', 'when: { started: true }'),
  });
  await s.traits('ana', { plan: 'free', ends_at: Date.parse('2026-03-03T00:00:00Z') });
  await s.event('ana', 'visited');
  await s.event('ana', 'cart_updated');
  await s.traits('ana', { plan: 'pro' });
  await s.advance('2d');
  const rows = await s.rows<{ line: string }>(
    `select journey || ': ' || opened_by as line from parcours.enrollment order by 1`,
  );
  expect(rows.map(({ line }) => line)).toEqual([
    'by-apply: enters pros',
    'by-change: changes plan',
    'by-clock: schedule, a member of pros',
    'by-date: date',
    'by-edge: enters pros',
    'by-event: event visited',
    'by-silence: event cart_updated, not followed',
    'by-start: started by journey/starter',
    'by-state: becomes',
    'starter: event cart_updated',
  ]);
  expect(await explained(s)).toContain('entered (event visited)');
});

it('whom the `if` of the entry turned away is told so, once an hour at most, and not when all of a segment apply', async () => {
  const s = await scenario({
    'pro.yaml': journey('pro', 'when: { event: visited }, if: { trait: plan, is: pro }, reentry: always'),
    'known.yaml': 'kind: segment\nid: known\nwhere: { event: visited }\n',
    'all.yaml': journey(
      'all',
      'when: { cron: "5 * * * *", members: known }, if: { trait: plan, is: pro }, reentry: always',
    ),
  });
  for (const wait of ['10min', '10min', '2h', '1min']) {
    await s.event('ana', 'visited');
    await s.advance(wait);
  }
  const [row] = await s.rows<{ reason: string; times: number }>('select reason, times from parcours.entry_refusal');
  expect(row).toEqual({ reason: 'if', times: 2 });
  const text = await explained(s);
  expect(text).toMatch(/2026-03-02 12:20 UTC {2}pro: what the `if` of its entry asks was not true\n/);
});

it('a branch says what held, or that nothing did', async () => {
  const s = await scenario(
    journey('fork', 'when: { event: visited }').replace(
      '  - id: rest',
      `  - id: plan
    branch:
      - { if: { trait: plan, is: team }, steps: [ { exit: team } ] }
      - { if: { trait: plan, is: pro }, steps: [ { id: on, wait: 1d } ] }
  - id: land
    switch: { trait: country }
    cases:
      - { is: FR, steps: [ { exit: french } ] }
  - id: rest`,
    ),
  );
  await s.traits('ana', { plan: 'pro' });
  await s.event('ana', 'visited');
  await s.advance('2d');
  const text = await explained(s);
  expect(text).toMatch(/plan: arm 2, since .*plan.* pro/);
  expect(text).toMatch(/land: otherwise, since none held: .*country.* FR/);
});
