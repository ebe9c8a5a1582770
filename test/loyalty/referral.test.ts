/** Referrals: both get points when the new member has done what it takes, once; fraud gets none, and a refund takes them back. */
import { describe, expect, it } from 'vitest';
import type { Scenario } from '../activation/scenario.ts';
import { account, booked, club, eur } from './club.ts';

const referral = (
  more: string,
  qualifies = '{ event: order_placed, within: 30d }',
) => `refunds: { when: { event: order_refunded }, match: order_id, reverse: order }
earn: [{ id: order, lever: spend, when: { event: order_placed, where: { total: { gte: 1000 EUR } } }, points: 1 }]
referral:
  when: { event: referral_accepted }
  qualifies: ${qualifies}
  referrer: { points: 200 }
  referee: { points: 100 }
${more}`;
const told = `kind: segment
id: brought-somebody
where: { event: referral_changed, where: { role: referrer, status: rewarded } }
`;
const order = (id: string) => ({ order_id: id, total: eur(25) });

async function people(s: Scenario, names: readonly string[]): Promise<void> {
  for (const who of names) await s.person({ external_id: who });
}

/** Lanes ask each other, and each answer comes with the next look. */
async function calm(s: Scenario): Promise<void> {
  for (let look = 0; look < 4; look += 1) await s.settle();
}

/** `open`, `refused self`, …: what became of referrals, by the names of both. */
async function referrals(s: Scenario): Promise<readonly string[]> {
  const rows = await s.rows<{ who: string; by: string | null; status: string; reason: string | null }>(
    `select i.value as who, b.value as by, r.status, r.reason from parcours.ledger_referral r
     join parcours.identifier i on i.lane = r.lane and i.profile_id = r.profile_id and i.type = 'external_id'
     left join parcours.identifier b on b.profile_id = r.referrer_id and b.type = 'external_id' order by r.referral_id`,
  );
  return rows.map(({ who, by, status, reason }) =>
    [who, 'by', by, status, reason].filter((one) => one !== null).join(' '),
  );
}

describe('a referral', () => {
  it('gives both their points when the new member qualifies, once, however often it is claimed', async () => {
    const s = await club(referral(''), told);
    await people(s, ['ana', 'bo', 'cleo']);
    await s.event('bo', 'referral_accepted', { referrer: 'ana' });
    await s.event('bo', 'referral_accepted', { referrer: 'ana' });
    await s.event('bo', 'referral_accepted', { referrer: 'cleo' });
    expect(await referrals(s)).toEqual(['bo by ana open']);
    expect([await booked(s, 'ana'), await booked(s, 'bo')]).toEqual([[], []]);
    for (const id of ['1', '2', '3']) {
      await s.event('bo', 'order_placed', order(id));
      await s.event('bo', 'referral_accepted', { referrer: 'ana' });
      await calm(s);
    }
    expect(await booked(s, 'ana')).toEqual(['earn 200 referral/referrer']);
    expect(await booked(s, 'bo')).toEqual(['earn 100 referral/referee']);
    expect(await booked(s, 'cleo')).toEqual([]);
    expect(await referrals(s)).toEqual(['bo by ana rewarded']);
    expect(await s.members('brought-somebody')).toEqual(['ana']);
    expect(await s.deadLetters()).toEqual([]);
  });

  it('is undone by the refund of what qualified the new member, for both, and stands again with another order', async () => {
    const s = await club(referral(''));
    await people(s, ['ana', 'bo']);
    await s.event('bo', 'referral_accepted', { referrer: 'ana' });
    await s.event('bo', 'order_placed', order('1'));
    await calm(s);
    await s.advance('1h');
    await s.event('bo', 'order_refunded', { order_id: '1', total: eur(25) });
    await calm(s);
    expect(await booked(s, 'ana')).toEqual(['earn 200 referral/referrer', 'reverse 200']);
    expect(await booked(s, 'bo')).toEqual(['earn 100 referral/referee', 'reverse 100']);
    expect(await referrals(s)).toEqual(['bo by ana undone']);
    await s.event('bo', 'order_placed', order('2'));
    await calm(s);
    expect([await account(s, 'ana'), await account(s, 'bo')]).toMatchObject([{ points: 200 }, { points: 100 }]);
    // The refund of an order that isn't needed takes nothing back.
    await s.event('bo', 'order_placed', order('3'));
    await s.advance('1h');
    await s.event('bo', 'order_refunded', { order_id: '2', total: eur(25) });
    await calm(s);
    expect(await account(s, 'ana')).toMatchObject({ points: 200 });
  });

  it('may wait for the second order, and lapses when it does not come in time', async () => {
    const s = await club(referral('', '{ event: order_placed, times: 2, within: 30d }'));
    await people(s, ['ana', 'bo', 'cleo']);
    for (const who of ['bo', 'cleo']) await s.event(who, 'referral_accepted', { referrer: 'ana' });
    for (const who of ['bo', 'cleo']) await s.event(who, 'order_placed', order(`${who} 1`));
    await s.event('bo', 'order_placed', order('bo 2'));
    await calm(s);
    await s.advance('31d');
    await s.event('cleo', 'order_placed', order('cleo 2'));
    await calm(s);
    expect(await referrals(s)).toEqual(['bo by ana rewarded', 'cleo by ana open']);
    expect(await booked(s, 'ana')).toEqual(['earn 200 referral/referrer']);
  });

  it('may wait for a trait to change', async () => {
    const s = await club(referral('', '{ changes: country, to: NG, within: 30d }'));
    await people(s, ['ana', 'bo', 'cleo']);
    await s.traits('cleo', { country: 'NG' });
    for (const who of ['bo', 'cleo']) await s.event(who, 'referral_accepted', { referrer: 'ana' });
    for (const who of ['bo', 'cleo']) await s.traits(who, { country: 'NG' });
    await calm(s);
    expect(await referrals(s)).toEqual(['bo by ana rewarded', 'cleo by ana open']);
  });
});

