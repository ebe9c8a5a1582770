/** The profile that a person at the terminal names. Whoever was merged is found as who he is now. */
import { findProfile } from '../profiles/find-profile.ts';
import type { Place } from '../profiles/queries.ts';
import type { Session } from '../store/session.ts';
import { CliError } from './cli-error.ts';

/** Errors: `CliError` when nobody answers to the name. */
export async function demandProfile(session: Session, named: string): Promise<Place> {
  const found = await findProfile(session, named);
  if (found !== null) return found;
  throw new CliError(
    'CLI_UNKNOWN',
    'Nobody answers to that name. Give an identifier (ana@shop.example, external_id:00042) or the number of a profile.',
  );
}
