/**
 * Carries a plan out: one transaction under a lock that dies with the connection. Writes the revision and its resources, never a
 * person's row, so it takes milliseconds at any size; workers hear of it and move their lanes themselves.
 */
import { hostname } from 'node:os';
import type { Clock } from '../clock/clock.ts';
import type { Bundle } from '../compiler/ir.ts';
import { type Held, runnable } from '../compiler/not-run.ts';
import type { OwnSession, Session } from '../store/session.ts';
import type { Store } from '../store/store.ts';
import { StoreError } from '../store/store-error.ts';
import type { GitOrigin } from './git-origin.ts';
import type { Plan, Precondition, Refusal, ResourceEntry, Stage } from './plan.ts';
import { byName, haveSameChanges, planChanges } from './plan-changes.ts';
import { brokenPreconditions } from './preconditions.ts';
import {
  insertResourceVersions,
  insertRevision,
  releaseApplyLock,
  renameForAll,
  selectApplyLockHolder,
  selectLastChange,
  takeApplyLock,
  updateWorkspaceName,
} from './queries.ts';
import { ReconcileError } from './reconcile-error.ts';
import { namesAfter, revisionMoves } from './renames.ts';
import { bundleOfSaved, isCarriedOut, type SavedPlan } from './saved-plan.ts';
import { readStateWithin, type State } from './state.ts';

type ApplyStage = Extract<Stage, { readonly by: 'apply' }>;

/** How long an apply waits for another one to end before it is refused. */
export const applyLockWaitMs = 10_000;

/** How many held resources an error names. */
const heldNamedMax = 10;

/** How many resources a stale plan names. */
const brokenNamedMax = 5;

/** PostgreSQL cuts an application name after this many bytes. */
const applicationNameMax = 63;

export interface ApplyRequest {
  readonly store: Store;
  readonly clock: Clock;
  readonly bundle: Bundle;
  /** What the user saw. The same changes must still hold when the lock is taken. */
  readonly plan: Plan;
  readonly origin: GitOrigin;
  readonly engineVersion: string;
  readonly allowDestructive?: readonly string[];
  /** Default `applyLockWaitMs`. */
  readonly lockWaitMs?: number;
}

/** Carrying out a saved plan: it brings its own bodies, and what was allowed. */
export interface ApplySavedRequest extends Omit<ApplyRequest, 'bundle' | 'plan' | 'allowDestructive'> {
  readonly saved: SavedPlan;
  /** `--env`. */
  readonly environment: string | null;
  /** Older plans are refused. */
  readonly maxAgeMs: number;
}

/** The number of the revision that was written; null when the store already was as planned. */
export interface Applied {
  readonly revision: number | null;
  readonly plan: Plan;
}

/**
 * Applies the plan. Errors: `ReconcileError` (stale, refused, other workspace), `StoreError` `STORE_LOCKED` naming who applies.
 * Nothing is written in any of these cases.
 */
export function applyPlan(request: ApplyRequest): Promise<Applied> {
  return underLock(request, (session) => applyWithin(session, request));
}

/**
 * Applies a saved plan to what is live by now: it holds as long as nobody has changed what it stands on, and twice is once. Errors: those
 * of `applyPlan`, and `PLAN_OLD`, `PLAN_ELSEWHERE`.
 */
export async function applySavedPlan(request: ApplySavedRequest): Promise<Applied> {
  const { saved, environment, maxAgeMs, clock } = request;
  refuseOld(saved.plan, { at: clock.now(), maxAgeMs });
  return underLock(request, async (session) => {
    const state = await readStateWithin(session);
    refuseElsewhere(saved.plan, { state, environment });
    if (isCarriedOut(saved, state)) {
      const plan = {
        ...saved.plan,
        from: { revision: state.revision?.number ?? 0, bundle: state.revision?.bundle_digest ?? null },
        changes: [],
        stages: [],
      };
      return { revision: null, plan };
    }
    const broken = brokenPreconditions(saved.plan.preconditions, byName(state.resources));
    if (broken.length > 0) throw await stale(session, saved.plan, broken);
    const bundle = bundleOfSaved(saved, state);
    return carryOut(session, { ...request, bundle, plan: saved.plan, allowDestructive: saved.allowed }, state);
  });
}

