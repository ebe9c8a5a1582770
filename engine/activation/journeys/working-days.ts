/**
 * The next working day of a person's country: Monday to Friday, without the holidays of every country whose rules are his. The day on which
 * the wait begins counts.
 */
import type { Step } from '../../compiler/linked-journey.ts';
import { forEnrollments } from '../../compiler/program-sql.ts';
import type { Batch } from '../batch.ts';
import { holidaysAround } from '../messages/holidays.ts';
import type { Enrollment } from './enrollment.ts';
import { arraysOf, readConditions } from './evaluate.ts';

/** Of a day: days since 1970, and milliseconds since 1970 at which it is waited for. */
type DayAhead = readonly [number, number];

/** When the next working day comes, at a clock time; undefined: none in sight. */
export async function workingDays(
  batch: Batch,
  step: Step,
  at: string | null,
  ones: readonly Enrollment[],
): Promise<readonly (Date | undefined)[]> {
  const statement = batch.statements.weekdaysAhead(`${ones[0]?.journey.version} ${step.id}`, at);
  const { text, values } = forEnrollments(statement, batch.t, arraysOf(ones));
  const [rows, isOff] = await Promise.all([
    batch.session.query<{ readonly i: number; readonly days: readonly DayAhead[] | null }>(text, values),
    holidaysOf(batch, ones),
  ]);
  const ahead = new Map(rows.map((row) => [row.i - 1, row.days ?? []]));
  return ones.map((_, i) => {
    const found = ahead.get(i)?.find(([day]) => !isOff(i, day));
    return found === undefined ? undefined : new Date(found[1]);
  });
}

/** Whether a day is a holiday of the person, by his place among the enrollments. */
async function holidaysOf(batch: Batch, ones: readonly Enrollment[]): Promise<(i: number, day: number) => boolean> {
  const countries = batch.program.countries.filter(({ body }) => body.holidays !== null);
  if (countries.length === 0) return () => false;
  const conditions = countries.map(({ body }) => body.where);
  const readings = await readConditions(batch, 'countries with holidays', conditions, ones);
  return (i, day) =>
    countries.some(({ body }, c) => readings[i]?.holds[c] === true && holidaysAround(body, day).has(day));
}
