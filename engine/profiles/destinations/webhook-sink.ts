/**
 * People as requests: batches of rows as JSON, signed as Standard Webhooks. The id of a request is made of what it holds, so that a batch that
 * comes twice can be told, and one that says something else is another.
 */
import { hash } from 'node:crypto';
import type { SecretLookup } from '../../channels/secrets.ts';
import { createWebhookAdapter } from '../../channels/webhook.ts';
import type { DestinationBody } from '../../compiler/ir.ts';
import type { Column } from './columns.ts';
import { DeliveryError } from './delivery-error.ts';
import { recordOf } from './file-sink.ts';
import type { Change, Sink } from './sink.ts';

const rowsARequest = 500;

export interface WebhookForm {
  readonly destination: string;
  readonly run: number;
  readonly body: Pick<DestinationBody, 'url' | 'signWith' | 'allowPrivate'>;
  readonly columns: readonly Column[];
  readonly ofChanges: boolean;
  readonly secret: SecretLookup;
  readonly now: () => Date;
}

export function webhookSink({ destination, run, body, columns, ofChanges, secret, now }: WebhookForm): Sink {
  const { url, signWith = null, allowPrivate = false } = body;
  const adapter = createWebhookAdapter({ url: url ?? '', signWith, allowPrivate }, secret);
  let waiting: Change[] = [];

  async function post(changes: readonly Change[]): Promise<void> {
    const rows = changes.map((one) => recordOf(one, columns, ofChanges));
    const at = now();
    const digest = hash('sha256', JSON.stringify(rows), 'hex').slice(0, 24);
    const data = { destination, run, rows };
    const text = JSON.stringify({ type: 'destination.rows', timestamp: at.toISOString(), data });
    const about = { profile: 0, journey: '', step: '', template: '' };
    const token = `${destination}-${run}-${digest}`;
    const channel = `destination/${destination}`;
    const [outcome] = await adapter.send([{ token, channel, to: null, locale: '', text, about, at: at.getTime() }]);
    if (outcome === undefined || outcome.kind === 'accepted') return;
    const code = outcome.kind === 'rejected' ? 'DELIVERY_REFUSED' : 'DELIVERY_UNANSWERED';
    throw new DeliveryError(code, `A request of the delivery was not taken: ${outcome.reason}.`);
  }

  async function drain(leftMost: number): Promise<void> {
    while (waiting.length > leftMost) {
      const some = waiting.slice(0, rowsARequest);
      await post(some);
      waiting = waiting.slice(some.length);
    }
  }

  return {
    async tell(changes) {
      waiting.push(...changes);
      await drain(rowsARequest - 1);
    },
    async settle() {
      await drain(0);
      return [];
    },
    async finish() {
      return [];
    },
    close: () => adapter.close(),
  };
}
