/** Which messages a rule of pressure is about, and whether it is about the person. Pure. */
import type { Coverage } from '../../compiler/ir.ts';
import type { Situation } from './situation.ts';

/** `service` is covered only where objectives or its journey are named. */
export function isCovered(
  covers: Coverage,
  message: { readonly journey: string; readonly objective: string },
  channel: string,
): boolean {
  if (covers.channels !== null && !covers.channels.includes(channel)) return false;
  if (covers.notJourneys.includes(message.journey)) return false;
  if (covers.tagged !== undefined && !covers.tagged.journeys.includes(message.journey)) return false;
  const isNamed = covers.journeys?.includes(message.journey) ?? false;
  if (covers.journeys !== null && !isNamed) return false;
  if (covers.objectives !== null) return covers.objectives.some((objective) => objective === message.objective);
  return message.objective !== 'service' || isNamed;
}

/** A rule without a condition is about everybody. */
export function isAbout(about: string | null, { applies }: Pick<Situation, 'applies'>): boolean {
  return about === null || applies.has(about);
}
