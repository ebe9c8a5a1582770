/**
 * Places in journeys that let in so many people at most (`max_entries`), over all lanes. A lane never counts what others let in: it asks,
 * by appending, and whoever looks first here gives places in the order of asking, in a short transaction under the lock of the journey's
 * count. The answer is a command in the lane's inbox, so a place is taken by one enrollment or comes back.
 */
import type { Program } from '../../../../compiler/program.ts';
import type { OwnSession, Session } from '../../../../store/session.ts';
import { appendInbox } from '../../../lanes/queries.ts';
import type { Running } from '../../../running.ts';
import type { StartCommand } from '../start-command.ts';
import { journeysAsked, lockPlaces, savePlaces, takeRequests } from './queries.ts';

/** Requests that one transaction answers. */
const requestsMax = 1_000;
/** The inbox class of commands that the engine gives itself. */
const timerClass = 2;

/** Revisions that were looked at once: a journey that let in only so many may have left requests, and let in everybody now. */
const looked = new WeakSet<Running>();

function isAnyBounded({ journeys }: Program): boolean {
  for (const { body } of journeys.values()) if (body.entry.maxEntries !== undefined) return true;
  return false;
}

/** Answers what was asked; returns how many answers there are. Without a journey that is bounded it asks nothing of the store. */
export async function givePlaces(session: OwnSession, running: Running, now: Date): Promise<number> {
  if (!isAnyBounded(running.program) && looked.has(running)) return 0;
  looked.add(running);
  let answered = 0;
  for (const journey of await journeysAsked(session)) {
    for (let more = requestsMax; more === requestsMax; answered += more) {
      more = await session.transaction((inside) => answer(inside, running.program, journey, now));
    }
  }
  return answered;
}

async function answer(session: Session, program: Program, journey: string, now: Date): Promise<number> {
  const before = await lockPlaces(session, journey);
  const requests = await takeRequests(session, journey, requestsMax);
  const body = program.journeys.get(journey)?.body;
  const max = body?.entry.maxEntries ?? Number.POSITIVE_INFINITY;
  let taken = before - requests.filter((one) => one.body === null).length;
  const answers: Parameters<typeof appendInbox>[1][number][] = [];
  for (const { lane, profile_id: profileId, body: asked } of requests) {
    if (asked === null) continue;
    const isGiven = taken < max;
    if (isGiven) taken += 1;
    const { hop, ...command } = asked;
    const told: StartCommand = { ...command, place: isGiven ? 'given' : 'none' };
    answers.push({ lane, class: timerClass, visibleAt: now, profileId, kind: 'start', hop, body: told });
  }
  if (requests.length > 0) await savePlaces(session, journey, taken);
  await appendInbox(session, answers);
  return requests.length;
}
