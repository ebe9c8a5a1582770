/** Faults of data inside a lane transaction: told apart from faults of the world, and set apart one by one. */
import type { Session } from '../store/session.ts';
import { bury, dropEntryWake, dropMembershipWake, dropTraitWake, endEnrollmentAsError } from './faults/queries.ts';
import type { Enrollment } from './journeys/enrollment.ts';
import type { Due } from './lanes/lane-transaction.ts';
import type { InboxRow } from './lanes/queries.ts';
import type { DueRow } from './segments/queries.ts';

/** The least that a transaction can handle: what is handled alone to find a fault. */
export type Unit =
  | { readonly kind: 'inbox'; readonly row: InboxRow }
  | { readonly kind: 'membership' | 'trait' | 'entry'; readonly row: DueRow }
  | { readonly kind: 'enrollment'; readonly row: Enrollment };

/** The kinds in the order in which a transaction comes to them. */
export const unitKinds = ['inbox', 'trait', 'membership', 'enrollment', 'entry'] as const;

/** All that is due, unit by unit. */
export function unitsOf({ inbox, memberships, traits, entries, enrollments }: Due): readonly Unit[] {
  return [
    ...inbox.map((row) => ({ kind: 'inbox', row }) as const),
    ...traits.map((row) => ({ kind: 'trait', row }) as const),
    ...memberships.map((row) => ({ kind: 'membership', row }) as const),
    ...enrollments.map((row) => ({ kind: 'enrollment', row }) as const),
    ...entries.map((row) => ({ kind: 'entry', row }) as const),
  ];
}

/** The unit as all that is due. */
export function dueOf(unit: Unit): Due {
  return {
    inbox: unit.kind === 'inbox' ? [unit.row] : [],
    memberships: unit.kind === 'membership' ? [unit.row] : [],
    traits: unit.kind === 'trait' ? [unit.row] : [],
    entries: unit.kind === 'entry' ? [unit.row] : [],
    enrollments: unit.kind === 'enrollment' ? [unit.row] : [],
  };
}

/** SQLSTATE classes that come from a value, not from the world: data exception, integrity, limits, raised by our own code. */
const dataClasses = new Set(['22', '23', '54', 'P0']);

export function isDataError(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' && code.length === 5 && dataClasses.has(code.slice(0, 2));
}

/** The SQLSTATE of a data error. */
export function codeOf(error: unknown): string {
  return (error as { readonly code?: string }).code ?? 'unknown';
}

/** What a unit is, as it stands in `dead_letter`. */
export function nameOf(unit: Unit): string {
  return unit.kind === 'inbox' ? unit.row.kind : unit.kind;
}

/** From the first quotation mark to the last, in the languages that servers speak. */
const quoted = /["'„“«»].*["'“”«»]/s;

/**
 * The SQLSTATE and the server's words without what they quote, which may be a value of the person, and without its details, which quote
 * whole rows; and the constraint, which is a name of ours.
 */
export function reasonOf(error: unknown): string {
  const { code, message, constraint } = error as Partial<Record<'code' | 'message' | 'constraint', string>>;
  const words = (message ?? 'no message').replace(quoted, '"…"');
  return `${code ?? 'unknown'}: ${words}${constraint === undefined ? '' : ` (${constraint})`}`;
}

/**
 * Keeps a unit in `dead_letter`, so that its person and its lane, which the transaction holds, go on without it. An inbox row was taken
 * from its inbox before. A membership, a trait or a trigger loses its wake-up and is read again when a fact touches it; an enrollment ends.
 */
export async function setApart(session: Session, unit: Unit, t: Date, reason: string): Promise<void> {
  if (unit.kind === 'inbox') return await bury(session, unit.row, reason, t);
  const { lane, profileId, name, more } = placeOf(unit);
  const seq = await takeAway(session, unit, t);
  if (seq === null) return;
  await bury(session, { lane, seq, profile_id: profileId, kind: unit.kind, body: { name, ...more } }, reason, t);
}

function placeOf(unit: Exclude<Unit, { readonly kind: 'inbox' }>) {
  if (unit.kind !== 'enrollment')
    return { lane: unit.row.lane, profileId: unit.row.profile_id, name: unit.row.name, more: {} };
  const { lane, profileId, journey, key, n } = unit.row;
  return { lane, profileId, name: journey.id, more: { key, n } };
}

async function takeAway(
  session: Session,
  unit: Exclude<Unit, { readonly kind: 'inbox' }>,
  t: Date,
): Promise<number | null> {
  switch (unit.kind) {
    case 'membership':
      return await dropMembershipWake(session, unit.row);
    case 'trait':
      return await dropTraitWake(session, unit.row);
    case 'entry':
      return await dropEntryWake(session, unit.row);
    case 'enrollment': {
      const { lane, profileId, journey, key, n } = unit.row;
      return await endEnrollmentAsError(session, { lane, profileId, journey: journey.id, key, n }, t);
    }
  }
}
