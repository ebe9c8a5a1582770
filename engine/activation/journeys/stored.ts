/** Enrollments between the store and memory. */
import type { Session } from '../../store/session.ts';
import { inParts, type Statement, writeTogether } from '../../store/together.ts';
import { cancelDeferred } from '../messages/queries.ts';
import type { Enrollment } from './enrollment.ts';
import { type EnrollmentRow, enrollmentsBegun, enrollmentsMoved, stepOf, stepsDone } from './queries.ts';
import type { JourneyVersions } from './versions.ts';

/** Brings rows to memory; their versions are loaded as needed. */
export async function loadEnrollments(
  session: Session,
  versions: JourneyVersions,
  rows: readonly EnrollmentRow[],
): Promise<readonly Enrollment[]> {
  await versions.load(session, rows);
  return rows.map((row): Enrollment => {
    const journey = versions.get(row.journey, row.version);
    return {
      lane: row.lane,
      profileId: row.profile_id,
      journey,
      key: row.key,
      n: row.n,
      isNew: false,
      enteredAt: row.entered_at,
      goalUntil: row.goal_until,
      entry: row.entry,
      openedBy: null,
      hop: row.hop,
      holdout: row.holdout,
      heldAt: row.posture === 'held' ? row.step : null,
      hadGoal: row.goal_at !== null,
      state: row.state,
      step: row.step === null ? null : (journey.stepIndex.get(row.step) ?? null),
      posture: row.posture,
      stepSince: row.step_since,
      dueAt: row.due_at,
      watchAt: row.watch_at,
      goalAt: row.goal_at,
      exitedAt: row.exited_at,
      exitAs: row.exit_as,
      marks: row.marks,
      stepsDone: row.steps_done,
      ignored: 0,
      isChanged: false,
      log: [],
    };
  });
}

/** Writes what changed, new rows, old ones and the log together, with `more` that goes with them. */
export async function saveEnrollments(
  session: Session,
  enrollments: Iterable<Enrollment>,
  t: Date,
  more: readonly (Statement | null)[] = [],
): Promise<void> {
  const changed = [...enrollments].filter((one) => one.isChanged);
  const freed = changed.filter((one) => one.heldAt !== null && !(one.posture === 'held' && stepOf(one) === one.heldAt));
  await Promise.all([
    ...inParts(changed).map((part, i) =>
      writeTogether(session, [
        enrollmentsBegun(part.filter((one) => one.isNew)),
        enrollmentsMoved(part.filter((one) => !one.isNew)),
        stepsDone(part, t),
        ...(i === 0 ? more : []),
      ]),
    ),
    cancelDeferred(
      session,
      freed.map((one) => ({
        lane: one.lane,
        profileId: one.profileId,
        journey: one.journey.id,
        key: one.key,
        n: one.n,
        step: one.heldAt ?? '',
      })),
    ),
  ]);
}
