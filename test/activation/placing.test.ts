/** What is placed rather than sent: letters in batches with their households and proof, lists for advertising platforms with adds and removes. */
import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PDFDocument } from 'pdf-lib';
import { describe, expect, it } from 'vitest';
import { householdOf, linesOf, readAddress } from '../../engine/activation/placing/postal.ts';
import { writeLetters } from '../../engine/activation/placing/write-letters.ts';
import { erasePerson } from '../../engine/profiles/privacy/erase.ts';
import { type Scenario, scenario } from './scenario.ts';

const files = {
  'postal.yaml': `kind: schema
id: postal
traits: { full_name: { type: text }, street: { type: text }, postcode: { type: text }, city: { type: text } }
events: { moved_out: {} }
---
kind: channel
id: letters
type: print
print:
  every: week
  at: "06:00"
  path: print/letters-{date}.csv
  address: { name: full_name, street: street, postcode: postcode, city: city, country: country }
  sender: ["The shop", "1 Main Street"]
---
kind: channel
id: ads
type: audience
audience: { platform: meta, path: "audiences/{date}-{time}-{change}.csv" }
---
kind: consent
id: post
channels: [print]
basis: legitimate-interest
---
kind: template
id: letter
any:
  en: { subject: "Dear {{first_name}}", title: Dear, text: "Come back, \\"{{first_name}}\\",\\nwe have news.\\n\\nŁódź" }
`,
  'scenario.yaml': `kind: journey
id: write
objective: engagement
purpose: post
entry: { when: { event: signed_up }, reentry: always }
exit: [ { event: moved_out, as: moved } ]
steps:
  - id: letter
    send: { channel: letters, template: letter, valid_for: 30d }
  - id: sent
    wait_for: { message: letter, status: sent }
    for: 1d
    otherwise: [ { exit: no-letter } ]
  - id: stay
    wait: 60d
---
kind: journey
id: advertise
objective: engagement
entry: { when: { event: visited }, reentry: always }
exit: [ { event: order_placed, as: bought } ]
steps:
  - id: ads
    send: { channel: ads, template: hello, valid_for: 7d }
  - id: stay
    wait: 60d
`,
};

const home = { street: '5 rue de la Paix', postcode: '75002', city: 'Paris', country: 'FR' };

function filesIn(s: Scenario, folder: string): readonly string[] {
  const path = join(s.root, folder);
  return existsSync(path) ? readdirSync(path).sort() : [];
}

const read = (s: Scenario, path: string) => readFileSync(join(s.root, path), 'utf8');

