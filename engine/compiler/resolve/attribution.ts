/** Attribution: which message is given credit for a goal. Said by a goal or by the workspace, each as a whole. */
import type { Attribution } from '../ir.ts';
import { type Place, textAt } from './place.ts';
import { durationAt } from './values.ts';

/** What counts where neither a goal nor the workspace says anything. */
export const defaultAttribution: Attribution = {
  to: 'last',
  status: 'sent',
  inLast: { months: 0, days: 7, ms: 0 },
};

export function readAttribution(place: Place): Attribution {
  return {
    to: (textAt(place, 'to') ?? defaultAttribution.to) as Attribution['to'],
    status: (textAt(place, 'status') ?? defaultAttribution.status) as Attribution['status'],
    inLast: durationAt(place, 'in_last') ?? defaultAttribution.inLast,
  };
}
