/**
 * Commands that need an answer at once, as at a till: they wait for the person's lane, run as a transaction of one person, and commit. A
 * caller's key is one of its programme: the same key with the same body is answered alike, with another body it is a conflict.
 */
import type { OwnSession, Session } from '../store/session.ts';
import { bookPostings } from './ledger/book-postings.ts';
import type { Answer, Booked } from './ledger/booking.ts';
import type { ProgrammeTerms } from './ledger/keep-tiers.ts';
import type { Posting } from './ledger/postings.ts';
import type { Who } from './ledger/queries.ts';
import { claimKey, lockLane, waitBriefly } from './queries.ts';

export interface Command extends Who {
  /** Told when it is the command's turn, at the lane's time. */
  readonly posting: (t: Date, session: Session) => Promise<Posting | null> | Posting | null;
  /** The caller's key and a digest of all he asked; null: he gave none. */
  readonly caller: { readonly key: string; readonly digest: string } | null;
}

export interface Carried {
  /** null: there is nothing that the command could be about. */
  readonly answer: Answer | null;
  readonly booked: Booked | null;
  readonly t: Date;
}

/** Carries out a command. Errors: those of the store; `55P03` when the lane isn't free within two seconds. */
export function carryOut(
  session: OwnSession,
  command: Command,
  how: {
    readonly now: Date;
    readonly terms: (program: string) => ProgrammeTerms | null;
    /** What follows from it, in the same transaction. */
    readonly then?: (session: Session, booked: Booked, t: Date) => Promise<void>;
  },
): Promise<Carried> {
  return session.transaction(async (inside): Promise<Carried> => {
    await waitBriefly(inside);
    const last = await lockLane(inside, command.lane);
    const t = new Date(Math.max(how.now.getTime(), last?.getTime() ?? 0));
    if (command.caller !== null && (await claimKey(inside, command, command.caller)) === 'conflict') {
      return { answer: { status: 'conflict', txnId: 0 }, booked: null, t };
    }
    const posting = await command.posting(t, inside);
    if (posting === null) return { answer: null, booked: null, t };
    const { lane, profileId, program } = command;
    const booked = await bookPostings(inside, {
      t,
      terms: how.terms,
      postings: [{ lane, profileId, program, posting }],
    });
    await booked.written;
    await how.then?.(inside, booked, t);
    return { answer: booked.answers[0] ?? null, booked, t };
  });
}
