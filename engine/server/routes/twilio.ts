/**
 * What Twilio tells of the messages of a channel: what became of them, and what people answer. Whoever calls is known by a signature over the
 * address and the form; without it nothing is read. What it means is the business of `activation/messages/providers`.
 */
import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { insertSuppressions } from '../../activation/dispatch/queries.ts';
import { suppressionReason, unsubscribedReason } from '../../activation/dispatch/settle.ts';
import { suppressionHash } from '../../activation/dispatch/suppression-hash.ts';
import { receiveInbound } from '../../activation/messages/providers/inbound.ts';
import { findMessages, tellFeedback } from '../../activation/messages/providers/tell-feedback.ts';
import { meaningOfText } from '../../activation/messages/providers/words.ts';
import { resolveSecrets, SecretMissing } from '../../channels/secrets.ts';
import { meaningOf } from '../../channels/twilio-outcome.ts';
import type { TwilioVia } from '../../compiler/ir.ts';
import type { Program } from '../../compiler/program.ts';
import { phoneCountries } from '../../profiles/cleaning/phone-country.ts';
import { notifyInbox, takeMessages } from '../../profiles/queries.ts';
import type { ServeContext } from '../serve-context.ts';
import { ServeError } from '../serve-error.ts';

interface Named {
  readonly Params: { readonly channel: string };
  readonly Querystring: { readonly m?: string };
}

/** Twilio's forms have a few dozen fields. */
const formBytesMax = 64 * 1024;
const params = { type: 'object', properties: { channel: { type: 'string', maxLength: 200 } } } as const;
const tags = ['twilio'];

type Form = Readonly<Record<string, string>>;

/** Whose call it is, once its signature was found right. */
interface Caller {
  readonly channel: string;
  readonly via: TwilioVia;
  readonly program: Program;
  readonly form: Form;
}

export async function addTwilioRoutes(app: FastifyInstance, context: ServeContext): Promise<void> {
  await app.register(formbody, { bodyLimit: formBytesMax });
  app.post<Named>(
    '/v1/twilio/:channel/status',
    { schema: { summary: 'Twilio tells what became of a message.', tags, params } },
    async (request, reply) => {
      await takeStatus(context, await callerOf(context, request), request.query.m ?? '');
      return await reply.status(204).send();
    },
  );
  app.post<Named>(
    '/v1/twilio/:channel/inbound',
    { schema: { summary: 'Twilio tells what somebody answered.', tags, params } },
    async (request, reply) => {
      await takeInbound(context, await callerOf(context, request));
      // TwiML that answers nothing: what is said back is a journey's business.
      return await reply.type('text/xml').send('<?xml version="1.0" encoding="UTF-8"?><Response/>');
    },
  );
}

async function callerOf({ live, secrets }: ServeContext, request: FastifyRequest<Named>): Promise<Caller> {
  const { channel } = request.params;
  const program = (await live.read())?.program;
  const via = program?.channels.get(channel)?.via;
  if (program === undefined || via?.kind !== 'twilio' || via.callbackUrl === undefined) {
    throw new ServeError(404, 'unknown_channel', 'No channel of this name takes callbacks of Twilio.');
  }
  const form = formOf(request.body);
  const signature = request.headers['x-twilio-signature'];
  const url = `${via.callbackUrl}${request.raw.url ?? ''}`;
  // Only who is called by Twilio loads its SDK.
  const { default: twilio } = await import('twilio');
  const token = tokenOf(via, secrets);
  if (typeof signature !== 'string' || !twilio.validateRequest(token, signature, url, { ...form })) {
    const words = 'The signature is not that of Twilio for this address and this form. Nothing was changed.';
    throw new ServeError(403, 'wrong_signature', words, { isLogged: true });
  }
  return { channel, via, program, form };
}

function tokenOf({ authToken }: TwilioVia, secrets: ServeContext['secrets']): string {
  try {
    return resolveSecrets(authToken, secrets);
  } catch (error) {
    if (!(error instanceof SecretMissing)) throw error;
    throw new ServeError(503, 'secret_missing', 'The signature cannot be checked: a secret is not set.', {
      cause: error,
    });
  }
}

/** Fields that come once, as all of Twilio's do. */
function formOf(body: unknown): Form {
  const fields = typeof body === 'object' && body !== null ? Object.entries(body) : [];
  return Object.fromEntries(fields.filter((field): field is [string, string] => typeof field[1] === 'string'));
}

async function takeStatus({ sessions, clock }: ServeContext, caller: Caller, token: string): Promise<void> {
  const { channel, via, form } = caller;
  const status = form.MessageStatus ?? form.SmsStatus ?? '';
  const code = /^\d{1,6}$/.test(form.ErrorCode ?? '') ? Number(form.ErrorCode) : null;
  const meaning = meaningOf(status, code);
  if (meaning === null) return;
  const at = clock.now();
  await sessions.run(async (session) => {
    await session.transaction(async (tx) => {
      const [message] = await findMessages(tx, [token]);
      if (message == null || message.channel !== channel) {
        throw new ServeError(
          404,
          'unknown_message',
          'No message of this channel has this token. Nothing was changed.',
          { isLogged: true },
        );
      }
      const taken = await takeMessages(tx, [`status/${channel}`], [`${token} ${status}`], at);
      if (taken !== null && taken.length === 0) return;
      if (meaning.state !== 'bounced') {
        await tellFeedback(tx, [{ token, state: meaning.state, at, message }]);
        return;
      }
      const { reason, addressBad, optedOut } = meaning;
      await tellFeedback(tx, [
        { token, state: 'bounced', at, reason, ...(optedOut && { optedOut: true as const }), message },
      ]);
      const to = addressOf(form.To);
      if (to === null || !(addressBad || optedOut)) return;
      await insertSuppressions(
        tx,
        [suppressionHash(via.type, to)],
        optedOut ? unsubscribedReason : suppressionReason,
        at,
      );
    });
    await notifyInbox(session);
  });
}

async function takeInbound({ sessions, clock }: ServeContext, { channel, via, program, form }: Caller): Promise<void> {
  const from = addressOf(form.From);
  const providerId = form.MessageSid ?? form.SmsSid ?? '';
  if (from === null || providerId === '') {
    throw new ServeError(400, 'invalid_form', 'The form names no sender (`From`) or no message (`MessageSid`).');
  }
  const text = form.Body ?? '';
  const country = form.FromCountry ?? (await phoneCountries())(from);
  const said = { STOP: 'stop', START: 'start', HELP: 'text' } as const;
  // Where Twilio looks after opting out itself, it says what it understood.
  const understood = said[form.OptOutType as keyof typeof said];
  const meaning = understood ?? meaningOfText(text, country === '' ? null : country, via.optOutWords);
  const media = /^\d{1,2}$/.test(form.NumMedia ?? '') ? Number(form.NumMedia) : 0;
  const inbound = { channel, type: via.type, from, providerId, text, media, meaning, at: clock.now() };
  await sessions.run((session) => receiveInbound(session, inbound, program));
}

/** As messages are sent to it: without what WhatsApp puts before numbers. */
function addressOf(written: string | undefined): string | null {
  const number = (written ?? '').replace(/^whatsapp:/, '');
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : null;
}
