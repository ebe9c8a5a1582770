/** The preference centre, unsubscribing and confirming over HTTP: what is shown, what is saved with which proof, and what is refused. */
import { describe, expect, it } from 'vitest';
import { linkMakerOf, personUrl } from '../../engine/channels/person-links.ts';
import type { Identifier } from '../../engine/profiles/identified-fact.ts';
import { ingestFacts } from '../../engine/profiles/ingest.ts';
import { erasePerson } from '../../engine/profiles/privacy/erase.ts';
import { createServe } from '../../engine/server/serve.ts';
import { form, linkKey, type PreferenceShop, preferenceShop, ticked } from './preference-shop.ts';

const lines = async (shop: PreferenceShop, who: string) => (await shop.consents(who)).map(({ line }) => line);

describe('the preference centre', () => {
  it('shows what stands, changes nothing by a GET, and saves what a form says, each change with its proof', async () => {
    const shop = await preferenceShop();
    await shop.s.person({ external_id: 'ana', consents: { 'marketing/sms': 'denied' } });
    const path = await shop.link('ana', 'preferences');
    const page = await shop.get(path);
    expect(page.status).toBe(200);
    expect(page.html).toContain('<html lang="en">');
    expect(page.html).toContain('<legend>Ideas &#38; &#60;offers&#62;</legend>');
    expect(page.html).toContain('<title>Your preferences – Corner &#38; Co</title>');
    // What nobody may refuse isn't asked, nor what reaches nobody.
    expect(page.html).not.toMatch(/service|marketing\/log/);
    expect(ticked(page.html)).toEqual(['marketing/email']);
    expect(page.headers).toMatchObject({
      ...{ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
    expect(page.headers).not.toHaveProperty('set-cookie');
    for (let i = 0; i < 3; i += 1) await shop.get(path);
    expect((await shop.server.app.inject({ method: 'HEAD', url: path })).statusCode).toBe(200);
    await shop.s.settle();
    expect(await lines(shop, 'ana')).toEqual(['marketing sms denied']);

    const saved = await shop.post(
      path,
      form(['marketing/sms', 'newsletter/email'], { frequency: 'weekly', language: 'es' }),
    );
    expect([saved.status, saved.headers.location]).toEqual([303, `${path.split('/').at(-1)}?saved=yes#said`]);
    // Before the person's lane has read it, and afterwards.
    for (const when of ['at once', 'later'] as const) {
      if (when === 'later') await shop.s.settle();
      const after = await shop.get(`${path}?saved=yes`);
      expect(after.html).toContain('<html lang="es">');
      expect(after.html).toContain('role="status"');
      expect(after.html).toContain('Tus preferencias se han guardado.');
      expect(ticked(after.html)).toEqual(['marketing/sms', 'newsletter/email']);
      expect(after.html).toContain('value="weekly" checked');
    }
    const told = await shop.consents('ana');
    expect(told.map(({ line }) => line)).toEqual([
      'marketing sms denied',
      // He has the mailbox in hand to which the link was sent.
      ...['marketing email denied', 'marketing sms granted', 'newsletter email confirmed'],
    ]);
    expect(told.at(-1)).toMatchObject({
      source: 'preference-centre',
      proof: expect.stringMatching(/^page, revision 1, words en [0-9a-f]{12}$/),
    });
    const [event] = await shop.s.rows<{ properties: object }>(
      `select properties from parcours.event where type = 'preferences_saved'`,
    );
    expect(event?.properties).toEqual({
      ...{ by: 'page', granted: ['marketing/sms', 'newsletter/email'], denied: ['marketing/email'] },
      ...{ language: 'es', frequency: 'weekly' },
    });

    const again = await shop.post(
      path,
      form(['marketing/sms', 'newsletter/email'], { frequency: 'weekly', language: 'es' }),
    );
    expect(again.headers.location).toContain('saved=no');
    await shop.s.settle();
    expect(await shop.consents('ana')).toHaveLength(4);
    expect((await shop.get(`${path}?saved=no`)).html).toContain('No ha cambiado nada');
    // A field that the page didn't ask for, or a value that it didn't offer, changes nothing.
    const odd = await shop.post(path, [
      ['allow', 'service/email'],
      ['asked', 'service/email'],
      ['asked', '__proto__'],
      ['frequency', 'yearly'],
      ['language', 'xx'],
    ]);
    expect(odd.headers.location).toContain('saved=no');
    await shop.post(path, [['all', 'no']]);
    await shop.s.settle();
    expect(ticked((await shop.get(path)).html)).toEqual([]);
    expect((await lines(shop, 'ana')).slice(-2)).toEqual(['marketing sms denied', 'newsletter email denied']);
    expect(await shop.s.deadLetters()).toEqual([]);
  });

  it('pauses all but service for 30 days, which ends by itself or by hand', async () => {
    const journeys = (id: string, objective: string, event: string) => `kind: journey
id: ${id}
objective: ${objective}
${objective === 'service' ? 'purpose: service\n' : 'purpose: marketing\n'}entry: { when: { event: ${event} }, reentry: always }
steps:
  - id: ${id}
    send: { channel: mail, template: hello }
`;
    const shop = await preferenceShop({
      'scenario.yaml': `${journeys('idea', 'engagement', 'visited')}---\n${journeys('receipt', 'service', 'order_placed')}`,
    });
    const { s } = shop;
    await s.person({ external_id: 'ana', traits: { email: 'ana@shop.example' } });
    const path = await shop.link('ana', 'preferences');
    const still = ['marketing/email', 'marketing/sms'];
    expect((await shop.get(path)).html).toContain('No messages until April 1, 2026');
    await shop.post(path, form(still, { pause: 'yes' }));
    await s.settle();
    expect((await shop.get(path)).html).toMatch(/name="pause" value="yes" checked/);
    await s.event('ana', 'visited');
    await s.event('ana', 'order_placed');
    expect(await s.decisions()).toEqual(['ana idea suppressed mute preferences/paused', 'ana receipt queued']);
    await s.advance('29d');
    // Saved again, it isn't prolonged.
    expect((await shop.post(path, form(still, { pause: 'yes' }))).headers.location).toContain('saved=no');
    await s.event('ana', 'visited');
    await s.advance('2d');
    await s.event('ana', 'visited');
    expect((await s.decisions()).slice(2)).toEqual(['ana idea suppressed mute preferences/paused', 'ana idea queued']);
    await shop.post(path, form(still, { pause: 'yes' }));
    await shop.post(path, form(still));
    await s.event('ana', 'visited');
    expect((await s.decisions()).at(-1)).toBe('ana idea queued');
  });
});

describe('unsubscribing', () => {
  it('is one POST without cookies, asks nothing more, and stops what was on its way', async () => {
    const shop = await preferenceShop();
    await shop.s.person({ external_id: 'ana' });
    const path = await shop.link('ana', 'unsubscribe', { purpose: 'marketing', message: '1-1' });
    const asked = await shop.get(path);
    expect(asked.html).toContain('Stop receiving “Ideas &#38; &#60;offers&#62;” (Email)?');
    expect(await lines(shop, 'ana')).toEqual([]);
    const done = await shop.post(path, [['List-Unsubscribe', 'One-Click']]);
    expect([done.status, done.headers.location]).toEqual([200, undefined]);
    expect(done.html).toContain('You will not receive “Ideas &#38; &#60;offers&#62;” (Email) any more.');
    // Before the lane has read it, too: a second click is no second statement.
    await shop.post(path, [['List-Unsubscribe', 'One-Click']]);
    await shop.s.settle();
    const told = await shop.consents('ana');
    expect(told).toMatchObject([
      { line: 'marketing email denied', proof: expect.stringMatching(/^one-click, revision 1/) },
    ]);
    expect((await shop.get(path)).html).toContain('Done.');
    const centre = /href="\.\.(\/preferences\/[^"]+)"/.exec(done.html)?.[1] ?? '';
    expect(ticked((await shop.get(centre)).html)).toEqual(['marketing/sms']);
  });

  it('takes what mailboxes send: forms of either type, or no body at all', async () => {
    const shop = await preferenceShop();
    const multipart = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n';
    const bodies = [
      { payload: multipart, headers: { 'content-type': 'multipart/form-data; boundary=x' } },
      { headers: {} },
      { payload: '{"a":', headers: { 'content-type': 'application/json' } },
    ];
    const names = ['bea', 'cid', 'dan'];
    for (const who of names) await shop.s.person({ external_id: who });
    for (const [i, body] of bodies.entries()) {
      const url = await shop.link(names[i] as string, 'unsubscribe', { purpose: 'marketing' });
      expect((await shop.server.app.inject({ method: 'POST', url, ...body })).statusCode).toBe(200);
    }
    await shop.s.settle();
    const proofs = await Promise.all(names.map(async (who) => (await shop.consents(who))[0]?.proof?.split(',')[0]));
    expect(proofs).toEqual(['one-click', 'unsubscribe', 'unsubscribe']);
    const url = await shop.link('bea', 'unsubscribe', { purpose: 'marketing' });
    const long = await shop.server.app.inject({ method: 'POST', url, payload: 'x'.repeat(20_000), headers: {} });
    expect(long.statusCode).toBe(413);
  });

  it('refuses forged, foreign and old links, and shows nobody anything by them', async () => {
    const shop = await preferenceShop();
    await shop.s.person({ external_id: 'ana' });
    const path = await shop.link('ana', 'unsubscribe', { purpose: 'marketing' });
    const last = path.at(-3) === 'A' ? 'B' : 'A';
    const forged = `${path.slice(0, -3)}${last}${path.slice(-2)}`;
    const foreign = linkMakerOf(
      { baseUrl: '', keys: [`\${secret.K}`], validFor: { months: 1, days: 0, ms: 0 } },
      () => 'another key of links',
    );
    const other = { profileId: await shop.profileId('ana'), via: 'email', purpose: 'marketing', message: null };
    const bad = [
      forged,
      `${path}A`,
      '/unsubscribe/x',
      path.replace('/unsubscribe/', '/preferences/'),
      personUrl(foreign, 'unsubscribe', other, shop.s.clock.now().getTime()),
    ];
    for (const one of bad) {
      const [got, posted] = [await shop.get(one, { 'accept-language': 'es-MX,es;q=0.9' }), await shop.post(one)];
      expect([got.status, posted.status]).toEqual([404, 404]);
      expect(got.html).toContain('<html lang="es">');
      expect(got.html).toContain('Este enlace no funciona');
    }
    await shop.s.advance('366d');
    const old = await shop.post(path);
    expect([old.status, old.html.includes('too old')]).toEqual([410, true]);
    await shop.s.settle();
    expect(await lines(shop, 'ana')).toEqual([]);
  });

  it('follows who was merged, and finds nobody who was erased', async () => {
    const shop = await preferenceShop({
      'identity.yaml': 'kind: identity\nid: people\nmerge_by: [ { identifier: external_id }, { identifier: email } ]\n',
    });
    const { s } = shop;
    const [ana, mail] = ['ana', 'ana@shop.example'].map((value, i) => ({
      type: i === 0 ? 'external_id' : 'email',
      value,
    }));
    const identity = {
      mergeBy: ['external_id', 'email'].map((identifier) => ({ identifier, atMost: null, never: [] })),
      ...{ maxProfiles: 50, survivorship: {} },
    };
    const tell = async (messageId: string, ...identifiers: readonly (typeof ana)[]) => {
      const now = s.clock.now();
      const fact = { at: now.getTime(), received: now.getTime(), source: 'test', trigger: true };
      const told = [{ messageId, identifiers: identifiers as Identifier[], fact }];
      await s.store.withSession((session) => ingestFacts(session, told, { now, identity }));
      await s.settle();
    };
    await tell('a', ana);
    await tell('b', mail);
    await s.person({ external_id: 'gone' });
    const [later, gone] = [await shop.profileId('ana@shop.example'), await shop.profileId('gone')];
    const path = await shop.link('ana@shop.example', 'unsubscribe', { purpose: 'marketing' });
    const centre = await shop.link('gone', 'preferences');
    await tell('c', ana, mail);
    const now = s.clock.now();
    await s.store.withSession((session) => erasePerson(session, { profileId: gone, now, by: 'test' }));
    const merged = await s.rows('select 1 from parcours.profile where profile_id = $1 and merged_into > 0', [later]);
    expect(merged).toHaveLength(1);
    expect((await shop.post(path)).status).toBe(200);
    await s.settle();
    expect(await lines(shop, 'ana')).toEqual(['marketing email denied']);
    for (const answer of [await shop.get(centre), await shop.post(centre, form([]))]) {
      expect([answer.status, answer.html.includes('There is nobody any more')]).toEqual([410, true]);
    }
    const [row] = await s.rows<{ n: number }>('select count(*) as n from parcours.inbox where profile_id = $1', [gone]);
    expect(row?.n).toBe(0);
  });
});

describe('double opt-in', () => {
  it('is confirmed by a button behind a link, once, and never after a refusal', async () => {
    const shop = await preferenceShop();
    await shop.s.person({ external_id: 'ana', consents: { 'newsletter/email': 'granted' } });
    const path = await shop.link('ana', 'confirm', { purpose: 'newsletter' });
    const bySms = await shop.get(await shop.link('ana', 'preferences', { via: 'sms' }));
    expect(bySms.html).toContain('Waiting for your confirmation: follow the link that we sent you.');
    // Saved from another channel, the consent stays pending.
    await shop.post(
      await shop.link('ana', 'preferences', { via: 'sms' }),
      form(['newsletter/email', 'marketing/email', 'marketing/sms']),
    );
    expect((await shop.get(path)).html).toContain('You asked for “The letter on Fridays” (Email). Is that right?');
    await shop.s.settle();
    expect(await lines(shop, 'ana')).toEqual(['newsletter email granted']);
    expect((await shop.post(path)).html).toContain('Thank you. You have confirmed');
    expect((await shop.post(path)).html).toContain('Thank you. You have confirmed');
    await shop.s.settle();
    expect(await lines(shop, 'ana')).toEqual(['newsletter email granted', 'newsletter email confirmed']);
    await shop.s.advance('1d');
    await shop.post(await shop.link('ana', 'unsubscribe', { purpose: 'newsletter' }));
    expect((await shop.post(path)).html).toContain('so there is nothing to confirm');
    await shop.s.settle();
    expect((await lines(shop, 'ana')).at(-1)).toBe('newsletter email denied');
    await shop.s.advance('31d');
    expect((await shop.post(path)).status).toBe(410);
  });

  it('is asked for by a message, whose link confirms the purpose that its journey is about', async () => {
    const shop = await preferenceShop({
      'confirm.yaml': `kind: template
id: did-you-mean-it
any:
  en: { subject: Did you mean it?, title: Confirm, text: "{{confirm_url}}" }
  es: { subject: '¿De verdad?', title: Confirma, text: "{{confirm_url}}" }
`,
      'scenario.yaml': `kind: journey
id: confirm
objective: service
purpose: service
entry:
  when: { event: consent_changed, where: { purpose: newsletter, to: granted } }
  if: { consent: newsletter, channel: email, is: pending }
  reentry: always
goal: { event: consent_changed, where: { purpose: newsletter, to: confirmed }, within: 7d, exit: true }
steps:
  - id: ask
    send: { channel: mail, template: did-you-mean-it }
  - id: answer
    wait: 7d
`,
    });
    const { s } = shop;
    await s.person({ external_id: 'ana', traits: { email: 'ana@shop.example' } });
    const bySms = await shop.link('ana', 'preferences', { via: 'sms' });
    await shop.post(bySms, form(['newsletter/email', 'marketing/email', 'marketing/sms']));
    await s.settle();
    const [mail] = s.lines('mail');
    const path = new URL(String(mail?.text)).pathname;
    expect((await shop.get(path)).html).toContain('You asked for “The letter on Fridays” (Email).');
    expect(await s.ways()).toEqual(['ana confirm at answer']);
    await s.advance('1h');
    await shop.post(path);
    await s.settle();
    expect(await s.ways()).toEqual(['ana confirm goal']);
    expect(await lines(shop, 'ana')).toEqual(['newsletter email granted', 'newsletter email confirmed']);
  });

  it('a yes to one channel takes back a no to all of them, and leaves the others refused', async () => {
    const shop = await preferenceShop();
    await shop.s.person({ external_id: 'ana', consents: { 'marketing/*': 'denied' } });
    const path = await shop.link('ana', 'preferences');
    expect(ticked((await shop.get(path)).html)).toEqual([]);
    await shop.post(path, form(['marketing/email']));
    await shop.s.settle();
    expect(ticked((await shop.get(path)).html)).toEqual(['marketing/email']);
    expect((await lines(shop, 'ana')).slice(1)).toEqual([
      ...['marketing * granted', 'marketing email confirmed', 'marketing log denied', 'marketing sms denied'],
    ]);
  });
});

describe('a workspace', () => {
  it('without links has no pages, and one whose key is not set says so', async () => {
    const shop = await preferenceShop({
      'parcours.yaml': 'kind: workspace\nid: test\nzone: UTC\ncurrency: EUR\nlocale: en\nlocales: [en, es]\n',
    });
    await shop.s.person({ external_id: 'ana' });
    for (const use of ['preferences', 'unsubscribe', 'confirm'] as const) {
      expect((await shop.get(await shop.link('ana', use))).status).toBe(404);
    }
    const set = await preferenceShop();
    const { store, clock, root } = set.s;
    for (const [env, code] of [
      [{}, 'links_without_key'],
      [{ LINK_KEY: 'short' }, 'links_without_key'],
    ] as const) {
      const server = await createServe({ store, clock, root, env });
      const answer = await server.app.inject({ url: '/preferences/x' });
      expect([answer.statusCode, answer.json().error.code]).toEqual([503, code]);
      expect(answer.body).not.toContain(linkKey);
      await server.close();
    }
  });
});
