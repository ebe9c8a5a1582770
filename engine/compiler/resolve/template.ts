/** Templates: forms by channel type and locale. What their variables may be is in `template-variables.ts`. */
import type { TemplateBody, TemplateForm } from '../ir.ts';
import type { TemplateName } from '../names.ts';
import { child, entries, fault, type Place, type Resolving, root, textOf } from './place.ts';
import { checkVariables, declareVariables } from './template-variables.ts';
import { capital } from './values.ts';

const formKeys = ['email', 'sms', 'whatsapp', 'push', 'any'] as const;
const parts = ['subject', 'title', 'text', 'html'] as const;

/** What the template asks of its sends, without saying what is wrong with it. */
export function declareTemplate(at: Resolving): TemplateName {
  const forms = new Set<string>();
  const used = { withNames: new Set<string>(), entryProperties: new Set<string>() };
  for (const form of formPlaces(root(at))) {
    forms.add(form.key);
    for (const part of partPlaces(form.place)) declareVariables(textOf(part), used);
  }
  return { forms, ...used };
}

export function resolveTemplate(at: Resolving): TemplateBody {
  const place = root(at);
  checkLocales(place);
  const places = formPlaces(place);
  const forms: Record<string, Record<string, TemplateForm>> = {};
  for (const key of new Set(places.map((form) => form.key))) {
    const ofKey = places.filter((form) => form.key === key);
    forms[key] = Object.fromEntries(ofKey.map((form) => [form.locale, readForm(form.place)]));
  }
  return { forms };
}

function readForm(form: Place): TemplateForm {
  const texts = partPlaces(form).map((part) => {
    checkVariables(part);
    return [part.path.at(-1), textOf(part)] as const;
  });
  return Object.fromEntries(texts) as TemplateForm;
}

interface FormPlace {
  readonly key: string;
  readonly locale: string;
  readonly place: Place;
}

function formPlaces(place: Place): readonly FormPlace[] {
  return formKeys.flatMap((key) => entries(child(place, key)).map(([locale, form]) => ({ key, locale, place: form })));
}

function partPlaces(form: Place): readonly Place[] {
  return parts.flatMap((part) => child(form, part) ?? []);
}

/** Each form speaks every locale of the workspace, since a form is chosen before the locale. */
function checkLocales(place: Place): void {
  const { locales } = place.at.names.workspace;
  for (const key of formKeys) {
    const form = child(place, key);
    if (form === undefined) continue;
    const missing = locales.filter((locale) => child(form, locale) === undefined);
    if (missing.length > 0) {
      const detail = `The ${key} form has no words in ${missing.join(', ')}, and the workspace serves ${locales.join(', ')}. People of that locale would get none: add ${missing.map((locale) => `\`${locale}:\``).join(' and ')}.`;
      fault(form, 'CMP064', capital(detail), { on: 'key' });
    }
    for (const [locale, words] of entries(form)) {
      if (locales.includes(locale)) continue;
      const detail = `The workspace serves ${locales.join(', ')}, so nobody reads these words. Add ${locale} to its \`locales\`, or remove them.`;
      fault(words, 'CMP071', detail, { on: 'key' });
    }
  }
}
