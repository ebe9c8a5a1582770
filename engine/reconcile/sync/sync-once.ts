/**
 * One look at the branch that a store follows: fetch, verify, validate, test, plan, guardrails, apply; and how it stands then. A commit
 * that can't be applied is not tried again until there is another one or somebody says so; what the world failed at is tried with the
 * next look. How often is looked, the command says.
 */
import type { Clock } from '../../clock/clock.ts';
import type { Bundle } from '../../compiler/ir.ts';
import { liveRevisionNumber } from '../../store/revisions.ts';
import type { Store } from '../../store/store.ts';
import { StoreError } from '../../store/store-error.ts';
import {
  newestEdit,
  noteSyncEvent,
  readFailure,
  readSuspension,
  readSync,
  type SuspensionRow,
  type SyncRow,
  type SyncStored,
  writeSync,
} from '../../store/sync-state.ts';
import { applyPlan, refuseBreaches, refuseDestruction, refuseHeld } from '../apply-plan.ts';
import { authorOf, withoutPasswords } from '../git/git.ts';
import type { GitOrigin } from '../git-origin.ts';
import { type Drift, readDrift } from '../history/drift.ts';
import { repeatRevision, restoreBodies } from '../history/heal.ts';
import type { Plan } from '../plan.ts';
import { ReconcileError } from '../reconcile-error.ts';
import { type Repository, workspaceIn } from './repository.ts';

/** Why it stands as it does; a word for programs, beside a sentence for people. */
export type SyncReason =
  | 'applied' // the newest commit was applied
  | 'unchanged' // the newest commit changes nothing in the store
  | 'healed' // drift was undone
  | 'drift' // the store is not as the commit says, and nobody asked to undo it
  | 'suspended' // somebody said to wait
  | 'fetch_failed' // the repository can't be reached
  | 'signature_refused' // the commit isn't signed by somebody trusted
  | 'invalid' // the files have errors
  | 'tests_failed' // a `test` of the files failed
  | 'refused' // it would take something away from under people, or can't be run
  | 'guarded' // a guardrail stops it
  | 'locked' // somebody else applies
  | 'apply_failed';

export interface SyncOptions {
  readonly repo: string;
  readonly branch: string;
  /** Of the workspace, inside the repository. */
  readonly path: string;
  /** Of the clone. */
  readonly folder: string;
  readonly verifySignatures: boolean;
  readonly allowedSigners: string | null;
  readonly selfHeal: boolean;
  /** Follow this branch from now on, though the store follows another one. */
  readonly takeOver: boolean;
  readonly allowDestructive: readonly string[];
}

/** What files of a commit are: a bundle, or what is wrong with them in words. */
export type LoadedCommit = { readonly bundle: Bundle } | { readonly problems: string };

export interface SyncParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly repository: Repository;
  readonly engineVersion: string;
  /** Validates and compiles the workspace in the folder. */
  load(root: string): Promise<LoadedCommit>;
  /** Runs the `test` resources; null: all passed, or a sentence about those that failed. */
  test(bundle: Bundle, root: string): Promise<string | null>;
  plan(bundle: Bundle): Promise<Plan>;
}

/** What became of a look. */
export interface Look {
  readonly state: SyncStored | 'suspended';
  readonly reason: SyncReason;
  readonly message: string;
  readonly head: string | null;
  /** The revision that this look wrote; null: none. */
  readonly revision: number | null;
  /** What was planned; null where it didn't come so far, or nothing was new. */
  readonly plan: Plan | null;
}

/** How long an apply waits for another one. */
const lockWaitMs = 10_000;

/** Errors: those of the store when it is lost, and `OTHER_BRANCH` where it follows another one; everything else is an outcome. */
export async function syncOnce(parts: SyncParts, options: SyncOptions): Promise<Look> {
  const { store, clock } = parts;
  const before = await store.withSession(readSync);
  const known = before !== null && isSameBranch(before, options) ? before : null;
  if (before !== null && known === null && !options.takeOver) throw otherBranch(before);
  const suspension = await store.withSession((session) => readSuspension(session, clock.now()));
  const seen = await store.withSession(newestEdit);
  const look = await lookAt(parts, options, { known, suspension });
  await keep(parts, options, { known, look, seen });
  return look;
}

interface Known {
  /** How it stood; null: this branch was never followed. */
  readonly known: SyncRow | null;
  readonly suspension: SuspensionRow | null;
}

function isSameBranch(row: SyncRow, options: SyncOptions): boolean {
  return row.repo === withoutPasswords(options.repo) && row.branch === options.branch && row.path === options.path;
}

