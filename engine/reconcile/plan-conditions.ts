/** Conditions that guardrails state on a plan as it is published: entries of one of its lists, picked by their fields. Pure. */
import type { Plan } from './plan.ts';

/** `{ of: changes, where: { class: [destructive] }, max: 0 }`. */
export interface PlanRule {
  /** The way to a list of the plan: `changes`, `impact.journeys`. */
  readonly of: string;
  /** By field (`kind`, `messages.hour.after`), any of these values. */
  readonly where: Readonly<Record<string, readonly (string | number | boolean | null)[]>>;
  /** The field that is added up; null: entries are counted. */
  readonly sum: string | null;
  readonly max: number;
}

export type PlanEntry = Readonly<Record<string, unknown>>;

/** The entries of the list for which all of `where` holds. A list that isn't there (impact that nobody asked for) is empty. */
export function planEntries(plan: Plan, { of, where }: PlanRule): readonly PlanEntry[] {
  const list = valueAt(plan, of);
  if (!Array.isArray(list)) return [];
  return list.filter((entry: unknown): entry is PlanEntry => {
    if (typeof entry !== 'object' || entry === null) return false;
    return Object.entries(where).every(([field, values]) => {
      const value = valueAt(entry, field);
      return (Array.isArray(value) ? value : [value]).some((one) => values.some((wanted) => wanted === (one ?? null)));
    });
  });
}

/** The sum of a field; null where an entry has no number there: it wasn't measured. */
export function planSum(entries: readonly PlanEntry[], field: string): number | null {
  let sum = 0;
  for (const entry of entries) {
    const value = valueAt(entry, field);
    if (typeof value !== 'number') return null;
    sum += value;
  }
  return sum;
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    return (at as PlanEntry)[key];
  }, value);
}
