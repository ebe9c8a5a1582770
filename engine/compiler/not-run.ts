/**
 * What this version compiles and doesn't run: the one list, by form of the compiled language. Plan says it, apply refuses it,
 * so the engine never meets it; `notRun` stands where it would. A form leaves this file when the engine learns it.
 */
import { asSet, compareText } from './canonical.ts';
import type { Bundle, BundleResource } from './ir.ts';

/** A resource that is kept from the engine. */
export interface Held {
  /** `kind/id`. */
  readonly resource: string;
  /** What it uses that isn't run yet, as written in files: `split`, `kind: loyalty`. Sorted; empty when only `needs` holds it. */
  readonly forms: readonly string[];
  /** `kind/id` of held resources that it needs; sorted. */
  readonly needs: readonly string[];
  /** A draft runs nowhere anyway, so it stands in nobody's way. */
  readonly isDraft: boolean;
}

/** The bundle without what is held; its digest stays that of the whole. */
export function runnable(bundle: Bundle): Bundle {
  return { ...bundle, resources: splitHeld(bundle).run };
}

interface Split {
  readonly run: readonly BundleResource[];
  readonly held: readonly Held[];
}

/** Planning and applying ask several times. */
const splits = new WeakMap<Bundle, Split>();

/** Splits a bundle into what the engine runs and what is held: forms not run by this version, and what needs them. */
export function splitHeld(bundle: Bundle): Split {
  const known = splits.get(bundle) ?? splitAnew(bundle);
  splits.set(bundle, known);
  return known;
}

function splitAnew(bundle: Bundle): Split {
  const forms = new Map(bundle.resources.map((one) => [nameOf(one), asSet(formsOf(one))]));
  const isHeld = new Set([...forms].filter(([, used]) => used.length > 0).map(([name]) => name));
  for (let grew = true; grew; ) {
    grew = false;
    for (const one of bundle.resources) {
      if (isHeld.has(nameOf(one)) || !one.needs.some((name) => isHeld.has(name))) continue;
      isHeld.add(nameOf(one));
      grew = true;
    }
  }
  const held = bundle.resources
    .filter((one) => isHeld.has(nameOf(one)) && one.kind !== 'test')
    .map((one) => ({
      resource: nameOf(one),
      forms: forms.get(nameOf(one)) ?? [],
      needs: one.needs.filter((name) => isHeld.has(name)).sort(compareText),
      isDraft: one.kind === 'journey' && one.body.status === 'draft',
    }));
  return { run: bundle.resources.filter((one) => !isHeld.has(nameOf(one)) && one.kind !== 'test'), held };
}

/** Stands where the engine would meet a form that `splitHeld` keeps from it. */
export function notRun(form: string): never {
  throw new Error(`assertion failed: \`${form}\` is held back by plan and apply`);
}

function nameOf(resource: BundleResource): string {
  return `${resource.kind}/${resource.id}`;
}

/** The forms of the resource that aren't run, in the words of the files. Conditions, steps, channels, countries and destinations all are. */
function formsOf(resource: BundleResource): readonly string[] {
  switch (resource.kind) {
    default:
      return [];
  }
}