/** Two branches would undo each other for ever. */
function otherBranch({ branch, repo, path }: SyncRow): ReconcileError {
  const where = path === '.' ? repo : `${repo}, ${path}`;
  return new ReconcileError(
    'OTHER_BRANCH',
    `This store follows the branch ${branch} of ${where}, and two would undo each other. Nothing was done. To follow this one from now on instead: --take-over`,
  );
}

async function lookAt(parts: SyncParts, options: SyncOptions, { known, suspension }: Known): Promise<Look> {
  const fetched = await attempt(() => parts.repository.fetch());
  if ('error' in fetched) return failed('fetch_failed', fetched.error.message, known?.head ?? null);
  const head = fetched.value;
  if (suspension !== null) return suspended(suspension, head);
  if (head === known?.failed_commit) {
    const event = await parts.store.withSession((session) => readFailure(session, head));
    return failed((event?.reason ?? known.reason) as SyncReason, event?.message ?? known.message, head);
  }
  if (known !== null && head === known.applied_commit) {
    const drift = await lookForDrift(parts.store, known);
    if (drift === null || drift.findings.length === 0) return unchanged(known, head);
    if (!options.selfHeal) return drifted(drift, head);
  }
  return bring(parts, options, { head, known });
}

/** Held against the commit only when something happened since the last look: this is asked each half minute. */
function lookForDrift(store: Store, known: SyncRow): Promise<Drift | null> {
  return store.withSession(async (session) => {
    const isStill =
      known.state === 'ready' &&
      (await liveRevisionNumber(session)) === known.applied_revision &&
      (await newestEdit(session)) === known.edits_seen;
    return isStill ? null : readDrift(session);
  });
}

interface Bringing {
  readonly head: string;
  readonly known: SyncRow | null;
}

/** Brings the store to the commit. */
async function bring(parts: SyncParts, options: SyncOptions, { head, known }: Bringing): Promise<Look> {
  const { repository } = parts;
  if (options.verifySignatures) {
    const verified = await attempt(() => repository.verify(head, options.allowedSigners));
    if ('error' in verified) {
      const words = `Commit ${short(head)} isn't signed by anybody whom git was told to trust. ${verified.error.message}`;
      return failed('signature_refused', words, head);
    }
  }
  await note(parts, options, { known, head });
  await repository.checkout(head);
  const root = workspaceIn(options.folder, options.path);
  const loaded = await parts.load(root);
  if ('problems' in loaded) return failed('invalid', loaded.problems, head);
  const untrue = await parts.test(loaded.bundle, root);
  if (untrue !== null) return failed('tests_failed', untrue, head);
  const origin = { commit: head, isDirty: false, author: await authorOf(repository.git, head) };
  return carry(parts, options, { head, known, origin, bundle: loaded.bundle });
}

interface Carrying extends Bringing {
  readonly bundle: Bundle;
  readonly origin: Omit<GitOrigin, 'via'>;
}

async function carry(parts: SyncParts, options: SyncOptions, carrying: Carrying): Promise<Look> {
  const { head, bundle } = carrying;
  const { store, clock, engineVersion } = parts;
  const isHealing = head === carrying.known?.applied_commit;
  const origin: GitOrigin = { ...carrying.origin, via: { via: isHealing ? 'heal' : 'sync', from: options.branch } };
  try {
    // First of all, since what was typed by hand may be nothing that a plan can read.
    const restored = options.selfHeal ? await restoreBodies(store, bundle) : 0;
    const plan = await parts.plan(bundle);
    refuseHeld(plan);
    refuseDestruction(plan);
    refuseBreaches(plan);
    const applying = { store, clock, origin, engineVersion, lockWaitMs };
    const { allowDestructive } = options;
    const applied = await applyPlan({ ...applying, bundle, plan, allowDestructive });
    const isRepeated = applied.revision === null && restored > 0;
    const revision = isRepeated ? await repeatRevision(applying) : applied.revision;
    return brought(revision, { head, plan, isHealing });
  } catch (error) {
    return failedBy(error, head);
  }
}

function brought(
  revision: number | null,
  { head, plan, isHealing }: { readonly head: string; readonly plan: Plan; readonly isHealing: boolean },
): Look {
  const [reason, message]: readonly [SyncReason, string] =
    revision === null
      ? ['unchanged', `Commit ${short(head)} changes nothing in the store.`]
      : isHealing
        ? ['healed', `The store is again as commit ${short(head)} says, as revision ${revision}.`]
        : ['applied', `Commit ${short(head)} is applied as revision ${revision}.`];
  return { state: 'ready', reason, message, head, revision, plan };
}

