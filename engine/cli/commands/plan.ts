/** `parcours plan`: what applying the files would change, and what that does to people. Writes nothing. */

import type { Bundle } from '../../compiler/ir.ts';
import { runnable } from '../../compiler/not-run.ts';
import { applyPreconditions } from '../../reconcile/apply-plan.ts';
import { audienceBreaches, audienceRules } from '../../reconcile/audience.ts';
import { withImpact } from '../../reconcile/impact/measure-impact.ts';
import type { Plan } from '../../reconcile/plan.ts';
import { planChanges } from '../../reconcile/plan-changes.ts';
import { readState } from '../../reconcile/state.ts';
import { readPauses } from '../../store/pauses.ts';
import type { Store } from '../../store/store.ts';
import { type DefineCommand, newCommand, withDiagnosticsFormat } from '../command.ts';
import { type Context, type ExitCode, loadBundle } from '../context.ts';
import { planView } from '../views/plan-view.ts';

export interface PlanOptions {
  readonly impact: boolean;
  readonly allowDestructive: readonly string[];
}

interface PlanCommandOptions extends PlanOptions {
  readonly detailedExitcode?: boolean;
}

export const planCommand: DefineCommand = (run) =>
  withDiagnosticsFormat(
    newCommand('plan', 'Show what `apply` would change: + added, ~ changed, - removed, and the people it touches.', [
      'parcours plan',
      'parcours plan --detailed-exitcode    # 0 nothing to do, 1 error, 2 changes',
      "parcours plan --json | jq '.impact.segments[] | {id, before, after}'",
    ]),
  )
    .option('--json', 'print the plan as JSON')
    .option('--detailed-exitcode', 'exit with 2 when there are changes')
    .option('--no-impact', 'do not count people')
    .option('--allow-destructive <kind/id...>', 'allow removing what people stand on', [])
    .action((options: PlanCommandOptions, command) =>
      run(command.optsWithGlobals(), (context) => plan(context, options)),
    );

async function plan(context: Context, options: PlanCommandOptions): Promise<ExitCode> {
  const bundle = await loadBundle(context);
  const made = await makePlan(context, await context.openStore(), bundle, options);
  context.show(planView, made);
  if (made.refusals.length > 0) return 1;
  if (made.breaches.some((one) => one.severity === 'error')) return 3;
  return made.changes.length > 0 && options.detailedExitcode === true ? 2 : 0;
}

/** The plan from the store's live state to the bundle, with its impact when asked for. Errors: `ReconcileError`, the store's. */
export async function makePlan(context: Context, store: Store, bundle: Bundle, options: PlanOptions): Promise<Plan> {
  const state = await store.withSession(readState);
  applyPreconditions(bundle, state);
  const pauses = await store.withSession((session) => readPauses(session, context.clock.now()));
  const made = { ...planChanges(bundle, state, { allowDestructive: options.allowDestructive }), pauses };
  // What a guardrail forbids is counted, whatever was asked for.
  if (!options.impact && audienceRules(bundle).length === 0) return made;
  const counted = await withImpact({ store, clock: context.clock, bundle: runnable(bundle), state, plan: made });
  return counted.impact === null ? counted : { ...counted, breaches: audienceBreaches(bundle, counted.impact) };
}
