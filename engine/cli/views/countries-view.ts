/** People by country, for people and programs: numbers alone. */
import type { CountriesLook, CountryLook } from '../../activation/countries/report-countries.ts';
import { counted, formatCount, formatShare, table } from './style.ts';
import type { View } from './view.ts';

export const countriesView: View<CountriesLook> = {
  human: ({ looked, isWhole, countries }) => {
    if (looked === 0) return 'Nobody is known yet.\n';
    const share = (count: number, of: number) => (of === 0 ? null : formatShare(count / of));
    const rows = countries.map((one) => [
      ...[
        one.country ?? '(none)',
        share(one.people, looked),
        share(one.withEmail, one.people),
        share(one.withPhone, one.people),
      ],
      ...[share(one.readable, one.withPhone), share(one.mobile, one.withPhone), alarmWords(one)],
    ]);
    const head = ['country', 'people', 'e-mail', 'phone', 'readable', 'mobile', ''];
    const said = isWhole
      ? `Of ${counted(looked, 'person', 'people')}.`
      : `Of ${formatCount(looked)} people looked at, whole lanes: a fair sample.`;
    return `${table(head, rows, { align: 'lrrrrrl', indent: '' })}${said} Readable and mobile are shares of the numbers.\n`;
  },
  json: ({ looked, isWhole, countries }) => ({
    looked,
    whole: isWhole,
    countries: countries.map(({ withEmail, withPhone, ...one }) => ({
      ...one,
      with_email: withEmail,
      with_phone: withPhone,
    })),
  }),
};

const words = { email: 'e-mail expected', phone: 'phone expected' } as const;

function alarmWords({ alarms }: CountryLook): string {
  return alarms.map((one) => words[one]).join(', ');
}
