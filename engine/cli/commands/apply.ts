/** `parcours apply`: carries out what `plan` shows, after asking. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import {
  applyPlan,
  applySavedPlan,
  refuseBreaches,
  refuseDestruction,
  refuseHeld,
} from '../../reconcile/apply-plan.ts';
import { readGitOrigin } from '../../reconcile/git-origin.ts';
import type { Plan } from '../../reconcile/plan.ts';
import { readSavedPlan } from '../../reconcile/saved-plan.ts';
import { readSpanMs } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand, withDiagnosticsFormat } from '../command.ts';
import { type Context, type ExitCode, loadBundle } from '../context.ts';
import { engineVersion } from '../engine-version.ts';
import { appliedView, humanPlan } from '../views/plan-view.ts';
import { styleOf } from '../views/style.ts';
import { makePlan, type PlanOptions, readPlanFile, withImpactOptions } from './plan.ts';

interface ApplyOptions extends PlanOptions {
  readonly yes?: boolean;
  readonly autoApprove?: boolean;
  readonly lockTimeout?: string;
  readonly maxPlanAge?: string;
}

/** How old a saved plan may be: what it says of people is of then. */
const planAgeMs = 24 * 3_600_000;

export const applyCommand: DefineCommand = (run) => {
  const command = withDiagnosticsFormat(
    newCommand(
      'apply [file]',
      'Bring the store to what the files say, as one revision. Shows the plan and asks first.',
      [
        'parcours apply',
        'parcours apply --yes                 # in scripts and CI, where there is nobody to ask',
        'parcours apply change.plan           # a plan saved by `plan --out`, as it was reviewed: no question',
        'parcours apply --yes --lock-timeout 2min',
        'parcours apply --yes --allow-destructive journey/old-winback',
      ],
    ),
  );
  return withImpactOptions(command)
    .option('-y, --yes', "don't ask")
    .option('--auto-approve', "don't ask (the same, as Terraform spells it)")
    .option('--json', 'print what was done as JSON; needs --yes, or a saved plan')
    .option('--lock-timeout <time>', 'how long to wait while another apply runs (default: 10s)')
    .option('--max-plan-age <time>', 'how old a saved plan may be (default: 1d)')
    .action((file: string | undefined, options: ApplyOptions, own: Command) =>
      run(own.optsWithGlobals(), (context) =>
        file === undefined ? apply(context, options) : applyFile(context, file, options),
      ),
    );
};

async function apply(context: Context, options: ApplyOptions): Promise<ExitCode> {
  const lock = lockWait(options);
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
    ...{ store, bundle, plan, ...lock, allowDestructive: options.allowDestructive },
    clock: context.clock,
    origin: await readGitOrigin(context.root, context.env),
    engineVersion: engineVersion(),
  });
  context.show(appliedView, applied);
  return 0;
}

/** What was saved was looked at: it is carried out as it stands, or not at all. */
async function applyFile(context: Context, file: string, options: ApplyOptions): Promise<ExitCode> {
  const lock = lockWait(options);
  const maxAgeMs = options.maxPlanAge === undefined ? planAgeMs : readSpanMs('--max-plan-age', options.maxPlanAge);
  const saved = readSavedPlan(await readPlanFile(context, file), basename(file));
  refuseHeld(saved.plan);
  refuseDestruction(saved.plan);
  refuseBreaches(saved.plan);
  const applied = await applySavedPlan({
    ...{ store: await context.openStore(), saved, maxAgeMs, ...lock },
    clock: context.clock,
    environment: context.environment,
    origin: await readGitOrigin(context.root, context.env),
    engineVersion: engineVersion(),
  });
  context.show(appliedView, applied);
  return 0;
}

function lockWait({ lockTimeout }: ApplyOptions): { readonly lockWaitMs?: number } {
  return lockTimeout === undefined ? {} : { lockWaitMs: readSpanMs('--lock-timeout', lockTimeout) };
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
