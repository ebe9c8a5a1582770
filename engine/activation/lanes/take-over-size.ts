/**
 * How many lanes one transaction takes over to a new revision: as many as should hold them no longer than whoever waits can bear. It
 * adapts to how long the last ones took.
 */
import type { Session } from '../../store/session.ts';
import { knownPeople } from './queries.ts';

/** Where nobody waits, people that the first transaction takes over, as far as is known; the next ones adapt to how long that took … */
const peopleStart = 20_000;
/** … and more where little is filled of each: so many traits and segments of people. */
const patientFills = 750_000;
/** A take-over should end within this time while facts arrive; … */
const busyMs = 40;
/** … while nothing live happens within this one, so that what does happen doesn't wait long, … */
const calmMs = 500;
/** … which is known when nothing live was taken for so long; … */
const calmAfterMs = 10_000;
/** … and within this one when nobody waits at all: larger ones read much of what they share once more, and cost memory. */
const patientMs = 20_000;
/** A take-over is never so many times the one before: what it costs may not grow as its lanes do. */
const growthMax = 16;
const lanesMax = 1_024;

/** Where somebody waits, the first take-over tells what a lane costs. */
export const lanesFirst = 1;

/** Where nobody waits: how many lanes hold the people of a first take-over, which fills so many traits and segments. */
export async function firstTakeOver(session: Session, filled: number): Promise<number> {
  const people = await knownPeople(session);
  const start = Math.max(peopleStart, Math.ceil(patientFills / Math.max(1, filled)));
  return Math.min(lanesMax, Math.max(1, Math.ceil((start * lanesMax) / Math.max(1, people))));
}

/** How long a take-over may hold its lanes, by the time since something live was taken (milliseconds). */
export function takeOverBound(isPatient: boolean, sinceLiveMs: number): number {
  if (isPatient) return patientMs;
  return sinceLiveMs > calmAfterMs ? calmMs : busyMs;
}

/** As many lanes as should take three quarters of the bound, if all cost alike. */
export function nextTakeOver(lanes: number, tookMs: number, boundMs: number): number {
  const fitting = (lanes * 0.75 * boundMs) / Math.max(1, tookMs);
  return Math.max(1, Math.min(Math.floor(fitting), lanes * growthMax, lanesMax));
}
