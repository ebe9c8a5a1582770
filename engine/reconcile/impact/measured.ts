/** What a measuring of people starts from, and what its parts share: what is planned, what is live, and what of it changes. Pure. */
import { definitionsOf } from '../../compiler/as-of.ts';
import type { BundleResource } from '../../compiler/ir.ts';
import type { Planned } from '../../compiler/planned-sql.ts';
import { nameOfChange, type Plan } from '../plan.ts';
import { filledBy } from '../stages.ts';
import type { State } from '../state.ts';

export interface Measured {
  readonly plan: Plan;
  readonly state: State;
  /** What will be live. */
  readonly resources: readonly BundleResource[];
  readonly planned: Planned;
  /** The same of what is live: nothing of it changes. */
  readonly standing: Planned;
  /** The time at which conditions are read. */
  readonly at: Date;
}

export interface Measuring {
  readonly plan: Plan;
  readonly state: State;
  readonly resources: readonly BundleResource[];
  readonly at: Date;
  /** Whether the lanes are at the live revision, and in time. */
  readonly isKept: boolean;
}

export function measuredOf({ plan, state, resources, at, isKept }: Measuring): Measured {
  const filled = filledBy({ changes: plan.changes, indirect: plan.indirect, resources });
  const changed = plan.changes.filter(({ before, after }) => after !== null && before !== after).map(nameOfChange);
  const ofKind = (kind: string, names: readonly string[]) =>
    names.filter((name) => name.startsWith(`${kind}/`)).map((name) => name.slice(kind.length + 1));
  return {
    ...{ plan, state, resources, at },
    planned: {
      definitions: definitionsOf(resources),
      segments: new Set(ofKind('segment', filled)),
      traits: new Set([...ofKind('trait', filled), ...ofKind('trait', changed)]),
      isKept,
    },
    standing: { definitions: definitionsOf(state.resources), segments: new Set(), traits: new Set(), isKept },
  };
}
