/**
 * Accounts that are read together with what decides what is booked on them, which saves a wait. The statement is in `queries.ts`; nothing may be
 * booked on these accounts between the asking and the use.
 */
import type { Session } from '../../store/session.ts';
import { type AccountRow, readAccounts, type Who } from './queries.ts';

export interface AccountsAhead {
  /** The rows of these members, in order; null: not all of them were asked for. */
  rowsOf(who: readonly Who[]): Promise<readonly AccountRow[]> | null;
}

/** Asks for the accounts at once. An error is told where rows are awaited; if nobody does, by whatever comes next on the session. */
export function readAhead(session: Session, who: readonly Who[]): AccountsAhead {
  const asked = [...new Map(who.map((one) => [nameOf(one), one])).values()];
  const places = new Map(asked.map((one, i) => [nameOf(one), i]));
  const rows = asked.length === 0 ? Promise.resolve([]) : readAccounts(session, asked);
  rows.catch(() => {});
  return {
    rowsOf(wanted) {
      const found = wanted.map((one) => places.get(nameOf(one)));
      if (found.some((place) => place === undefined)) return null;
      return rows.then((all) => found.map((place) => all[place as number] as AccountRow));
    },
  };
}

/** A member of a programme. */
export function nameOf({ profileId, program }: Who): string {
  return `${profileId} ${program}`;
}
