/** Postings and tiers as events of our own, so that segments, journeys and traits read them like any other. */
import type { TxnKind } from '../../loyalty/ledger/account.ts';
import type { Booked } from '../../loyalty/ledger/booking.ts';
import type { OwnEvent } from '../facts/own-events.ts';

/** What is told of each kind of transaction; what isn't here is bookkeeping. */
const told: Readonly<Partial<Record<TxnKind, string>>> = {
  earn: 'points_earned',
  redeem: 'points_redeemed',
  capture: 'points_redeemed',
  hold: 'points_held',
  release: 'points_returned',
  lapse: 'points_returned',
  cancel: 'points_returned',
  reverse: 'points_reversed',
  qualify: 'points_qualified',
  disqualify: 'points_disqualified',
  activate: 'points_usable',
  expire: 'points_expired',
};

export function eventsOfBooked(booked: Booked, t: Date, hops: ReadonlyMap<number, number>): readonly OwnEvent[] {
  const hop = (profileId: number) => hops.get(profileId) ?? 0;
  const postings = booked.txns.flatMap(({ member, kind, at, amount, source }): OwnEvent[] => {
    const type = told[kind];
    if (type === undefined) return [];
    const { lane, profileId, program } = member;
    const properties = { program, points: amount, ...(source !== '' && { rule: source }) };
    // What was earned long ago is told when it is booked.
    return [
      {
        lane,
        profileId,
        type,
        at: kind === 'earn' || kind === 'qualify' ? t : new Date(at),
        properties,
        hop: hop(profileId),
      },
    ];
  });
  const tiers = booked.tiers.map(({ lane, profileId, program, from, to }): OwnEvent => {
    return { lane, profileId, type: 'tier_changed', at: t, properties: { program, from, to }, hop: hop(profileId) };
  });
  const notices = booked.notices.map(({ lane, profileId, program, points }): OwnEvent => {
    return { lane, profileId, type: 'points_expiring', at: t, properties: { program, points }, hop: hop(profileId) };
  });
  return [...postings, ...tiers, ...notices];
}
