/** Restriction of processing: what is known of a person is kept, and nothing is done with it until it is lifted. */
import type { Session } from '../../store/session.ts';
import { lockLanes } from '../identity/queries.ts';
import { laneOf } from '../lane-of.ts';
import { setRestricted, stopActivation } from './queries.ts';

/** Inside a transaction. He leaves all journeys and enters none; what wasn't handed over stays here. False: there is no such profile. */
export async function restrictPerson(session: Session, profileId: number, now: Date): Promise<boolean> {
  await lockLanes(session, [laneOf(profileId)]);
  if (!(await setRestricted(session, profileId, now))) return false;
  await stopActivation(session, profileId, now);
  return true;
}

/** Inside a transaction. From now on what happens may start journeys again; what ended doesn't come back. */
export async function liftRestriction(session: Session, profileId: number): Promise<boolean> {
  await lockLanes(session, [laneOf(profileId)]);
  return await setRestricted(session, profileId, null);
}
