/** `parcours start journey/x --profile … | --list FILE`: lets people apply to a journey by hand. */
import { type HandStart, startByHand } from '../../activation/journeys/start-by-hand.ts';
import type { JourneyBody, Value } from '../../compiler/ir.ts';
import { findProfile } from '../../profiles/find-profile.ts';
import { findIdentifiers, type Place } from '../../profiles/queries.ts';
import { typedNames } from '../../profiles/typed-names.ts';
import type { OwnSession, Session } from '../../store/session.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, findLive, type LiveRevision, readLive } from '../context.ts';
import { type ListedPerson, type ListedReading, readHanded, readStartList } from '../read-start-list.ts';
import { type Started, startView } from '../views/start-view.ts';

interface StartOptions {
  readonly profile?: readonly string[];
  readonly list?: string;
  readonly key?: string;
  readonly with?: readonly string[];
}

/** People of one transaction. */
const chunkMax = 1_000;
/** Lines that are shown with what is wrong with them. */
const unusedMax = 20;

export const startCommand: DefineCommand = (run) =>
  newCommand('start <journey>', 'Start a journey for people by hand, where its `when` says `started: true`.', [
    'parcours start journey/nps --profile ana@shop.example --with moment=delivery',
    'parcours start journey/nps --profile external_id:00042 --key sale-17',
    'parcours start journey/welcome --list people.csv    # columns: external_id or email …, key, what it takes `with`',
  ])
    .option('--profile <name...>', 'an identifier, or the number of a profile; several are all started')
    .option('--list <file>', 'a CSV file with a header: identifiers, key, and what the journey takes over')
    .option('--key <key>', 'the cart or row, where the journey is per property or per entity')
    .option('--with <name=value...>', 'what the journey takes over; read in it as `entry.name`')
    .option('--json', 'print JSON')
    .action((journey: string, options: StartOptions, command) =>
      run(command.optsWithGlobals(), (context) => start(context, journey, options)),
    );

async function start(context: Context, named: string, options: StartOptions): Promise<ExitCode> {
  const { profile, list } = options;
  if ((profile === undefined) === (list === undefined)) {
    throw new CliError('CLI_BAD_OPTION', 'Say for whom: --profile NAME (or several), or --list FILE, one of the two.');
  }
  if (list !== undefined && (options.key !== undefined || options.with !== undefined)) {
    throw new CliError(
      'CLI_BAD_OPTION',
      'With --list, key and values are columns of the file: leave --key and --with out.',
    );
  }
  const store = await context.openStore();
  const result = await store.withSession(async (session): Promise<Started> => {
    const live = await readLive(session);
    const id = named.startsWith('journey/') ? named.slice('journey/'.length) : named;
    const { body } = findLive(live, 'journey', id);
    checkStartable(id, body);
    const people = profile === undefined ? null : await namedPeople(session, profile, { live, body, options });
    const now = context.clock.now();
    if (people !== null) {
      await session.transaction((inside) => startByHand(inside, id, people, now));
      return { journey: id, started: people.length, unused: [], unusedCount: 0 };
    }
    const request = { cwd: context.cwd, file: list ?? '', journey: body, workspace: workspaceOf(live) };
    return await startListed(session, id, { body, rows: readStartList(request), now });
  });
  context.show(startView, result);
  return 0;
}

function workspaceOf({ resources }: LiveRevision) {
  const found = resources.find((one) => one.kind === 'workspace');
  if (found?.kind !== 'workspace') throw new Error('assertion failed: a revision has a workspace');
  return found.body;
}

function checkStartable(id: string, { status, entry }: JourneyBody): void {
  if (!entry.triggers.some(({ kind }) => kind === 'started')) {
    throw new CliError(
      'CLI_BAD_OPTION',
      `Journey ${id} isn't started by hand: only one whose \`when\` says \`started: true\` is. Add it, and apply.`,
    );
  }
  if (status !== 'live') {
    throw new CliError(
      'CLI_BAD_OPTION',
      `Journey ${id} is ${status}, so nobody enters it. Set \`status: live\`, and apply.`,
    );
  }
}

