/** Makes the adapter that a channel's configuration asks for. The only place that knows all adapters. */
import { resolve } from 'node:path';
import type { ChannelAdapter } from './adapter.ts';
import { createFirebaseAdapter } from './firebase.ts';
import type { FirebaseConfig } from './firebase-config.ts';
import { createLogAdapter } from './log.ts';
import type { SecretLookup } from './secrets.ts';
import { createSmtpAdapter } from './smtp.ts';
import type { SmtpConfig } from './smtp-config.ts';
import { createTwilioAdapter, type TwilioConfig } from './twilio.ts';
import { createWebhookAdapter, type WebhookConfig } from './webhook.ts';

/** How a channel leaves; structurally the `via` of a compiled channel. */
export type AdapterConfig =
  | { readonly kind: 'log' /** Relative to the workspace root. */; readonly path: string }
  | ({ readonly kind: 'smtp' } & SmtpConfig)
  | ({ readonly kind: 'firebase' } & FirebaseConfig)
  | ({ readonly kind: 'twilio' } & TwilioConfig)
  | ({ readonly kind: 'webhook' } & WebhookConfig);

export interface AdapterContext {
  /** The workspace's root folder. */
  readonly root: string;
  readonly secret: SecretLookup;
}

/** No connection is made and no secret read before the first batch. */
export function createAdapter(config: AdapterConfig, context: AdapterContext): ChannelAdapter {
  switch (config.kind) {
    case 'log':
      return createLogAdapter(resolve(context.root, config.path));
    case 'smtp':
      return createSmtpAdapter(config, context);
    case 'firebase':
      return createFirebaseAdapter(config, context);
    case 'twilio':
      return createTwilioAdapter(config, context.secret);
    case 'webhook':
      return createWebhookAdapter(config, context.secret);
  }
}
