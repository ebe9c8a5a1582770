/** What a mailbox held, counted. Names nobody. */
import type { ReportTaken } from '../../activation/messages/mail/take-report.ts';
import type { View } from './view.ts';

export type BouncesRead = Readonly<Partial<Record<ReportTaken | 'no_report' | 'not_ours', number>>>;

const words: Readonly<Record<keyof BouncesRead, string>> = {
  bounced: 'bounced: the message has failed',
  complained: 'complaints: these people get no more mail',
  delivered: 'delivered',
  delayed: 'delayed: nothing is certain yet',
  repeated: 'taken before',
  unproven: 'without proof that they are about a message of ours: left alone',
  unknown_message: 'about messages that are not there any more',
  not_ours: 'about other mail',
  no_report: 'mails that are no report',
};

export const bouncesView: View<BouncesRead> = {
  human(counts) {
    const lines = Object.entries(words).flatMap(([what, said]) => {
      const count = counts[what as keyof BouncesRead] ?? 0;
      return count === 0 ? [] : [`${String(count).padStart(7)}  ${said}\n`];
    });
    return lines.length === 0 ? 'The mailbox is empty.\n' : lines.join('');
  },
  json: (counts) =>
    Object.fromEntries(Object.keys(words).map((what) => [what, counts[what as keyof BouncesRead] ?? 0])),
};
