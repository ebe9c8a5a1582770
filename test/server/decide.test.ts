/** What a site shows whom: the best that is placed and may be shown, who is held out, and what is told of what was seen. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { createServe } from '../../engine/server/serve.ts';
import { type Scenario, scenario } from '../activation/scenario.ts';

const key = 'a-key-of-the-site-0001';
const files = {
  'site.yaml': `kind: channel
id: site
type: on-site
slots: [home-banner, cart-card]
api_keys: ["\${secret.SITE_KEY}"]
---
kind: channel
id: closed
type: on-site
---
kind: consent
id: onsite
channels: [on-site]
basis: legitimate-interest
---
kind: template
id: card
any:
  en: { title: "For {{first_name}}", text: "Have a <look>" }
---
kind: template
id: better
any:
  en: { title: Better, text: Better }
`,
  'scenario.yaml': `kind: journey
id: card
objective: engagement
purpose: onsite
priority: 30
entry: { when: { event: signed_up }, reentry: always }
exit: [ { event: order_placed, as: bought } ]
steps:
  - id: card
    send: { channel: site, template: card, valid_for: 10d }
  - id: clicks
    wait_for: { message: card, status: acted }
    for: 30d
    then: [ { exit: clicked } ]
---
kind: journey
id: better
objective: engagement
purpose: onsite
priority: 80
entry: { when: { event: visited }, reentry: always }
steps: [ { id: better, send: { channel: site, template: better, valid_for: 2d } } ]
---
kind: journey
id: half
objective: engagement
purpose: onsite
entry: { when: { event: cart_updated } }
goal: { event: order_placed, within: 20d }
holdout: 50%
steps:
  - { id: half, send: { channel: site, template: card, valid_for: 10d } }
  - { id: stay, wait: 10d }
`,
};

interface Decided {
  readonly status: number;
  readonly content: { readonly id: string; readonly title: string; readonly template: string } | null;
  readonly held_out: readonly { readonly journey: string; readonly group: string }[];
}

interface Site {
  readonly s: Scenario;
  ask(user: string, more?: string, bearer?: string): Promise<Decided>;
  did(id: string, what: string, slot?: string): Promise<number>;
  events(type: string): Promise<readonly object[]>;
  /** Until what was shown is written. */
  told(count: number): Promise<void>;
}

async function openSite(): Promise<Site> {
  const s = await scenario(files);
  const server = await createServe({ store: s.store, clock: s.clock, root: s.root, env: { SITE_KEY: key } });
  onTestFinished(() => server.close());
  return {
    s,
    async ask(user, more = '', bearer = key) {
      const url = `/v1/decide?slot=home-banner&user=${user}${more}`;
      const answer = await server.app.inject({ url, headers: { authorization: `Bearer ${bearer}` } });
      return { status: answer.statusCode, ...(answer.json() as Omit<Decided, 'status'>) };
    },
    async did(id, what, slot = 'home-banner') {
      const headers = { authorization: `Bearer ${key}` };
      const payload = { slot, did: what };
      return (await server.app.inject({ method: 'POST', url: `/v1/decide/${id}`, headers, payload })).statusCode;
    },
    events: (type) => s.rows('select properties from parcours.event where type = $1 order by event_id', [type]),
    async told(count) {
      await expect
        .poll(
          async () =>
            (await s.rows<{ n: number }>('select coalesce(sum(times), 0)::integer as n from parcours.exposure'))[0]?.n,
          { timeout: 30_000 },
        )
        .toBe(count);
      await s.settle();
    },
  };
}

