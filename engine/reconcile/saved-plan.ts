/**
 * A plan as a file: what was shown, the bodies that it needs, and what was allowed, so that it is carried out as it was reviewed and needs
 * no folder. It holds no secret (bodies name them by reference) and of people only counts and hashes.
 */
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ValidateFunction } from 'ajv';
import { compareText } from '../compiler/canonical.ts';
import { digestOf, digestOfResources } from '../compiler/digest.ts';
import type { Bundle, BundleResource } from '../compiler/ir.ts';
import { type Change, nameOfChange, type Plan, planFormat } from './plan.ts';
import { byName } from './plan-changes.ts';
import { ReconcileError } from './reconcile-error.ts';
import type { State } from './state.ts';

export interface SavedPlan {
  readonly kind: 'parcours-plan';
  readonly format: typeof planFormat;
  readonly plan: Plan;
  /** What the plan adds or changes, whole. */
  readonly resources: readonly BundleResource[];
  /** `kind/id` that `--allow-destructive` named. */
  readonly allowed: readonly string[];
  /** SHA-256 of all of the above: who alters a plan makes another one. */
  readonly digest: string;
}

/** The plan with what carrying it out needs. `bundle` is the one that it leads to. */
export function savePlan(plan: Plan, bundle: Bundle, allowed: readonly string[]): SavedPlan {
  assert(plan.madeAt !== null, 'a plan that is saved knows when it was made');
  const next = byName(bundle.resources);
  const resources = plan.changes.flatMap((change): BundleResource[] => {
    const one = change.action === 'remove' ? undefined : next.get(nameOfChange(change));
    if (one === undefined) return [];
    // Bodies may be read on demand: here they are plain data.
    const { kind, id, digest, body, meta, needs } = one;
    return [{ kind, id, digest, body, meta, needs } as BundleResource];
  });
  const saved = { kind: 'parcours-plan', format: planFormat, plan, resources, allowed } as const;
  return { ...saved, digest: digestOf(JSON.parse(JSON.stringify(saved))) };
}

/** The text of the file. */
export function savedPlanText(saved: SavedPlan): string {
  return `${JSON.stringify(saved, null, 1)}\n`;
}

/** Reads the text of a saved plan. Errors: `ReconcileError` `PLAN_FILE`, which names the file. */
export function readSavedPlan(text: string, file: string): SavedPlan {
  const value = parsed(text, file);
  if (value.kind !== 'parcours-plan') throw notAPlan(file, 'it is not what `parcours plan --out` writes');
  if (value.format !== planFormat) {
    throw notAPlan(file, `it has form ${String(value.format)}, and this version reads form ${planFormat}`);
  }
  const { digest, ...rest } = value;
  if (digest !== digestOf(rest)) throw notAPlan(file, 'it was altered after it was written');
  const fault = faultIn(value.plan);
  if (fault !== null) throw notAPlan(file, fault);
  return value as unknown as SavedPlan;
}

function parsed(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw notAPlan(file, 'it is no JSON object');
}

function notAPlan(file: string, why: string): ReconcileError {
  return new ReconcileError(
    'PLAN_FILE',
    `${file} can't be read as a saved plan: ${why}. Nothing was written. Make it anew: \`parcours plan --out ${file}\`.`,
  );
}

let validator: ValidateFunction | undefined;

/** What of a plan isn't as its published schema says; null: nothing. */
export function faultIn(plan: unknown): string | null {
  validator ??= planValidator();
  if (validator(plan)) return null;
  const [error] = validator.errors ?? [];
  return `plan${error?.instancePath ?? ''} ${error?.message ?? 'is not valid'}`;
}

/** Loaded when a plan is first read from a file. */
function planValidator(): ValidateFunction {
  const { Ajv } = createRequire(import.meta.url)('ajv') as typeof import('ajv');
  const schema = JSON.parse(readFileSync(new URL('../../schemas/plan.schema.json', import.meta.url), 'utf8')) as object;
  return new Ajv({ strict: false, validateFormats: false }).compile(schema);
}

/**
 * What is live with the plan's changes: others may have applied something else meanwhile. When nobody has, it is the bundle that the plan
 * leads to.
 */
export function bundleOfSaved({ plan, resources }: SavedPlan, state: State): Bundle {
  const gone = new Set(plan.changes.flatMap(replacedBy));
  const added = new Set(resources.map(({ kind, id }) => `${kind}/${id}`));
  const kept = state.resources.filter(({ kind, id }) => !gone.has(`${kind}/${id}`) && !added.has(`${kind}/${id}`));
  const all = [...kept, ...resources].sort((a, b) => compareText(a.kind, b.kind) || compareText(a.id, b.id));
  const isUntouched = (state.revision?.bundle_digest ?? null) === plan.from.bundle;
  return { digest: isUntouched ? plan.to.bundle : digestOfResources(all), resources: all };
}

/** What of the live names goes: removed, or now under another one. */
function replacedBy({ kind, id, action, movedFrom }: Change): readonly string[] {
  if (action === 'remove') return [`${kind}/${id}`];
  return movedFrom === null ? [] : [`${kind}/${movedFrom}`];
}

/** Whether the store is already as the plan leads it: applying it once more does nothing. */
export function isCarriedOut({ plan, resources }: SavedPlan, state: State): boolean {
  const live = byName(state.resources);
  const isThere = resources.every(({ kind, id, digest, meta }) => {
    const one = live.get(`${kind}/${id}`);
    return one?.digest === digest && digestOf(one.meta) === digestOf(meta);
  });
  return isThere && plan.changes.flatMap(replacedBy).every((name) => !live.has(name));
}
