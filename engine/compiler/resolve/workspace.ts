/**
 * The workspace document: zone, currency, locales and defaults that every other resource is read with. Its guardrails, which
 * name other resources, are in `guardrails.ts`; its environments and parameters were applied by `config/environments.ts`.
 */
import { asSet } from '../canonical.ts';
import type { Weekday, WorkspaceBody } from '../ir.ts';
import { readAttribution } from './attribution.ts';
import { child, demand, type Resolving, root, textAt, textOf, textsAt } from './place.ts';
import { durationAt } from './values.ts';

const defaultTriggerMaxAge = { months: 0, days: 2, ms: 0 } as const;

export function resolveWorkspace(at: Resolving): WorkspaceBody {
  const place = root(at);
  const locale = textOf(demand(place, 'locale'));
  const attribution = child(place, 'attribution');
  return {
    zone: textOf(demand(place, 'zone')),
    currency: textOf(demand(place, 'currency')),
    locale,
    locales: asSet([locale, ...textsAt(place, 'locales')]),
    weekStarts: (textAt(place, 'week_starts') ?? 'mon') as Weekday,
    triggerMaxAge: durationAt(place, 'trigger_max_age') ?? defaultTriggerMaxAge,
    ...(attribution !== undefined && { attribution: readAttribution(attribution) }),
    ...(child(place, 'allow') !== undefined && {
      allow: asSet(textsAt(place, 'allow').map((address) => address.trim().toLowerCase())),
    }),
  };
}
