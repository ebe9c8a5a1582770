/** `parcours apply`: carries out what `plan` shows, after asking. */
import { applyPlan, refuseBreaches, refuseDestruction, refuseHeld } from '../../reconcile/apply-plan.ts';
import { readGitOrigin } from '../../reconcile/git-origin.ts';
import type { Plan } from '../../reconcile/plan.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand, withDiagnosticsFormat } from '../command.ts';
import { type Context, type ExitCode, loadBundle } from '../context.ts';
import { engineVersion } from '../engine-version.ts';
import { appliedView, humanPlan } from '../views/plan-view.ts';
import { styleOf } from '../views/style.ts';
import { makePlan, type PlanOptions } from './plan.ts';

interface ApplyOptions extends PlanOptions {
  readonly yes?: boolean;
  readonly autoApprove?: boolean;
}

export const applyCommand: DefineCommand = (run) =>
  withDiagnosticsFormat(
    newCommand('apply', 'Bring the store to what the files say, as one revision. Shows the plan and asks first.', [
      'parcours apply',
      'parcours apply --yes                 # in scripts and CI, where there is nobody to ask',
      'parcours apply --yes --allow-destructive journey/old-winback',
    ]),
  )
    .option('-y, --yes', "don't ask")
    .option('--auto-approve', "don't ask (the same, as Terraform spells it)")
    .option('--json', 'print what was done as JSON; needs --yes')
    .option('--no-impact', 'do not count people')
    .option('--allow-destructive <kind/id...>', 'allow removing what people stand on', [])
    .action((options: ApplyOptions, command) => run(command.optsWithGlobals(), (context) => apply(context, options)));

async function apply(context: Context, options: ApplyOptions): Promise<ExitCode> {
  const bundle = await loadBundle(context);
  const store = await context.openStore();
  const plan = await makePlan(context, store, bundle, options);
  if (plan.changes.length > 0) {
    if (context.format === 'human') context.output.write(humanPlan(plan, styleOf(context.output)));
    refuseHeld(plan);
    refuseDestruction(plan);
    refuseBreaches(plan);
    if (!(options.yes || options.autoApprove) && !(await isConfirmed(context, plan))) {
      context.output.note('Not applied.\n');
      return 1;
    }
  }
  const applied = await applyPlan({
    store,
    clock: context.clock,
    bundle,
    plan,
    origin: await readGitOrigin(context.root, context.env),
    engineVersion: engineVersion(),
    allowDestructive: options.allowDestructive,
  });
  context.show(appliedView, applied);
  return 0;
}

async function isConfirmed(context: Context, plan: Plan): Promise<boolean> {
  const { ask } = context.output;
  if (ask === null || context.format === 'json') {
    throw new CliError(
      'CLI_NOT_CONFIRMED',
      `apply asks before it writes, and ${context.format === 'json' ? '--json prints only the result' : 'there is no terminal to ask at'}. ` +
        `Nothing was written. Say --yes to apply the ${plan.changes.length} changes.`,
    );
  }
  return (await ask("\nApply this? Only 'yes' is taken for yes: ")).trim() === 'yes';
}
