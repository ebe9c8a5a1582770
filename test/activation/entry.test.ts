/** Who begins a journey: by edges of segments, by events, at an apply; re-entry; and what starts nothing. */
import { describe, expect, it } from 'vitest';
import { scenario } from './scenario.ts';

const segment = (country: string) => `kind: segment
id: locals
where: { trait: country, in: ${country} }
`;

const hello = '  - id: hello\n    send: { channel: diary, template: hello }';
const stay = `${hello}\n  - id: rest\n    wait: 2d`;

function welcome(entry: string, { steps = hello, country = '[CH]' } = {}): string {
  return `${segment(country)}---
kind: journey
id: welcome
objective: engagement
entry:
${entry}
steps:
${steps}
`;
}

const enters = '  when: { enters: locals }\n  current_members: enter';
const skipping = '  when: { enters: locals }\n  current_members: skip';

describe('an entry by segment', () => {
  it('takes whoever enters the segment, and nobody else', async () => {
    const s = await scenario(welcome(skipping));
    await s.person({ external_id: 'ana', traits: { country: 'CH' } });
    await s.person({ external_id: 'ben', traits: { country: 'FR' } });
    expect(await s.ways()).toEqual(['ana welcome completed']);
    await s.traits('ben', { country: 'CH' });
    expect(await s.ways()).toEqual(['ana welcome completed', 'ben welcome completed']);
    expect(await s.sent()).toEqual(['ana hello 2026-03-02 10:00', 'ben hello 2026-03-02 10:00']);
    expect(s.lines('diary')).toHaveLength(2);
  });

  it('takes whoever enters because time alone brings him in', async () => {
    const s = await scenario(`kind: segment
id: locals
where: { trait: ends_at, in_next: 7d }
---
kind: journey
id: welcome
objective: engagement
entry:
${skipping}
steps:
${hello}
`);
    await s.person({ external_id: 'ana', traits: { ends_at: Date.parse('2026-03-20T12:00:00Z') } });
    await s.runUntil('2026-03-31T00:00:00Z');
    expect(await s.sent()).toEqual(['ana hello 2026-03-13 12:00']);
  });

  it('takes whoever leaves, with `leaves`', async () => {
    const s = await scenario(welcome('  when: { leaves: locals }'));
    await s.person({ external_id: 'ana', traits: { country: 'CH' } });
    expect(await s.ways()).toEqual([]);
    await s.traits('ana', { country: 'FR' });
    expect(await s.ways()).toEqual(['ana welcome completed']);
  });

  it('reads `if` once, at the entry', async () => {
    const s = await scenario(welcome(`${skipping}\n  if: { trait: plan, is: pro }`, { steps: stay }));
    await s.person({ external_id: 'ana', traits: { country: 'CH', plan: 'pro' } });
    await s.person({ external_id: 'ben', traits: { country: 'CH', plan: 'free' } });
    await s.traits('ben', { plan: 'pro' });
    await s.traits('ana', { plan: 'free' });
    expect(await s.ways()).toEqual(['ana welcome at rest']);
  });

  it('edge case 6: segment flapping between two looks is no edge', async () => {
    const s = await scenario(welcome(skipping));
    await s.person({ external_id: 'ana', traits: { country: 'FR' } });
    await s.advance('2h');
    await s.tell([
      { who: 'ana', traits: { country: 'CH' }, at: '2026-03-02T11:00:00Z' },
      { who: 'ana', traits: { country: 'FR' }, at: '2026-03-02T11:30:00Z' },
    ]);
    await s.settle();
    expect(await s.ways()).toEqual([]);
  });
});

