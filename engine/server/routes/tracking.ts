/**
 * Opens and clicks of mails, and what mail servers return. A click is led on whatever else happens; what is told of it goes to the lane of
 * its person. Nothing is kept of who asked: no address, no browser.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { takeReport } from '../../activation/messages/mail/take-report.ts';
import { findMessages, type ToldOfMessage, tellFeedback } from '../../activation/messages/providers/tell-feedback.ts';
import { readMailReport } from '../../channels/mail-report.ts';
import { linkMakerOf } from '../../channels/person-links.ts';
import { SecretMissing } from '../../channels/secrets.ts';
import { type LinkKeys, linkDigest } from '../../channels/signed-link.ts';
import { isMachine, readTrackingLink, type TrackingLink, trackingPaths } from '../../channels/tracked-links.ts';
import { notifyInbox, takeMessages } from '../../profiles/queries.ts';
import type { Live } from '../live-bundle.ts';
import type { ServeContext } from '../serve-context.ts';
import { ServeError } from '../serve-error.ts';

/** Words of links hold the address that they lead to, so they are longer than parameters of addresses may be. */
interface Named {
  readonly Params: { readonly '*': string };
}

const params = { type: 'object', properties: { '*': { type: 'string', maxLength: 8_192 } } } as const;
const tags = ['mail'];
/** Servers return whole mails. */
const reportBytesMax = 10 * 1024 * 1024;
/** A picture of one point that nobody sees. */
const picture = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

export function addTrackingRoutes(app: FastifyInstance, context: ServeContext): void {
  const keys = keysOfLinks(context);
  app.get<Named>(
    `${trackingPaths.open}*`,
    { schema: { summary: 'The picture of a mail: it was opened.', tags, params } },
    async (request, reply) => {
      const link = await linkOf(context, keys, 'open', request);
      if (link !== null && !link.isOver) await tellVisit(context, request, link);
      void reply.headers({ 'cache-control': 'no-store, private', 'referrer-policy': 'no-referrer' });
      return await reply.type('image/gif').send(picture);
    },
  );
  app.get<Named>(
    `${trackingPaths.click}*`,
    { schema: { summary: 'A link of a mail: leads on to where it leads.', tags, params } },
    async (request, reply) => {
      const link = await linkOf(context, keys, 'click', request);
      if (link?.url == null) {
        throw new ServeError(404, 'unknown_link', 'This link is not one of ours, or was changed on its way.');
      }
      if (!link.isOver) await tellVisit(context, request, link);
      void reply.headers({ 'cache-control': 'no-store, private', 'referrer-policy': 'no-referrer' });
      return await reply.redirect(link.url, 302);
    },
  );
  addReports(app, context, keys);
}

function addReports(app: FastifyInstance, context: ServeContext, keys: (live: Live) => LinkKeys | null): void {
  app.addContentTypeParser(
    ['message/rfc822', 'text/plain', 'application/octet-stream'],
    { parseAs: 'buffer' },
    (_, body, done) => done(null, body),
  );
  app.post(
    '/v1/mail-reports',
    {
      bodyLimit: reportBytesMax,
      schema: { summary: 'A bounce (RFC 3464) or a complaint (ARF) as it came, as `message/rfc822`.', tags },
    },
    async (request, reply) => {
      const live = await context.live.read();
      const known = live === null ? null : keys(live);
      if (live === null || known === null) {
        throw new ServeError(404, 'no_links', 'Reports are known by the keys of links, and the workspace has none.');
      }
      const read = await readMailReport(request.body as Buffer);
      if (!read.ok) {
        const words = read.why === 'no-report' ? 'The mail is no report.' : 'The report names no message of ours.';
        throw new ServeError(422, read.why.replace('-', '_'), `${words} Nothing was changed.`);
      }
      const at = context.clock.now();
      const taken = await context.sessions.run(async (session) => {
        const done = await session.transaction((tx) =>
          takeReport(tx, read.report, { program: live.program, keys: known, at }),
        );
        await notifyInbox(session);
        return done;
      });
      if (taken === 'unproven') {
        throw new ServeError(
          403,
          'unproven',
          'The report does not prove that it is about a message of ours. Nothing was changed.',
        );
      }
      if (taken === 'unknown_message')
        throw new ServeError(404, 'unknown_message', 'There is no such message any more.');
      return await reply.send({ taken });
    },
  );
}

/** Keys by revision: made of secrets once. Null: the workspace signs no links. */
function keysOfLinks({ secrets }: ServeContext): (live: Live) => LinkKeys | null {
  const made = new WeakMap<Live, LinkKeys>();
  return (live) => {
    const { links } = live.program.workspace;
    if (links === undefined) return null;
    const known = made.get(live);
    if (known !== undefined) return known;
    try {
      const { keys } = linkMakerOf(links, secrets);
      made.set(live, keys);
      return keys;
    } catch (error) {
      if (!(error instanceof SecretMissing) && !(error instanceof RangeError)) throw error;
      throw new ServeError(503, 'links_without_key', 'Links cannot be read: a key of the workspace is not set.', {
        cause: error,
      });
    }
  };
}

async function linkOf(
  { live, clock }: ServeContext,
  keys: (live: Live) => LinkKeys | null,
  use: 'open' | 'click',
  request: FastifyRequest<Named>,
): Promise<TrackingLink | null> {
  const revision = await live.read();
  const known = revision === null ? null : keys(revision);
  return known === null ? null : readTrackingLink(known, use, request.params['*'], clock.now().getTime());
}

/** Each link counts once for people and once for programs; a store that is away keeps nobody from where he wants to go. */
async function tellVisit(
  { sessions, clock }: ServeContext,
  request: FastifyRequest<Named>,
  link: TrackingLink,
): Promise<void> {
  const at = clock.now();
  const header = (name: string): string => String(request.headers[name] ?? '');
  const isScan = isMachine({
    method: request.method,
    userAgent: header('user-agent'),
    purpose: `${header('purpose')} ${header('sec-purpose')}`,
    sinceSentMs: at.getTime() - link.sentAt,
  });
  const what = link.url === null ? 'open' : 'click';
  const { token } = link;
  const told: ToldOfMessage = isScan
    ? { token, state: 'scanned', what, at }
    : { token, state: what === 'open' ? 'seen' : 'clicked', at };
  const once = `${isScan ? 'scan' : what} ${linkDigest(request.params['*'])}`;
  await sessions
    .run(async (session) => {
      await session.transaction(async (tx) => {
        const [message] = await findMessages(tx, [token]);
        const taken = message == null ? [] : await takeMessages(tx, ['tracking'], [once], at);
        if (message == null || (taken !== null && taken.length === 0)) return;
        await tellFeedback(tx, [{ ...told, message }]);
      });
      await notifyInbox(session);
    })
    // The person's way goes on; the visit is lost, which counts for less.
    .catch(() => {});
}
