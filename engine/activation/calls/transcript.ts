/** The conversation that an agent sees with a call: what the person wrote, and which messages he got, as far back as the desk says. */
import type { Session } from '../../store/session.ts';
import { addExactly } from '../journeys/moments.ts';
import type { Desk } from './desk.ts';
import { type CallRow, type SpokenRow, selectSpoken } from './queries.ts';

/** `template`: which message it was; the words of messages aren't kept. */
export type TranscriptLine = Omit<SpokenRow, 'profile_id'>;

/** Lines of a person; who wrote more is read by his newest. */
const linesMax = 50;

/** By the number of the profile; one statement, and none where the desk sees nothing of it. */
export async function transcriptsOf(
  session: Session,
  { transcript, asking: { t, program } }: Pick<Desk, 'transcript' | 'asking'>,
  calls: readonly CallRow[],
): Promise<ReadonlyMap<number, readonly TranscriptLine[]>> {
  if (transcript === null) return new Map();
  const people = [...new Map(calls.map((one) => [one.profile_id, one])).values()];
  const places = { lanes: people.map(({ lane }) => lane), profiles: people.map((one) => one.profile_id) };
  const back = { months: -transcript.months, days: -transcript.days, ms: -transcript.ms };
  const found = new Map<number, TranscriptLine[]>();
  // A call is no word of the conversation.
  const desks = [...program.channels].flatMap(([id, { desk }]) => (desk === undefined ? [] : [id]));
  const since = addExactly(t, back);
  for (const { profile_id: id, ...line } of await selectSpoken(session, places, { since, desks, each: linesMax })) {
    found.set(id, [...(found.get(id) ?? []), line]);
  }
  return found;
}