describe('an apply', () => {
  it('b16: takes the present members with `current_members: enter`, and leaves them with `skip`', async () => {
    for (const [entry, ways] of [
      [enters, ['ana welcome completed']],
      [skipping, []],
    ] as const) {
      const s = await scenario(segment('[CH]'));
      await s.person({ external_id: 'ana', traits: { country: 'CH' } });
      await s.person({ external_id: 'ben', traits: { country: 'FR' } });
      await s.reapply(welcome(entry));
      expect(await s.ways()).toEqual(ways);
      await s.traits('ben', { country: 'CH' });
      expect(await s.ways()).toEqual([...ways, 'ben welcome completed']);
    }
  });

  it('b16: lets an edit of the segment bring in only those who are newly inside, or nobody with `skip`', async () => {
    for (const [entry, more] of [
      [`${enters}\n  reentry: always`, ['ben welcome completed']],
      [`${skipping}\n  reentry: always`, []],
    ] as const) {
      const s = await scenario(welcome(entry));
      await s.person({ external_id: 'ana', traits: { country: 'CH' } });
      await s.person({ external_id: 'ben', traits: { country: 'FR' } });
      await s.advance('1h');
      await s.reapply(welcome(entry, { country: '[CH, FR]' }));
      expect(await s.ways()).toEqual(['ana welcome completed', ...more]);
      expect(await s.members('locals')).toEqual(['ana', 'ben']);
    }
  });

  it('takes nobody into a journey whose steps alone changed', async () => {
    const always = `${enters}\n  reentry: always`;
    const s = await scenario(welcome(always));
    await s.person({ external_id: 'ana', traits: { country: 'CH' } });
    await s.reapply(welcome(always, { steps: stay }));
    expect(await s.ways()).toEqual(['ana welcome completed']);
  });

  it('takes nobody into a draft, and all members once it is live', async () => {
    const draft = welcome(enters).replace('objective:', 'status: draft\nobjective:');
    const s = await scenario(draft);
    await s.person({ external_id: 'ana', traits: { country: 'CH' } });
    expect(await s.ways()).toEqual([]);
    await s.reapply(welcome(enters));
    expect(await s.ways()).toEqual(['ana welcome completed']);
  });

  it('takes many members of one lane in chunks, each once', async () => {
    const s = await scenario(segment('[CH]'));
    await s.rows(
      `insert into parcours.profile (lane, profile_id, traits, created_at)
       select 7, 7 + 1024 * n, '{"country": "CH"}', $1 from generate_series(1, 1203) n`,
      [s.clock.now()],
    );
    await s.rows(
      `insert into parcours.trait_value (lane, profile_id, trait, source, observed_at, received_at, value)
       select 7, 7 + 1024 * n, 'country', 'test', $1, $1, '"CH"' from generate_series(1, 1203) n`,
      [s.clock.now()],
    );
    await s.reapply(welcome(enters, { country: '[CH, FR]' }));
    const [counted] = await s.rows(
      'select count(*) as enrolled, count(distinct profile_id) as people from parcours.enrollment',
    );
    expect(counted).toEqual({ enrolled: 1203, people: 1203 });
  });
});

describe('history', () => {
  it('starts nothing, and counts in segments', async () => {
    const s = await scenario(welcome(enters));
    await s.tell([{ who: 'ana', traits: { country: 'CH' }, trigger: false }]);
    await s.engine.drainImports();
    await s.settle();
    expect(await s.members('locals')).toEqual(['ana']);
    expect(await s.ways()).toEqual([]);
  });

  it('starts no journey by event either, without a drain before', async () => {
    const s = await scenario(welcome('  when: { event: order_placed }'));
    await s.event('ana', 'order_placed', {}, { trigger: false });
    expect(await s.ways()).toEqual([]);
    await s.event('ana', 'order_placed');
    expect(await s.ways()).toEqual(['ana welcome completed']);
  });

  it('lets the edge that time makes later start a journey', async () => {
    const s = await scenario(`kind: segment
id: locals
where: [{ event: order_placed }, { never: order_placed, in_last: 30d }]
---
kind: journey
id: welcome
objective: engagement
entry:
${skipping}
steps:
${hello}
`);
    await s.event('ana', 'order_placed', {}, { trigger: false, at: '2026-02-20T09:00:00Z' });
    await s.runUntil('2026-04-01T00:00:00Z');
    expect(await s.sent()).toEqual(['ana hello 2026-03-22 09:00']);
  });
});

describe('an entry by event', () => {
  const byOrder = '  when: { event: order_placed, where: { total: { gte: 80 EUR } } }\n  reentry: always';

  it('takes the events that its `where` fits', async () => {
    const s = await scenario(welcome(byOrder));
    await s.event('ana', 'order_placed', { total: { amount: 7999, currency: 'EUR' } });
    await s.event('ben', 'order_placed', { total: { amount: 8000, currency: 'EUR' } });
    await s.event('cat', 'order_placed', { total: { amount: 9000, currency: 'USD' } });
    await s.event('dan', 'cart_updated', { total: { amount: 9000, currency: 'EUR' } });
    expect(await s.ways()).toEqual(['ben welcome completed']);
  });

  it('edge case 3: late event → on the record with its own time, starts nothing beyond `trigger_max_age` (b10)', async () => {
    const s = await scenario(`${welcome('  when: { event: order_placed }')}---
kind: segment
id: buyers
where: { event: order_placed }
`);
    await s.event('ana', 'order_placed', {}, { at: '2026-02-28T09:59:59Z' });
    await s.event('ben', 'order_placed', {}, { at: '2026-02-28T10:00:00Z' });
    expect(await s.ways()).toEqual(['ben welcome completed']);
    // A year old.
    await s.event('cat', 'order_placed', {}, { at: '2025-03-02T10:00:00Z' });
    expect(await s.ways()).toEqual(['ben welcome completed']);
    expect(await s.members('buyers')).toEqual(['ana', 'ben', 'cat']);
    const [oldest] = await s.rows<{ at: Date }>('select min(occurred_at) as at from parcours.event');
    expect(oldest?.at).toEqual(new Date('2025-03-02T10:00:00Z'));
  });

  it('counts from the time of the fact, not from its arrival (b9)', async () => {
    const s = await scenario(welcome('  when: { event: order_placed }', { steps: stay }));
    await s.event('ana', 'order_placed', {}, { at: '2026-03-02T08:00:00Z' });
    expect(await s.enrollments()).toMatchObject([{ who: 'ana', entered: '2026-03-02 08:00' }]);
  });

  it('looks at each event of a batch: one that `if` refuses does not hide the next', async () => {
    const picky = '  when: { event: order_placed }\n  if: { field: entry.total, gte: 80 EUR }';
    const s = await scenario(welcome(picky));
    await s.tell([
      { who: 'ana', type: 'order_placed', properties: { total: { amount: 100, currency: 'EUR' } } },
      { who: 'ana', type: 'order_placed', properties: { total: { amount: 9000, currency: 'EUR' } } },
    ]);
    await s.settle();
    expect(await s.ways()).toEqual(['ana welcome completed']);
  });
});

