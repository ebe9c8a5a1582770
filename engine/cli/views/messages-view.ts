/** Messages and dead letters, for people and programs, and what a retry did. Nobody is named. */
import type { DeadResult } from '../../activation/retry/retry-dead.ts';
import type { RetryResult } from '../../activation/retry/retry-messages.ts';
import type { ListedDeadLetter, ListedMessage } from '../../measure/messages/list-messages.ts';
import { counted, formatTime, table } from './style.ts';
import type { View } from './view.ts';

const shownMax = 20;

export const messagesView: View<readonly ListedMessage[]> = {
  human: (messages) => {
    if (messages.length === 0) return 'No messages.\n';
    const rows = messages.map((one) => [
      ...[one.id, one.state, `${one.journey} ${one.step}`, one.channel ?? ''],
      ...[formatTime(one.created_at), one.reason ?? one.rule ?? ''],
    ]);
    const head = ['id', 'state', 'journey and step', 'channel', 'made', 'why'];
    return `${table(head, rows, { align: 'llllll', indent: '' })}${counted(messages.length, 'message')}\n`;
  },
  json: (messages) => ({ messages }),
};

export const deadLettersView: View<readonly ListedDeadLetter[]> = {
  human: (letters) => {
    if (letters.length === 0) return 'No dead letters.\n';
    const rows = letters.map(({ id, kind, name, at, reason }) => [id, kind, name ?? '', formatTime(at), reason]);
    const head = ['id', 'what', 'of', 'since', 'why'];
    return `${table(head, rows, { align: 'lllll', indent: '' })}${counted(letters.length, 'dead letter')}\n`;
  },
  json: (letters) => ({ deadLetters: letters }),
};

export const retriedView: View<RetryResult> = {
  human: ({ retried, uncertain, unknown, others }) => {
    const lines = [
      retried === 0
        ? 'Nothing was put back.'
        : `Put back to be decided anew: ${counted(retried, 'message')}. Caps, consents, hours and addresses count as they are now; what is no longer valid expires.`,
    ];
    if (uncertain > 0) {
      lines.push(
        `${counted(uncertain, 'message')} of marketing may have left and ${uncertain === 1 ? 'was' : 'were'} let be: --even-uncertain sends again.`,
      );
    }
    if (others.length > 0) {
      lines.push(`Neither failed nor uncertain: ${few(others.map(({ id, state }) => `${id} (${state})`))}.`);
    }
    if (unknown.length > 0) lines.push(`No such message: ${few(unknown.map(String))}.`);
    return `${lines.join('\n')}\n`;
  },
  json: (result) => result,
};

export const deadRetriedView: View<DeadResult> = {
  human: ({ retried, enrollments, unknown }) => {
    const lines = [
      retried === 0
        ? 'Nothing was put back.'
        : `Put back to be handled once more: ${counted(retried, 'dead letter')}. What fails again is set apart again.`,
    ];
    if (enrollments > 0) {
      lines.push(
        `${counted(enrollments, 'enrollment')} ended by an error and ${enrollments === 1 ? "isn't" : "aren't"} opened again: \`parcours start\`, or a new event, lets people in anew.`,
      );
    }
    if (unknown.length > 0) lines.push(`No such dead letter: ${few(unknown.map(String))}.`);
    return `${lines.join('\n')}\n`;
  },
  json: (result) => result,
};

function few(names: readonly string[]): string {
  return `${names.slice(0, shownMax).join(', ')}${names.length > shownMax ? ', …' : ''}`;
}
