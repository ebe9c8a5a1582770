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
import type { Plan, Refusal, ResourceEntry } from './plan.ts';
import { isSamePlan, planChanges } from './plan-changes.ts';
import {
  insertResourceVersions,
  insertRevision,
  releaseApplyLock,
  selectApplyLockHolder,
  takeApplyLock,
  updateWorkspaceName,
} from './queries.ts';
import { ReconcileError } from './reconcile-error.ts';
import { readStateWithin, type State } from './state.ts';

/** How long an apply waits for another one to end before it is refused. */
export const applyLockWaitMs = 10_000;

/** How many held resources an error names. */
const heldNamedMax = 10;

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

/** The number of the revision that was written; null when the store already was as planned. */
export interface Applied {
  readonly revision: number | null;
  readonly plan: Plan;
}

/**
 * Applies the plan. Errors: `ReconcileError` (stale, refused, other workspace), `StoreError` `STORE_LOCKED` naming who applies.
 * Nothing is written in any of these cases.
 */
export async function applyPlan(request: ApplyRequest): Promise<Applied> {
  const session = await request.store.session({
    application_name: applicationName(request.origin),
    lock_timeout: String(request.lockWaitMs ?? applyLockWaitMs),
  });
  try {
    await lockApplies(session);
    const applied = await session.transaction((inner) => applyWithin(inner, request));
    await releaseApplyLock(session);
    return applied;
  } finally {
    await session.close();
  }
}

async function applyWithin(session: Session, request: ApplyRequest): Promise<Applied> {
  const state = await readStateWithin(session);
  const { bundle } = request;
  applyPreconditions(bundle, state);
  const plan = planChanges(bundle, state, { allowDestructive: request.allowDestructive ?? [] });
  refuseHeld(plan);
  if (plan.changes.length === 0) return { revision: null, plan };
  if (!isSamePlan(plan, request.plan)) throw stale(request.plan, state);
  refuseBreaches(request.plan);
  refuseDestruction(plan);

  const number = plan.from.revision + 1;
  const applied = runnable(bundle);
  await insertResourceVersions(session, applied.resources);
  await insertRevision(session, {
    number,
    bundleDigest: bundle.digest,
    gitCommit: request.origin.commit,
    gitDirty: request.origin.isDirty,
    author: request.origin.author,
    via: request.origin.via ?? { via: 'apply', from: null },
    appliedAt: request.clock.now(),
    resources: resourceEntries(applied),
    plan: { ...plan, impact: request.plan.impact, breaches: request.plan.breaches },
    engineVersion: request.engineVersion,
    tzdataVersion: process.versions.tz ?? null,
  });
  await updateWorkspaceName(session, workspaceName(bundle));
  return { revision: number, plan: { ...plan, impact: request.plan.impact } };
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
      'Narrow the entry, say `current_members: skip`, or give the journey an exception with a reason and a last day.',
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

function stale(seen: Plan, state: State): ReconcileError {
  const live = state.revision;
  const what = live
    ? `Revision ${live.number} was applied by ${live.author} at ${live.applied_at.toISOString()}`
    : 'The store was emptied';
  return new ReconcileError(
    'PLAN_STALE',
    `${what}, after this plan was made from ${seen.from.revision === 0 ? 'an empty store' : `revision ${seen.from.revision}`}, ` +
      `and the changes are no longer the ones shown. Nothing was written. Plan again and look at what is left to do.`,
  );
}

function refused(refusals: readonly Refusal[]): ReconcileError {
  const each = refusals.map(
    (one) =>
      `${one.resource} (${one.people} ${one.people === 1 ? 'enrollment' : 'enrollments'} in ${one.journeys.join(', ')})`,
  );
  return new ReconcileError(
    'PLAN_REFUSED',
    `People stand on what would be removed: ${each.join('; ')}. Nothing was written. ` +
      `Keep it until they have left, or allow it: ${refusals.map((one) => `--allow-destructive ${one.resource}`).join(' ')}`,
  );
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