describe('letters', () => {
  it('are gathered once a week, one for a household, with a proof; who has no address gets none', async () => {
    const s = await scenario(files);
    const people = {
      ana: { ...home, full_name: 'Ana "Nini" Roy', first_name: 'Ana' },
      ben: { ...home, full_name: 'Ben Roy', first_name: 'Ben', street: '5, Rue de la  PAIX' },
      cat: { ...home, full_name: 'Cat Low', first_name: 'Cat', street: '7 rue de la Paix', postcode: '7500' },
      dan: { ...home, full_name: 'Dan Öz', first_name: 'Dan', street: '9 rue de la Paix' },
      eve: { first_name: 'Eve' },
      fay: { ...home, full_name: 'Fay Sun', first_name: 'Fay', street: '11 rue de la Paix' },
    };
    for (const [external_id, traits] of Object.entries(people)) await s.person({ external_id, traits });
    await s.tell(Object.keys(people).map((who) => ({ who, type: 'signed_up' })));
    await s.settle();
    const failed = (await s.messages())
      .filter(({ state }) => state === 'failed')
      .map(({ who, decision }) => [who, decision.reason]);
    expect(failed).toEqual([
      ['cat', 'the postcode of the postal address is none of FR'],
      ['eve', 'the postal address has no name, no street, no postcode, no city, no country'],
    ]);
    expect(await s.ways()).toEqual([
      ...['ana write at stay', 'ben write at stay', 'cat write no-letter', 'dan write at stay'],
      ...['eve write no-letter', 'fay write at stay'],
    ]);
    // Who leaves by an exit gets no letter that isn't written yet.
    await s.advance('1h');
    await s.event('fay', 'moved_out');
    await s.runUntil('2026-03-09T05:00:00Z');
    expect(filesIn(s, 'print')).toEqual([]);
    await s.runUntil('2026-03-09T07:00:00Z');
    await s.settle();
    expect(filesIn(s, 'print')).toEqual(['letters-2026-03-09-proof.pdf', 'letters-2026-03-09.csv']);
    const text = read(s, 'print/letters-2026-03-09.csv');
    const lines = text.split('\r\n');
    expect(lines[0]).toBe('letter,template,locale,name,street,more,postcode,city,country,people,subject,text');
    expect(text).toContain(
      '"Ana ""Nini"" Roy",5 rue de la Paix,,75002,Paris,FR,2,Dear Ana,"Come back, ""Ana"",\nwe have news.\n\nŁódź"',
    );
    expect(text).toContain('Dan Öz,9 rue de la Paix,,75002,Paris,FR,1,Dear Dan');
    expect(text).not.toMatch(/Ben|Cat|Eve|Fay/);
    const proof = await PDFDocument.load(readFileSync(join(s.root, 'print/letters-2026-03-09-proof.pdf')));
    expect([proof.getPageCount(), Math.round(proof.getPage(0).getWidth())]).toEqual([1, 595]);
    await s.runUntil('2026-03-16T07:00:00Z');
    expect(filesIn(s, 'print')).toHaveLength(2);
    expect(
      (
        await s.rows('select state, summary from parcours.placement_batch where channel = $1 order by batch_at', [
          'letters',
        ])
      )[0],
    ).toEqual({
      ...{ state: 'written', summary: { letters: 2, people: 3 } },
    });

    // A batch that a process left half done is written again, whole and the same; one that is done isn't.
    await s.rows(
      `update parcours.placement_batch set state = 'open' where batch_at = '2026-03-09T06:00:00Z' returning 1`,
    );
    const channel = s.bundle().resources.find(({ kind, id }) => kind === 'channel' && id === 'letters');
    const print = channel?.kind === 'channel' ? channel.body.print : undefined;
    const request = { root: s.root, channel: 'letters', at: new Date('2026-03-09T06:00:00Z'), zone: 'UTC', cut: [] };
    for (const again of [1, 2]) {
      if (again === 2) await s.person({ external_id: 'dan', traits: { full_name: 'Another' } });
      await s.store.withSession((session) => writeLetters(session, print as NonNullable<typeof print>, request));
      expect(read(s, 'print/letters-2026-03-09.csv')).toBe(text);
    }
    expect(filesIn(s, 'print')).toHaveLength(2);

    // Two processes that come to a new batch at the same moment write it once.
    await s.person({ external_id: 'gil', traits: { ...home, full_name: 'Gil Moss', street: '2 rue de Rivoli' } });
    await s.tell([{ who: 'gil', type: 'signed_up' }]);
    await s.settle();
    const next = { ...request, at: new Date('2026-03-23T06:00:00Z') };
    const write = () =>
      s.store.withSession((session) => writeLetters(session, print as NonNullable<typeof print>, next));
    await Promise.all([write(), write(), write()]);
    expect(read(s, 'print/letters-2026-03-23.csv').match(/Gil Moss/g)).toHaveLength(1);
    expect(filesIn(s, 'print')).toHaveLength(4);
  });

  it('are addressed by what a letter can arrive at', () => {
    const named = { name: 'n', street: 's', more: 'm', postcode: 'p', city: 'c', country: 'k' };
    const of = (more: object) =>
      readAddress(named, { n: 'Ana', s: 'Main St. 1', p: '75002', c: 'Paris', k: 'fr', ...more });
    const whole = of({ m: 'Floor\u0000 2\nleft', p: ' 75002 ' });
    expect(whole).toMatchObject({ ok: true, address: { more: 'Floor 2 left', postcode: '75002', country: 'FR' } });
    for (const [more, why] of [
      [{ p: '7500' }, 'postcode'],
      [{ k: 'France' }, 'country'],
      [{ s: '..' }, 'street'],
      [{ s: 'x'.repeat(61) }, 'longer than a line'],
      [{ n: '' }, 'no name'],
      [{ c: 7 }, 'no city'],
      [{ k: 'GB', p: '75002' }, 'postcode'],
    ] as const) {
      const found = of(more);
      expect(found.ok ? '' : found.reason).toContain(why);
    }
    expect(of({ k: 'JP', p: '100-0001' }).ok).toBe(true);
    const key = (more: object) => {
      const found = of(more);
      return found.ok ? householdOf(found.address) : '';
    };
    expect(key({ s: 'MAIN ST 1', c: 'París' })).toBe(key({ s: 'Main Street, 1' }));
    expect(key({ m: 'Floor 2' })).not.toBe(key({}));
    const british = of({ k: 'GB', p: 'SW1A 1AA', c: 'London' });
    expect(british.ok && linesOf(british.address)).toEqual(['Ana', 'Main St. 1', 'London SW1A 1AA']);
  });
});

