/** `parcours members SEGMENT`: who is in a segment, now or at another time. */
import { listMembers } from '../../measure/members/list-members.ts';
import { readCount, readInstant } from '../arguments.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, findLive, readLive } from '../context.ts';
import { membersCountView, membersView } from '../views/members-view.ts';

interface MembersOptions {
  readonly count?: boolean;
  readonly at?: string;
  readonly limit: string;
}

const limitMax = 1_000_000;

export const membersCommand: DefineCommand = (run) =>
  newCommand('members <segment>', 'List the members of a segment of the applied revision.', [
    'parcours members dormant-retailers --count',
    'parcours members lapsed --at 1998-06-30 --json',
  ])
    .option('--count', 'only how many')
    .option(
      '--at <time>',
      'as of that time, worked out from events and traits alone (ISO; without an offset it is UTC)',
    )
    .option('--limit <number>', 'list at most so many', '10000')
    .option('--json', 'print JSON')
    .action((segment: string, options: MembersOptions, command) =>
      run(command.optsWithGlobals(), (context) => members(context, segment, options)),
    );

async function members(context: Context, segment: string, options: MembersOptions): Promise<ExitCode> {
  const at = options.at === undefined ? null : readInstant('--at', options.at);
  const limit = options.count ? 0 : readCount('--limit', options.limit, [1, limitMax]);
  const store = await context.openStore();
  const found = await store.withSession(async (session) => {
    const live = await readLive(session);
    findLive(live, 'segment', segment);
    return listMembers(session, { resources: live.resources, segment, at, limit });
  });
  context.show(options.count ? membersCountView : membersView, { segment, at, ...found });
  return 0;
}
