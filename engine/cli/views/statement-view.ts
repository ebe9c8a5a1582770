/** A person's points, for people and programs. */
import type { Statement } from '../../measure/loyalty/statement.ts';
import { formatCount, formatTime, type Style, table } from './style.ts';
import type { View } from './view.ts';

/** The view of `statement`. */
export const statementView: View<Statement> = {
  human: ({ accounts, at }, style) =>
    accounts.length === 0
      ? `No account in any programme at ${formatTime(at)}: nothing was ever booked.\n`
      : accounts.map((account) => accountText(account, style)).join('\n'),
  json: (statement) => statement,
};

function accountText(account: Statement['accounts'][number], style: Style): string {
  const {
    program,
    usable,
    pending,
    held,
    debt,
    tier,
    tier_until: until,
    benefits,
    next_expiry: expiry,
    postings,
  } = account;
  const n = formatCount;
  const parts = [
    `${n(usable)} points can be spent`,
    ...(pending === 0 ? [] : [`${n(pending)} not usable yet`]),
    ...(held === 0 ? [] : [`${n(held)} held`]),
    ...(debt === 0 ? [] : [`${n(debt)} owed`]),
  ];
  const kept = until === null ? '' : `, at least until ${formatTime(until)}`;
  return [
    `${style.strong(program)}: ${parts.join(', ')}\n`,
    tier === null ? '' : `  tier ${tier}${kept}${benefits.length === 0 ? '' : ` (${benefits.join(', ')})`}\n`,
    expiry === null ? '' : `  the next points are lost on ${formatTime(expiry)}\n`,
    postings.length === 0
      ? ''
      : table(
          ['when', 'what', 'points', 'by', 'expires'],
          postings.map((one) => [
            formatTime(one.at),
            one.kind,
            one.points,
            one.source,
            one.expires_at === null ? null : formatTime(one.expires_at),
          ]),
          { align: 'llrll' },
        ),
  ].join('');
}
