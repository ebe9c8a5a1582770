/** What a country's file does to its people: hours and holidays, caps, consent, zone and language. */
import { describe, expect, it } from 'vitest';
import { everywhere } from './pressure-house.ts';
import { type Scenario, scenario } from './scenario.ts';

const france = (more = '') => `kind: country
id: fr
where: { trait: country, is: FR }
zone: Europe/Paris
locale: fr
holidays: { calendar: fr, add: [2027-05-07] }
contact_hours:
  - { channels: [sms], days: [mon-sat], from: "08:00", to: "20:00", holidays: false }
${more}`;

const journey = (channel: string, more = '') => `---
kind: journey
id: hi
objective: engagement
entry: { when: { event: signed_up }, reentry: always }
steps:
  - id: hi
${more}    send: { channel: ${channel}, template: hello, valid_for: 72h }
    otherwise: [ { exit: not-sent } ]
`;

const french = { ...everywhere, country: 'FR' };

async function play(yaml: string, start: string, traits: Readonly<Record<string, string>> = french): Promise<Scenario> {
  const s = await scenario(yaml, { start });
  await s.person({ external_id: 'ana', traits });
  await s.event('ana', 'signed_up');
  return s;
}

describe('contact hours of a country', () => {
  it('let no message out on a holiday nor on a Sunday', async () => {
    // Nine in Paris on a Saturday, the first of May; the next day is a Sunday.
    const s = await play(france() + journey('text'), '2027-05-01T07:00:00Z');
    expect(await s.decisions()).toEqual(['ana hi deferred contact_hours fr']);
    await s.runUntil('2027-05-03T05:59:59Z');
    expect(await s.sent()).toEqual([]);
    await s.runUntil('2027-05-03T06:00:00Z');
    expect(await s.sent()).toEqual(['ana hi 2027-05-03 06:00']);
  });

  it('know the days that the file adds, and end at their last minute', async () => {
    expect(await (await play(france() + journey('text'), '2027-05-07T10:00:00Z')).decisions()).toEqual([
      'ana hi deferred contact_hours fr',
    ]);
    expect(await (await play(france() + journey('text'), '2027-05-11T18:00:00Z')).decisions()).toEqual([
      'ana hi deferred contact_hours fr',
    ]);
    expect(await (await play(france() + journey('text'), '2027-05-11T17:59:59Z')).decisions()).toEqual([
      'ana hi queued',
    ]);
  });

  it('leave channels alone that they do not name, other people, and service', async () => {
    const saturday = '2027-05-01T07:00:00Z';
    expect(await (await play(france() + journey('mail'), saturday)).decisions()).toEqual(['ana hi queued']);
    expect(await (await play(france() + journey('text'), saturday, everywhere)).decisions()).toEqual(['ana hi queued']);
    const service = (france() + journey('text')).replace('engagement', 'service');
    expect(await (await play(service, saturday)).decisions()).toEqual(['ana hi queued']);
  });

  it('that leave no open hour before the validity ends expire the message at once (b24)', async () => {
    const short = (france() + journey('text')).replace('72h', '24h');
    const s = await play(short, '2027-05-01T07:00:00Z');
    expect(await s.decisions()).toEqual(['ana hi expired contact_hours fr']);
    expect(await s.ways()).toEqual(['ana hi not-sent']);
  });
});

describe('caps and consent of a country', () => {
  it('cap its people beside the caps of the house', async () => {
    const s = await play(
      france('caps: [ { id: rare, max: 1, rolling: 30d } ]\n') + journey('mail'),
      '2027-05-05T10:00:00Z',
    );
    await s.event('ana', 'signed_up');
    expect(await s.decisions()).toEqual(['ana hi queued', 'ana hi deferred cap fr/rare']);
  });

  it('need what the law needs, where the house asks less; the strictest counts', async () => {
    const rule =
      'consent:\n  - { purpose: marketing, channels: [email], needs: opt-in, unless: { event: order_placed, in_last: 3y } }\n';
    const s = await play(france(rule) + journey('mail'), '2027-05-05T10:00:00Z');
    expect(await s.decisions()).toEqual(['ana hi suppressed no-consent marketing']);
    await s.event('ana', 'order_placed', { note: 'x' });
    await s.event('ana', 'signed_up');
    await s.person({ external_id: 'bo', traits: french, consents: { 'marketing/email': 'granted' } });
    await s.event('bo', 'signed_up');
    await s.person({ external_id: 'cy', traits: everywhere });
    await s.event('cy', 'signed_up');
    expect((await s.decisions()).slice(1)).toEqual(['ana hi queued', 'bo hi queued', 'cy hi queued']);
  });
});

