/** What became of a proof. */
import type { View } from './view.ts';

export interface SentResult {
  readonly template: string;
  readonly channel: string;
  readonly locale: string;
  readonly outcome: 'accepted' | 'retry' | 'rejected' | 'unknown';
  /** In words of the channel; null: it was taken. */
  readonly reason: string | null;
  /** It went into the sandbox. */
  readonly isCaught: boolean;
}

export const sentView: View<SentResult> = {
  human({ template, channel, locale, outcome, reason, isCaught }) {
    const what = `${template} (${locale}) by ${channel}`;
    if (outcome === 'accepted') {
      return isCaught
        ? `${what}: caught in the local mailbox, see \`parcours outbox\`.\n`
        : `${what}: sent as a test.\n`;
    }
    const words = { retry: 'not sent', rejected: 'refused', unknown: 'it may have left, or not' }[outcome];
    return `${what}: ${words}: ${reason ?? ''}\n`;
  },
  json: (result) => result,
};
