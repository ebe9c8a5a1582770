/** Templates: forms by channel type and locale. What their variables may be is in `template-variables.ts`. */
import type { TemplateBody, TemplateForm } from '../ir.ts';
import type { TemplateName } from '../names.ts';
import { child, entries, type Place, type Resolving, root, textOf } from './place.ts';
import { checkLength, checkLocales } from './template-forms.ts';
import { checkVariables, declareVariables } from './template-variables.ts';

const formKeys = ['email', 'sms', 'whatsapp', 'push', 'any'] as const;
const parts = ['subject', 'title', 'text', 'html'] as const;

/** What the template asks of its sends, without saying what is wrong with it. */
export function declareTemplate(at: Resolving): TemplateName {
  const forms = new Set<string>();
  const used = { withNames: new Set<string>(), entryProperties: new Set<string>(), entities: new Set<string>() };
  const isEntity = (name: string): boolean => at.names.entities.has(name);
  for (const form of formPlaces(root(at))) {
    forms.add(form.key);
    for (const part of partPlaces(form.place)) declareVariables(textOf(part), used, isEntity);
  }
  return { forms, ...used };
}

export function resolveTemplate(at: Resolving): TemplateBody {
  const place = root(at);
  for (const key of formKeys) {
    const form = child(place, key);
    if (form !== undefined) checkLocales(form, key);
  }
  const places = formPlaces(place);
  for (const form of places) checkLength(form.key, form.place);
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