describe('a slot of a site', () => {
  it('shows the best that is placed, tells once that it was seen, and stops by what the person does', async () => {
    const { s, ask, did, events, told } = await openSite();
    await s.person({ external_id: 'ana', traits: { first_name: 'Ana' } });
    expect(await ask('ana')).toMatchObject({ status: 200, content: null });
    await s.event('ana', 'signed_up');
    const card = (await ask('ana')).content;
    expect(card).toMatchObject({
      title: 'For Ana',
      text: 'Have a <look>',
      template: 'card',
      journey: 'card',
      locale: 'en',
    });
    await ask('ana');
    await ask('ana', '&expose=no');
    await told(2);
    const [message] = await s.messages();
    expect(message?.state).toBe('seen');
    expect(await events('message_seen')).toHaveLength(1);
    await s.advance('1h');
    await s.event('ana', 'visited');
    expect((await ask('ana', '&expose=no')).content?.template).toBe('better');
    // Its time is over.
    await s.advance('3d');
    expect((await ask('ana', '&expose=no')).content?.template).toBe('card');
    const id = card?.id ?? '';
    expect([await did(id, 'clicked', 'nowhere'), await did('1-999999', 'clicked'), await did('x', 'clicked')]).toEqual([
      401, 404, 404,
    ]);
    expect(await did(id, 'clicked')).toBe(200);
    await s.settle();
    expect(await s.ways()).toContain('ana card clicked');
    expect(await events('message_clicked')).toHaveLength(1);
    expect((await ask('ana')).content).toBeNull();
    expect(await s.deadLetters()).toEqual([]);
  });

  it('shows nothing that was refused, paused, left, closed or is for somebody who is gone', async () => {
    const { s, ask, did } = await openSite();
    const names = ['ana', 'ben', 'cat', 'dan', 'eve', 'fay'];
    for (const external_id of names) await s.person({ external_id });
    await s.tell(names.map((who) => ({ who, type: 'signed_up' })));
    await s.settle();
    await s.advance('1h');
    for (const who of names) expect((await ask(who, '&expose=no')).content?.template, who).toBe('card');
    await s.person({ external_id: 'ana', consents: { 'onsite/on-site': 'denied' } });
    await s.traits('ben', { messages_paused_until: s.clock.now().getTime() + 86_400_000 });
    await s.event('cat', 'order_placed');
    const id = (await ask('dan', '&expose=no')).content?.id ?? '';
    expect(await did(id, 'dismissed')).toBe(200);
    await s.rows(
      `update parcours.profile p set restricted_at = now() from parcours.identifier i
       where i.value = 'eve' and p.lane = i.lane and p.profile_id = i.profile_id returning 1`,
    );
    const shown = await Promise.all(names.map(async (who) => (await ask(who, '&expose=no')).content?.template ?? '-'));
    expect(shown).toEqual(['-', '-', '-', '-', '-', 'card']);
    await s.advance('2d');
    expect((await ask('ben', '&expose=no')).content?.template).toBe('card');
  });

  it('holds out a share, and tells whom it kept what from', async () => {
    const { s, ask, events, told } = await openSite();
    const names = Array.from({ length: 12 }, (_, i) => `p${i}`);
    for (const external_id of names) await s.person({ external_id });
    await s.tell(names.map((who) => ({ who, type: 'cart_updated' })));
    await s.settle();
    const answers = await Promise.all(names.map((who) => ask(who)));
    const held = answers.filter(({ held_out }) => held_out.length > 0);
    expect(held.length).toBeGreaterThan(0);
    expect(held.length).toBeLessThan(12);
    for (const { content, held_out } of held) {
      expect([content, held_out]).toEqual([null, [{ journey: 'half', group: 'journey' }]]);
    }
    expect(answers.filter(({ content }) => content !== null)).toHaveLength(12 - held.length);
    for (const who of names) await ask(who);
    await told(24);
    expect(await events('content_withheld')).toEqual(
      held.map(() => ({ properties: { slot: 'home-banner', journey: 'half', group: 'journey' } })),
    );
    expect(await events('message_seen')).toHaveLength(12 - held.length);
  });

  it('opens to its keys alone, and finds nobody by another identifier', async () => {
    const { s, ask } = await openSite();
    await s.person({ external_id: 'ana' });
    await s.event('ana', 'signed_up');
    expect((await ask('ana', '', 'a-key-of-another-site')).status).toBe(401);
    expect((await ask('ana', '&slot=closed')).status).not.toBe(200);
    expect(await ask('ana', '&id_type=email')).toMatchObject({ status: 200, content: null });
    expect(await ask('nobody')).toMatchObject({ status: 200, content: null, held_out: [] });
    expect((await ask('')).status).toBe(400);
  });
});