interface Asked {
  readonly live: LiveRevision;
  readonly body: JourneyBody;
  readonly options: StartOptions;
}

async function namedPeople(
  session: Session,
  names: readonly string[],
  { live, body, options }: Asked,
): Promise<readonly HandStart[]> {
  const handed = readWith(options.with ?? [], body, workspaceOf(live));
  const starts: HandStart[] = [];
  const written = typedNames(live.resources);
  for (const name of names) {
    const place = await findProfile(session, name, written);
    if (place === null) {
      throw new CliError(
        'CLI_UNKNOWN',
        `Nobody answers to "${name}", so nobody was started. Give identifiers (ana@shop.example, external_id:00042) or numbers of profiles.`,
      );
    }
    starts.push(startOf(body, place, options.key ?? null, handed));
  }
  return starts;
}

/** The key is also what it is the value of, so that `match` finds it. */
function startOf(
  { per }: JourneyBody,
  place: Place,
  key: string | null,
  handed: Readonly<Record<string, Value>>,
): HandStart {
  const entry = per?.kind === 'property' && key !== null ? { ...handed, [per.property]: key } : handed;
  return { place, key: per === undefined ? null : key, entry };
}

function readWith(
  texts: readonly string[],
  { entry }: JourneyBody,
  workspace: ReturnType<typeof workspaceOf>,
): Readonly<Record<string, Value>> {
  const known = entry.with ?? {};
  const values: Record<string, Value> = {};
  for (const text of texts) {
    const [, name = '', raw = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    const type = Object.hasOwn(known, name) ? known[name] : undefined;
    if (type === undefined) {
      const takes = Object.keys(known).length === 0 ? 'nothing' : Object.keys(known).join(', ');
      throw new CliError('CLI_BAD_OPTION', `--with can't be "${text}": write NAME=VALUE; this journey takes ${takes}.`);
    }
    const value = readHanded(name, raw, type, workspace);
    if (typeof value === 'object' && 'problem' in value) {
      throw new CliError('CLI_BAD_OPTION', `--with can't be "${text}": ${value.problem}.`);
    }
    if (value !== undefined) values[name] = value;
  }
  return values;
}

interface Listing {
  readonly body: JourneyBody;
  readonly rows: AsyncIterable<ListedReading>;
  readonly now: Date;
}

/** In chunks, each a transaction: a broken connection may leave a part started, which starting again doesn't double unless re-entry allows. */
async function startListed(session: OwnSession, journey: string, { body, rows, now }: Listing): Promise<Started> {
  let started = 0;
  const unused: { line: number; problem: string }[] = [];
  let chunk: ListedPerson[] = [];
  const flush = async () => {
    const places = await placesOf(session, chunk);
    const found = chunk.flatMap((one) => {
      const place = places.get(one.line);
      if (place === undefined) unused.push({ line: one.line, problem: 'nobody answers to it' });
      return place === undefined ? [] : [startOf(body, place, one.key, one.entry)];
    });
    await session.transaction((inside) => startByHand(inside, journey, found, now));
    started += found.length;
    chunk = [];
  };
  for await (const row of rows) {
    if ('problem' in row) unused.push(row);
    else if (chunk.push(row) >= chunkMax) await flush();
  }
  await flush();
  unused.sort((a, b) => a.line - b.line);
  return { journey, started, unused: unused.slice(0, unusedMax), unusedCount: unused.length };
}

/** By line, whom the first identifier that is known points at. */
async function placesOf(session: Session, people: readonly ListedPerson[]): Promise<ReadonlyMap<number, Place>> {
  const rows = await findIdentifiers(
    session,
    people.flatMap(({ identifiers }) => identifiers),
  );
  const known = new Map(
    rows.map((row) => [`${row.type}\0${row.value}`, { lane: row.lane, profileId: row.profile_id }]),
  );
  return new Map(
    people.flatMap(({ line, identifiers }) => {
      const place = identifiers
        .map(({ type, value }) => known.get(`${type}\0${value}`))
        .find((one) => one !== undefined);
      return place === undefined ? [] : [[line, place] as const];
    }),
  );
}
