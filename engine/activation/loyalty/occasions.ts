/** What opens earning rules without an event: a value that changed, a segment that was entered, in this transaction. */
import type { Occasion } from '../../compiler/ir.ts';
import type { EarnRule } from '../../compiler/linked-programme.ts';
import type { Batch } from '../batch.ts';
import { type ChangesByPlace, changesOf } from '../journeys/entries/changes.ts';
import type { Transition } from '../segments/memberships.ts';
import type { Occurrence } from './earnings.ts';

/** What this transaction has found out. */
export interface Found {
  readonly transitions: readonly Transition[];
  /** Asked for only where a rule reads it. */
  readonly changes: () => Promise<ChangesByPlace>;
}

/** What opened each of the rules. Nothing is asked where no rule has an occasion. */
export async function occasionsOf(
  batch: Batch,
  { transitions, changes }: Found,
): Promise<ReadonlyMap<EarnRule, readonly Occurrence[]>> {
  const rules = [...batch.program.programmes.values()].flatMap((programme) =>
    programme.rules.flatMap((rule) => (rule.occasion === undefined ? [] : [{ rule, occasion: rule.occasion }])),
  );
  if (rules.length === 0) return new Map();
  const changed = rules.some(({ occasion }) => occasion.kind === 'changes') ? await changes() : new Map();
  return new Map(
    rules.map(({ rule, occasion }) => [
      rule,
      occasion.kind === 'enters' ? entered(batch, occasion, transitions) : changesFor(occasion, changed),
    ]),
  );
}

function entered(
  { t }: Batch,
  { segment }: Extract<Occasion, { readonly kind: 'enters' }>,
  transitions: readonly Transition[],
): readonly Occurrence[] {
  const at = t.getTime();
  return transitions.flatMap(({ person: { lane, profileId, live }, kind, segment: of }): readonly Occurrence[] =>
    live && kind === 'enters' && of === segment
      ? [{ lane, profileId, eventId: 0, type: '', at, properties: {}, key: `enters/${at}` }]
      : [],
  );
}

/** A row gives once for reaching a value, however often it comes back to it; without a value each change counts. */
function changesFor(
  { of, from, to }: Extract<Occasion, { readonly kind: 'changes' }>,
  changes: ChangesByPlace,
): readonly Occurrence[] {
  return changesOf({ of, from, to }, changes).map((change): Occurrence => {
    const { lane, profileId, key, fields = {}, at } = change;
    const instant = at.getTime();
    const place = key === undefined ? '' : `/${key}`;
    const name = to !== null && key !== undefined ? `row${place}` : `change${place}/${instant}`;
    return { lane, profileId, eventId: 0, type: '', at: instant, properties: fields, key: name };
  });
}
