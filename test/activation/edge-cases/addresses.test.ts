/** Between the decision and the provider: the address is read when the message leaves, as it is then. */
import { describe, expect, it } from 'vitest';
import { suppressionHash } from '../../../engine/activation/dispatch/suppression-hash.ts';
import { reply } from '../../channels/smtp-server.ts';
import { mailShop, signUpAll } from './mail-server.ts';

/** The provider is busy until told otherwise: messages wait in the outbox. */
async function busyShop() {
  let isBusy = true;
  const shop = await mailShop({ recipient: () => (isBusy ? reply(451, '4.2.0 later') : null) });
  await signUpAll(shop.s, ['ana']);
  return {
    ...shop,
    free() {
      isBusy = false;
    },
  };
}

describe('edge case 13: an address between queueing and dispatch', () => {
  it('that goes missing skips the message with its reason; its room is free and the person goes on', async () => {
    const { s, smtp, free } = await busyShop();
    await s.traits('ana', { email: null });
    free();
    await s.advance('1h');
    expect(await s.messages()).toMatchObject([
      { state: 'suppressed', decision: { reason: 'no address in trait email' } },
    ]);
    expect(smtp.received).toEqual([]);
    expect(await s.rows('select 1 from parcours.contact')).toEqual([]);
    expect(await s.ways()).toEqual(['ana letter completed']);
  });

  it('that changes is the new one', async () => {
    const { s, smtp, free } = await busyShop();
    await s.traits('ana', { email: 'new@shop.example' });
    free();
    await s.advance('1h');
    expect(smtp.received.map(({ recipients }) => recipients)).toEqual([['new@shop.example']]);
  });

  it('that becomes one that was rejected before skips the message', async () => {
    const { s, smtp, free } = await busyShop();
    await s.rows(`insert into parcours.suppression (hash, reason, at) values ($1, 'bounced', $2)`, [
      suppressionHash('email', 'old@shop.example'),
      s.clock.now(),
    ]);
    await s.traits('ana', { email: 'old@shop.example' });
    free();
    await s.advance('1h');
    expect(await s.messages()).toMatchObject([{ state: 'suppressed' }]);
    expect(smtp.received).toEqual([]);
  });
});
