/** What a till answers, for people and for programs. */
import type { Refusal, TillAnswer } from '../../activation/loyalty/till/command.ts';
import type { Quote } from '../../activation/loyalty/till/till.ts';
import { formatCount, formatTime } from './style.ts';
import type { View } from './view.ts';

const reasons: Readonly<Record<Exclude<Refusal['why'], 'short'>, string>> = {
  conflict: 'something else was asked under this key before',
  'no-member': 'this person is no member of the programme',
  'not-eligible': 'the reward is not offered to this member',
  'not-offered': 'the reward is not offered now',
  limit: 'the member had it as often as its limit allows',
  'sold-out': 'there is none left',
  over: 'the hold is over, or the transaction was cancelled before',
  'unknown-transaction': 'the member has no such transaction in this programme',
  'unknown-reward': 'the programme has no such reward',
  'nothing-to-pay': 'these points would pay nothing',
};

export const tillView: View<TillAnswer> = {
  human: (answer) => {
    if (answer.status === 'refused') {
      const why = answer.why === 'short' ? `${formatCount(answer.missing)} points are missing` : reasons[answer.why];
      return `Nothing was booked: ${why}.\n`;
    }
    const { transaction, points, reward, code, until, status } = answer;
    return [
      `${formatCount(points)} points, transaction ${transaction}`,
      reward === null ? '' : `, ${reward}`,
      code === null ? '' : `, code ${code}`,
      until === null ? '' : `, held until ${formatTime(until.toISOString())}`,
      status === 'repeated' ? ' (booked before under this key)\n' : '\n',
    ].join('');
  },
  json: (answer) => answer,
};

export const quoteView: View<Quote> = {
  human: ({ points, usable, missing, why }) => {
    const takes = `It takes ${formatCount(points)} points of ${formatCount(usable)}`;
    if (why === null) return `${takes}.\n`;
    return `${takes}: ${why === 'short' ? `${formatCount(missing)} are missing` : reasons[why]}.\n`;
  },
  json: (quote) => quote,
};
