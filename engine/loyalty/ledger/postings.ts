/** What may be asked of a member's account, and what is answered: plain data. How it is booked is `post.ts` and `undo.ts`. */

interface Asked {
  /** Unique in the account: booked once. */
  readonly key: string;
  /** Of the whole posting: the same key with another digest is a conflict. */
  readonly digest: string;
}

export type Posting =
  | (Asked & {
      readonly kind: 'earn';
      readonly points: number;
      /** When it was earned, which may lie back. */
      readonly at: number;
      readonly activeAt: number;
      readonly expiresAt: number | null;
      readonly source: string;
      readonly issuer: string;
      readonly match: string | null;
      readonly base?: number | null;
    })
  /** Points that count for tiers and are never spent. */
  | (Asked & {
      readonly kind: 'qualify';
      readonly points: number;
      readonly at: number;
      readonly source: string;
      readonly match: string | null;
      readonly base?: number | null;
    })
  /** Makes points usable that waited for something. */
  | (Asked & { readonly kind: 'activate'; readonly lot: number })
  | (Asked & { readonly kind: 'redeem'; readonly points: number; readonly source: string })
  | (Asked & { readonly kind: 'hold'; readonly points: number; readonly source: string; readonly until: number })
  /** `source` of a capture: what the points were held for. */
  | (Asked & { readonly kind: 'capture' | 'release'; readonly hold: number; readonly source?: string })
  /** Gives spent points back to the lots that they came from; `points` of them, all that are left when absent. */
  | (Asked & { readonly kind: 'cancel'; readonly spent: Spent; readonly burnt: BurntLots; readonly points?: number })
  /** Takes earned points back, all or a part. */
  | (Asked & {
      readonly kind: 'reverse';
      readonly points: number;
      readonly earned: Earned;
      readonly policy: SpentPoints;
      readonly base?: number | null;
    });

/** What becomes of points to be taken back that were spent: a debt, no more is taken than is left, or nothing at all is taken back. */
export type SpentPoints = 'debt' | 'cap_at_zero' | 'reject';
/** What becomes of points given back to a lot whose time is over: it lives as long as was left when they were spent, they are lost, or they live as new ones. */
export type BurntLots =
  | { readonly kind: 'extend' | 'keep' }
  | { readonly kind: 'new_lot'; readonly expiresAt: number | null };

/** A redemption (or a captured hold) with the moves by which it took from lots. */
export interface Spent {
  readonly txnId: number;
  readonly at: number;
  readonly issuer: string;
  /** In the order in which they were taken. A cancellation is noted here, so that several of one set know of each other. */
  readonly parts: readonly {
    readonly lotId: number;
    /** As of a piece. */
    readonly ofLot?: number | null;
    /** The lot is of a holder who was merged into the member: what is given back gets a lot of his own. Default: it is his. */
    readonly isOthers?: boolean;
    /** Taken, and not given back yet. */
    points: number;
    readonly expiresAt: number | null;
  }[];
}

/** An earning with what became of it; a reversal is noted here, so that several of one set know of each other. */
export interface Earned {
  readonly txnId: number;
  readonly points: number;
  /** Taken back before. */
  reversed: number;
  /** Of that, what could not be taken. */
  waived: number;
  /** Lost by time from its lot. */
  readonly expired: number;
  /** It counts for tiers alone. Default: it is points. */
  readonly qualifies?: boolean;
  /** Keys of what took it back so far; null or absent: nothing did. What gave no points is taken back once. */
  readonly reversals?: readonly string[] | null;
}

export type Outcome =
  | { readonly status: 'booked'; readonly txnId: number; readonly points: number }
  /** Not enough points, and nothing was booked. */
  | { readonly status: 'short'; readonly missing: number }
  /** The hold has lapsed or was resolved, the redemption was cancelled, nothing is left to be taken back. */
  | { readonly status: 'over' }
  /** The programme takes nothing back that was spent. */
  | { readonly status: 'rejected'; readonly missing: number };

/** A posting of a kind. */
export type Of<K extends Posting['kind']> = Extract<Posting, { readonly kind: K }>;