describe('re-entry', () => {
  const again = (reentry: string) => welcome(`  when: { event: order_placed }\n  reentry: ${reentry}`, { steps: stay });

  it('b17: ignores a trigger while the person is enrolled', async () => {
    const s = await scenario(again('always'));
    await s.event('ana', 'order_placed');
    await s.advance('1d');
    await s.event('ana', 'order_placed');
    await s.advance('5d');
    expect(await s.ways()).toEqual(['ana welcome completed']);
  });

  it('is never allowed by default', async () => {
    const s = await scenario(welcome('  when: { event: order_placed }'));
    await s.event('ana', 'order_placed');
    await s.advance('30d');
    await s.event('ana', 'order_placed');
    expect(await s.ways()).toEqual(['ana welcome completed']);
  });

  it('takes the next edge with `always`', async () => {
    const s = await scenario(again('always'));
    await s.event('ana', 'order_placed');
    await s.advance('2d');
    await s.event('ana', 'order_placed');
    expect(await s.ways()).toEqual(['ana welcome completed', 'ana welcome at rest']);
  });

  it('b17: counts `after` from the exit, and needs a new edge then', async () => {
    const s = await scenario(again('{ after: 10d }'));
    await s.event('ana', 'order_placed');
    await s.advance('11d 23h');
    await s.event('ana', 'order_placed');
    expect(await s.ways()).toEqual(['ana welcome completed']);
    await s.advance('20d');
    expect(await s.ways()).toEqual(['ana welcome completed']);
    await s.event('ana', 'order_placed');
    expect(await s.ways()).toEqual(['ana welcome completed', 'ana welcome at rest']);
  });

  it('is allowed exactly when the time after the exit is over', async () => {
    const s = await scenario(again('{ after: 10d }'));
    await s.event('ana', 'order_placed');
    await s.advance('12d');
    await s.event('ana', 'order_placed');
    expect(await s.ways()).toEqual(['ana welcome completed', 'ana welcome at rest']);
  });

  it('needs the person to leave the segment and to enter it again', async () => {
    const s = await scenario(welcome(`${skipping}\n  reentry: always`));
    await s.person({ external_id: 'ana', traits: { country: 'CH' } });
    await s.traits('ana', { country: 'CH', plan: 'pro' });
    expect(await s.ways()).toHaveLength(1);
    await s.traits('ana', { country: 'FR' });
    await s.advance('1h');
    await s.traits('ana', { country: 'CH' });
    expect(await s.ways()).toEqual(['ana welcome completed', 'ana welcome completed']);
  });

  it('opens a new enrollment by the very fact that ends the old one', async () => {
    const s = await scenario(`kind: journey
id: welcome
objective: engagement
entry:
  when: { event: order_placed }
  reentry: always
exit:
  - { event: order_placed, as: again }
steps:
  - id: rest
    wait: 2d
`);
    await s.event('ana', 'order_placed');
    await s.advance('1h');
    await s.event('ana', 'order_placed');
    expect(await s.ways()).toEqual(['ana welcome again', 'ana welcome at rest']);
    expect(await s.enrollments()).toMatchObject([{ n: 1 }, { n: 2, entered: '2026-03-02 11:00' }]);
  });

  it('numbers a third entry after the second, though the goal of the first may still be met', async () => {
    const s = await scenario(`kind: journey
id: welcome
objective: engagement
entry:
  when: { event: signed_up }
  reentry: always
goal: { event: order_placed, within: 60d }
exit:
  - { trait: plan, is: paused, as: paused }
steps:
  - id: rest
    wait: 2d
`);
    // The first one leaves without its goal; the second one reaches it and leaves, too.
    await s.event('ana', 'signed_up');
    await s.traits('ana', { plan: 'paused' });
    await s.advance('1d');
    await s.traits('ana', { plan: 'free' });
    await s.event('ana', 'signed_up');
    await s.rows(`update parcours.enrollment set goal_at = $1 where n = 2`, [s.clock.now()]);
    await s.advance('3d');
    await s.event('ana', 'signed_up');
    expect(await s.deadLetters()).toEqual([]);
    expect(await s.ways()).toEqual(['ana welcome paused', 'ana welcome completed', 'ana welcome at rest']);
  });
});
