/** Locales of countries that templates have no words in: people there read those of the workspace instead. */
import type { Across } from './across.ts';
import { child, fault, type Place, rangeOf } from './place.ts';
import { speaks } from './template-forms.ts';

interface FormOfTemplate {
  readonly template: string;
  readonly form: string;
  readonly locales: readonly string[];
  readonly place: Place;
}

/** Related ranges that one warning shows. */
const shownMax = 5;

export function checkCountryLocales(across: Across): void {
  const forms = across('template').flatMap(({ id, body, place }) =>
    Object.entries(body.forms).map(([form, words]): FormOfTemplate => {
      return { template: id, form, locales: Object.keys(words), place: child(place, form) ?? place };
    }),
  );
  for (const { body, place } of across('country')) {
    const { locale } = body;
    const named = child(place, 'locale');
    if (locale === null || named === undefined || place.at.names.workspace.locales.includes(locale)) continue;
    const silent = forms.filter(({ locales }) => !speaks(locales, locale));
    if (silent.length > 0) sayUnserved(named, locale, silent);
  }
}

function sayUnserved(place: Place, locale: string, silent: readonly FormOfTemplate[]): void {
  const related = silent.slice(0, shownMax).map((one) => {
    return { message: `the ${one.form} form of \`${one.template}\``, range: rangeOf(one.place, 'key') };
  });
  const count = silent.length === 1 ? 'One form of a template has' : `${silent.length} forms of templates have`;
  const [language = locale] = locale.split('-', 1);
  const detail = `${count} no words in ${locale}, nor in ${language}: people of this country would read ${place.at.names.workspace.locale} instead. Add \`${language}:\` or \`${locale}:\` to them.`;
  fault(place, 'CMP271', detail, { related });
}
