/**
 * Goals that a transaction met, each with the message that is given credit for it (attribution): one statement for all of them, and none
 * where no goal was met. What counts as a goal is decided in `watch.ts`; reports read what is written here.
 */
import type { Attribution, Duration } from '../../../compiler/ir.ts';
import { defaultAttribution } from '../../../compiler/resolve/attribution.ts';
import type { Statement } from '../../../store/together.ts';
import type { Batch } from '../../batch.ts';
import type { TriggeringEvent } from '../../facts/record.ts';
import type { Enrollment } from '../enrollment.ts';
import { groupBy } from '../evaluate.ts';
import { conversionsNoted } from './queries.ts';

const ranks: Readonly<Record<Attribution['status'], number>> = { sent: 2, delivered: 3, seen: 4, acted: 5 };

/** Whoever is held out of the journey got nothing of it: his goal is what the others' are compared with, and nobody's merit. */
export function conversionsOf(
  batch: Batch,
  enrollments: Iterable<Enrollment>,
  events: readonly TriggeringEvent[],
): Statement | null {
  const met = [...enrollments].filter((one) => one.goalAt !== null && !one.hadGoal && one.holdout === null);
  if (met.length === 0) return null;
  const byPerson = groupBy(events, ({ profileId }) => profileId);
  return conversionsNoted(
    met.map((one) => {
      const rule = ruleOf(batch, one);
      return {
        lane: one.lane,
        profileId: one.profileId,
        journey: one.journey.id,
        key: one.key,
        n: one.n,
        at: happenedAt(one, byPerson.get(one.profileId) ?? []),
        toFirst: rule.to === 'first',
        rank: ranks[rule.status],
        inLast: intervalOf(rule.inLast),
        rule: JSON.stringify(rule),
      };
    }),
  );
}

/** A rule of today, like priorities: not that of the version to which the person is pinned. */
function ruleOf({ program }: Batch, { journey }: Enrollment): Attribution {
  const { goal } = program.journeys.get(journey.id)?.body ?? journey.body;
  return goal?.attribution ?? program.workspace.attribution ?? defaultAttribution;
}

/**
 * The first event of this transaction that the goal reads and that happened since the entry: a message that left while the fact was on
 * its way brought nothing. Without one, when the goal was seen to be met.
 */
function happenedAt(one: Enrollment, events: readonly TriggeringEvent[]): Date {
  const goalAt = one.goalAt as Date;
  const times = events
    .filter(({ type }) => one.journey.goalEvents.has(type))
    .map(({ at }) => at)
    .filter((at) => at > one.enteredAt.getTime() && at < goalAt.getTime());
  return times.length === 0 ? goalAt : new Date(Math.min(...times));
}

function intervalOf({ months, days, ms }: Duration): string {
  return `${months} months ${days} days ${ms / 1_000} seconds`;
}
