/** Computed traits: one head over events, from which the type follows. */
import type { TraitBody, TraitDefinition, ValueType } from '../ir.ts';
import { readMeasure } from './condition.ts';
import { type NamedEvent, readEventTypes, readWhere, typeNames } from './events.ts';
import { child, fault, type Place, type Resolving, root } from './place.ts';
import { durationAt } from './values.ts';

const nothing: TraitDefinition = { kind: 'count', events: { types: [], where: [], window: { kind: 'ever' } } };

export function resolveTrait(at: Resolving): TraitBody {
  const place = root(at);
  const count = child(place, 'count');
  const sum = child(place, 'sum');
  if ((count === undefined) === (sum === undefined)) {
    fault(place, 'CMP036', 'A computed trait has one head: `count` or `sum`. This version computes no others.');
    return computed(nothing, 'integer');
  }
  if (sum !== undefined) return resolveSum(sum);
  const { selection } = readHead(count as Place);
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
  readonly selection: TraitDefinition['events'];
  readonly events: readonly NamedEvent[];
} {
  const named = child(place, 'event');
  if (named === undefined) {
    fault(place, 'CMP036', 'A computed trait reads events: add `event: order_placed`, say.');
    return { selection: nothing.events, events: [] };
  }
  const events = readEventTypes(named);
  const duration = durationAt(place, 'in_last');
  return {
    events,
    selection: {
      types: typeNames(events),
      where: readWhere(child(place, 'where'), events),
      window: duration === null ? { kind: 'ever' } : { kind: 'in_last', duration },
    },
  };
}

function computed(definition: TraitDefinition, type: ValueType): TraitBody {
  return { origin: 'computed', type, definition };
}
