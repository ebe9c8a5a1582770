/** Which channel a message takes, and whose address, from the file to the outbox. */
import { describe, expect, it } from 'vitest';
import { everywhere } from './pressure-house.ts';
import { type Scenario, scenario, type Yaml } from './scenario.ts';

/** A message at each sign-up, by the channels given. */
const journeyWith = (channel: string, more = '') => `kind: journey
id: hi
objective: engagement
entry: { when: { event: signed_up }, reentry: always }
steps:
  - id: hi
    send: { channel: ${channel}, template: hello${more} }
    otherwise: [ { exit: not-sent } ]
`;

const house = (rules: string, channel: string): string =>
  `kind: pressure\nid: house\n${rules}\n---\n${journeyWith(channel)}`;

async function said(s: Scenario): Promise<readonly string[]> {
  return (await s.messages()).map(({ channel, state, decision }) => [channel, state, decision.rule].join(' ').trim());
}

/** Ana is reached everywhere and signs up. */
async function play(yaml: Yaml, traits: Readonly<Record<string, string>> = {}): Promise<Scenario> {
  const s = await scenario(yaml);
  await s.person({ external_id: 'ana', traits: { ...everywhere, ...traits } });
  await s.event('ana', 'signed_up');
  return s;
}

describe('all_of', () => {
  const all = '{ all_of: [mail, text] }';

  it('is a message on each channel that reaches the person', async () => {
    expect(await said(await play(journeyWith(all)))).toEqual(['mail sent', 'text sent']);
  });

  it('lets the person go on with the first that leaves; what is deferred follows by itself, on its channel', async () => {
    const s = await play(
      house('quiet_hours: [ { channels: [text], from: "09:00", to: "12:00" } ]\nvalid_for: 2d', all),
    );
    expect(await said(s)).toEqual(['mail sent', 'text deferred quiet house']);
    expect(await s.ways()).toEqual(['ana hi completed']);
    await s.advance('3h');
    expect(await said(s)).toEqual(['mail sent', 'text sent']);
  });

  it('holds the person while all of it is deferred', async () => {
    const s = await play(house('quiet_hours: [ { from: "09:00", to: "12:00" } ]\nvalid_for: 2d', all));
    expect(await s.ways()).toEqual(['ana hi at hi']);
    await s.advance('3h');
    expect(await said(s)).toEqual(['mail sent', 'text sent']);
    expect(await s.ways()).toEqual(['ana hi completed']);
  });

  it('goes to `otherwise` when it leaves by none', async () => {
    const s = await scenario(journeyWith(all));
    await s.event('ana', 'signed_up');
    expect(await said(s)).toEqual(['mail suppressed no-address mail', 'text suppressed no-address text']);
    expect(await s.ways()).toEqual(['ana hi not-sent']);
  });
});

describe('preferred_of', () => {
  const files = {
    'preference.yaml': 'kind: schema\nid: said\ntraits: { preferred_channel: { type: text } }\n',
    'journey.yaml': journeyWith('{ preferred_of: [mail, text, push] }'),
  };

  it('takes the channel that the person named, if it reaches him', async () => {
    expect(await said(await play(files, { preferred_channel: 'sms' }))).toEqual(['text sent']);
    expect(await said(await play(files, { preferred_channel: 'letters' }))).toEqual(['mail sent']);
    expect(await said(await play(files))).toEqual(['mail sent']);
  });
});

describe('best_of', () => {
  it('leaves the channel that is never answered', async () => {
    const s = await play(journeyWith('{ best_of: [mail, text] }'));
    await s.event('ana', 'signed_up');
    expect(await said(s)).toEqual(['mail sent', 'text sent']);
  });
});

describe('to', () => {
  const files = {
    'more.yaml': 'kind: schema\nid: more\ntraits: { work_email: { type: text } }\n',
    'journey.yaml': journeyWith('mail', ', to: work_email'),
  };

  it('names the trait that holds the address, at the decision and at dispatch', async () => {
    const s = await play(files, { work_email: 'ana@work.example' });
    expect(s.lines('mail').map(({ to }) => to)).toEqual(['ana@work.example']);
  });

  it('does not fall back on the address of the channel', async () => {
    expect(await said(await play(files))).toEqual(['suppressed no-address mail']);
  });

  it('stays with a message that is decided anew', async () => {
    const quiet = 'kind: pressure\nid: house\nquiet_hours: [ { from: "09:00", to: "12:00" } ]\nvalid_for: 2d\n';
    const s = await play({ ...files, 'pressure.yaml': quiet }, { work_email: 'ana@work.example' });
    await s.advance('3h');
    expect(s.lines('mail').map(({ to }) => to)).toEqual(['ana@work.example']);
  });
});

