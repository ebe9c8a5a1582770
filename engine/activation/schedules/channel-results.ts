/**
 * What became of everybody's messages, by channel: counted once a day (UTC), where a journey lets results or prices choose a channel. What a
 * person did himself is read when his message is decided.
 */
import type { Program } from '../../compiler/program.ts';
import type { Session } from '../../store/session.ts';
import { areResultsCounted, countChannelResults } from './queries.ts';

const halfYearMs = 182 * 86_400_000;

const askedBy = new WeakMap<Program, boolean>();

function isAsked(program: Program): boolean {
  const known = askedBy.get(program);
  if (known !== undefined) return known;
  const asked = [...program.journeys.values()].some(({ body }) =>
    /"choose":"(best_of|cheapest_of)"/.test(JSON.stringify(body)),
  );
  askedBy.set(program, asked);
  return asked;
}

/** Counts, unless it was done on the day of t or nobody asks. */
export async function keepChannelResults(session: Session, program: Program, t: Date): Promise<void> {
  if (!isAsked(program)) return;
  const day = t.toISOString().slice(0, 10);
  if (await areResultsCounted(session, day)) return;
  await countChannelResults(session, new Date(t.getTime() - halfYearMs), day);
}
