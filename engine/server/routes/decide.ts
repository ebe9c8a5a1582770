/**
 * What a site shows a person in a slot (`GET /v1/decide`), and what he did with it. One statement a decision, no lane is taken; who may ask is said by
 * `api_keys` of the slot's channel. What was shown is counted beside the answer.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findMessages, tellFeedback } from '../../activation/messages/providers/tell-feedback.ts';
import { bestOffer, type Slot, slotsOf } from '../../activation/placing/decide.ts';
import { noteDismissed, type Offer, selectDecidable } from '../../activation/placing/queries.ts';
import { notifyInbox } from '../../profiles/queries.ts';
import { isOpened } from '../bearer-key.ts';
import type { Live } from '../live-bundle.ts';
import type { ServeContext } from '../serve-context.ts';
import { ServeError } from '../serve-error.ts';
import { type SessionPool, sessionPool } from '../session-pool.ts';
import { type Exposures, exposures } from '../site/exposures.ts';

/** Placements of a person that are looked at; who has more sees what ranks below them later. */
const offersMax = 20;
/** Questions that the store answers at once; beyond as many cores as it has they only wait for each other. */
const sessionsMax = 4;
const pinnedPlans = {
  plan_cache_mode: 'force_generic_plan',
  ...{ enable_seqscan: 'off', enable_hashjoin: 'off', enable_mergejoin: 'off', enable_bitmapscan: 'off', jit: 'off' },
  statement_timeout: '5s',
  application_name: 'parcours decide',
} as const;
const tags = ['site'];

const text = (maxLength: number, description: string) => ({ type: 'string', minLength: 1, maxLength, description });
const slotName = { ...text(100, 'A slot of a channel of type `on-site`.'), pattern: '^[a-z0-9-]+$' } as const;

interface Asked {
  readonly Querystring: {
    readonly slot: string;
    readonly user: string;
    readonly id_type: string;
    readonly expose: 'yes' | 'no';
  };
}

interface Did {
  readonly Params: { readonly id: string };
  readonly Body: { readonly slot: string; readonly did: 'seen' | 'clicked' | 'dismissed' };
}

const asked = {
  type: 'object',
  required: ['slot', 'user'],
  properties: {
    slot: slotName,
    user: text(500, 'Who looks: the value of the identifier.'),
    id_type: { ...text(60, 'The identifier.'), default: 'external_id', pattern: '^[a-z0-9_]+$' },
    expose: {
      enum: ['yes', 'no'],
      default: 'yes',
      description: '`no`: it is only asked for, and told to be seen later.',
    },
  },
} as const;

const did = {
  type: 'object',
  required: ['slot', 'did'],
  properties: { slot: slotName, did: { enum: ['seen', 'clicked', 'dismissed'] } },
  additionalProperties: false,
} as const;

export function addDecideRoutes(app: FastifyInstance, context: ServeContext): void {
  // Sessions of their own: their plans are pinned, so that none is made anew for each question, nor of tables that were empty once.
  const sessions = sessionPool({
    ...{ store: context.store, max: sessionsMax },
    settings: pinnedPlans,
  });
  const seen = exposures(sessions);
  app.addHook('onClose', async () => {
    await seen.close();
    await sessions.close();
  });
  const deciding: Deciding = { context, sessions, seen, slotOf: slotFinder(context) };
  addQuestion(app, deciding);
  addDeed(app, deciding);
}

interface Deciding {
  readonly context: ServeContext;
  readonly sessions: SessionPool;
  readonly seen: Exposures;
  readonly slotOf: SlotFinder;
}

/** Finds the slot of that name. Errors: `ServeError` 401 when the request's key opens none. */
type SlotFinder = (request: FastifyRequest, name: string) => Promise<{ readonly live: Live; readonly slot: Slot }>;

function slotFinder(context: ServeContext): SlotFinder {
  const slots = new WeakMap<Live, ReadonlyMap<string, Slot>>();
  return async (request, name) => {
    const live = await context.live.read();
    const known = live === null ? undefined : (slots.get(live) ?? slotsOf(live.program));
    if (live !== null && known !== undefined) slots.set(live, known);
    const slot = known?.get(name);
    if (live === null || slot === undefined || !isOpened(request, slot.apiKeys, context.secrets)) {
      const words = 'No slot is opened by this key. Send it as `Authorization: Bearer KEY`.';
      throw new ServeError(401, 'unauthorized', words);
    }
    return { live, slot };
  };
}

function addQuestion(app: FastifyInstance, { context, sessions, seen, slotOf }: Deciding): void {
  const summary = 'The best content for a person in a slot now, or none.';
  app.get<Asked>('/v1/decide', { schema: { summary, tags, querystring: asked } }, async (request, reply) => {
    const { user, id_type: type, expose } = request.query;
    const { live, slot } = await slotOf(request, request.query.slot);
    const t = context.clock.now();
    const { channels, journeys } = slot;
    const question = { type, value: user, channels, journeys, t, limit: offersMax };
    const found = await sessions.run((session) => selectDecidable(session, question));
    void reply.header('cache-control', 'no-store');
    if (found === null) return { slot: slot.name, content: null, held_out: [] };
    const offer = bestOffer(live.program, slot, found, t.getTime());
    if (expose === 'yes') {
      const person = { lane: found.lane, profileId: found.profile_id, slot: slot.name, at: t };
      if (offer !== null) {
        seen.add({ ...person, what: { kind: 'message', messageId: offer.message_id, channel: offer.channel } });
      }
      for (const held of found.held) seen.add({ ...person, what: { kind: 'held', ...held } });
    }
    return {
      slot: slot.name,
      content: offer === null ? null : contentOf(offer, found.lane),
      held_out: found.held.map(({ journey, group }) => ({ journey, group })),
    };
  });
}

function addDeed(app: FastifyInstance, { context, sessions, slotOf }: Deciding): void {
  app.post<Did>(
    '/v1/decide/:id',
    {
      schema: {
        summary: 'What the person did with the content: saw it, clicked, or closed it for good.',
        ...{ tags, params: { type: 'object', properties: { id: text(30, 'Of the content.') } }, body: did },
      },
    },
    async (request) => {
      const { slot } = await slotOf(request, request.body.slot);
      const { id } = request.params;
      const at = context.clock.now();
      await sessions.run(async (session) => {
        const [message] = await findMessages(session, [id]);
        if (!message || !slot.channels.includes(message.channel ?? '')) {
          throw new ServeError(404, 'unknown_content', 'There is no such content in this slot.');
        }
        if (request.body.did === 'dismissed') {
          const { lane, profileId, messageId } = message;
          await noteDismissed(session, { lane, profileId, messageId, slot: slot.name, at });
          return;
        }
        const state = request.body.did;
        await session.transaction((tx) => tellFeedback(tx, [{ token: id, state, at, message }]));
        await notifyInbox(session);
      });
      return { id, did: request.body.did };
    },
  );
}

function contentOf({ message_id: id, journey, step, until, content }: Offer, lane: number) {
  const {
    template,
    locale,
    subject,
    title,
    text: words,
    html,
  } = content as Readonly<Record<string, string | undefined>>;
  return {
    ...{ id: `${lane}-${id}`, journey, step, template, locale },
    ...{ subject, title, text: words, html, until: new Date(until).toISOString() },
  };
}
