/**
 * Computed traits: one head each, over events, conditions or other traits. Their types are found in `trait-types.ts`, since
 * others are typed by them; here is what they compute, and what is wrong with it.
 */
import { canonicalJson, compareText } from '../canonical.ts';
import type { TraitBody, TraitDefinition } from '../ir.ts';
import { readCondition } from './condition.ts';
import { readMeasure } from './event-condition.ts';
import { propertyType, readEventTypes, selectionOf } from './events.ts';
import { child, demand, fault, items, type Place, type Resolving, root, textAt, textOf } from './place.ts';
import { readAffinity, readBestHour, readChurnRisk, readClv, readPreferredChannel } from './trait-by-everybody.ts';
import { always, inTrait, readEvents } from './trait-events.ts';
import { readBands, readCases, readCoalesce, readFormula, readQuantile, readShares } from './trait-of-traits.ts';
import { localHour } from './trait-types.ts';

export function resolveTrait(at: Resolving): TraitBody {
  const place = root(at);
  checkOptions(place);
  const type = at.names.traits.get(at.resource.id)?.type ?? 'integer';
  return { origin: 'computed', type, definition: readDefinition(place) };
}

const optionsOf = { clamp: 'score', otherwise: 'cases', missing: 'formula' } as const;

function checkOptions(place: Place): void {
  for (const [option, head] of Object.entries(optionsOf)) {
    const found = child(place, option);
    if (found === undefined || child(place, head) !== undefined) continue;
    const detail = `\`${option}\` is read with \`${head}\` only, and this trait has none. Remove it.`;
    fault(found, 'CMP114', detail, { on: 'key' });
  }
}

const heads = [
  ...(['count', 'sum', 'avg', 'min', 'max', 'distinct', 'top', 'first', 'last', 'days_since', 'score'] as const),
  ...(['bands', 'quantile', 'shares', 'cases', 'coalesce', 'formula'] as const),
  ...(['affinity', 'preferred_channel', 'best_hour', 'clv', 'churn_risk'] as const),
];

function readDefinition(place: Place): TraitDefinition {
  const head = heads.find((one) => child(place, one) !== undefined);
  if (head === undefined) throw new Error('assertion failed: a valid trait has a head');
  const inner = demand(place, head);
  switch (head) {
    case 'count':
      return { kind: 'count', events: readEvents(inner).selection };
    case 'sum':
      return readSum(inner);
    case 'avg':
    case 'min':
    case 'max':
      return readAmount(head, inner);
    case 'first':
    case 'last':
      return readEdge(head, inner);
    case 'distinct':
      return readDistinct(inner);
    case 'top':
      return readTop(inner);
    case 'days_since':
      return readDaysSince(inner);
    case 'score':
      return readScore(place, inner);
    case 'bands':
      return readBands(inner);
    case 'quantile':
      return readQuantile(inner);
    case 'shares':
      return readShares(inner);
    case 'affinity':
      return readAffinity(inner);
    case 'preferred_channel':
      return readPreferredChannel(inner);
    case 'best_hour':
      return readBestHour(inner);
    case 'clv':
      return readClv(inner);
    case 'churn_risk':
      return readChurnRisk(inner);
    case 'cases':
      return readCases(place, inner);
    case 'coalesce':
      return readCoalesce(inner);
    case 'formula':
      return readFormula(place, inner);
  }
}

/** Money is summed in the currency of the workspace: amounts in others don't count, since nothing converts them. */
function readSum(place: Place): TraitDefinition {
  const { selection, events } = readEvents(place);
  const type = readMeasure(place, events) ?? 'integer';
  return { kind: 'sum', events: selection, unit: type === 'money' ? place.at.names.workspace.currency : null };
}

/** Amounts of other currencies than the workspace's don't count, since nothing converts them. */
function readAmount(kind: 'avg' | 'min' | 'max', place: Place): TraitDefinition {
  const { selection, events } = readEvents(place);
  const of = demand(place, 'of');
  const type = events.length === 0 ? undefined : propertyType(of, textOf(of), events);
  if (type !== undefined && type !== 'integer' && type !== 'number' && type !== 'money') {
    const detail = `\`${textOf(of)}\` is of type ${type}, of which there is no ${kind === 'avg' ? 'average' : 'order in amounts'}. Name an integer, a number or money.`;
    fault(of, 'CMP118', detail);
  }
  const unit = type === 'money' ? place.at.names.workspace.currency : null;
  return { kind, events: selection, of: textOf(of), type: type ?? 'number', unit };
}

function readEdge(kind: 'first' | 'last', place: Place): TraitDefinition {
  const { selection, events } = readEvents(place);
  const of = child(place, 'of');
  if (of === undefined) return { kind, events: selection, of: null, type: 'datetime' };
  const type = events.length === 0 ? undefined : propertyType(of, textOf(of), events);
  return { kind, events: selection, of: textOf(of), type: type ?? 'text' };
}

function readDistinct(place: Place): TraitDefinition {
  const { selection, events } = readEvents(place);
  const of = demand(place, 'of');
  const type = events.length === 0 ? undefined : propertyType(of, textOf(of), events);
  return { kind: 'distinct', events: selection, of: textOf(of), type: type ?? 'text' };
}

function readTop(place: Place): TraitDefinition {
  const { selection, events } = readEvents(place);
  const of = demand(place, 'of');
  const isProperty = events.length > 0 && textOf(of) !== localHour;
  const type = isProperty ? propertyType(of, textOf(of), events) : undefined;
  const atLeast = Number(textAt(place, 'at_least') ?? 1);
  return { kind: 'top', events: selection, of: textOf(of), type: type ?? 'text', atLeast };
}

function readDaysSince(place: Place): TraitDefinition {
  const of = child(place, 'last') === undefined ? 'first' : 'last';
  const events = readEventTypes(demand(place, of));
  return { kind: 'days_since', of, events: selectionOf(place, { events, window: always }, inTrait) };
}

function readScore(place: Place, score: Place): TraitDefinition {
  const of = items(score).map((part) => ({
    add: Number(textOf(demand(part, 'add'))),
    if: readCondition(demand(part, 'if'), inTrait),
  }));
  const clamp = child(place, 'clamp');
  return { kind: 'score', of: sortedParts(of), clamp: clamp === undefined ? null : readClamp(clamp) };
}

/** All that hold are added, so their order has no meaning; the same one twice counts twice. */
function sortedParts<T>(parts: readonly T[]): readonly T[] {
  return [...parts].sort((a, b) => compareText(canonicalJson(a), canonicalJson(b)));
}

function readClamp(clamp: Place): { readonly low: number; readonly high: number } {
  const [low, high] = items(clamp).map((one) => Number(textOf(one))) as [number, number];
  if (low >= high) {
    fault(
      clamp,
      'CMP027',
      'The first bound is not below the second, so every score is the same. Write the lower one first.',
    );
  }
  return { low, high };
}
