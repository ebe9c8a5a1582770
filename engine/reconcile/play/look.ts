/** What is seen of the people of tests, three statements for all of them. */
import type { ChannelType } from '../../compiler/ir.ts';
import type { Program } from '../../compiler/program.ts';
import type { Session } from '../../store/session.ts';
import type { Actor } from './actor.ts';
import type { Seen, SeenEnrollment, SeenMessage } from './expectations.ts';
import {
  selectWatchedEnrollments,
  selectWatchedMessages,
  selectWatchedSegments,
  type WatchedEnrollmentRow,
  type WatchedMessageRow,
} from './queries.ts';

/** What isn't sent to anybody, but laid where people pass. */
const placingTypes: ReadonlySet<ChannelType> = new Set<ChannelType>(['on-site', 'print', 'audience']);

/** For each of the people, in their order. `isWithTriggers`: conditions of triggers count as segments. */
export async function look(
  session: Session,
  program: Program,
  actors: readonly Actor[],
  { isWithTriggers = false } = {},
): Promise<readonly Seen[]> {
  if (actors.length === 0) return [];
  const of = {
    lanes: actors.map(({ lane }) => lane),
    profiles: actors.map(({ profileId }) => profileId),
    journeys: actors.map(({ journey }) => journey.id),
  };
  const [messages, enrollments, segments] = await Promise.all([
    selectWatchedMessages(session, of),
    selectWatchedEnrollments(session, of),
    selectWatchedSegments(session, of),
  ]);
  return actors.map((_, i) => ({
    messages: messages.filter((row) => row.i === i + 1).map((row) => messageOf(program, row)),
    enrollments: enrollments.filter((row) => row.i === i + 1).map(enrollmentOf),
    segments: segments
      .filter((row) => row.i === i + 1 && (isWithTriggers || !row.segment.includes('/')))
      .map(({ segment }) => segment),
  }));
}

function messageOf(
  program: Program,
  { message_id, step, channel, state, has_left, decision }: WatchedMessageRow,
): SeenMessage {
  const type = channel === null ? undefined : program.channels.get(channel)?.type;
  const { rule, deferred_by: waitedFor } = decision;
  return {
    id: message_id,
    ...{ step, state, hasLeft: has_left, isPlaced: type !== undefined && placingTypes.has(type) },
    rule: typeof rule === 'string' ? rule : null,
    deferredBy: Array.isArray(waitedFor) ? waitedFor.map(String) : [],
  };
}

function enrollmentOf({ key, n, state, step, exit_as, is_held_out }: WatchedEnrollmentRow): SeenEnrollment {
  return { id: `${n} ${key}`, isActive: state === 'active', step, exitAs: exit_as, isHeldOut: is_held_out };
}