/** Runs the work in one transaction under the lock, which dies with the connection: the first of the stages, and the last of apply's. */
async function underLock(
  request: Pick<ApplyRequest, 'store' | 'origin' | 'lockWaitMs'>,
  work: (session: Session) => Promise<Applied>,
): Promise<Applied> {
  const session = await request.store.session({
    application_name: applicationName(request.origin),
    lock_timeout: String(request.lockWaitMs ?? applyLockWaitMs),
  });
  try {
    await lockApplies(session);
    const applied = await session.transaction(work);
    await releaseApplyLock(session);
    return applied;
  } finally {
    await session.close();
  }
}

async function applyWithin(session: Session, request: ApplyRequest): Promise<Applied> {
  const state = await readStateWithin(session, request.bundle);
  applyPreconditions(request.bundle, state);
  return carryOut(session, request, state);
}

/** Plans once more against what the lock guards, and goes through the stages of that plan. */
async function carryOut(session: Session, request: ApplyRequest, state: State): Promise<Applied> {
  const { bundle, clock } = request;
  const { environment } = request.plan.target;
  const options = { allowDestructive: request.allowDestructive ?? [], at: clock.now(), environment };
  const plan = planChanges(bundle, state, options);
  refuseHeld(plan);
  if (plan.changes.length === 0) return { revision: null, plan };
  if (!haveSameChanges(plan, request.plan)) {
    throw await stale(session, request.plan, brokenPreconditions(request.plan.preconditions, byName(state.resources)));
  }
  refuseBreaches(request.plan);
  refuseDestruction(plan);
  const { impact, breaches } = request.plan;
  const work: Work = { session, request, state, plan: { ...plan, impact, breaches }, applied: runnable(bundle) };
  for (const stage of plan.stages) if (stage.by === 'apply') await executions[stage.kind](work);
  return { revision: plan.from.revision + 1, plan: work.plan };
}

interface Work {
  readonly session: Session;
  readonly request: ApplyRequest;
  readonly state: State;
  readonly plan: Plan;
  /** What will be live. */
  readonly applied: Bundle;
}

/** What each stage of a plan that is apply's does. The lock is held and the plan checked when the first one is gone through. */
const executions: Readonly<Record<ApplyStage['kind'], (work: Work) => Promise<void>>> = {
  lock: async () => {},
  check: async () => {},
  bodies: ({ session, state, applied }) => {
    const known = new Set(state.resources.map(({ digest }) => digest));
    return insertResourceVersions(
      session,
      applied.resources.filter(({ digest }) => !known.has(digest)),
    );
  },
  revision: writeRevision,
  commit: async () => {},
};

async function writeRevision({ session, request, state, plan, applied }: Work): Promise<void> {
  const { origin } = request;
  const [live, next] = [byName(state.resources), byName(applied.resources)];
  const moves = revisionMoves(plan.changes, live, next);
  await insertRevision(session, {
    number: plan.from.revision + 1,
    bundleDigest: request.bundle.digest,
    gitCommit: origin.commit,
    gitDirty: origin.isDirty,
    author: origin.author,
    via: origin.via ?? { via: 'apply', from: null },
    appliedAt: request.clock.now(),
    resources: resourceEntries(applied),
    plan,
    engineVersion: request.engineVersion,
    tzdataVersion: process.versions.tz ?? null,
    moves,
    origins: namesAfter(state.revision?.origins ?? {}, moves, next),
  });
  await updateWorkspaceName(session, workspaceName(request.bundle));
  for (const move of moves) if ('from' in move) await renameForAll(session, move);
}

