/** What is asked of `book-postings.ts`, and what it answers: plain data, but for the writes that are on their way. */
import type { Txn } from './account.ts';
import type { AccountsAhead } from './accounts-ahead.ts';
import type { ProgrammeTerms, TierMove } from './keep-tiers.ts';
import type { Outcome, Posting } from './postings.ts';
import type { Who } from './queries.ts';
import type { Transferred } from './transfer.ts';

export interface PostingOf extends Who {
  readonly posting: Posting;
}

export type Answer =
  | Outcome
  /** It was booked before, by this transaction. */
  | { readonly status: 'repeated'; readonly txnId: number; readonly points: number }
  /** Another posting was booked under this key. */
  | { readonly status: 'conflict'; readonly txnId: number };

export interface Booked {
  /** Aligned with the postings. */
  readonly answers: readonly Answer[];
  /** All transactions that were booked, time's own among them, in order. */
  readonly txns: readonly Txn[];
  readonly tiers: readonly TierMove[];
  /** Who is to be told that points will be lost, and how many. */
  readonly notices: readonly (Who & { readonly points: number })[];
  /** When each of the accounts is to be looked at next. */
  readonly next: readonly { readonly lane: number; readonly at: number }[];
  /** Aligned with the transfers: what each did. */
  readonly transferred: readonly Transferred[];
  /** The writes, which were sent: what is asked on the same session sees them. Whoever commits awaits them. */
  readonly written: Promise<void>;
}

export interface Booking {
  readonly t: Date;
  /** The terms of a programme; null: nobody defines it any more. */
  readonly terms: (program: string) => ProgrammeTerms | null;
  readonly postings: readonly PostingOf[];
  /** Members whose time has come, without a posting. */
  readonly due?: readonly Who[];
  /** Accounts that go over to others, before any posting. Of one programme each. */
  readonly transfers?: readonly { readonly from: Who; readonly into: Who; readonly key: string }[];
  /** Transfers that are taken back, before any posting: `into` holds now what `from` brought. */
  readonly returns?: readonly Return[];
  /** Accounts that were asked for already; nothing was booked on them since. */
  readonly ahead?: AccountsAhead;
}

/** A transfer that is taken back. */
export interface Return {
  readonly from: Who;
  readonly into: Who;
  readonly key: string;
  readonly done: Transferred;
  readonly lotsOf: (lotId: number) => number;
  readonly isTaker: boolean;
}
