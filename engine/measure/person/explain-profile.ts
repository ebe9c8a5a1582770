/**
 * All that the store knows about why one person got, or didn't get, each message: segments, traits, consents, ways through
 * journeys, decisions. Reads only; recomputes nothing, since a decision is what was written at its time.
 */
import type { Attribution } from '../../compiler/ir.ts';
import type { OwnSession } from '../../store/session.ts';
import {
  type ConsentRow,
  type ConversionRow,
  countWaitingFacts,
  type DeadLetterRow,
  type EnrollmentRow,
  type EntityRow,
  type EventCountRow,
  type IdentifierRow,
  type MembershipRow,
  type MessageRow,
  type PersonKey,
  type ProfileRow,
  type RefusalRow,
  type StepLogRow,
  selectConsents,
  selectConversions,
  selectDeadLetters,
  selectEnrollments,
  selectEntityRows,
  selectEventCounts,
  selectIdentifiers,
  selectMemberships,
  selectMessages,
  selectProfile,
  selectRefusals,
  selectStepLog,
} from './queries.ts';

/** Newest rows of each list that are read. */
export const explainRowsMax = 500;

export interface ExplainedEnrollment extends EnrollmentRow {
  /** What was done, oldest first. */
  readonly steps: readonly Pick<StepLogRow, 'step' | 'at' | 'outcome' | 'detail'>[];
  /** Of its goal; null: it wasn't met, or he was held out. */
  readonly credit: ExplainedCredit | null;
}

/** The message that is given credit for a goal. */
export interface ExplainedCredit {
  /** When what met the goal happened. */
  readonly at: Date;
  readonly rule: Attribution;
  /** Messages among which it was chosen; with none, the rest is null. */
  readonly touches: number;
  readonly messageId: number | null;
  readonly journey: string | null;
  readonly step: string | null;
  readonly channel: string | null;
}

export interface Explanation {
  readonly key: PersonKey;
  readonly profile: ProfileRow;
  readonly identifiers: readonly IdentifierRow[];
  readonly memberships: readonly MembershipRow[];
  readonly consents: readonly ConsentRow[];
  readonly events: readonly EventCountRow[];
  /** Rows of entities that he is tied to, the last changed first. */
  readonly entities: readonly EntityRow[];
  /** Newest first. */
  readonly enrollments: readonly ExplainedEnrollment[];
  /** Journeys that didn't let him in, newest first. */
  readonly refusals: readonly RefusalRow[];
  /** Newest first. */
  readonly messages: readonly MessageRow[];
  readonly waitingFacts: number;
  readonly deadLetters: readonly DeadLetterRow[];
}

/** The person's explanation in one snapshot, or null when there is no such profile. `eventTypes`: those that the live revision declares. */
export function explainProfile(
  session: OwnSession,
  key: PersonKey,
  eventTypes: readonly string[],
): Promise<Explanation | null> {
  return session.transaction(
    async (inner) => {
      const profile = await selectProfile(inner, key);
      if (profile === null) return null;
      const enrollments = await selectEnrollments(inner, key, explainRowsMax);
      const steps = await selectStepLog(inner, key, explainRowsMax);
      const conversions = await selectConversions(inner, key, explainRowsMax);
      return {
        key,
        profile,
        identifiers: await selectIdentifiers(inner, key),
        memberships: await selectMemberships(inner, key),
        consents: await selectConsents(inner, key),
        events: await selectEventCounts(inner, key, eventTypes),
        entities: await selectEntityRows(inner, key, explainRowsMax),
        enrollments: enrollments.map((row) => ({
          ...row,
          steps: stepsOf(row, steps),
          credit: creditOf(row, conversions),
        })),
        refusals: await selectRefusals(inner, key, explainRowsMax),
        messages: await selectMessages(inner, key, explainRowsMax),
        waitingFacts: await countWaitingFacts(inner, key),
        deadLetters: await selectDeadLetters(inner, key, explainRowsMax),
      };
    },
    { readOnly: true },
  );
}

function creditOf(enrollment: EnrollmentRow, conversions: readonly ConversionRow[]): ExplainedCredit | null {
  const { journey, key, n } = enrollment;
  const found = conversions.find((row) => row.journey === journey && row.key === key && row.n === n);
  if (found === undefined) return null;
  const { at, rule, touches, message_id: messageId } = found;
  const message = { journey: found.message_journey, step: found.message_step, channel: found.message_channel };
  return { at, rule, touches, messageId, ...message };
}

function stepsOf(enrollment: EnrollmentRow, log: readonly StepLogRow[]): ExplainedEnrollment['steps'] {
  return log
    .filter((row) => row.journey === enrollment.journey && row.key === enrollment.key && row.n === enrollment.n)
    .sort((a, b) => a.seq - b.seq)
    .map(({ step, at, outcome, detail }) => ({ step, at, outcome, detail }));
}
