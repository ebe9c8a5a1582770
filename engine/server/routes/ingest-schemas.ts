/** What `/docs` says of the ingestion API. Only documentation: bodies are checked by who reads them, which gives better reasons. */
import type { CallType } from '../../profiles/calls/read-call.ts';

const text = (description: string) => ({ type: 'string', description });
const map = (description: string) => ({ type: 'object', description, additionalProperties: true });

const common = {
  messageId: text('Names the call: the same id twice counts once. Without it each call is its own.'),
  userId: text('The id of the account: identifier `external_id`.'),
  anonymousId: text('The id of the device. One of `userId` and `anonymousId` is needed.'),
  timestamp: text('When it happened, ISO 8601; corrected by `sentAt` for a clock that is wrong. Default: now.'),
  sentAt: text('When it was sent, by the clock that wrote `timestamp`.'),
  context: map('`context.traits.email` is read as an identifier; the rest is not kept.'),
};

const own: Readonly<Record<CallType, Readonly<Record<string, unknown>>>> = {
  identify: { traits: map('Traits that a schema declares, by name; camelCase is read as snake_case.') },
  track: {
    event: text('The event: `Order Placed` is `order_placed`. A schema must declare it.'),
    properties: map('Properties that the event declares; others are not kept.'),
  },
  page: { name: text('Of the page.'), properties: map('Kept where a schema declares event `page_viewed`.') },
  screen: { name: text('Of the screen.'), properties: map('Kept where a schema declares event `screen_viewed`.') },
  group: {
    groupId: text('The key of the row.'),
    traits: map('Fields of the entity that the source names by `group`.'),
  },
  alias: { previousId: text('The id that is the same person as `userId` from now on.') },
};

const summaries: Readonly<Record<CallType, string>> = {
  identify: 'Tell who somebody is: traits of a person.',
  track: 'Tell what somebody did: an event.',
  page: 'Tell that somebody looked at a page.',
  screen: 'Tell that somebody looked at a screen of an app.',
  group: 'Tell what somebody belongs to: a company, a shop.',
  alias: 'Tell that two ids are one person.',
};

const error = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        code: text('For programs.'),
        message: text('For people.'),
        details: { type: 'array', items: text('A place and what is wrong there.') },
      },
    },
  },
};

const answers = {
  200: {
    ...map('Durable: it survives a crash of the server and of the store.'),
    properties: {
      success: { type: 'boolean' },
      ignored: { type: 'integer', description: 'Calls in which nothing is declared.' },
      rejected: { type: 'integer', description: 'Calls of a batch that were set apart.' },
      errors: { type: 'array', items: map('`index` of the call, and `reasons`.') },
    },
  },
  400: { ...error, description: 'It cannot be used, and left nothing. Trying again is of no use.' },
  401: { ...error, description: 'No source answers to the write key.' },
  413: { ...error, description: 'Larger than a call (32 KB) or a batch (500 KB, 2,000 calls) may be.' },
  429: { ...error, description: 'More arrives than can be stored: try again after `Retry-After` seconds.' },
  503: { ...error, description: 'The store is away: try again after `Retry-After` seconds.' },
};

interface Described {
  readonly summary: string;
  readonly properties: object;
  readonly required?: readonly string[];
}

function described({ summary, properties, required = [] }: Described): object {
  const body = { type: 'object', properties, required, additionalProperties: true };
  return { summary, tags: ['ingestion'], body, response: answers, security: [{ writeKey: [] }] };
}

const needed: Readonly<Partial<Record<CallType, readonly string[]>>> = {
  track: ['event'],
  group: ['groupId'],
  alias: ['previousId', 'userId'],
};

/** Of one call. */
export function describeCall(type: CallType): object {
  return described({
    summary: summaries[type],
    properties: { ...own[type], ...common },
    required: needed[type] ?? [],
  });
}

/** Of a batch. */
export function describeBatch(): object {
  const call = {
    type: 'object',
    properties: { type: text('identify, track, page, screen, group or alias.') },
    required: ['type'],
  };
  return described({
    summary: 'Tell many calls at once. Bad ones are set apart with their reasons, the others count.',
    properties: { batch: { type: 'array', items: call, description: 'The calls.' }, ...common },
    required: ['batch'],
  });
}

/** Of requests with rows of another system. */
export function describeRows(): object {
  const rows = { type: 'integer', description: 'Rows that were taken.' };
  return {
    summary: 'Tell rows of another system, as a source of type `webhook` maps them.',
    description:
      'The body is a row, a list of rows, or holds the list where the source says by `rows`. Rows that came before count once.',
    tags: ['ingestion'],
    params: { type: 'object', properties: { source: text('The id of the source.') }, required: ['source'] },
    body: { type: ['object', 'array'], additionalProperties: true },
    security: [{ writeKey: [] }],
    response: {
      ...answers,
      200: { ...answers[200], properties: { ...answers[200].properties, rows } },
      403: { ...error, description: 'The request is not signed as the source asks for by `verify_with`.' },
      413: { ...error, description: 'Larger than 500 KB, or more than 2,000 rows.' },
    },
  };
}
