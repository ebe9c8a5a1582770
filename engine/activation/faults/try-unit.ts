/** A unit tried alone behind a savepoint: what of it failed is undone, and it is set apart. Which units are tried is decided by `worker.ts`. */
import type { Bounded, Session } from '../../store/session.ts';
import type { Batch } from '../batch.ts';
import { codeOf, dueOf, isDataError, nameOf, reasonOf, setApart, type Unit } from '../faults.ts';
import { handleDue } from '../lanes/lane-transaction.ts';
import type { Observation } from '../observer.ts';
import { markUnit, releaseUnit, returnToUnit } from './queries.ts';

/**
 * What is told of the unit, handled or set apart. `session`: the transaction's; `within`: that of the batch, which ends with the unit. Errors:
 * all but those of data.
 */
export async function tryUnit(
  session: Session,
  batch: Batch,
  { unit, within }: { readonly unit: Unit; readonly within: Bounded },
): Promise<readonly Observation[]> {
  const { t } = batch;
  let told: readonly Observation[] = batch.observed;
  await markUnit(session);
  try {
    await batch.writes.through(() => handleDue(batch, dueOf(unit)));
  } catch (error) {
    if (!isDataError(error)) throw error;
    within.end();
    await returnToUnit(session);
    await setApart(session, unit, t, reasonOf(error));
    told = [{ kind: 'set-apart', unit: nameOf(unit), code: codeOf(error), lane: unit.row.lane }];
  }
  within.end();
  await releaseUnit(session);
  return told;
}
