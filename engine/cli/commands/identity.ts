/** `parcours identity review | accept | decline | log | unmerge`: what people decide about who is one person. */
import { acceptMerge, declineMerge, historyOf, listProposals } from '../../profiles/identity/review.ts';
import { type ReturnPoints, unmergeProfile } from '../../profiles/identity/unmerge.ts';
import { readGitOrigin } from '../../reconcile/git-origin.ts';
import type { Session } from '../../store/session.ts';
import { readCount } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand, type Run } from '../command.ts';
import { type Context, type ExitCode, readLive } from '../context.ts';
import { demandProfile } from '../named-profile.ts';
import { decisionView, historyView, matchView, reviewView, unmergedView } from '../views/identity-view.ts';
import { progressOf } from '../views/progress.ts';

export const identityCommand: DefineCommand = (run) => {
  const identity = newCommand('identity', 'Decide about merges that rules only propose, and take merges back.', [
    'parcours identity review',
    'parcours identity accept 1042 2077      # numbers of profiles, as review shows them',
    'parcours identity unmerge 2077',
  ]);
  for (const command of [
    review(run),
    match(run),
    decide(run, 'accept'),
    decide(run, 'decline'),
    log(run),
    unmerge(run),
  ]) {
    identity.addCommand(command);
  }
  return identity;
};

function match(run: Run) {
  return newCommand('match', 'Look through everybody for people who are alike by the keys of the identity document.', [
    'parcours identity match',
    'parcours identity match --json',
  ])
    .option('--json', 'print JSON')
    .action((_options: unknown, command) => run(command.optsWithGlobals(), matchEverybody));
}

async function matchEverybody(context: Context): Promise<ExitCode> {
  const store = await context.openStore();
  const progress = progressOf(context.output);
  try {
    const keys = await store.withSession(async (session) => {
      const identity = await identityOf(session);
      if (identity?.match === undefined) {
        throw new CliError(
          'CLI_UNKNOWN',
          'The live revision has no key to compare people by: write `match` into a document of `kind: identity`, and apply.',
        );
      }
      const { matchPeople } = await import('../../profiles/identity/match/match-people.ts');
      return matchPeople(session, {
        ...{ identity, now: context.clock.now() },
        onProgress: (key, share) => progress(`${key}: ${Math.floor(100 * share)} %`),
      });
    });
    progress.done();
    context.show(matchView, { keys });
    return 0;
  } finally {
    progress.done();
  }
}

const shownUsual = 50;

function review(run: Run) {
  return newCommand('review', 'List merges that wait for a decision, the oldest first.', [
    'parcours identity review',
    'parcours identity review --limit 500 --json',
  ])
    .option('--limit <number>', 'how many are shown', String(shownUsual))
    .option('--json', 'print JSON')
    .action((options: { readonly limit: string }, command) =>
      run(command.optsWithGlobals(), async (context) => {
        const limit = readCount('--limit', options.limit, [1, 10_000]);
        const store = await context.openStore();
        context.show(reviewView, { proposals: await store.withSession((session) => listProposals(session, limit)) });
        return 0;
      }),
    );
}

function decide(run: Run, what: 'accept' | 'decline') {
  const words =
    what === 'accept'
      ? 'Merge two profiles. Who runs the engine carries it out within a second.'
      : 'Say that two profiles are two people: no rule merges them.';
  return newCommand(`${what} <profile> <other>`, words, [`parcours identity ${what} 1042 2077`])
    .option('--json', 'print JSON')
    .action((profile: string, other: string, _options: unknown, command) =>
      run(command.optsWithGlobals(), (context) => decideOn(context, what, [profile, other])),
    );
}

async function decideOn(
  context: Context,
  what: 'accept' | 'decline',
  names: readonly [string, string],
): Promise<ExitCode> {
  const store = await context.openStore();
  const { author } = await readGitOrigin(context.root, context.env);
  const [a, b] = await store.withSession(async (session) => {
    const found = [await demandProfile(session, names[0]), await demandProfile(session, names[1])] as const;
    const pair = [found[0].profileId, found[1].profileId] as const;
    if (pair[0] === pair[1]) throw new CliError('CLI_BAD_OPTION', 'Both names are of one profile already.');
    const decision = { a: pair[0], b: pair[1], by: author, now: context.clock.now() };
    await session.transaction((tx) => (what === 'accept' ? acceptMerge(tx, decision) : declineMerge(tx, decision)));
    return pair;
  });
  context.show(decisionView, { what, a, b });
  return 0;
}

function log(run: Run) {
  return newCommand('log <profile>', 'Tell of which profiles a person is made, by which rules and since when.', [
    'parcours identity log ana@shop.example',
  ])
    .option('--json', 'print JSON')
    .action((profile: string, _options: unknown, command) =>
      run(command.optsWithGlobals(), async (context) => {
        const store = await context.openStore();
        const history = await store.withSession(async (session) =>
          historyOf(session, (await demandProfile(session, profile)).profileId),
        );
        context.show(historyView, history);
        return 0;
      }),
    );
}

function unmerge(run: Run) {
  return newCommand(
    'unmerge <profile>',
    'Take a merge back: what a profile had before is its own again. Rules do not merge the two again.',
    ['parcours identity log ana@shop.example', 'parcours identity unmerge 2077'],
  )
    .option('--json', 'print JSON')
    .action((profile: string, _options: unknown, command) =>
      run(command.optsWithGlobals(), (context) => takeBack(context, profile)),
    );
}

async function takeBack(context: Context, named: string): Promise<ExitCode> {
  const profileId = /^[1-9][0-9]{0,14}$/.test(named) ? Number(named) : null;
  if (profileId === null) {
    throw new CliError(
      'CLI_BAD_OPTION',
      `"${named}" is no number of a profile. A merged profile has no identifiers left: \`parcours identity log\` shows its number.`,
    );
  }
  const store = await context.openStore();
  const { author } = await readGitOrigin(context.root, context.env);
  const undone = await store.withSession(async (session) => {
    const identity = await identityOf(session);
    const returnPoints = await returnPointsIn(session);
    return session.transaction((tx) =>
      unmergeProfile(tx, { profileId, identity, now: context.clock.now(), by: author, returnPoints }),
    );
  });
  if (undone === null) {
    throw new CliError(
      'CLI_UNKNOWN',
      `Profile ${profileId} is merged into no other, so there is nothing to take back.`,
    );
  }
  context.show(unmergedView, undone);
  return 0;
}

/** By the terms of the live revision. */
async function returnPointsIn(session: Session): Promise<ReturnPoints> {
  const { resources } = await readLive(session);
  const [{ linkProgrammes }, { returnPointsOf }] = await Promise.all([
    import('../../compiler/linked-programme.ts'),
    import('../../loyalty/move-points.ts'),
  ]);
  return returnPointsOf(linkProgrammes(resources));
}

async function identityOf(session: Session) {
  const found = (await readLive(session)).resources.find((one) => one.kind === 'identity');
  return found?.kind === 'identity' ? found.body : null;
}
