/**
 * A plan shown, asked about and carried out: what commands share that lead a store to a bundle that isn't of this folder's files
 * (`rollback`, `promote`). Apply of the files themselves is `commands/apply.ts`.
 */
import type { Command } from 'commander';
import type { Bundle } from '../compiler/ir.ts';
import { type Applied, applyPlan, refuseBreaches, refuseDestruction, refuseHeld } from '../reconcile/apply-plan.ts';
import type { GitOrigin } from '../reconcile/git-origin.ts';
import type { Store } from '../store/store.ts';
import { readSpanMs } from './arguments.ts';
import { CliError } from './cli-error.ts';
import { makePlan, type PlanOptions, withImpactOptions } from './commands/plan.ts';
import type { Context } from './context.ts';
import { engineVersion } from './engine-version.ts';
import { humanPlan } from './views/plan-view.ts';
import { styleOf } from './views/style.ts';

export interface CarryOutOptions extends PlanOptions {
  readonly yes?: boolean;
  readonly lockTimeout?: string;
}

/** The options of these commands. */
export function withCarryOutOptions(command: Command): Command {
  return withImpactOptions(command)
    .option('-y, --yes', "don't ask")
    .option('--lock-timeout <time>', 'how long to wait while another apply runs (default: 10s)')
    .option('--json', 'print what was done as JSON; needs --yes');
}

export interface CarryOut {
  readonly store: Store;
  readonly bundle: Bundle;
  readonly origin: GitOrigin;
  /** What is done, as a word of the command line: `rollback`. */
  readonly command: string;
  /** Said above the plan. */
  readonly heading: string;
}

/** Null: it was shown and not confirmed. Errors: `ReconcileError`, `CliError`, the store's; nothing is written then. */
export async function carryOut(
  context: Context,
  { store, bundle, origin, command, heading }: CarryOut,
  options: CarryOutOptions,
): Promise<Applied | null> {
  const { lockTimeout } = options;
  const lock = lockTimeout === undefined ? {} : { lockWaitMs: readSpanMs('--lock-timeout', lockTimeout) };
  const plan = await makePlan(context, store, bundle, options);
  if (plan.changes.length > 0) {
    if (context.format === 'human') {
      context.output.write(`${heading}\n${humanPlan(plan, styleOf(context.output))}`);
    }
    refuseHeld(plan);
    refuseDestruction(plan);
    refuseBreaches(plan);
    if (options.yes !== true && !(await isConfirmed(context, command, plan.changes.length))) {
      context.output.note('Not applied.\n');
      return null;
    }
  }
  const { allowDestructive } = options;
  return applyPlan({
    ...{ store, bundle, plan, origin, allowDestructive, ...lock },
    clock: context.clock,
    engineVersion: engineVersion(),
  });
}

async function isConfirmed(context: Context, command: string, changes: number): Promise<boolean> {
  const { ask } = context.output;
  if (ask === null || context.format === 'json') {
    const reason = context.format === 'json' ? '--json prints only the result' : 'there is no terminal to ask at';
    throw new CliError(
      'CLI_NOT_CONFIRMED',
      `${command} asks before it writes, and ${reason}. Nothing was written. Say --yes to carry out ${changes === 1 ? 'the change' : `the ${changes} changes`}.`,
    );
  }
  return (await ask("\nApply this? Only 'yes' is taken for yes: ")).trim() === 'yes';
}
