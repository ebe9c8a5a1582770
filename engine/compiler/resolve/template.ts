/** Templates: forms by channel type and locale. What their variables may be is in `template-variables.ts`, what they take of others in `template-parts.ts`. */
import type { Attachment, TemplateBody, TemplateForm } from '../ir.ts';
import type { TemplateName } from '../names.ts';
import { checkInside } from './channel.ts';
import { child, demand, entries, items, type Place, type Resolving, root, textAt, textOf } from './place.ts';
import { checkLength, checkLocales } from './template-forms.ts';
import { checkContent, checkLayout, checkPart, contentName, formatsOf } from './template-parts.ts';
import { checkVariables, declareVariables } from './template-variables.ts';

const formKeys = ['email', 'sms', 'whatsapp', 'push', 'any', 'part', 'layout'] as const;
const parts = ['subject', 'title', 'preheader', 'text', 'html', 'mjml'] as const;

/** What the template asks of its sends, without saying what is wrong with it. */
export function declareTemplate(at: Resolving): TemplateName {
  const forms = new Set<string>();
  const used = {
    ...{ withNames: new Set<string>(), entryProperties: new Set<string>() },
    ...{ entities: new Set<string>(), parts: new Set<string>() },
  };
  const isEntity = (name: string): boolean => at.names.entities.has(name);
  for (const form of formPlaces(root(at))) {
    forms.add(form.key);
    for (const part of [...partPlaces(form.place), ...contentPlaces(form.place)])
      declareVariables(textOf(part), used, isEntity);
    const layout = textAt(form.place, 'layout');
    if (layout !== undefined) used.parts.add(layout);
  }
  if (forms.has('layout')) used.parts.delete(contentName);
  const place = root(at);
  return { forms, ...used, part: formatsOf(child(place, 'part')), layout: formatsOf(child(place, 'layout')) };
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
    forms[key] = Object.fromEntries(ofKey.map((form) => [form.locale, readForm(form.place, key)]));
  }
  return { forms };
}

function readForm(form: Place, key: string): TemplateForm {
  const texts = partPlaces(form).map((part) => {
    const field = String(part.path.at(-1));
    if (key === 'layout') checkContent(part);
    checkVariables(part, (name, isInside) => {
      if (key !== 'layout' || name !== contentName) checkPart(part, field, name, isInside);
    });
    return [field, textOf(part)] as const;
  });
  checkLayout(form);
  const layout = textAt(form, 'layout');
  const attachments = items(child(form, 'attachments')).map(readAttachment);
  return {
    ...(Object.fromEntries(texts) as TemplateForm),
    ...(layout !== undefined && { layout }),
    ...(attachments.length > 0 && { attachments }),
    ...readContent(child(form, 'content')),
  };
}

function readAttachment(place: Place): Attachment {
  const named = demand(place, 'file');
  checkInside(named);
  const file = textOf(named).replace(/^(\.\/)+/, '');
  const type = textAt(place, 'type');
  return { file, name: textAt(place, 'name') ?? file.split('/').at(-1) ?? file, ...(type !== undefined && { type }) };
}

/** A template that WhatsApp has approved; its places are filled like any text, without parts of other templates. */
function readContent(place: Place | undefined): Pick<TemplateForm, 'content'> {
  if (place === undefined) return {};
  const variables = entries(child(place, 'variables')).map(([name, source]) => {
    checkVariables(source, (part, isInside) => checkPart(source, 'text', part, isInside));
    return [name, textOf(source)] as const;
  });
  return { content: { sid: textOf(demand(place, 'sid')), variables: Object.fromEntries(variables) } };
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

function contentPlaces(form: Place): readonly Place[] {
  const content = child(form, 'content');
  return content === undefined ? [] : entries(child(content, 'variables')).map(([, source]) => source);
}
