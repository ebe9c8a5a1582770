/** `parcours plan`: what applying the files would change, and what that does to people. Writes nothing but the file of `--out`. */

import { readFile, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Bundle } from '../../compiler/ir.ts';
import { runnable } from '../../compiler/not-run.ts';
import { applyPreconditions } from '../../reconcile/apply-plan.ts';
import { breachesOf, needsImpact } from '../../reconcile/guardrails.ts';
import { withImpact } from '../../reconcile/impact/measure-impact.ts';
import type { Plan } from '../../reconcile/plan.ts';
import { byName, planChanges } from '../../reconcile/plan-changes.ts';
import { readSavedPlan, savedPlanText, savePlan } from '../../reconcile/saved-plan.ts';
import { readState, type State } from '../../reconcile/state.ts';
import { readPauses } from '../../store/pauses.ts';
import { readSplits } from '../../store/splits.ts';
import type { Store } from '../../store/store.ts';
import { readChoice, readCount, readSpanMs } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand, type Run, withDiagnosticsFormat } from '../command.ts';
import { type Context, type ExitCode, loadBundle } from '../context.ts';
import { noteRegisters } from '../note-registers.ts';
import { diffForms, explainedPlanView, planView, type ShownPlan } from '../views/plan-view.ts';
import { progressOf } from '../views/progress.ts';
import { samplesView } from '../views/samples-view.ts';

/** What is asked of a plan, whoever makes it. */
export interface PlanOptions {
  readonly impact: boolean;
  readonly allowDestructive: readonly string[];
  /** How long people may be counted: `10s`. */
  readonly budget?: string;
  /** How many samples of each group of people, as hashes. */
  readonly samples?: string;
}

interface PlanCommandOptions extends PlanOptions {
  readonly detailedExitcode?: boolean;
  readonly out?: string;
  readonly explain?: boolean;
  readonly diff?: string;
  readonly people?: boolean;
}

/** Samples of one group of people, at most. */
const samplesMax = 100;

/** The options that `plan` and `apply` share. */
export function withImpactOptions(command: Command): Command {
  return command
    .option('--no-impact', 'do not count people')
    .option('--budget <time>', 'how long people may be counted: 10s, 2min (default: 60s)')
    .option('--allow-destructive <kind/id...>', 'allow taking away what people stand on', []);
}

export const planCommand: DefineCommand = (run) => {
  const command = withDiagnosticsFormat(
    newCommand('plan', 'Show what `apply` would change: + added, ~ changed, - removed, and the people it touches.', [
      'parcours plan',
      'parcours plan --budget 10s           # count whole lanes for at most ten seconds; else a minute',
      'parcours plan --out change.plan && parcours plan show change.plan && parcours apply change.plan',
      'parcours plan --explain              # also the stages that apply and the lanes go through',
      'parcours plan --diff yaml            # the bodies line by line; both: lines and words',
      'parcours plan --detailed-exitcode    # 0 nothing to do, 1 error, 2 changes, 3 a guardrail stops it',
      "parcours plan --json | jq '.impact.segments[] | {id, before, after}'",
    ]),
  );
  return withImpactOptions(command)
    .option('--json', 'print the plan as JSON (schemas/plan.schema.json)')
    .option('--detailed-exitcode', 'exit with 2 when there are changes')
    .option('--out <file>', 'save the plan, for `apply FILE` and `plan show FILE`')
    .option('--samples <count>', 'so many of those who enter and leave each segment, as hashes (default: none)')
    .option('--explain', 'show why each change is of its class, and the stages that carry the plan out')
    .option('--diff <form>', 'how changes are shown: semantic, yaml or both (default: semantic)')
    .action((options: PlanCommandOptions, own: Command) =>
      run(own.optsWithGlobals(), (context) => plan(context, options)),
    )
    .addCommand(showCommand(run));
};

function showCommand(run: Run): Command {
  return newCommand('show <file>', 'Show a saved plan as it was made. Needs no store.', [
    'parcours plan show change.plan',
    'parcours plan show change.plan --people    # who its samples are, by the store; for thirty days',
  ])
    .option('--json', 'print the plan as JSON')
    .option('--people', 'look up in the store who the samples are')
    .option('--explain', 'show why each change is of its class, and the stages that carry the plan out')
    .action((file: string, options: PlanCommandOptions, own: Command) =>
      run(own.optsWithGlobals(), async (context) => {
        const saved = readSavedPlan(await readPlanFile(context, file), basename(file));
        if (options.people === true) return showPeople(context, saved.plan);
        show(context, { plan: saved.plan, bodies: null }, options);
        return 0;
      }),
    );
}

