/** `parcours crosstab A/x B/y`: people by two things that are known of them. */
import type { ValueType } from '../../compiler/ir.ts';
import { type Crosstab, crosstab } from '../../measure/crosstab/crosstab.ts';
import type { By, Side } from '../../measure/crosstab/queries.ts';
import { readCount } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, findLive, type LiveRevision, readLive } from '../context.ts';
import { crosstabView } from '../views/crosstab-view.ts';

interface CrosstabOptions {
  readonly by?: string;
  readonly min: string;
}

const minMax = 1_000_000;
const statementTimeout = '300s';

/** Types whose values can be few. The others would be a table of nearly as many cells as people. */
const fewValued: readonly ValueType[] = ['enum', 'text', 'boolean', 'integer'];

export const crosstabCommand: DefineCommand = (run) =>
  newCommand('crosstab <rows> <columns>', 'Count people by two of: segment/ID, persona/SET, trait/NAME.', [
    'parcours crosstab segment/lapsed trait/country',
    'parcours crosstab persona/donors segment/readers --by lifetime_value',
    'parcours crosstab trait/rfm segment/reachable --min 1 --json',
  ])
    .option(
      '--by <trait>',
      'weigh people, too: a trait of type money or number (default: weigh_by of a set of personas)',
    )
    .option('--min <number>', 'hide cells of fewer people, since few people are easily known (1: none)', '5')
    .option('--json', 'print JSON')
    .action((rows: string, columns: string, options: CrosstabOptions, command) =>
      run(command.optsWithGlobals(), (context) => tabulate(context, [rows, columns], options)),
    );

async function tabulate(
  context: Context,
  sides: readonly [string, string],
  options: CrosstabOptions,
): Promise<ExitCode> {
  const min = readCount('--min', options.min, [1, minMax]);
  const store = await context.openStore();
  const session = await store.session({ statement_timeout: statementTimeout });
  let found: Crosstab | null;
  try {
    const live = await readLive(session);
    const [a, b] = [readSide(live, sides[0]), readSide(live, sides[1])];
    const by = options.by ?? weighedBy(live, a) ?? weighedBy(live, b);
    found = await crosstab(session, { a, b, by: by === undefined ? null : readBy(live, by), min });
  } finally {
    await session.close();
  }
  if (found === null) {
    throw new CliError(
      'CLI_BAD_OPTION',
      `${sides.join(' and ')} have so many values together that no table can show them. Name traits with few values, or make some with \`bands\`.`,
    );
  }
  context.show(crosstabView, found);
  return 0;
}

function readSide(live: LiveRevision, text: string): Side {
  const slash = text.indexOf('/');
  const [kind, id] = [text.slice(0, Math.max(slash, 0)), text.slice(slash + 1)];
  if (kind === 'segment' || kind === 'persona') {
    findLive(live, kind, id);
    return { kind, id };
  }
  if (kind !== 'trait' || id === '') {
    throw new CliError(
      'CLI_BAD_OPTION',
      `"${text}" is no side of a table: it takes segment/ID, persona/SET or trait/NAME.`,
    );
  }
  const { type } = findLive(live, 'trait', id).body;
  if (fewValued.includes(type)) return { kind, id };
  throw new CliError(
    'CLI_BAD_OPTION',
    `Trait ${id} is of type ${type}, which has as many values as people. Name one of type ${fewValued.join(', ')}; \`bands\` makes labels of amounts.`,
  );
}

/** A set of personas may say itself what they are weighed by. */
function weighedBy(live: LiveRevision, { kind, id }: Side): string | undefined {
  return kind === 'persona' ? (findLive(live, 'persona', id).body.weighBy ?? undefined) : undefined;
}

/** A sum is in one currency; money that sources send is taken in the workspace's. */
function readBy(live: LiveRevision, name: string): By {
  const { body } = findLive(live, 'trait', name);
  if (body.type === 'integer' || body.type === 'number') return { trait: name, currency: null };
  const workspace = live.resources.find((one) => one.kind === 'workspace');
  const unit = body.origin === 'computed' && body.definition.kind === 'sum' ? body.definition.unit : null;
  if (body.type === 'money' && workspace?.kind === 'workspace') {
    return { trait: name, currency: unit ?? workspace.body.currency };
  }
  throw new CliError(
    'CLI_BAD_OPTION',
    `--by can't be ${name}: it is of type ${body.type}, and people are weighed in money, integers or numbers.`,
  );
}