/** Errors: what isn't a refusal (the store is lost). */
function failedBy(error: unknown, head: string): Look {
  if (error instanceof StoreError && error.code === 'STORE_LOCKED') return failed('locked', error.message, head);
  if (!(error instanceof ReconcileError)) throw error;
  switch (error.code) {
    case 'PLAN_GUARDED':
      return failed('guarded', error.message, head);
    case 'PLAN_STALE':
      return failed('locked', error.message, head);
    case 'PLAN_REFUSED':
    case 'PLAN_HELD':
    case 'OTHER_WORKSPACE':
      return failed('refused', error.message, head);
    default:
      return failed('apply_failed', error.message, head);
  }
}

function failed(reason: SyncReason, message: string, head: string | null): Look {
  return { state: 'failed', reason, message, head, revision: null, plan: null };
}

function suspended({ author, why, until }: SuspensionRow, head: string): Look {
  const end = until === null ? 'until somebody resumes it' : `until ${until.toISOString()}`;
  const message = `Suspended by ${author} ${end}: ${why}`;
  return { state: 'suspended', reason: 'suspended', message, head, revision: null, plan: null };
}

function unchanged(known: SyncRow, head: string): Look {
  const { message } = known;
  const reason = known.state === 'ready' ? (known.reason as SyncReason) : 'unchanged';
  const words = known.state === 'ready' ? message : `The store is as commit ${short(head)} says.`;
  return { state: 'ready', reason, message: words, head, revision: null, plan: null };
}

function drifted({ findings }: Drift, head: string): Look {
  const [first] = findings;
  const more = findings.length > 1 ? ` and ${findings.length - 1} more` : '';
  const who = first?.actor ?? 'nobody noted by whom';
  const message = `The store is not as commit ${short(head)} says: ${first?.resource}${more}, by ${who}. \`parcours drift\` shows what differs.`;
  return { state: 'drifted', reason: 'drift', message, head, revision: null, plan: null };
}

/** What isn't the commit's fault is tried again with it. */
const passing: ReadonlySet<SyncReason> = new Set(['fetch_failed', 'locked', 'suspended']);

/** Tells that it is being worked on. */
async function note(parts: SyncParts, options: SyncOptions, { known, head }: Bringing): Promise<void> {
  const message = `Bringing the store to commit ${short(head)}.`;
  const row = rowOf(options, known, {
    state: 'progressing',
    reason: 'applied',
    message,
    head,
    revision: null,
    plan: null,
  });
  await parts.store.withSession((session) => writeSync(session, { ...row, checked_at: parts.clock.now() }));
}

/** Writes how it stands, and an event where that is news. */
async function keep(
  parts: SyncParts,
  options: SyncOptions,
  { known, look, seen }: { readonly known: SyncRow | null; readonly look: Look; readonly seen: number },
): Promise<void> {
  const at = parts.clock.now();
  const row = { ...rowOf(options, known, look), checked_at: at };
  const isNews = known === null || look.revision !== null || known.reason !== look.reason || known.head !== look.head;
  await parts.store.withSession(async (session) => {
    // What was edited since the look began is looked at with the next one.
    if (look.state === 'ready') row.edits_seen = seen;
    if (look.state === 'ready' && look.head !== known?.applied_commit && look.revision === null) {
      row.applied_revision = await liveRevisionNumber(session);
    }
    await writeSync(session, row);
    if (!isNews) return;
    const { state, reason, message, head, revision } = look;
    await noteSyncEvent(session, { at, state, reason, message, commit_id: head, revision });
  });
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function rowOf(
  options: SyncOptions,
  known: SyncRow | null,
  look: Look,
): Writable<Omit<SyncRow, 'changed_at' | 'checked_at'>> {
  const isReady = look.state === 'ready';
  // A suspension is told beside it, and leaves what was.
  const stood = look.state === 'suspended' ? (known ?? { ...look, state: 'ready' as const }) : look;
  const keepsFailure = look.state === 'failed' && !passing.has(look.reason);
  return {
    repo: withoutPasswords(options.repo),
    branch: options.branch,
    path: options.path,
    state: stood.state as SyncStored,
    reason: stood.reason,
    message: stood.message,
    head: look.head,
    applied_commit: isReady ? look.head : (known?.applied_commit ?? null),
    applied_revision: (isReady ? look.revision : null) ?? known?.applied_revision ?? null,
    edits_seen: known?.edits_seen ?? 0,
    failed_commit: keepsFailure ? look.head : isReady ? null : (known?.failed_commit ?? null),
  };
}

function short(commit: string): string {
  return commit.slice(0, 10);
}

/** What git failed at, as a value. */
async function attempt<T>(work: () => Promise<T>): Promise<{ readonly value: T } | { readonly error: ReconcileError }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof ReconcileError) return { error };
    throw error;
  }
}