describe('a cap about some people', () => {
  it('gives each the rhythm that he asked for', async () => {
    const rules = 'caps: [ { id: calm, max: 1, rolling: 7d, where: { trait: plan, is: calm } } ]\nwhen_capped: drop';
    const s = await scenario(house(rules, 'mail'));
    for (const [who, plan] of [
      ['ana', 'calm'],
      ['bo', 'lively'],
    ] as const) {
      await s.person({ external_id: who, traits: { ...everywhere, plan } });
      await s.event(who, 'signed_up');
      await s.event(who, 'signed_up');
    }
    expect(await said(s)).toEqual(['mail sent', 'mail suppressed cap house/calm', 'mail sent', 'mail sent']);
  });
});

describe('a channel without a provider', () => {
  const phone = 'kind: channel\nid: phone\ntype: sms\n---\nkind: channel\nid: site\ntype: webhook\n---\n';

  it('reaches nobody: the next one is taken, or the step goes on by `otherwise`', async () => {
    expect(await said(await play(phone + journeyWith('{ first_of: [phone, mail] }')))).toEqual(['mail sent']);
    const s = await play(phone + journeyWith('{ first_of: [site, phone] }'));
    expect(await said(s)).toEqual(['suppressed no-provider phone']);
    expect(await s.ways()).toEqual(['ana hi not-sent']);
  });

  it('lets down what was queued when it lost it', async () => {
    const held = 'kind: channel\nid: phone\ntype: sms\nvia: log\n---\n';
    const s = await scenario(held + journeyWith('phone'));
    s.block('phone');
    await s.person({ external_id: 'ana', traits: everywhere });
    await s.event('ana', 'signed_up');
    await s.reapply(phone + journeyWith('phone'));
    await s.advance('1h');
    const [message] = await s.messages();
    expect(message).toMatchObject({ state: 'failed', decision: { reason: 'channel phone has no provider any more' } });
  });
});

describe('cheapest_of', () => {
  const priced = (text: string, push: string) => ({
    'channels.yaml': `kind: channel
id: text
type: sms
via: log
cost: { default: 0.08 EUR, by_country: { FR: ${text} EUR } }
---
kind: channel
id: push
type: push
via: log
cost: { default: ${push} EUR }
---
kind: channel
id: mail
type: email
via: log
---
kind: channel
id: diary
type: log
`,
    'journey.yaml': journeyWith('{ cheapest_of: [text, push] }'),
  });

  it('takes the channel that costs least for the country of the number', async () => {
    expect(await said(await play(priced('0.01', '0.02'), { phone: '+33612345678' }))).toEqual(['text sent']);
    expect(await said(await play(priced('0.01', '0.02'), { phone: '+34612345678' }))).toEqual(['push sent']);
  });

  it('asks what a message that arrives costs, as everybody and the person himself show it', async () => {
    const s = await play(priced('0.01', '0.02'), { phone: '+33612345678' });
    await s.rows(
      `insert into parcours.channel_result values ('text', 1000, 300, 0, 0, 0, '2026-03-02'), ('push', 1000, 990, 0, 0, 0, '2026-03-02')
       on conflict (channel) do update set sent = excluded.sent, delivered = excluded.delivered`,
    );
    await s.event('ana', 'signed_up');
    expect((await said(s)).at(-1)).toBe('push sent');
  });

  it('counts what became of messages once a day', async () => {
    const s = await play(priced('0.01', '0.02'), { phone: '+33612345678' });
    await s.hears('hi', 'delivered');
    await s.advance('1d 1h');
    expect(await s.rows(`select channel, sent, delivered, acted from parcours.channel_result`)).toEqual([
      { channel: 'text', sent: 1, delivered: 1, acted: 0 },
    ]);
  });
});