async function lockApplies(session: OwnSession): Promise<void> {
  try {
    await takeApplyLock(session);
  } catch (error) {
    // 55P03: `lock_timeout` ended the wait.
    if ((error as { code?: unknown }).code !== '55P03') throw error;
    const holder = await selectApplyLockHolder(session);
    const who = holder
      ? `${holder.application_name.replace(/^parcours apply /, '')}${holder.client_addr ? ` from ${holder.client_addr}` : ''}, ` +
        `database session ${holder.pid}, since ${holder.backend_start.toISOString()}`
      : 'someone who has just finished';
    throw new StoreError('STORE_LOCKED', `Another apply is running: ${who}. Nothing was written.`, { cause: error });
  }
}

function resourceEntries(bundle: Bundle): Readonly<Record<string, ResourceEntry>> {
  return Object.fromEntries(
    bundle.resources.map(({ kind, id, digest, meta, needs }) => [`${kind}/${id}`, { digest, meta, needs }]),
  );
}

/** Refuses a bundle of another workspace than the store's. Errors: `ReconcileError` `OTHER_WORKSPACE`. */
export function applyPreconditions(bundle: Bundle, state: State): void {
  const ours = workspaceName(bundle);
  if (state.workspace !== null && state.workspace !== ours) throw otherWorkspace(state.workspace, ours);
}

/** Refuses a plan that removes what people stand on and nobody allowed. Errors: `ReconcileError` `PLAN_REFUSED`. */
export function refuseDestruction(plan: Plan): void {
  if (plan.refusals.length > 0) throw refused(plan.refusals);
}

/** Refuses a plan of which this version would run only a part. Errors: `ReconcileError` `PLAN_HELD`. */
export function refuseHeld(plan: Plan): void {
  const inTheWay = plan.held.filter((one) => !one.isDraft);
  if (inTheWay.length > 0) throw heldBack(inTheWay);
}

/** Refuses a plan that breaks a guardrail on audiences of severity `error`. Errors: `ReconcileError` `PLAN_GUARDED`. */
export function refuseBreaches(plan: Plan): void {
  const errors = plan.breaches.filter((one) => one.severity === 'error');
  if (errors.length === 0) return;
  const each = errors.map(({ words }) => words);
  throw new ReconcileError(
    'PLAN_GUARDED',
    `A guardrail of the workspace stops this: ${each.join('; ')}. Nothing was written. ` +
      'Narrow the change, let present members stay out (`current_members: skip`), or give the guardrail an exception with a reason and a last day.',
  );
}

/** The id of the bundle's workspace document. */
function workspaceName(bundle: Bundle): string {
  return bundle.resources.find((resource) => resource.kind === 'workspace')?.id ?? 'workspace';
}

/** Who applies, where: `parcours apply ana@shop.example on laptop, process 4711`, cut to what the server keeps. */
function applicationName(origin: GitOrigin): string {
  const email = /<([^>]+)>/.exec(origin.author)?.[1] ?? origin.author;
  const tail = ` on ${hostname().slice(0, 12)}, process ${process.pid}`;
  const head = `parcours apply ${email}`.replace(/[^\x20-\x7e]/g, '?');
  return `${head.slice(0, applicationNameMax - tail.length)}${tail}`;
}

/** Who changed what the plan stands on, and when. */
async function stale(session: Session, seen: Plan, broken: readonly Precondition[]): Promise<ReconcileError> {
  const named = broken.slice(0, brokenNamedMax);
  const each: string[] = [];
  for (const { resource } of named) {
    const last = await selectLastChange(session, resource);
    each.push(
      last === null
        ? `${resource} is no longer as it was`
        : `${resource} was changed by ${last.author} at ${last.applied_at.toISOString()} (revision ${last.number})`,
    );
  }
  const more = broken.length > named.length ? [`${broken.length - named.length} more`] : [];
  const what = each.length === 0 ? 'The changes are no longer the ones shown' : `${[...each, ...more].join('; ')}`;
  const from = seen.from.revision === 0 ? 'an empty store' : `revision ${seen.from.revision}`;
  return new ReconcileError(
    'PLAN_STALE',
    `${what}, after this plan was made from ${from}. Nothing was written. Plan again and look at what is left to do.`,
  );
}

