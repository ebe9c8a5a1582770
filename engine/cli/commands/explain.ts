/** `parcours explain PROFILE`: why one person got, or didn't get, each message; with `--segment`, why he is in one or out of it. */
import { builtInTraits } from '../../compiler/built-ins.ts';
import type { ValueType } from '../../compiler/ir.ts';
import { explainMembership } from '../../measure/person/explain-membership.ts';
import { type Explanation, explainProfile } from '../../measure/person/explain-profile.ts';
import { findProfile } from '../../profiles/find-profile.ts';
import { selectCleaned } from '../../profiles/shown/queries.ts';
import { typedNames } from '../../profiles/typed-names.ts';
import { readCount } from '../arguments.ts';
import { branchWords } from '../branch-words.ts';
import { CliError } from '../cli-error.ts';
import { type DefineCommand, newCommand } from '../command.ts';
import { type Context, type ExitCode, findLive, type LiveRevision, readLive } from '../context.ts';
import { type ExplanationResult, explanationView } from '../views/explanation-view.ts';
import { type MembershipResult, membershipView } from '../views/membership-view.ts';

interface ExplainOptions {
  readonly journey?: string;
  readonly segment?: string;
  readonly deep: string;
}

/** Segments nest no deeper than a file can be read. */
const deepMax = 100;

export const explainCommand: DefineCommand = (run) =>
  newCommand(
    'explain <profile>',
    'Tell all about one person: segments, journeys, and each message with its decision.',
    [
      'parcours explain ana@shop.example',
      'parcours explain external_id:00042 --json',
      'parcours explain ana@shop.example --journey welcome   # what happened to him there, and why',
      'parcours explain 1234                # the number of the profile',
      'parcours explain ana@shop.example --segment lapsed     # why in it, or out of it',
    ],
  )
    .option('--segment <id>', 'the definition of a segment, with what each part found of this person')
    .option('--journey <id>', 'only his ways through one journey, and its messages')
    .option('--deep <levels>', 'with --segment: open so many levels of nested segments, or all', '1')
    .option('--json', 'print JSON')
    .action((profile: string, { segment, deep, journey }: ExplainOptions, command) =>
      run(command.optsWithGlobals(), (context) =>
        segment === undefined
          ? explain(context, profile, journey)
          : explainSegment(context, profile, { segment, deep }),
      ),
    );

async function explainSegment(
  context: Context,
  named: string,
  { segment, deep }: { readonly segment: string; readonly deep: string },
): Promise<ExitCode> {
  const depth = deep === 'all' ? deepMax : readCount('--deep', deep, [0, deepMax]);
  const store = await context.openStore();
  const found = await store.withSession(async (session): Promise<MembershipResult | null> => {
    const live = await readLive(session);
    findLive(live, 'segment', segment);
    const place = await findProfile(session, named, typedNames(live.resources));
    const request = { resources: live.resources, segment, at: context.clock.now(), depth };
    const explanation = place && (await explainMembership(session, place, request));
    return explanation && { ...explanation, named, liveRevision: live.revision.number };
  });
  if (found === null) throw nobody(named);
  context.show(membershipView, found);
  return 0;
}

async function explain(context: Context, text: string, journey: string | undefined): Promise<ExitCode> {
  const store = await context.openStore();
  const id = journey?.replace(/^journey\//, '');
  const explanation = await store.withSession(async (session): Promise<ExplanationResult | null> => {
    const live = await readLive(session);
    if (id !== undefined) findLive(live, 'journey', id);
    const place = await findProfile(session, text, typedNames(live.resources));
    const types = live.resources.filter((one) => one.kind === 'event').map((one) => one.id);
    const found = place && (await explainProfile(session, place, types));
    if (place === null || found === null) return null;
    const explained = id === undefined ? found : ofJourney(found, id);
    const arms = await branchWords(
      session,
      explained.enrollments.map(({ version }) => version),
    );
    const cleaned = id === undefined ? await selectCleaned(session, place) : [];
    return {
      ...explained,
      cleaned,
      arms,
      journey: id ?? null,
      traitTypes: traitTypes(live),
      fieldTypes: fieldTypes(live),
    };
  });
  if (explanation === null) throw nobody(text);
  context.show(explanationView, explanation);
  return 0;
}

/** What of the explanation is about one journey; the messages that its own were counted with stay known. */
function ofJourney(found: Explanation, id: string): Explanation {
  const isOf = ({ journey }: { readonly journey: string }) => journey === id;
  return {
    ...found,
    enrollments: found.enrollments.filter(isOf),
    refusals: found.refusals.filter(isOf),
  };
}

function nobody(text: string): CliError {
  return new CliError(
    'CLI_UNKNOWN',
    `Nobody answers to "${text}". Give an identifier (ana@shop.example, external_id:00042) or the number of a profile.`,
  );
}

function traitTypes(live: LiveRevision): Readonly<Record<string, ValueType>> {
  const declared = live.resources.flatMap((one) => (one.kind === 'trait' ? [[one.id, one.body.type] as const] : []));
  return Object.fromEntries([...builtInTraits, ...declared]);
}

/** By `booking.departs_at`. */
function fieldTypes(live: LiveRevision): Readonly<Record<string, ValueType>> {
  const fields = live.resources.flatMap((one) =>
    one.kind === 'entity'
      ? Object.entries(one.body.fields).map(([name, { type }]) => [`${one.id}.${name}`, type] as const)
      : [],
  );
  return Object.fromEntries(fields);
}
