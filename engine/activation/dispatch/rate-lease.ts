/** Leave to send by a channel's rate, asked of the store before messages are claimed; what isn't used is given back. */
import type { ChannelRate } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import { returnRate, startRate, takeRate } from './queries.ts';
import { paceOf } from './rate.ts';

export interface Leave {
  readonly channel: string;
  /** How many may leave now. */
  readonly granted: number;
  /** When the next one may, if all of these do. */
  readonly nextAt: Date;
  readonly eachUs: number;
}

/** `most`: no more than so many are wanted. */
export async function askLeave(
  session: Session,
  channel: string,
  rate: ChannelRate,
  { t, most }: { readonly t: Date; readonly most: number },
): Promise<Leave> {
  const { eachUs, aheadUs } = paceOf(rate);
  const ask = { channel, nowUs: t.getTime() * 1_000, limit: most, eachUs, aheadUs };
  let grant = await takeRate(session, ask);
  if (grant === null) {
    await startRate(session, channel);
    grant = await takeRate(session, ask);
  }
  if (grant === null) throw new Error('assertion failed: a channel keeps its clock');
  const { granted, clock } = grant;
  return { channel, granted, eachUs, nextAt: new Date(Math.ceil((clock - aheadUs) / 1_000)) };
}

export async function giveBack(session: Session, { channel, eachUs }: Leave, unused: number): Promise<void> {
  await returnRate(session, channel, unused * eachUs);
}
