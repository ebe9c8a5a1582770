/** One resource before and after: what differs, of what class that is, and why. Pure; people are known by heads alone. */
import { canonicalJson } from '../compiler/canonical.ts';
import type { BundleResource } from '../compiler/ir.ts';
import { fieldDifferences, journeyDifferences } from './field-differences.ts';
import { type Change, type ChangeClass, changeClasses, type FieldChange } from './plan.ts';
import { readableBody } from './readable-body.ts';

export interface Sides {
  readonly before: BundleResource | undefined;
  readonly after: BundleResource | undefined;
  /** People who are in the journey now; 0 for other kinds. */
  readonly people: number;
}

/** The change, or null where nothing differs. */
export function changeBetween({ before, after, people }: Sides): Change | null {
  const either = after ?? before;
  if (either === undefined) return null;
  const fields = before && after ? differencesBetween(before, after) : [];
  const isMove = before !== undefined && after !== undefined && before.id !== after.id;
  if (before && after && !isMove && fields.length === 0) return null;
  const causes = causesOf({ before, after, people }, fields);
  const rank = (one: ChangeClass) => changeClasses.indexOf(one);
  const sorted = [...causes].sort((a, b) => rank(b[0]) - rank(a[0]));
  return {
    action: before === undefined ? 'add' : after === undefined ? 'remove' : isMove ? 'move' : 'change',
    kind: either.kind,
    id: either.id,
    movedFrom: isMove ? (before?.id ?? null) : null,
    class: sorted[0]?.[0] ?? 'metadata',
    reasons: sorted.map(([, reason]) => reason),
    title: either.meta.title ?? null,
    before: before?.digest ?? null,
    after: after?.digest ?? null,
    fields,
  };
}

function differencesBetween(before: BundleResource, after: BundleResource): readonly FieldChange[] {
  // The store gives keys in an order of its own.
  const sameMeta = canonicalJson(before.meta) === canonicalJson(after.meta);
  if (before.digest === after.digest && sameMeta) return [];
  const differences = after.kind === 'journey' ? journeyDifferences : fieldDifferences;
  const fields = differences(readableBody(before), readableBody(after));
  if (fields.length > 0) return fields;
  // Bodies that differ only in what has no words yet are still shown as what they are: different.
  const [path, was, now] =
    before.digest === after.digest
      ? (['metadata', compact(before.meta), compact(after.meta)] as const)
      : (['digest', before.digest, after.digest] as const);
  return [{ path, before: was, after: now, words: `${path} changed` }];
}

function compact(value: unknown): string {
  return JSON.stringify(value);
}

type Cause = readonly [ChangeClass, string];

/** Every class that the change belongs to; the most conservative one wins. */
function causesOf({ before, after, people }: Sides, fields: readonly FieldChange[]): readonly Cause[] {
  if (before === undefined) return [['additive', 'It is new.']];
  if (after === undefined) {
    const whom = people === 0 ? [] : [['destructive', `${heads(people)} inside.`] as const];
    return [['destructive', 'It is gone.'], ...whom];
  }
  const causes: Cause[] = [];
  if (before.id !== after.id) {
    causes.push(['behavioural', `It was called ${before.id}.`]);
    if (people > 0) causes.push(['in-flight', `${heads(people)} inside, and come with it.`]);
  }
  if (before.digest === after.digest)
    return causes.length > 0 ? causes : [['metadata', 'Only words for people change.']];
  causes.push(['behavioural', 'It does something else.']);
  if (isAudience(after)) causes.push(['audience', `It decides ${whoBy(after)}.`]);
  if (after.kind === 'workspace' && fields.some(({ path }) => path === 'zone')) {
    causes.push(['audience', 'Days and dates are read in its zone.']);
  }
  if (after.kind === 'journey' && people > 0) causes.push(['in-flight', `${heads(people)} inside.`]);
  return causes;
}

function isAudience({ kind }: BundleResource): boolean {
  return kind === 'segment' || kind === 'trait' || kind === 'event' || kind === 'persona' || kind === 'entity';
}

function whoBy({ kind }: BundleResource): string {
  if (kind === 'segment') return 'who is a member';
  return kind === 'persona' ? 'who is taken for whom' : 'what is known of people';
}

function heads(people: number): string {
  return people === 1 ? '1 person is' : `${people} people are`;
}
