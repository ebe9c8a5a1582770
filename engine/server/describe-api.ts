/**
 * What `/docs/openapi.json` says of all routes alike: by which key they are opened, and what an error looks like. What a route takes and answers, its
 * own file says.
 */
import type { FastifySchema } from 'fastify';

/** How routes are opened, by the tag under which `/docs` lists them. Tags that aren't here need no key, or say it themselves. */
const openedBy: Readonly<Record<string, readonly string[]>> = {
  calls: ['apiKey'],
  loyalty: ['apiKey'],
  site: ['apiKey'],
  twilio: ['twilioSignature'],
};

export const openApi = {
  openapi: '3.1.0',
  info: { title: 'Parcours', version: '1' },
  tags: [
    { name: 'ingestion', description: 'What people are and do: the Segment specification, and rows of other systems.' },
    { name: 'calls', description: 'What a desk works through.' },
    { name: 'loyalty', description: 'What a till asks and books.' },
    { name: 'site', description: 'What a site shows.' },
    { name: 'preferences', description: 'Pages for people, opened by signed links.' },
    { name: 'mail', description: 'What mails call back, and what mail servers report.' },
    { name: 'twilio', description: 'What Twilio tells.' },
    { name: 'health', description: 'For who watches the process.' },
  ],
  components: {
    securitySchemes: {
      writeKey: { type: 'http', scheme: 'basic', description: 'The write key of a source as the user name.' },
      apiKey: {
        ...{ type: 'http', scheme: 'bearer' },
        description: 'A key that the channel or programme names under `api_keys`.',
      },
      twilioSignature: { type: 'apiKey', in: 'header', name: 'X-Twilio-Signature' },
    },
  },
} as const;

const text = { type: 'string' } as const;

/** The body of every error. */
const anError = {
  description: 'It was refused: nothing was done. `Retry-After` says when trying again is of use.',
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: { code: text, message: text, details: { type: 'array', items: text } },
      required: ['code', 'message'],
    },
  },
} as const;

interface RouteSchema {
  readonly hide?: boolean;
  readonly tags?: readonly string[];
  readonly security?: unknown;
  readonly response?: Readonly<Record<string, unknown>>;
}

/** The schema of a route with what goes without saying. */
export function describeRoute(described: FastifySchema | undefined): FastifySchema {
  const schema = (described ?? {}) as RouteSchema;
  if (described === undefined || schema.hide === true) return described ?? {};
  const schemes = (schema.tags ?? []).flatMap((tag) => openedBy[tag] ?? []);
  const response = schema.response ?? {};
  const saysErrors = Object.keys(response).some((status) => /^(4|5|default)/.test(status));
  return {
    ...described,
    ...(schema.security === undefined && schemes.length > 0 && { security: schemes.map((name) => ({ [name]: [] })) }),
    response: {
      ...(Object.keys(response).length === 0 && { 200: { description: 'It was done.' } }),
      ...response,
      ...(!saysErrors && { default: anError }),
    },
  } as FastifySchema;
}
