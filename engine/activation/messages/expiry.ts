/** When sends expire that say so (`expires`), whatever their validity: one statement a step, for all who stand there. Reads only. */
import { forEnrollments } from '../../compiler/program-sql.ts';
import type { Batch } from '../batch.ts';
import type { Enrollment } from '../journeys/enrollment.ts';
import { arraysOf, groupBy } from '../journeys/evaluate.ts';
import type { SendRequest } from './send-request.ts';

/** The moments as they stand now; who has none (a date that is missing) isn't in it. */
export async function expiriesOf(
  batch: Batch,
  requests: readonly SendRequest[],
): Promise<ReadonlyMap<SendRequest, Date>> {
  const expiring = requests.filter(({ enrollment, action }) => enrollment !== null && action.expires !== undefined);
  const steps = groupBy(expiring, ({ enrollment, step }) => `${enrollment?.journey.version} ${step?.id} expires`);
  const found = await Promise.all([...steps].map(([key, group]) => readStep(batch, key, group)));
  return new Map(found.flat());
}

async function readStep(
  batch: Batch,
  key: string,
  requests: readonly SendRequest[],
): Promise<readonly (readonly [SendRequest, Date])[]> {
  const moment = requests[0]?.action.expires;
  if (moment === undefined) return [];
  const until = { kind: 'moment', moment } as const;
  const statement = batch.statements.momentUntil(key, { kind: 'wait_until', until, at: null, late: null });
  const ones = requests.map(({ enrollment }) => enrollment as Enrollment);
  const { text, values } = forEnrollments(statement, batch.t, arraysOf(ones));
  const rows = await batch.session.query<{ readonly i: number; readonly at: Date | null }>(text, values);
  return rows.flatMap(({ i, at }) => {
    const request = requests[i - 1];
    return at === null || request === undefined ? [] : [[request, at] as const];
  });
}
