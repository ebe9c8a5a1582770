/**
 * The times of triggers for everybody of lanes that take over a revision: no person is written but in his lane. Nobody enters here;
 * whoever is late by less than `late`, or is taken by `current_members: enter`, is left to the next live run.
 */
import type { LinkedTrigger } from '../../../compiler/linked-trigger.ts';
import { intervalText } from '../../../compiler/pair.ts';
import { occurrencesOverLanes, rowsThatHoldOverLanes } from '../../../compiler/trigger-sql.ts';
import type { Batch } from '../../batch.ts';
import { planForFills } from '../../segments/queries.ts';
import { clearWakes, fillOccurrences, fillRowsThatHold, wakeAgain } from './wakes/queries.ts';

export async function fillTriggers(
  batch: Batch,
  { triggers, goneTriggers }: { readonly triggers: readonly LinkedTrigger[]; readonly goneTriggers: readonly string[] },
  lanes: readonly number[],
): Promise<void> {
  if (goneTriggers.length > 0) await clearWakes(batch.session, lanes, goneTriggers);
  if (triggers.length === 0) return;
  await planForFills(batch.session);
  for (const trigger of triggers) await fillTrigger(batch, trigger, lanes);
}

async function fillTrigger(batch: Batch, linked: LinkedTrigger, lanes: readonly number[]): Promise<void> {
  const { session, statements, program, t } = batch;
  const { name, trigger, journey } = linked;
  switch (trigger.kind) {
    // Event triggers never look back (LANGUAGE b16).
    case 'event':
      return;
    case 'becomes': {
      const { text, rest } = statements.ofTrigger(linked, rowsThatHoldOverLanes);
      const isTaken = program.journeys.get(journey)?.body.entry.currentMembers === 'enter';
      return await fillRowsThatHold(session, { text, values: [t, lanes, ...rest] }, name, isTaken);
    }
    case 'date':
    case 'anniversary': {
      const { text, rest } = statements.ofTrigger(linked, occurrencesOverLanes);
      const late = trigger.late === null ? '0 secs' : intervalText(trigger.late);
      // Those that are known are looked at by the next live run, which knows what was seen through.
      await wakeAgain(session, lanes, name, t);
      return await fillOccurrences(session, { text, values: [t, lanes, ...rest] }, name, late);
    }
  }
}
