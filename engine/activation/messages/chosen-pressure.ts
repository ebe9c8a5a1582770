/** What people may choose themselves and no file of pressure says: to have no messages but service for a while. */
import { pauseTrait } from '../../compiler/built-ins.ts';
import type { Condition, PressureBody, WorkspaceBody } from '../../compiler/ir.ts';

const none = { months: 0, days: 0, ms: 0 } as const;

/** As a pressure `preferences` with a mute `paused`, where the workspace offers a pause. */
export function chosenPressure({
  preferences,
}: Pick<WorkspaceBody, 'preferences'>): readonly { readonly id: string; readonly body: PressureBody }[] {
  if (preferences?.pause === undefined) return [];
  const moment = { kind: 'ago', duration: none } as const;
  const where: Condition = { kind: 'trait', trait: pauseTrait, type: 'datetime', test: { op: 'after', moment } };
  const covers = { channels: null, journeys: null, notJourneys: [], objectives: null };
  const body: PressureBody = {
    ...{ caps: [], quietHours: [], whenCapped: 'defer', validFor: none },
    mute: [{ id: 'paused', where, covers }],
  };
  return [{ id: 'preferences', body }];
}
