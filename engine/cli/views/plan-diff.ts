/** The bodies of changed resources line by line, as YAML. Words of single fields are `plan-view.ts`'s. */
import { stringify } from 'yaml';
import type { BundleResource } from '../../compiler/ir.ts';
import { nameOfChange, type Plan } from '../../reconcile/plan.ts';
import { readableBody } from '../../reconcile/readable-body.ts';
import { unifiedDiff } from './line-diff.ts';

type Resources = ReadonlyMap<string, BundleResource>;

/** By `kind/id` of each change, the lines that go and come; additions and removals are whole. */
export function bodiesOf(plan: Plan, live: Resources, next: Resources): ReadonlyMap<string, string> {
  return new Map(
    plan.changes.map((change) => {
      const before = live.get(`${change.kind}/${change.movedFrom ?? change.id}`);
      const after = change.action === 'remove' ? undefined : next.get(nameOfChange(change));
      return [nameOfChange(change), unifiedDiff(textOf(before), textOf(after))];
    }),
  );
}

function textOf(resource: BundleResource | undefined): string {
  if (resource === undefined) return '';
  const text = stringify({ kind: resource.kind, id: resource.id, ...readableBody(resource) }, { lineWidth: 0 });
  // Conditions are one text each here, in the flow style in which files write them.
  return text.replaceAll(/"(\{ [^"]* \})"/g, '$1');
}
