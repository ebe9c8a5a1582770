/**
 * Benchmark `ledger`: points given in batches as the lanes give them, beside a hand-written double-entry insert of the same rows; burns of
 * one person each; one programme for all against a hundred; and the expiry of a million lots at once beside the same rows by hand.
 */
import { strict as assert } from 'node:assert';
import { workerSettings } from '../engine/activation/engine.ts';
import { elapsedMs } from '../engine/clock/clock.ts';
import { bookPostings } from '../engine/loyalty/ledger/book-postings.ts';
import type { PostingOf } from '../engine/loyalty/ledger/booking.ts';
import { carryOut } from '../engine/loyalty/post-command.ts';
import type { OwnSession } from '../engine/store/session.ts';
import type { Store } from '../engine/store/store.ts';
import { benchStore } from './bench-store.ts';
import { type Benchmark, type BenchOptions, inTurn, limitRow, type Row, ratioLimitRow, ratioRow } from './harness.ts';
import { expireByHand, expireLots, fillLots, type Lots } from './ledger-expiry.ts';
import { insertByHand } from './ledger-floor.ts';

export const ledger: Benchmark = {
  name: 'ledger',
  title: 'points given beside a hand-written double entry, burns, a hot programme, expiry',
  defaultSize: 40_000,
  sizeUnit: 'earnings',
  run,
};

const targets = { earn: 0.4, hot: 1.2 } as const;
/** What a lane transaction takes at once. */
const batchSize = 1_000;
const burnsMax = 2_000;
const workers = 2;
/** Lots that are lost, for each earning: a million for the usual size. The floor gets a tenth of them, since what counts is the time of one. */
const lotsPerEarning = 25;
const floorShare = 10;
/** Members of the lots that are lost have numbers beyond all others, also beyond those of the store's transactions. */
const firstLost = 1_000_000_000_000;
const t = new Date('2026-06-15T12:00:00.000Z');
const expiresAt = t.getTime() + 30 * 86_400_000;
const terms = () => ({ tiers: [], notice: null });

async function run(options: BenchOptions): Promise<readonly Row[]> {
  const bench = await benchStore();
  try {
    const { store } = bench;
    const rows: Row[] = [];
    let part = 0;
    // Each measurement gives to members of its own, so that none finds what another left.
    const next = () => {
      part += 1;
      return part * options.size * 2;
    };
    options.note(`${options.size} earnings, in batches of ${batchSize}, on both sides`);
    const earns = await inTurn(
      options.pairs,
      () => rate(store, options.size, (session, from) => earn(session, from, () => 'club'), next()),
      () =>
        rate(
          store,
          options.size,
          (session, from) => insertByHand(session, { from, size: batchSize, t, expiresAt }),
          next(),
        ),
    );
    rows.push(ratioRow('points given in batches', 'earnings/s', earns, targets.earn));
    options.note('one programme, and a hundred');
    const hot = await inTurn(
      options.pairs,
      () => duration(() => atOnce(store, options.size, next(), () => 'club')),
      () => duration(() => atOnce(store, options.size, next(), (n) => `club-${n % 100}`)),
    );
    rows.push(ratioLimitRow(`one programme / a hundred, ${workers} workers`, 'ms', hot, targets.hot));
    rows.push(await burns(store, options));
    rows.push(await expiry(store, options));
    return rows;
  } finally {
    await bench.remove();
  }
}

/** Rows a second of one session. */
async function rate(
  store: Store,
  size: number,
  work: (session: OwnSession, from: number) => Promise<void>,
  first: number,
): Promise<number> {
  const session = await store.session(workerSettings, { pipeline: true });
  try {
    const took = await duration(async () => {
      for (let from = first; from < first + size; from += batchSize) await work(session, from);
    });
    return (size / took) * 1_000;
  } finally {
    await session.close();
  }
}

async function duration(work: () => Promise<unknown>): Promise<number> {
  const started = elapsedMs();
  await work();
  return elapsedMs() - started;
}

async function earn(session: OwnSession, from: number, programOf: (n: number) => string): Promise<void> {
  const postings = Array.from({ length: batchSize }, (_, i): PostingOf => {
    const profileId = from + i;
    return {
      ...{ lane: profileId % 1024, profileId, program: programOf(profileId) },
      posting: {
        ...{ kind: 'earn', key: `earn/order/${profileId}`, digest: '10', points: 10, at: t.getTime() },
        ...{ activeAt: t.getTime(), expiresAt, source: 'order', issuer: 'house', match: null },
      },
    };
  });
  await session.transaction(async (inside) => (await bookPostings(inside, { t, terms, postings })).written);
}

async function atOnce(store: Store, size: number, first: number, programOf: (n: number) => string): Promise<void> {
  const share = Math.ceil(size / workers / batchSize) * batchSize;
  await Promise.all(
    Array.from({ length: workers }, (_, w) =>
      rate(store, share, (session, from) => earn(session, from, programOf), first + w * share),
    ),
  );
}

async function burns(store: Store, { size, pairs }: BenchOptions): Promise<Row> {
  const first = size * 2;
  const count = Math.min(burnsMax, size);
  const rates: number[] = [];
  for (let round = 0; round < pairs; round += 1) {
    const session = await store.session(workerSettings);
    const took = await duration(async () => {
      for (let i = 0; i < count; i += 1) {
        const profileId = first + i;
        const posting = { kind: 'redeem', key: `r${round}`, digest: '1', points: 1, source: 'mug' } as const;
        const who = { lane: profileId % 1024, profileId, program: 'club' };
        const { answer } = await carryOut(session, { ...who, caller: null, posting: () => posting }, { now: t, terms });
        assert.equal(answer?.status, 'booked');
      }
    });
    await session.close();
    rates.push((count / took) * 1_000);
  }
  return { ...limitRow('burns, one person a transaction', 'burns/s', rates, null), better: 'higher' };
}

/** Lots of which each is the only one of its member, so that everything is written for it alone. */
async function expiry(store: Store, { size, pairs, note }: BenchOptions): Promise<Row> {
  const sessions = await Promise.all(
    Array.from({ length: workers }, () => store.session(workerSettings, { pipeline: true })),
  );
  let first = firstLost;
  const filled = async (count: number): Promise<Lots> => {
    const lots = { first, count, earnedAt: t, expiresAt: new Date(expiresAt) };
    first += 3 * count;
    await fillLots(sessions[0] as OwnSession, lots);
    return lots;
  };
  try {
    const ours = Math.ceil(size * lotsPerEarning);
    note(`the expiry of ${ours} lots by ${workers} workers; first they are given`);
    const rates = await inTurn(
      pairs,
      async () => expireLots(sessions, await filled(ours)),
      async () => expireByHand(sessions, await filled(Math.ceil(ours / floorShare))),
    );
    return ratioRow(`expiry of ${ours} lots, ${workers} workers`, 'lots/s', rates, null);
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}