/** Who is behind the hashes of a plan. They are looked up where the people are, and written nowhere. */
async function showPeople(context: Context, { impact }: Plan): Promise<ExitCode> {
  const { findSampled } = await import('../../measure/members/find-sampled.ts');
  const samples = impact?.segments.flatMap(({ samples: { entered, left } }) => [...entered, ...left]) ?? [];
  const madeAt = new Date(impact?.at ?? 0);
  const store = await context.openStore();
  const people = await store.withSession((session) =>
    findSampled(session, { hashes: samples, madeAt, now: context.clock.now() }),
  );
  context.show(samplesView, { samples: samples.length, people });
  return 0;
}

/** The text of a saved plan. Errors: `CliError` where there is no such file. */
export async function readPlanFile(context: Context, file: string): Promise<string> {
  try {
    return await readFile(resolve(context.cwd, file), 'utf8');
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code !== 'ENOENT' && code !== 'EISDIR') throw error;
    throw new CliError('CLI_NO_PATH', `There is no file ${file}. A plan is saved by \`parcours plan --out ${file}\`.`);
  }
}

async function plan(context: Context, options: PlanCommandOptions): Promise<ExitCode> {
  const form = readChoice('--diff', options.diff ?? 'semantic', diffForms);
  const bundle = await loadBundle(context);
  const { made, state } = await planFrom(context, { store: await context.openStore(), bundle, options });
  const bodies = form === 'semantic' ? null : await diffOf(made, state, bundle);
  show(context, { plan: made, bodies, form }, options);
  if (made.refusals.length > 0) return 1;
  if (made.breaches.some((one) => one.severity === 'error')) return 3;
  if (options.out !== undefined) {
    await writeFile(resolve(context.cwd, options.out), savedPlanText(savePlan(made, bundle, options.allowDestructive)));
    context.output.note(`Saved to ${options.out}: \`parcours apply ${options.out}\` carries it out as it stands.\n`);
  }
  return made.changes.length > 0 && options.detailedExitcode === true ? 2 : 0;
}

async function diffOf(made: Plan, state: State, bundle: Bundle): Promise<ReadonlyMap<string, string>> {
  const { bodiesOf } = await import('../views/plan-diff.ts');
  return bodiesOf(made, byName(state.resources), byName(bundle.resources));
}

function show(context: Context, shown: ShownPlan, options: PlanCommandOptions): void {
  context.show(options.explain === true ? explainedPlanView : planView, shown);
}

/** The plan from the store's live state to the bundle, with its impact when asked for. Errors: `ReconcileError`, the store's. */
export async function makePlan(context: Context, store: Store, bundle: Bundle, options: PlanOptions): Promise<Plan> {
  return (await planFrom(context, { store, bundle, options })).made;
}

interface Planning {
  readonly store: Store;
  readonly bundle: Bundle;
  readonly options: PlanOptions;
}

async function planFrom(context: Context, { store, bundle, options }: Planning): Promise<{ made: Plan; state: State }> {
  const { clock, environment } = context;
  const budgetMs = options.budget === undefined ? undefined : readSpanMs('--budget', options.budget);
  const samples = options.samples === undefined ? 0 : readCount('--samples', options.samples, [0, samplesMax]);
  const state = await store.withSession((session) => readState(session, bundle));
  applyPreconditions(bundle, state);
  await noteRegisters(context, store, bundle);
  const at = clock.now();
  const pauses = await store.withSession((session) => readPauses(session, at));
  const splits = await store.withSession((session) => readSplits(session, bundle.resources));
  const decided = splits.filter(({ decided_at }) => decided_at !== null);
  const { allowDestructive } = options;
  const made = { ...planChanges(bundle, state, { allowDestructive, at, environment }), pauses, decided };
  // What a guardrail forbids is counted, whatever was asked for.
  const isCounted = options.impact || needsImpact(bundle);
  if (!isCounted) return { made: { ...made, breaches: breachesOf(bundle, made) }, state };
  const progress = progressOf(context.output);
  const counted = await withImpact({
    ...{ store, clock, bundle: runnable(bundle), state, plan: made, samples },
    ...(budgetMs === undefined ? {} : { budgetMs }),
    onProgress: (lanes, of) => progress(`counting people: ${lanes} of ${of} lanes`),
  });
  progress.done();
  return { made: { ...counted, breaches: breachesOf(bundle, counted) }, state };
}
