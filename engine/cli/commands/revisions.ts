/** `parcours revisions` and `parcours revisions show`: what was applied when, by whom, from which commit. */
import { findRevision, listRevisions, readRevisionDetail, revisionsMax } from '../../reconcile/history/revisions.ts';
import { readCount } from '../arguments.ts';
import { type DefineCommand, newCommand, type Run } from '../command.ts';
import { revisionsView, revisionView } from '../views/revisions-view.ts';

interface RevisionsOptions {
  readonly limit: string;
}

export const revisionsCommand: DefineCommand = (run) => {
  const revisions = newCommand('revisions', 'List what was applied: when, by whom, from which commit, and how.', [
    'parcours revisions',
    'parcours revisions show 12',
    'parcours revisions show 0a1b2c3      # by the beginning of its commit',
    "parcours revisions --json | jq '.revisions[0].commit'",
  ])
    .option('--limit <number>', 'how many, the newest first', '20')
    .option('--json', 'print JSON')
    .action((options: RevisionsOptions, command) =>
      run(command.optsWithGlobals(), async (context) => {
        const limit = readCount('--limit', options.limit, [1, revisionsMax]);
        const store = await context.openStore();
        context.show(revisionsView, await store.withSession((session) => listRevisions(session, limit)));
        return 0;
      }),
    );
  revisions.addCommand(showRevision(run));
  return revisions;
};

function showRevision(run: Run) {
  return newCommand('show [revision]', 'Show one revision and what it changed. Without a name: the live one.', [
    'parcours revisions show',
    'parcours revisions show 12 --json',
  ])
    .option('--json', 'print JSON')
    .action((word: string | undefined, _options: unknown, command) =>
      run(command.optsWithGlobals(), async (context) => {
        const store = await context.openStore();
        const detail = await store.withSession(async (session) =>
          readRevisionDetail(session, await findRevision(session, word ?? 'live')),
        );
        context.show(revisionView, detail);
        return 0;
      }),
    );
}