describe('fraud', () => {
  it('of oneself, in a circle, by nobody known, or of who was here before gives nothing', async () => {
    const s = await club(referral('  if: { not: { event: order_placed, since: ever } }\n'));
    await people(s, ['ana', 'bo', 'old']);
    await s.event('old', 'order_placed', order('0'));
    await s.event('old', 'referral_accepted', { referrer: 'ana' });
    await s.event('ana', 'referral_accepted', { referrer: 'ana' });
    await s.event('ana', 'referral_accepted', { referrer: 'nobody' });
    await s.event('ana', 'referral_accepted', { referrer: 'bo' });
    await s.event('bo', 'referral_accepted', { referrer: 'ana' });
    for (const who of ['ana', 'bo']) await s.event(who, 'order_placed', order(`${who} 1`));
    await calm(s);
    expect(await referrals(s)).toEqual([
      'ana by ana refused self',
      'ana by refused unknown',
      'ana by bo refused circle',
      'bo by ana refused circle',
    ]);
    expect([await booked(s, 'ana'), await booked(s, 'bo'), await booked(s, 'old')]).toEqual([[], [], []]);
  });

  it('with the same telephone as who brought one, or as another of his, gives nothing; a limit keeps only his points', async () => {
    const s = await club(referral('  unless_same: [phone]\n  limit: { max: 1, calendar: month }\n'));
    const phones = { ana: '+33 6 12 34 56 78', bo: '+33612345678', cleo: '0611', dan: '06-11', eve: '0622' };
    for (const [who, phone] of Object.entries(phones)) await s.person({ external_id: who, traits: { phone } });
    const brought = ['bo', 'cleo', 'dan', 'eve'];
    for (const who of brought) await s.event(who, 'referral_accepted', { referrer: 'ana' });
    for (const who of brought) await s.event(who, 'order_placed', order(`${who} 1`));
    await calm(s);
    expect(await referrals(s)).toEqual([
      'bo by ana refused same phone',
      'cleo by ana rewarded',
      'dan by ana refused same phone',
      'eve by ana rewarded limit',
    ]);
    expect(await booked(s, 'ana')).toEqual(['earn 200 referral/referrer']);
    expect(await account(s, 'eve')).toMatchObject({ points: 100 });
    const marks = await s.rows<{ mark: string }>('select mark from parcours.ledger_referral_mark');
    for (const { mark } of marks) expect(mark).toMatch(/^[0-9a-f]{64}$/);
  });
});
