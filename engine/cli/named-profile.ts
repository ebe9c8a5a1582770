/** The profile that a person at the terminal names. Whoever was merged is found as who he is now. */
import { findProfile } from '../profiles/find-profile.ts';
import type { Place } from '../profiles/queries.ts';
import { type TypedNames, typedNames } from '../profiles/typed-names.ts';
import { liveRevisionNumber, readResources, readRevision } from '../store/revisions.ts';
import type { Session } from '../store/session.ts';
import { CliError } from './cli-error.ts';

/** Errors: `CliError` when nobody answers to the name. */
export async function demandProfile(session: Session, named: string): Promise<Place> {
  const found = await findProfile(session, named, await liveNames(session));
  if (found !== null) return found;
  throw new CliError(
    'CLI_UNKNOWN',
    'Nobody answers to that name. Give an identifier (ana@shop.example, external_id:00042) or the number of a profile.',
  );
}

/** How the live revision writes identifiers; undefined: nothing was applied. */
async function liveNames(session: Session): Promise<TypedNames | undefined> {
  const number = await liveRevisionNumber(session);
  const revision = number === 0 ? null : await readRevision(session, number);
  return revision === null ? undefined : typedNames(await readResources(session, revision));
}