describe('a list for an advertising platform', () => {
  it('is told what comes and what goes: by the end of a send, an exit, another address, an erasure', async () => {
    const s = await scenario(files);
    const sha = (text: string) => hash('sha256', text, 'hex');
    const of = (name: string) => read(s, `audiences/${name}.csv`).trimEnd().split('\r\n').slice(1).sort();
    for (const who of ['ana', 'ben', 'cat', 'dan']) {
      await s.person({
        external_id: who,
        traits: { email: ` ${who.toUpperCase()}@shop.example`, ...(who === 'ana' && { phone: '+33612345678' }) },
      });
    }
    await s.tell(['ana', 'ben', 'cat', 'dan'].map((who) => ({ who, type: 'visited' })));
    await s.settle();
    await s.runUntil('2026-03-02T11:00:00Z');
    await s.settle();
    expect(filesIn(s, 'audiences')).toEqual(['2026-03-02-1100-adds.csv']);
    const mails = ['ana', 'ben', 'cat', 'dan'].map((who) => `${sha(`${who}@shop.example`)},`);
    expect(of('2026-03-02-1100-adds')).toEqual([...mails, `,${sha('33612345678')}`].sort());
    await s.runUntil('2026-03-02T12:00:00Z');
    await s.settle();
    expect(filesIn(s, 'audiences')).toHaveLength(1);

    await s.event('ben', 'order_placed');
    await s.traits('cat', { email: 'cat@other.example' });
    const [dan] = await s.rows<{ id: number }>(`select profile_id as id from parcours.identifier where value = 'dan'`);
    await s.store.withSession((session) =>
      erasePerson(session, { profileId: dan?.id ?? 0, now: s.clock.now(), by: 'test' }),
    );
    await s.runUntil('2026-03-02T13:00:00Z');
    await s.settle();
    expect(of('2026-03-02-1300-adds')).toEqual([`${sha('cat@other.example')},`]);
    expect(of('2026-03-02-1300-removes')).toEqual([mails[1], mails[2], mails[3]].sort());
    await s.runUntil('2026-03-09T12:00:00Z');
    await s.settle();
    const last = filesIn(s, 'audiences').filter((name) => name.startsWith('2026-03-09'));
    expect(last).toEqual([expect.stringMatching(/removes\.csv$/)]);
    expect(of((last[0] as string).replace('.csv', ''))).toHaveLength(3);
    expect(await s.rows('select 1 from parcours.ad_list')).toEqual([]);
  });
});
