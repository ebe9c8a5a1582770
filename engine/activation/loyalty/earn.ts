/**
 * Points in the lane's transaction: what time brought, what was earned by the rules (`earnings.ts`) within budgets, what points waited for,
 * what refunds take back, challenges, referrals. Each books a set, and later ones read what earlier ones booked.
 */
import type { EarnRule, LinkedProgramme } from '../../compiler/linked-programme.ts';
import { readAhead } from '../../loyalty/ledger/accounts-ahead.ts';
import type { PostingOf } from '../../loyalty/ledger/booking.ts';
import { timesOfLot } from '../../loyalty/terms.ts';
import type { Batch } from '../batch.ts';
import type { TriggeringEvent } from '../facts/record.ts';
import type { InboxRow } from '../lanes/queries.ts';
import { book, bookDue } from './booking.ts';
import { withinBudgets } from './budgets.ts';
import { bookEarned } from './caps.ts';
import { challengePostings } from './challenges.ts';
import { type Earning, earningsOf, type Occurrence } from './earnings.ts';
import { dropReviews } from './kept-back.ts';
import { matchOf } from './match-of.ts';
import { type Found, occasionsOf } from './occasions.ts';
import { keepReferrals } from './referrals.ts';
import { answerReferrals } from './referrers.ts';
import { bookBack, refunds, refundsBefore } from './refunds.ts';
import { undoneChallenges } from './undone-challenges.ts';
import { usableAlready, usableByEvents } from './usable.ts';

/** Does all that is due in loyalty programmes: what time brought, what was earned, what was refunded. */
export async function keepPoints(
  batch: Batch,
  inbox: readonly InboxRow[],
  events: readonly TriggeringEvent[],
  found: Found,
): Promise<void> {
  await bookDue(batch, inbox);
  await answerReferrals(batch, inbox);
  await earnFor(batch, inbox, { events, found });
  const live = events.filter(({ isLooped }) => !isLooped);
  for (const programme of batch.program.programmes.values()) await keepReferrals(batch, programme, live);
}

async function earnFor(
  batch: Batch,
  inbox: readonly InboxRow[],
  { events, found }: { readonly events: readonly TriggeringEvent[]; readonly found: Found },
): Promise<void> {
  const programmes = [...batch.program.programmes.values()];
  if (programmes.length === 0) return;
  const occasions = await occasionsOf(batch, found);
  const types = new Set(events.map(({ type }) => type));
  const concerned = programmes.filter(({ listens }) => [...types].some((type) => listens.has(type)));
  const opened = programmes.filter(({ rules }) => rules.some((rule) => (occasions.get(rule) ?? []).length > 0));
  const hops = new Map(events.map(({ profileId, hop }) => [profileId, hop]));
  const live = events.filter(({ isLooped }) => !isLooped).map(occurrenceOf);
  const happened = (rule: EarnRule) =>
    rule.occasion === undefined
      ? live.filter(({ type }) => rule.when.types.includes(type))
      : (occasions.get(rule) ?? []);
  const earning = [...new Set([...concerned, ...opened])];
  const earned = (await Promise.all(earning.map((programme) => earningsOf(batch, programme, happened)))).flat();
  // With what the ledger says of their limits.
  const accounts = readAhead(batch.session, earned);
  const { ready, settle } = await withinBudgets(batch, inbox, earned);
  settle(await bookEarned(batch, await earningPostings(batch, ready), hops, accounts));
  const before = await refundsBefore(batch, ready);
  if (concerned.length + before.size === 0) return;
  for (const programme of concerned) await dropReviews(batch, programme, events.map(occurrenceOf));
  const usable = (await Promise.all(concerned.map((programme) => usableByEvents(batch, programme, live)))).flat();
  if (usable.length > 0) await book(batch, usable, { hops });
  const told = (programme: LinkedProgramme) => {
    const isLive = new Set(live.map(({ eventId }) => eventId));
    return [...(before.get(programme) ?? []).filter(({ eventId }) => !isLive.has(eventId)), ...live];
  };
  const refunding = [...new Set([...concerned, ...before.keys()])];
  const back = (await Promise.all(refunding.map((programme) => refunds(batch, programme, told(programme))))).flat();
  await bookBack(batch, back, hops);
  // First those that were won with what came back, so that they can be won anew.
  const lost = (await Promise.all(refunding.map((one) => undoneChallenges(batch, one, told(one))))).flat();
  if (lost.length > 0) await book(batch, lost, { hops });
  const playing = events.filter(({ isLooped }) => !isLooped);
  const played = (await Promise.all(concerned.map((one) => challengePostings(batch, one, playing)))).flat();
  await bookEarned(batch, played, hops);
}

function occurrenceOf(event: TriggeringEvent): Occurrence {
  return { ...event, key: String(event.eventId) };
}

/** Earnings as postings. Where points wait for an event that came before them, they wait no longer. */
async function earningPostings(batch: Batch, earned: readonly Earning[]): Promise<readonly PostingOf[]> {
  const isUsable = await usableAlready(batch, earned);
  return earned.map((one): PostingOf => {
    const { lane, profileId, program, programme, rule, event, points, base } = one;
    const match = matchOf(event, programme.matched.get(rule.id));
    const asked = {
      // One purchase earns once, however often it is told and whatever its status meanwhile.
      key: match === null ? `earn/${rule.id}/${event.key}` : `earn/${rule.id}/of/${match}`,
      digest: String(points),
      ...{ points, at: event.at, source: rule.id, match, base },
    };
    if (programme.qualifying.has(rule.id)) return { lane, profileId, program, posting: { kind: 'qualify', ...asked } };
    const times = timesOfLot(programme, event.at, rule);
    const activeAt = isUsable.has(one) ? event.at : times.activeAt;
    const { issuer } = programme.body;
    return { lane, profileId, program, posting: { kind: 'earn', ...asked, ...times, activeAt, issuer } };
  });
}