describe('the zone of a country', () => {
  const atNine = journey('mail', '    after: 1d\n    at: "09:00"\n');

  it('is that of its people who say none (b11)', async () => {
    const s = await play(france() + atNine, '2027-05-05T10:00:00Z');
    await s.person({ external_id: 'bo', traits: french, zone: 'Asia/Tokyo' });
    await s.event('bo', 'signed_up');
    await s.advance('2d');
    expect(await s.sent()).toEqual(['bo hi 2027-05-06 00:00', 'ana hi 2027-05-06 07:00']);
  });

  it('moves what waits when somebody moves', async () => {
    const s = await play(france() + atNine, '2027-05-05T10:00:00Z', everywhere);
    await s.traits('ana', { country: 'FR' });
    await s.advance('2d');
    expect(await s.sent()).toEqual(['ana hi 2027-05-06 07:00']);
  });

  it('is given to those who are there already when the file comes', async () => {
    const s = await play(
      `kind: segment\nid: none\nwhere: { trait: plan, is: none }\n${atNine}`,
      '2027-05-05T06:00:00Z',
    );
    await s.reapply(france() + atNine);
    await s.event('ana', 'signed_up');
    await s.advance('2d');
    expect(await s.sent()).toEqual(['ana hi 2027-05-06 07:00']);
  });
});

describe('a country that more than traits tell', () => {
  const atNine = journey('mail', '    after: 1d\n    at: "09:00"\n');
  const of = (where: string) => france().replace('{ trait: country, is: FR }', where);

  it('is known by a segment, and its zone follows who enters and leaves', async () => {
    const yaml = `${of('{ segment: french }')}---\nkind: segment\nid: french\nwhere: { event: visited, where: { page: fr }, in_last: 10d }\n`;
    const s = await play(yaml + atNine, '2027-05-05T10:00:00Z', everywhere);
    const zone = async () =>
      (await s.rows<{ zone: string | null }>('select zone from parcours.profile')).map((row) => row.zone);
    expect(await zone()).toEqual([null]);
    await s.event('ana', 'visited', { page: 'fr' });
    await s.settle();
    expect(await zone()).toEqual(['Europe/Paris']);
    // Who waits finds nine o'clock there.
    await s.advance('2d');
    expect(await s.sent()).toEqual(['ana hi 2027-05-06 07:00']);
    // Time alone leads out of it.
    await s.advance('9d');
    expect(await zone()).toEqual([null]);
  });

  it('is known by a computed trait, and given to those who are there when the file comes', async () => {
    const trait = 'kind: trait\nid: visits_to_fr\ncount: { event: visited, where: { page: fr } }\n---\n';
    const s = await play(`${trait}${atNine.replace(/^---\n/, '')}`, '2027-05-05T10:00:00Z', everywhere);
    await s.event('ana', 'visited', { page: 'fr' });
    await s.reapply(trait + of('{ trait: visits_to_fr, gte: 1 }') + atNine);
    await s.settle();
    expect((await s.rows<{ zone: string | null }>('select zone from parcours.profile'))[0]?.zone).toBe('Europe/Paris');
    await s.advance('2d');
    expect(await s.sent()).toEqual(['ana hi 2027-05-06 07:00']);
    // And taken when it goes.
    await s.reapply(trait + atNine.replace(/^---\n/, ''), { allowDestructive: ['country/fr'] });
    await s.settle();
    expect((await s.rows<{ zone: string | null }>('select zone from parcours.profile'))[0]?.zone).toBeNull();
  });
});
