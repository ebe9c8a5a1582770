/** `parcours rollback`: leads the store back to what an earlier revision held, as a new revision. Shows the plan and asks first. */

import { readGitOrigin } from '../../reconcile/git-origin.ts';
import { findRevision, findRevisionBefore, readStoredBundle } from '../../reconcile/history/revisions.ts';
import type { Store } from '../../store/store.ts';
import { readSuspension, readSync, writeSuspension } from '../../store/sync-state.ts';
import { type CarryOutOptions, carryOut, withCarryOutOptions } from '../carry-out.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import type { Context, ExitCode } from '../context.ts';
import { appliedView } from '../views/plan-view.ts';
import { formatTime } from '../views/style.ts';
import { suspendedNote } from '../views/sync-view.ts';

export const rollbackCommand: DefineCommand = (run) =>
  withCarryOutOptions(
    newCommand('rollback [revision]', 'Go back to an earlier revision, as a new one. Shows the plan and asks first.', [
      'parcours rollback                    # to the newest revision that holds something else',
      'parcours rollback 11',
      'parcours rollback 0a1b2c3 --yes      # by the beginning of its commit',
      '# Who follows a branch (`parcours sync`) is suspended by it; `git revert` needs no rollback.',
    ]),
  ).action((word: string | undefined, options: CarryOutOptions, command) =>
    run(command.optsWithGlobals(), (context) => rollback(context, word, options)),
  );

async function rollback(context: Context, word: string | undefined, options: CarryOutOptions): Promise<ExitCode> {
  const store = await context.openStore();
  const { revision, bundle } = await store.withSession(async (session) =>
    readStoredBundle(session, await (word === undefined ? findRevisionBefore(session) : findRevision(session, word))),
  );
  const { author } = await readGitOrigin(context.root, context.env);
  const cause = { via: 'rollback', from: String(revision.number) } as const;
  const commit = revision.git_commit === null ? '' : `, commit ${revision.git_commit.slice(0, 10)}`;
  const applied = await carryOut(
    context,
    {
      ...{ store, bundle, command: 'rollback' },
      origin: { commit: revision.git_commit, isDirty: revision.git_dirty, author, via: cause },
      heading: `Back to revision ${revision.number}, applied ${formatTime(revision.applied_at)} by ${revision.author}${commit}.`,
    },
    options,
  );
  if (applied === null) return 1;
  if (applied.revision !== null) await holdSync(context, store, { author, number: revision.number });
  context.show(appliedView, applied);
  return 0;
}

/** Who follows a branch would undo it with its next look. */
async function holdSync(
  context: Context,
  store: Store,
  { author, number }: { readonly author: string; readonly number: number },
): Promise<void> {
  const now = context.clock.now();
  const isHeld = await store.withSession(async (session) => {
    if ((await readSync(session)) === null || (await readSuspension(session, now)) !== null) return false;
    await writeSuspension(session, { since: now, until: null, author, why: `rolled back to revision ${number}` });
    return true;
  });
  if (isHeld) context.output.note(suspendedNote);
}
