/**
 * All commands in the order of a day's work: what the help says of each, and the way to its file, taken only when it is
 * named. What a command takes and does is said in its own file; a test holds the two together.
 */
import type { DefineCommand } from './command.ts';

export interface CatalogueEntry {
  /** The name and its parameters. */
  readonly usage: string;
  readonly summary: string;
  load(): Promise<DefineCommand>;
}

export const catalogue: readonly CatalogueEntry[] = [
  {
    usage: 'init [folder]',
    summary: 'Begin a workspace that works, with files for CI.',
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
  {
    usage: 'validate [path...]',
    summary: 'Check the files of the workspace: all mistakes in one run. Needs no database.',
    load: async () => (await import('./commands/validate.ts')).validateCommand,
  },
  {
    usage: 'test [path...]',
    summary: 'Play the tests that the files declare, each on a person of its own. Touches no store.',
    load: async () => (await import('./commands/test.ts')).testCommand,
  },
  {
    usage: 'explain-code [code]',
    summary: 'Tell what a code of `validate` means, with an example. Without a code: all of them.',
    load: async () => (await import('./commands/explain-code.ts')).explainCodeCommand,
  },
  {
    usage: 'fmt [path...]',
    summary: 'Lay the files out in the one canonical way. Comments stay, and so does what the files mean.',
    load: async () => (await import('./commands/fmt.ts')).fmtCommand,
  },
  {
    usage: 'list [kind]',
    summary: 'List the resources of the files.',
    load: async () => (await import('./commands/list.ts')).listCommand,
  },
  {
    usage: 'show <resource>',
    summary: 'Show a resource as compiled: every default said, what it needs and what reads it.',
    load: async () => (await import('./commands/show.ts')).showCommand,
  },
  {
    usage: 'graph [resource]',
    summary: 'Draw a journey step by step, or what needs what.',
    load: async () => (await import('./commands/graph.ts')).graphCommand,
  },
  {
    usage: 'schema [kind]',
    summary: 'Write the JSON Schemas of the language, for editors and other tools.',
    load: async () => (await import('./commands/schema.ts')).schemaCommand,
  },
  {
    usage: 'plan',
    summary: 'Show what `apply` would change: + added, ~ changed, - removed, and the people it touches.',
    load: async () => (await import('./commands/plan.ts')).planCommand,
  },
  {
    usage: 'apply [file]',
    summary: 'Bring the store to what the files say, as one revision. Shows the plan and asks first.',
    load: async () => (await import('./commands/apply.ts')).applyCommand,
  },
  {
    usage: 'revisions',
    summary: 'List what was applied: when, by whom, from which commit, and how.',
    load: async () => (await import('./commands/revisions.ts')).revisionsCommand,
  },
  {
    usage: 'diff <from> [to]',
    summary: 'Show what lies between two revisions, in the words of the files.',
    load: async () => (await import('./commands/diff.ts')).diffCommand,
  },
  {
    usage: 'rollback [revision]',
    summary: 'Go back to an earlier revision, as a new one. Shows the plan and asks first.',
    load: async () => (await import('./commands/rollback.ts')).rollbackCommand,
  },
  {
    usage: 'drift',
    summary: 'Show what the store holds and no commit declares: the field, who did it, and when.',
    load: async () => (await import('./commands/drift.ts')).driftCommand,
  },
  {
    usage: 'sync',
    summary: 'Follow a branch: fetch, verify, validate, test, plan, hold guardrails against it, apply.',
    load: async () => (await import('./commands/sync.ts')).syncCommand,
  },
  {
    usage: 'promote <from> <to>',
    summary: 'Bring what one environment runs into the next. Shows the plan and asks first.',
    load: async () => (await import('./commands/promote.ts')).promoteCommand,
  },
  {
    usage: 'import [source] [file]',
    summary: 'Import a file through a source. Importing it again changes nothing.',
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  {
    usage: 'quality <source> [file...]',
    summary: 'Tell how complete, right and repeated the data of a source is, by field and country. Stores nothing.',
    load: async () => (await import('./commands/quality.ts')).qualityCommand,
  },
  {
    usage: 'run',
    summary: 'Run the journeys: schedules, segments, steps, messages. Ends gracefully on SIGTERM.',
    load: async () => (await import('./commands/run.ts')).runCommand,
  },
  {
    usage: 'serve',
    summary: 'Take events and callbacks over HTTP. Ends gracefully on SIGTERM.',
    load: async () => (await import('./commands/serve.ts')).serveCommand,
  },
  {
    usage: 'start <journey>',
    summary: 'Start a journey for people by hand, where its `when` says `started: true`.',
    load: async () => (await import('./commands/start.ts')).startCommand,
  },
  {
    usage: 'pause <resource>',
    summary: 'Hold what a journey, a channel, a destination or the whole workspace sends, at once.',
    load: async () => (await import('./commands/pause.ts')).pauseCommand,
  },
  {
    usage: 'resume <resource>',
    summary: 'End a pause. What it held leaves spread over an hour, or was skipped.',
    load: async () => (await import('./commands/pause.ts')).resumeCommand,
  },
  {
    usage: 'calls [list]',
    summary: 'Show call lists and what is left of the day; take calls, and say how they went.',
    load: async () => (await import('./commands/calls.ts')).callsCommand,
  },
  {
    usage: 'countries',
    summary: 'Show who lives where, how many can be reached by mail and phone, and what is missing.',
    load: async () => (await import('./commands/countries.ts')).countriesCommand,
  },
  {
    usage: 'registers',
    summary: 'List the registers that countries name, and import one: whom not to call or write to.',
    load: async () => (await import('./commands/registers.ts')).registersCommand,
  },
  {
    usage: 'preview [template]',
    summary: 'Show a template as people would see it: HTML, text, SMS, push. Sends nothing.',
    load: async () => (await import('./commands/preview.ts')).previewCommand,
  },
  {
    usage: 'send <template>',
    summary: 'Send a proof of a template to one address. It is marked as a test, and counted nowhere.',
    load: async () => (await import('./commands/send.ts')).sendCommand,
  },
  {
    usage: 'outbox [message]',
    summary: 'Read the messages that the sandbox caught instead of sending them.',
    load: async () => (await import('./commands/outbox.ts')).outboxCommand,
  },
  {
    usage: 'bounces <mailbox>',
    summary: 'Take bounces and complaints from a mailbox: a mail, an mbox or a Maildir.',
    load: async () => (await import('./commands/bounces.ts')).bouncesCommand,
  },
  {
    usage: 'messages',
    summary: 'List messages, what failed among them, and retry it. Names nobody.',
    load: async () => (await import('./commands/messages.ts')).messagesCommand,
  },
  {
    usage: 'status',
    summary: 'Show the live revision, what waits, what left, and who works.',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  {
    usage: 'members <segment>',
    summary: 'List the members of a segment of the applied revision.',
    load: async () => (await import('./commands/members.ts')).membersCommand,
  },
  {
    usage: 'segment <segment>',
    summary: 'Show a segment: definition, size and its history, overlap, and why people are in or out.',
    load: async () => (await import('./commands/segment.ts')).segmentCommand,
  },
  {
    usage: 'crosstab <rows> <columns>',
    summary: 'Count people by two of: segment/ID, persona/SET, trait/NAME.',
    load: async () => (await import('./commands/crosstab.ts')).crosstabCommand,
  },
  {
    usage: 'explain <profile>',
    summary: 'Tell all about one person: segments, journeys, and each message with its decision.',
    load: async () => (await import('./commands/explain.ts')).explainCommand,
  },
  {
    usage: 'pressure',
    summary: 'Show how many messages people got in 7 and 30 days, from whom, and what each rule stopped.',
    load: async () => (await import('./commands/pressure.ts')).pressureCommand,
  },
  {
    usage: 'loyalty <programme>',
    summary: 'Show a programme: points issued, redeemed, expired and owed, tiers, and what it changes.',
    load: async () => (await import('./commands/loyalty.ts')).loyaltyCommand,
  },
  {
    usage: 'codes <programme> <pool> <file>',
    summary: 'Add codes to a pool that rewards give, a code a line; each is given once.',
    load: async () => (await import('./commands/codes.ts')).codesCommand,
  },
  {
    usage: 'statement <profile>',
    summary: "Show a person's points: what can be spent, what will be lost when, and every posting.",
    load: async () => (await import('./commands/statement.ts')).statementCommand,
  },
  {
    usage: 'report',
    summary: 'Show messages by journey and channel, what held them back, and how many reached the goal.',
    load: async () => (await import('./commands/report.ts')).reportCommand,
  },
  {
    usage: 'snapshot',
    summary: 'Count who stands where, for pull requests: counts alone, small ones withheld.',
    load: async () => (await import('./commands/snapshot.ts')).snapshotCommand,
  },
  {
    usage: 'profile',
    summary: 'Show, export, erase or restrict one person.',
    load: async () => (await import('./commands/profile.ts')).profileCommand,
  },
  {
    usage: 'identity',
    summary: 'Decide about merges that rules only propose, and take merges back.',
    load: async () => (await import('./commands/identity.ts')).identityCommand,
  },
  {
    usage: 'destination',
    summary: 'Deliver to a destination now, and list what was delivered.',
    load: async () => (await import('./commands/destination.ts')).destinationCommand,
  },
  {
    usage: 'store',
    summary: 'The database: DATABASE_URL, or the embedded PostgreSQL in .parcours.',
    load: async () => (await import('./commands/store.ts')).storeCommand,
  },
];
