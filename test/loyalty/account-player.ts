/** Plays the commands of the model on the engine's ledger in memory, and reads from its rows what the postings must be told. */
import { type Book, type Member, newBook } from '../../engine/loyalty/ledger/account.ts';
import { post } from '../../engine/loyalty/ledger/post.ts';
import type { BurntLots, Outcome, Posting, Spent } from '../../engine/loyalty/ledger/postings.ts';
import { settle } from '../../engine/loyalty/ledger/settle.ts';
import { type Command, newLotLives } from './ledger-model.ts';

export const hour = 3_600_000;

export interface Player {
  readonly member: Member;
  readonly book: Book;
  play(command: Command): string;
  /** A job that books what is due. */
  settle(at: number): void;
  available(): number;
}

export function newMember(program = 'club'): Member {
  return {
    ...{ lane: 1, profileId: 7, program, holderId: 70, isNew: false, debt: 0, pieces: [] },
    ...{ tier: null, tierSince: null, tierUntil: null, tierFalls: null, seenAt: null },
  };
}

/** With `shift` hours added to all times. */
export function newPlayer(shift = 0): Player {
  const member = newMember();
  let last = 100;
  const book = newBook(() => {
    last += 1;
    return last;
  });
  let keys = 0;
  const asked = () => {
    keys += 1;
    return { key: `k${keys}`, digest: '' };
  };
  const ids = (kinds: readonly string[]) =>
    book.txns.filter(({ kind }) => kinds.includes(kind)).map(({ txnId }) => txnId);
  const postingOf = (command: Command, at: number): Posting | null => {
    switch (command.kind) {
      case 'earn': {
        const activeAt = at + command.after * hour;
        const expiresAt = command.lives === null ? null : activeAt + command.lives * hour;
        const { points } = command;
        return { ...asked(), kind: 'earn', points, at, activeAt, expiresAt, source: 'r', issuer: 'house', match: null };
      }
      case 'redeem':
        return { ...asked(), kind: 'redeem', points: command.points, source: 'reward' };
      case 'hold':
        return { ...asked(), kind: 'hold', points: command.points, source: 'till', until: at + command.for * hour };
      case 'capture':
      case 'release': {
        const hold = ids(['hold'])[command.n];
        return hold === undefined ? null : { ...asked(), kind: command.kind, hold };
      }
      case 'cancel': {
        const txnId = ids(['redeem', 'capture'])[command.n];
        const part = command.points === null ? {} : { points: command.points };
        return txnId === undefined
          ? null
          : { ...asked(), kind: 'cancel', spent: spentOf(book, txnId), burnt: burntOf(command.burnt, at), ...part };
      }
      case 'usable': {
        const lot = ids(['earn'])[command.n];
        return lot === undefined ? null : { ...asked(), kind: 'activate', lot };
      }
      case 'reverse': {
        const txnId = ids(['earn'])[command.n];
        const { points, policy } = command;
        return txnId === undefined
          ? null
          : { ...asked(), kind: 'reverse', points, policy, earned: earnedOf(book, txnId) };
      }
    }
  };
  return {
    member,
    book,
    play(command) {
      const at = (command.at + shift) * hour;
      settle(member, at, book);
      const posting = postingOf(command, at);
      const outcome: Outcome | null = posting === null ? null : post(member, posting, at, book);
      return outcome?.status ?? 'none';
    },
    settle: (at) => settle(member, (at + shift) * hour, book),
    available: () => member.pieces.reduce((sum, one) => (one.account === 'active' ? sum + one.remaining : sum), 0),
  };
}

export function earnedOf({ txns, moves }: Book, txnId: number) {
  const points = txns.find((txn) => txn.txnId === txnId)?.amount ?? 0;
  const reversals = txns.filter((txn) => txn.kind === 'reverse' && txn.ofTxn === txnId);
  const lost = new Set(txns.filter(({ kind }) => kind === 'expire').map((txn) => txn.txnId));
  return {
    txnId,
    points,
    reversed: reversals.reduce((sum, { amount }) => sum + amount, 0),
    waived: reversals.reduce((sum, { waived }) => sum + waived, 0),
    expired: moves.reduce((sum, one) => (one.lotId === txnId && lost.has(one.txnId) ? sum - one.amount : sum), 0),
  };
}

function burntOf(kind: 'keep' | 'extend' | 'new_lot', at: number): BurntLots {
  return kind === 'new_lot' ? { kind, expiresAt: at + newLotLives * hour } : { kind };
}

export function spentOf({ txns, moves, lots }: Book, txnId: number): Spent {
  const txn = txns.find((one) => one.txnId === txnId);
  const from = txn?.kind === 'capture' ? txn.ofTxn : txnId;
  const parts = moves
    .filter((one) => one.txnId === from)
    .map(({ lotId, amount }) => {
      return { lotId, points: -amount, expiresAt: lots.find((lot) => lot.lotId === lotId)?.expiresAt ?? null };
    });
  let back = txns.reduce((sum, one) => (one.kind === 'cancel' && one.ofTxn === txnId ? sum + one.amount : sum), 0);
  for (const part of [...parts].reverse()) {
    const gone = Math.min(back, part.points);
    part.points -= gone;
    back -= gone;
  }
  return { txnId, at: txn?.at ?? 0, issuer: 'house', parts };
}
