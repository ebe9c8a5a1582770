/** A loyalty programme in numbers, for who runs it and for programs. */
import type { ProgrammeReport, Roll } from '../../measure/loyalty/programme.ts';
import { counted, formatCount, formatShare, formatTime, type Style, table } from './style.ts';
import type { View } from './view.ts';

/** The view of `loyalty`. */
export const programmeView: View<ProgrammeReport> = {
  human: (report, style) =>
    [
      headText(report, style),
      section(style, 'By currency', currencyText(report)),
      section(
        style,
        'By issuer',
        rolls(
          'issuer',
          report.byIssuer.map((one) => [one.issuer, one]),
        ),
      ),
      section(style, 'By month in which points were given', monthText(report)),
      section(
        style,
        'By tier in which points were given',
        rolls(
          'tier',
          report.byTier.map((one) => [one.tier, one]),
        ),
      ),
      section(style, 'Members by tier', memberText(report)),
      section(style, 'What gave points', sourceText(report, 'earn')),
      section(style, 'What took points', sourceText(report, 'redeem')),
      section(style, 'Budgets', budgetText(report)),
      section(style, 'Referrals', referralText(report)),
      section(style, `Members and others, in ${report.behaviour.days} days`, behaviourText(report)),
    ].join(''),
  json: (report) => report,
};

function section(style: Style, title: string, text: string): string {
  return text === '' ? '' : `\n${style.strong(title)}\n${text}`;
}

function headText(report: ProgrammeReport, style: Style): string {
  const { program, since, until, total, held, pending, debt } = report;
  const from = since === null ? 'the beginning' : formatTime(since);
  const { opening, issued, redeemed, expired, reversed, closing } = total;
  const n = formatCount;
  const { kept } = report;
  const waits = [
    ...(pending === 0 ? [] : [`${n(pending)} not usable yet`]),
    ...(held === 0 ? [] : [`${n(held)} held`]),
    ...(debt === 0 ? [] : [`${n(debt)} owed by members`]),
    ...(kept.points === 0 ? [] : [`${n(kept.points)} kept back by caps (parcours loyalty review list)`]),
  ];
  return [
    `${style.strong(program)} from ${from} to ${formatTime(until)}\n`,
    `  ${n(opening)} points + ${n(issued)} issued − ${n(redeemed)} redeemed − ${n(expired)} expired − ${n(reversed)} reversed = ${n(closing)}\n`,
    waits.length === 0 ? '' : `  ${waits.join(', ')}\n`,
    moneyText(report),
  ].join('');
}

function moneyText({ money }: ProgrammeReport): string {
  if (money === null) return '  What points are worth is not said (points.worth), so there is no liability.\n';
  const { currency, liability, cost, expectedRedemption } = money;
  return `  liability ${formatMoney(liability, currency)} at ${formatShare(expectedRedemption)} expected redemption, cost of what was redeemed ${formatMoney(cost, currency)}\n`;
}

/** `1,234.50 EUR`. */
export function formatMoney(minor: number, currency: string): string {
  const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency,
  }).resolvedOptions();
  const text = (minor / 10 ** digits).toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${text} ${currency}`;
}

function budgetText({ budgets }: ProgrammeReport): string {
  const rows = budgets.map(({ id, since, points, max }) => [id, since, points, max, formatShare(points / max)]);
  return rows.length === 0 ? '' : table(['budget', 'since', 'given', 'of', 'share'], rows, { align: 'llrrr' });
}

const rollHead = ['opening', 'issued', 'redeemed', 'expired', 'reversed', 'closing'];

function cells({ opening, issued, redeemed, expired, reversed, closing }: Roll): readonly number[] {
  return [opening, issued, redeemed, expired, reversed, closing];
}

function rolls(name: string, rows: readonly (readonly [string, Roll])[]): string {
  return rows.length === 0
    ? ''
    : table(
        [name, ...rollHead],
        rows.map(([label, roll]) => [label, ...cells(roll)]),
      );
}

/** Points, and what they are worth: that row in the currency's own unit. */
function currencyText({ byCurrency, money }: ProgrammeReport): string {
  if (byCurrency.length < 2) return '';
  const rows = byCurrency.map((one) => {
    const inMoney = one.currency === money?.currency;
    return [one.currency, ...cells(one).map((count) => (inMoney ? formatMoney(count, one.currency) : count))];
  });
  return table(['currency', ...rollHead], rows);
}

function referralText({ referrals }: ProgrammeReport): string {
  const rows = referrals.map(({ status, reason, referrals: count }) => [
    reason === null ? status : `${status} (${reason})`,
    count,
  ]);
  return rows.length === 0 ? '' : table(['status', 'referrals'], rows);
}

function monthText({ byMonth }: ProgrammeReport): string {
  const rows = byMonth.map((one) => [one.month, ...cells(one), formatShare(one.breakage)]);
  return rows.length === 0 ? '' : table(['month', ...rollHead, 'breakage'], rows);
}

function memberText({ members }: ProgrammeReport): string {
  if (members.length === 0) return '';
  const all = members.reduce((sum, one) => sum + one.members, 0);
  return table(
    ['tier', 'members', 'share'],
    members.map((one) => [one.tier === '' ? '(no tiers)' : one.tier, one.members, formatShare(one.members / all)]),
  );
}

function sourceText({ sources }: ProgrammeReport, kind: 'earn' | 'redeem'): string {
  const rows = sources
    .filter((one) => one.kind === kind)
    .map((one) => [one.source, one.times, one.members, one.points]);
  return rows.length === 0 ? '' : table([kind === 'earn' ? 'by' : 'reward', 'times', 'members', 'points'], rows);
}

function behaviourText({ behaviour, objective }: ProgrammeReport): string {
  if (behaviour.rows.length === 0) return '';
  const rows = behaviour.rows.map((one) => [
    one.is_member ? 'members' : 'others',
    one.people,
    one.people === 0 ? null : (one.events / one.people).toFixed(2),
    one.mean === null ? null : (one.mean / 100).toFixed(2),
    one.before === 0 ? null : formatShare(one.returned / one.before),
    one.services === null ? null : one.services.toFixed(2),
  ]);
  const aim = `  The programme is for ${objective}; counted: ${behaviour.types.join(', ')} of ${counted(behaviour.rows.length, 'group')}. Members chose to be, so a difference isn't all its doing.\n`;
  return table(['', 'people', 'times each', 'mean value', 'came back', 'services'], rows) + aim;
}
