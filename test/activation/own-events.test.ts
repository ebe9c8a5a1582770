/** Events of the engine itself: who listens is told in the next transaction, and circles end. */
import { describe, expect, it } from 'vitest';
import { scenario } from './scenario.ts';

const first = `kind: journey
id: first
objective: engagement
entry: { when: { event: order_placed }, reentry: always }
steps:
  - id: hello
    send: { channel: diary, template: hello }
  - exit: greeted
`;

const afterwards = `kind: journey
id: afterwards
objective: engagement
entry: { when: { event: journey_exited, where: { journey: first, as: greeted } } }
steps:
  - id: bye
    send: { channel: diary, template: hello }
`;

describe('an event of the engine', () => {
  it('opens a journey that listens to it', async () => {
    const s = await scenario(`${first}---\n${afterwards}`);
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed');
    expect(await s.ways()).toEqual(['ana afterwards completed', 'ana first greeted']);
  });

  it('makes a segment of those whose message left, until they act on it', async () => {
    const s = await scenario(`${first}---
kind: segment
id: not-acted
where: { message: first/hello, status: unacted, in_last: 7d }
`);
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed');
    await s.runUntil('2026-03-03T00:00:00Z');
    expect(await s.members('not-acted')).toEqual(['ana']);
    await s.hears('hello', 'acted');
    expect(await s.members('not-acted')).toEqual([]);
  });

  it('is not written when nobody listens, unless a recipient did it', async () => {
    const s = await scenario(first);
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed');
    await s.runUntil('2026-03-03T00:00:00Z');
    await s.hears('hello', 'seen');
    const rows = await s.rows<{ type: string }>('select type from parcours.event order by type');
    expect(rows.map((row) => row.type)).toEqual(['message_seen', 'order_placed']);
  });

  it('tells each click and reply, raises the message with the first, and takes back what bounced', async () => {
    const s = await scenario(`${first}---
kind: segment
id: clicked-twice
where: { event: message_clicked, count: { gte: 2 } }
---
kind: segment
id: bounced
where: { message: first/hello, status: bounced }
`);
    for (const who of ['ana', 'ben']) await s.person({ external_id: who });
    await s.event('ana', 'order_placed');
    await s.event('ben', 'order_placed');
    await s.runUntil('2026-03-03T00:00:00Z');
    const [ana, ben] = (await s.messages()).map(({ id }) => id) as [number, number];
    const hears = (message: number, state: string, more = '{}') =>
      s.rows(
        `insert into parcours.inbox (lane, class, visible_at, profile_id, kind, body)
         select lane, 3, $3, profile_id, 'outcome', jsonb_build_object('message_id', message_id, 'state', $2::text, 'at', $4::bigint) || $5::jsonb
         from parcours.message where message_id = $1`,
        [message, state, s.clock.now(), s.clock.now().getTime(), more],
      );
    await hears(ana, 'clicked');
    await hears(ana, 'clicked');
    await hears(ana, 'replied', '{"text": "call me"}');
    await hears(ben, 'bounced', '{"reason": "5.1.1"}');
    await s.settle();
    const events = await s.rows<{ line: string }>(
      "select type || coalesce(' ' || (properties ->> 'text'), '') as line from parcours.event where type ~ '^message_' order by event_id",
    );
    expect(events.map(({ line }) => line).sort()).toEqual([
      'message_acted',
      'message_bounced',
      'message_clicked',
      'message_clicked',
      'message_replied call me',
    ]);
    expect((await s.messages()).map(({ state, decision }) => [state, decision.reason])).toEqual([
      ['acted', undefined],
      ['failed', '5.1.1'],
    ]);
    expect([await s.members('clicked-twice'), await s.members('bounced')]).toEqual([['ana'], ['ben']]);
    // A bounce that comes after somebody has read it is a mistake of theirs.
    await hears(ana, 'bounced');
    await s.settle();
    expect((await s.messages())[0]?.state).toBe('acted');
  });

  it('that two journeys send in circles ends after some hops', async () => {
    const again = first.replace('event: order_placed', 'event: journey_exited, where: { journey: second }');
    const second = `kind: journey
id: second
objective: engagement
entry: { when: [{ event: order_placed }, { event: journey_exited, where: { journey: first } }], reentry: always }
steps:
  - exit: round
`;
    const s = await scenario(`${again}---\n${second}`);
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'order_placed');
    const rounds = (await s.ways()).length;
    expect(rounds).toBeGreaterThan(4);
    expect(rounds).toBeLessThan(20);
  });
});
