/**
 * The local mailbox of the sandbox in a browser: the newest messages, one whole, and its HTML in a frame that can do nothing. It is there only
 * when `parcours serve --outbox` was said, and only for who asks this machine by its own name: what it shows is about people.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type CaughtChannel, type CaughtMessage, readCaught, readOutbox } from '../../channels/outbox-files.ts';
import { caughtChannels } from '../../compiler/caught-channels.ts';
import type { ServeContext } from '../serve-context.ts';
import { ServeError } from '../serve-error.ts';
import { framePolicy, messagePage, outboxPage, pagePolicy } from './outbox-pages.ts';

const pageSize = 50;
const tags = ['outbox'];
const query = {
  type: 'object',
  properties: {
    channel: { type: 'string', maxLength: 200 },
    before: { type: 'string', maxLength: 2_000, pattern: '^[a-z0-9-]+:\\d{1,15}(,[a-z0-9-]+:\\d{1,15})*$' },
  },
} as const;
const params = { type: 'object', properties: { id: { type: 'string', maxLength: 300 } } } as const;

interface ListAsked {
  readonly Querystring: { readonly channel?: string; readonly before?: string };
}

interface OneAsked {
  readonly Params: { readonly id: string };
}

export function addOutboxRoutes(app: FastifyInstance, context: ServeContext): void {
  if (!context.hasOutbox) return;
  app.addHook('onRequest', async (request) => demandThisMachine(request));
  app.get<ListAsked>(
    '/outbox',
    { schema: { summary: 'The newest messages that the sandbox caught.', tags, querystring: query } },
    async (request, reply) => {
      const all = await channelsOf(context);
      const { channel, before } = request.query;
      const chosen = channel === undefined ? all : all.filter(({ id }) => id === channel);
      const places = placesIn(before);
      const found = readOutbox(context.root, chosen, { limit: pageSize + 1, before: places });
      const messages = found.slice(0, pageSize);
      const next = found.length > pageSize ? { ...places, ...oldestPlaces(messages) } : null;
      return answer(
        reply,
        outboxPage({ messages, channels: all.map(({ id }) => id), channel: channel ?? null, next }),
        pagePolicy,
      );
    },
  );
  app.get<OneAsked>(
    '/outbox/:id',
    { schema: { summary: 'One message that was caught.', tags, params } },
    async (request, reply) => answer(reply, messagePage(await messageOf(context, request)), pagePolicy),
  );
  app.get<OneAsked>(
    '/outbox/:id/html',
    { schema: { summary: 'The HTML of one message, as a mail program would show it.', tags, params } },
    async (request, reply) => {
      const { html } = await messageOf(context, request);
      if (html === undefined) throw new ServeError(404, 'no_html', 'This message has no HTML.');
      return answer(reply, html, framePolicy);
    },
  );
}

/** A page of another site can make a browser ask this machine under that site's name; by its own name it can't. */
function demandThisMachine({ headers }: FastifyRequest): void {
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  if (['localhost', '127.0.0.1', '[::1]'].includes(host)) return;
  throw new ServeError(403, 'other_host', 'The local mailbox is shown to this machine alone, at localhost.');
}

async function channelsOf({ live }: ServeContext): Promise<readonly CaughtChannel[]> {
  return caughtChannels((await live.read())?.program.channels ?? new Map());
}

async function messageOf(context: ServeContext, request: FastifyRequest<OneAsked>): Promise<CaughtMessage> {
  const message = readCaught(context.root, await channelsOf(context), request.params.id);
  if (message !== null) return message;
  throw new ServeError(404, 'unknown_message', 'There is no such message in the local mailbox.');
}

/** By channel, the place of the oldest message that was shown. */
function oldestPlaces(messages: readonly CaughtMessage[]): Readonly<Record<string, number>> {
  const places: Record<string, number> = {};
  for (const { id, channel } of messages) places[channel] = Number(id.slice(id.lastIndexOf(':') + 1));
  return places;
}

function placesIn(before: string | undefined): Readonly<Record<string, number>> {
  const pairs = (before ?? '').split(',').filter((one) => one !== '');
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.lastIndexOf(':')), Number(pair.slice(pair.lastIndexOf(':') + 1))]),
  );
}

function answer(reply: FastifyReply, html: string, policy: string): FastifyReply {
  void reply.headers({
    'cache-control': 'no-store',
    'content-security-policy': policy,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  return reply.type('text/html; charset=utf-8').send(html);
}