function refuseOld({ madeAt }: Plan, { at, maxAgeMs }: { readonly at: Date; readonly maxAgeMs: number }): void {
  const age = at.getTime() - Date.parse(madeAt ?? '');
  if (age <= maxAgeMs) return;
  throw new ReconcileError(
    'PLAN_OLD',
    `This plan was made at ${madeAt}, ${hours(age)} ago, and what it says of people may no longer be so; plans count for ${hours(maxAgeMs)}. ` +
      'Nothing was written. Plan again, or say how old it may be: --max-plan-age.',
  );
}

function hours(ms: number): string {
  const count = Math.round(ms / 3_600_000);
  if (count < 1) return `${Math.max(1, Math.round(ms / 60_000))} minutes`;
  return count === 1 ? '1 hour' : `${count} hours`;
}

function refuseElsewhere(
  { target }: Plan,
  { state, environment }: { readonly state: State; readonly environment: string | null },
): void {
  const word = (name: string | null) => (name === null ? 'no environment' : `the environment ${name}`);
  const why =
    target.store !== state.store
      ? `It was made for the store ${target.store}, and this is ${state.store}`
      : target.environment !== environment
        ? `It was made for ${word(target.environment)}, and this is ${word(environment)}`
        : null;
  if (why === null) return;
  throw new ReconcileError(
    'PLAN_ELSEWHERE',
    `This plan belongs elsewhere. ${why}; its numbers say nothing of the people here. Nothing was written. Plan here.`,
  );
}

function refused(refusals: readonly Refusal[]): ReconcileError {
  const allow = [...new Set(refusals.map((one) => `--allow-destructive ${one.resource}`))].join(' ');
  return new ReconcileError(
    'PLAN_REFUSED',
    `People stand on what would be taken away: ${refusals.map(refusalInShort).join('; ')}. Nothing was written. ` +
      `Keep it until they have left, say in the file what becomes of them, or allow it: ${allow}`,
  );
}

function refusalInShort(one: Refusal): string {
  const people = `${one.people} ${one.people === 1 ? 'enrollment' : 'enrollments'}`;
  switch (one.kind) {
    case 'removed':
      return `${one.resource} (${people} in ${one.journeys.join(', ')})`;
    case 'steps-gone':
      return `${one.steps.map(({ step, people: heads }) => `step ${step} (${heads})`).join(', ')} of ${one.resource}`;
    case 'versions':
      return `${one.versions} versions of ${one.resource}, of ${one.max} at most (${people})`;
    case 'accounts':
      return `${one.resource} (${one.people} ${one.people === 1 ? 'member' : 'members'} with ${one.points} points)`;
    case 'empty':
      return `everything, since the files declare nothing (${people})`;
  }
}

function heldBack(held: readonly Held[]): ReconcileError {
  const names = held.slice(0, heldNamedMax).map((one) => one.resource);
  const more = held.length > names.length ? ` and ${held.length - names.length} more` : '';
  return new ReconcileError(
    'PLAN_HELD',
    `This version of Parcours doesn't run all that these files say: ${names.join(', ')}${more}. Applying the rest alone could ` +
      'send what they forbid, so nothing was written. `parcours plan` shows what each of them uses; remove it, or make the journey a draft.',
  );
}

function otherWorkspace(theirs: string, ours: string): ReconcileError {
  return new ReconcileError(
    'OTHER_WORKSPACE',
    `The store belongs to the workspace "${theirs}", and this folder is the workspace "${ours}". Applying it would remove all ` +
      `that the other one declares. Nothing was written. Use another database (DATABASE_URL), or give the folder the same id.`,
  );
}
