/**
 * One journey over a mail server, Twilio, Firebase and a call list, each the real library against a local server. Every kind of feedback comes
 * back by the way that it takes in earnest, and each person's branch follows his.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createServe } from '../../engine/server/serve.ts';
import { scenario } from '../activation/scenario.ts';
import { way } from '../activation/steps-yaml.ts';
import { reply, startSmtpServer } from '../channels/smtp-server.ts';
import { certificates, fcmServer, serviceAccount } from '../support/fcm-server.ts';
import { account, authToken, signedCall, twilioServer } from '../support/twilio-server.ts';

const deskKey = 'a-key-of-the-desk-0001';
const appKey = 'app-key-0123456789abcdef';
const env = {
  ...{ SID: account, TOKEN: authToken, FIREBASE: serviceAccount(), DESK_KEY: deskKey, APP_KEY: appKey },
  LINK_KEY: 'the key of links, long enough',
};
const hello = 'https://hello.shop.example';
const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

const files = (smtpPort: number, twilioUrl: string, fcmUrl: string) => ({
  'ca.pem': readFileSync(`${certificates}localhost.pem`, 'utf8'),
  'parcours.yaml': `kind: workspace
id: test
zone: UTC
currency: EUR
locale: en
links: { base_url: ${hello}, keys: ["\${secret.LINK_KEY}"] }
`,
  'channels.yaml': `kind: channel
id: mail
type: email
smtp: { host: 127.0.0.1, port: ${smtpPort}, from: "Shop <shop@shop.example>" }
tracking: { opens: true, clicks: true }
---
kind: channel
id: text
type: sms
twilio:
  account_sid: \${secret.SID}
  auth_token: \${secret.TOKEN}
  messaging_service: MG0123456789abcdef0123456789abcdef
  callback_url: https://hooks.shop.example
  base_url: ${twilioUrl}
---
kind: channel
id: app
type: push
firebase: { service_account: "\${secret.FIREBASE}", base_url: "${fcmUrl}", ca_file: ca.pem }
---
kind: channel
id: desk
type: call-list
api_keys: ["\${secret.DESK_KEY}"]
`,
  'letter.yaml': `kind: template
id: letter
email:
  en: { subject: Hello, html: '<body><p>Hello {{first_name}}, <a href="https://shop.example/new">see</a></p></body>' }
`,
  'more.yaml': `kind: consent
id: everything
channels: [email, sms, push, call]
basis: legitimate-interest
---
kind: source
id: app
type: api
write_keys: ["\${secret.APP_KEY}"]
`,
  'scenario.yaml': way(
    `  - id: letter
    send: { channel: mail, template: letter }
  - id: letter-clicked
    wait_for: { message: letter, status: acted }
    for: 1d
    then: [ { exit: clicked } ]
  - id: ping
    send: { channel: app, template: hello }
  - id: ping-opened
    wait_for: { message: ping, status: acted }
    for: 1d
    then: [ { exit: opened } ]
  - id: word
    send: { channel: text, template: hello }
  - id: word-answered
    wait_for:
      - when: { message: word, status: replied }
        steps: [ { exit: replied } ]
    for: 1d
    otherwise:
      - id: arrived
        branch:
          - if: { message: word, status: delivered }
            steps: [ { id: rest, wait: 1h } ]
  - id: ring
    call: { list: desk, script: hello, within: 5d }
    then: [ { exit: spoken-to } ]
    otherwise: [ { exit: not-reached } ]`,
    'purpose: everything\n',
  ),
});

const people = ['ana', 'ben', 'cat', 'dan', 'eve'];
const number = (who: string) => `+3361234567${people.indexOf(who)}`;

describe('a journey over four channels', () => {
  it('goes by what each person does, and by what becomes of each message', async () => {
    const [smtp, twilio, fcm] = await Promise.all([
      startSmtpServer({
        recipient: (address) => (address.startsWith('ben') ? reply(550, '5.1.1 no such user') : null),
      }),
      twilioServer(),
      fcmServer(),
    ]);
    onTestFinished(async () => void (await Promise.all([smtp.stop(), twilio.close(), fcm.close()])));
    fcm.answer = ({ token }) => (token === 'device-cat' ? { status: 404, error: 'UNREGISTERED' } : null);
    const s = await scenario(files(smtp.port, twilio.url, fcm.url), { env });
    const { app: http, close } = await createServe({ store: s.store, clock: s.clock, root: s.root, env });
    onTestFinished(close);
    const ask = async (url: string, payload: object, key: string) => {
      const answer = await http.inject({ method: 'POST', url, headers: { authorization: `Bearer ${key}` }, payload });
      await s.settle();
      return answer.json() as {
        readonly calls: readonly { readonly id: string; readonly identifiers: { readonly external_id: string } }[];
      };
    };
    const fates = async (step: string) =>
      (await s.messages()).filter((one) => one.step === step).map(({ who, state }) => `${who} ${state}`);

    const traitsOf = (who: string) => ({
      email: `${who}@shop.example`,
      phone: number(who),
      push_token: `device-${who}`,
    });
    await s.tell(people.map((who) => ({ who, traits: traitsOf(who) })));
    await s.tell(people.map((who) => ({ who, type: 'signed_up' })));
    await s.settle();

    // By mail: one address is none, which lets its person go on at once; one person clicks.
    expect(await fates('letter')).toEqual(['ana sent', 'ben failed', 'cat sent', 'dan sent', 'eve sent']);
    expect(await fates('ping')).toEqual(['ben sent']);
    const toAna = smtp.received.find(({ recipients }) => recipients[0]?.startsWith('ana'));
    const link = /<a href="(https:[^"]+)">see<\/a>/.exec(toAna?.mail.html || '')?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(link.startsWith(hello)).toBe(true);
    // Whoever is there in the second in which it was sent is a machine that looks for viruses.
    await s.advance('10min');
    const led = await http.inject({ method: 'GET', url: link.slice(hello.length), headers: { 'user-agent': browser } });
    expect([led.statusCode, led.headers.location]).toEqual([302, 'https://shop.example/new']);
    await s.settle();
    expect(await s.ways()).toContain('ana way clicked');

    // By push: the app tells that one was opened; a device is no more, which lets its person go on at once.
    const opened = fcm.taken.find((one) => one.token === 'device-ben')?.data.parcours_message;
    for (const event of ['Push Notification Received', 'Push Notification Opened']) {
      await ask('/v1/track', { event, userId: 'ben', properties: { parcours_message: opened } }, appKey);
    }
    expect(await s.ways()).toContain('ben way opened');
    await s.advance('25h');
    expect(await fates('ping')).toEqual(['ben acted', 'cat failed', 'dan sent', 'eve sent']);
    expect(await fates('word')).toEqual(['cat sent']);

    // By SMS: delivered and answered; delivered and "no more"; not delivered, which lets its person go on at once.
    const callback = async (who: string, status: string, more = {}) => {
      const sent = twilio.taken.find(({ To }) => To === number(who))!;
      await http.inject(
        signedCall(sent.StatusCallback!, { MessageSid: sent.sid, MessageStatus: status, To: number(who), ...more }),
      );
      await s.settle();
    };
    const answer = async (who: string, text: string) => {
      const form = { MessageSid: `SM-${who}`, From: number(who), To: '+33755530000', Body: text };
      await http.inject(signedCall('https://hooks.shop.example/v1/twilio/text/inbound', form));
      await s.settle();
    };
    await callback('cat', 'delivered');
    expect(await fates('word')).toEqual(['cat delivered']);
    await answer('cat', 'Yes, please');
    expect(await s.ways()).toContain('cat way replied');
    await s.advance('25h');
    await callback('eve', 'undelivered', { ErrorCode: '30003' });
    await callback('dan', 'delivered');
    await answer('dan', 'STOP');
    expect(await fates('word')).toEqual(['cat acted', 'dan delivered', 'eve failed']);
    expect(await s.ways()).toEqual(expect.arrayContaining(['dan way at word-answered', 'eve way at ring']));

    // By telephone: one is spoken to, one isn't.
    await s.advance('1d 2h');
    const { calls } = await ask('/v1/calls/desk/take', { agent: 'Zoe', limit: 10 }, deskKey);
    const callOf = (who: string) => calls.find(({ identifiers }) => identifiers.external_id === who)?.id;
    await ask(`/v1/calls/desk/${callOf('dan')}/close`, { outcome: 'reached' }, deskKey);
    await ask(`/v1/calls/desk/${callOf('eve')}/close`, { outcome: 'unreached' }, deskKey);
    expect(await s.ways()).toEqual([
      'ana way clicked',
      'ben way opened',
      'cat way replied',
      'dan way spoken-to',
      'eve way not-reached',
    ]);
    expect(await s.rows(`select purpose, channel, state from parcours.consent`)).toEqual(
      expect.arrayContaining([{ purpose: 'everything', channel: 'sms', state: 'denied' }]),
    );
    expect(await s.deadLetters()).toEqual([]);
  });
});
