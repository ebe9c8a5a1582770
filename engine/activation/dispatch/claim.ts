/** Marking the next batch of a channel or destination, and how it is prepared from what was read with the mark. */
import type { ChannelBody } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import type { DispatchCatalogue } from './catalogue.ts';
import type { AttemptRow } from './claimed-message.ts';
import { completeMail } from './complete-mail.ts';
import { lookUpBatch } from './look-up.ts';
import { readyTemplate } from './mjml.ts';
import type { Pass } from './pass.ts';
import { type PreparedBatch, prepareBatch, stop } from './prepare.ts';
import { prepareWebhooks } from './prepare-webhooks.ts';
import { type Claim, claimDue, claimMessages } from './queries.ts';

/** A batch that is marked as this dispatcher's. */
export interface Claimed {
  readonly rows: readonly AttemptRow[];
  /** Behind them. */
  readonly pass: Pass;
  /** Null: nothing leaves by it any more. */
  readonly channel: ChannelBody | null;
  /** Says what of it may leave; a few statements at most. */
  prepare(session: Session): Promise<PreparedBatch>;
}

/** Whether something can leave by the channel at all. */
export function isConnected(channel: ChannelBody | undefined): channel is ChannelBody {
  return channel !== undefined && (channel.via.kind !== 'none' || channel.desk !== undefined);
}

/** Marks the next messages of a channel, or requests of a destination; one statement. */
export async function claimBatch(session: Session, claim: Claim, catalogue: DispatchCatalogue): Promise<Claimed> {
  const channel = catalogue.channel(claim.channel);
  if (!isConnected(channel)) {
    const { rows, pass } = await claimDue(session, claim);
    const reason = `channel ${claim.channel} ${channel ? 'has no provider any more' : 'is not in the live revision'}`;
    const stopped = rows.map((row) => stop(row, 'failed', reason));
    return { rows, pass, channel: null, prepare: async () => ({ ready: [], stopped }) };
  }
  if (claim.channel.startsWith('destination/')) {
    const { rows, pass } = await claimDue(session, claim);
    return {
      rows,
      pass,
      channel,
      prepare: (later) => prepareWebhooks(later, rows, { t: claim.t, isPaused: catalogue.isPaused }),
    };
  }
  const { rows, pass } = await claimMessages(session, claim, channel);
  const context = { catalogue, channel, t: claim.t };
  return {
    rows,
    pass,
    channel,
    async prepare(later) {
      for (const id of new Set(rows.map((row) => row.template))) {
        const template = catalogue.template(id);
        if (template !== undefined) await readyTemplate(template.body);
      }
      const prepared = prepareBatch(rows, await lookUpBatch(later, rows, context), context);
      return channel.type === 'email' ? await completeMail(later, prepared, rows, context) : prepared;
    },
  };
}
