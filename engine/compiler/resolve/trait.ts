/** Computed traits: one head over events, from which the type follows. */
import type { EventSelection, TraitBody, TraitDefinition, ValueType } from '../ir.ts';
import { readMeasure } from './condition.ts';
import { type NamedEvent, readCountedWhere, readEventTypes, typeNames } from './events.ts';
import { child, demand, type Place, type Resolving, root } from './place.ts';
import { durationAt } from './values.ts';

export function resolveTrait(at: Resolving): TraitBody {
  const place = root(at);
  const sum = child(place, 'sum');
  if (sum !== undefined) return resolveSum(sum);
  const { selection } = readHead(demand(place, 'count'));
  return computed({ kind: 'count', events: selection }, 'integer');
}

/** Money is summed in the currency of the workspace: amounts in others don't count, since nothing converts them. */
function resolveSum(place: Place): TraitBody {
  const { selection, events } = readHead(place);
  const type = readMeasure(place, events) ?? 'integer';
  const unit = type === 'money' ? place.at.names.workspace.currency : null;
  return computed({ kind: 'sum', events: selection, unit }, type);
}

function readHead(place: Place): {
  readonly selection: EventSelection;
  readonly events: readonly NamedEvent[];
} {
  const events = readEventTypes(demand(place, 'event'));
  const duration = durationAt(place, 'in_last');
  return {
    events,
    selection: {
      types: typeNames(events),
      where: readCountedWhere(child(place, 'where'), events),
      window: duration === null ? { kind: 'ever' } : { kind: 'in_last', duration },
    },
  };
}

function computed(definition: TraitDefinition, type: ValueType): TraitBody {
  return { origin: 'computed', type, definition };
}
