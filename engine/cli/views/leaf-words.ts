/** What a leaf of a condition found, in words: `3 events, last 2026-03-05 10:00 UTC`, `approved`, `granted since …`. */
import { formatMoney } from '../../compiler/decimals.ts';
import type { Condition, Value, ValueType } from '../../compiler/ir.ts';
import type { ExplainedNode } from '../../measure/person/explain-membership.ts';
import { formatTyped } from '../../reconcile/format-value.ts';
import { counted, formatCount, formatTime, oneLine } from './style.ts';

/** Empty for what has no value of its own. */
export function leafWords({ condition, value, at, holds }: ExplainedNode): string {
  switch (condition.kind) {
    case 'trait':
      return typed(value, condition.type);
    case 'first':
    case 'last':
      return edgeWords(condition, value, at);
    case 'count':
      return `${counted(Number(value), 'event')}${lastWords(at)}`;
    case 'sum':
      return `${amount(value, condition.unit)}${lastWords(at)}`;
    case 'aggregate':
      return `${condition.fn === 'distinct' ? counted(Number(value), 'value') : amount(value, condition.unit)}${lastWords(at)}`;
    case 'messages':
      return `${counted(Number(value), 'message')}${lastWords(at)}`;
    case 'entity':
      return counted(Number(value), 'row');
    case 'segment':
      return at === null ? 'not in it' : `in it since ${formatTime(at)}`;
    case 'persona':
      return typeof value === 'string' ? oneLine(value) : 'unassigned';
    case 'consent':
      return `${String(value)}${at === null ? '' : ` since ${formatTime(at)}`}`;
    case 'journey':
      return journeyWords(value, at);
    case 'identified':
      return Array.isArray(value) ? `by ${value.map((type) => oneLine(String(type))).join(', ')}` : 'by nothing';
    default:
      return condition.kind === 'tier' || condition.kind === 'points' || condition.kind === 'gained'
        ? holds
          ? 'reached'
          : 'not reached'
        : '';
  }
}

function typed(value: unknown, type: ValueType): string {
  if (value === null) return 'unknown';
  return oneLine(
    typeof value === 'object' && type === 'list' ? JSON.stringify(value) : formatTyped(value as Value, type),
  );
}

type Edge = Extract<Condition, { readonly kind: 'first' | 'last' }>;

function edgeWords(condition: Edge, value: unknown, at: Date | null): string {
  if (at === null) return 'no event';
  if (condition.of === null) return formatTime(at);
  return `${typed(value, condition.type)}, of ${formatTime(at)}`;
}

function amount(value: unknown, unit: string | null): string {
  if (value === null) return 'nothing';
  if (unit === null) return formatCount(Number(value));
  // An average of minor units needn't be whole.
  return formatMoney({ amount: Math.round(Number(value)), currency: unit });
}

function lastWords(at: Date | null): string {
  return at === null ? '' : `, last ${formatTime(at)}`;
}

function journeyWords(value: unknown, at: Date | null): string {
  if (at === null) return 'never entered';
  return value === null ? `in it since ${formatTime(at)}` : `left as ${oneLine(String(value))} ${formatTime(at)}`;
}
