/** Reads compiled conditions for enrollments: one statement for a set, whatever the number of conditions. */
import type { Condition } from '../../compiler/ir.ts';
import { type EnrollmentArrays, forEnrollments } from '../../compiler/program-sql.ts';
import type { Batch } from '../batch.ts';
import type { Enrollment } from './enrollment.ts';

export interface Reading {
  /** By condition, in the order given. */
  readonly holds: readonly boolean[];
  /** The earliest time at which any of them may change by itself, or null. */
  readonly nextChange: Date | null;
}

/** Columns h0, n0, h1 …; the person's zone, unless he is read as of an earlier time. */
type Row = Record<string, unknown> & { readonly i: number; readonly zone?: string | null };

/**
 * Readings aligned with `enrollments`. `key` names the conditions within the program. With `until`, those whose time was over before
 * now are read as of then: what happened later doesn't count. States are read as they stand all the same.
 */
export async function readConditions(
  batch: Batch,
  key: string,
  conditions: readonly Condition[],
  enrollments: readonly Enrollment[],
  until: readonly (Date | null)[] = [],
): Promise<readonly Reading[]> {
  if (enrollments.length === 0) return [];
  const isBounded = until.some((at) => at !== null && at < batch.t);
  const statement = isBounded
    ? batch.statements.pairsOverEnrollmentsUntil(key, conditions)
    : batch.statements.pairsOverEnrollments(key, conditions);
  const arrays = arraysOf(enrollments);
  const { text, values } = forEnrollments(
    statement,
    batch.t,
    isBounded ? { ...arrays, until: until.map((at) => at ?? batch.t) } : arrays,
  );
  const note = batch.zones.reading();
  const rows = await batch.session.query<Row>(text, values);
  const none: Reading = { holds: conditions.map(() => false), nextChange: null };
  const readings = new Array<Reading>(enrollments.length).fill(none);
  const held = heldSets(conditions.map((_, c) => `h${c}`));
  const changes = conditions.map((_, c) => `n${c}`);
  for (const row of rows) {
    if (row.zone !== undefined) note((enrollments[row.i - 1] as Enrollment).profileId, row.zone);
    readings[row.i - 1] = { holds: held(row), nextChange: soonest(row, changes) };
  }
  return readings;
}

/** Which of the columns hold in a row; rows in which the same ones do share the answer. */
function heldSets(names: readonly string[]): (row: Row) => readonly boolean[] {
  const known: (readonly boolean[])[] = [];
  return (row) => {
    const found = known.find((holds) => holds.every((held, c) => held === (row[names[c] as string] === true)));
    if (found !== undefined) return found;
    const holds = names.map((name) => row[name] === true);
    if (known.length < heldSetsMax) known.push(holds);
    return holds;
  };
}

const heldSetsMax = 8;

function soonest(row: Row, names: readonly string[]): Date | null {
  let first: Date | null = null;
  for (const name of names) {
    const at = row[name] as Date | null;
    if (at !== null && (first === null || at < first)) first = at;
  }
  return first;
}

/** What a statement over enrollments is given of them; made when it is asked for, since most statements read only whose they are. */
export function arraysOf(enrollments: readonly Enrollment[]): EnrollmentArrays {
  return {
    lanes: enrollments.map((one) => one.lane),
    profiles: enrollments.map((one) => one.profileId),
    get journey() {
      return enrollments.map((one) => one.journey.id);
    },
    get key() {
      return enrollments.map((one) => one.key);
    },
    get n() {
      return enrollments.map((one) => one.n);
    },
    get enteredAt() {
      return enrollments.map((one) => one.enteredAt);
    },
    get stepSince() {
      return enrollments.map((one) => one.stepSince);
    },
    get marks() {
      return enrollments.map((one) => JSON.stringify(one.marks));
    },
    get entry() {
      return enrollments.map((one) => JSON.stringify(one.entry));
    },
  };
}

/** Groups by a key, keeping the order of first appearance. */
export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
