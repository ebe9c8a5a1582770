/** Templates as people would see them: each form and locale rendered for somebody, or for nobody by made-up values. Sends nothing. */
import type { Attachments } from '../../channels/attachments.ts';
import type { Value } from '../../compiler/ir.ts';
import type { Program } from '../../compiler/program.ts';
import { measureSms } from '../../compiler/sms-segments.ts';
import { typeOfField } from '../dispatch/catalogue.ts';
import { compileForm } from '../dispatch/form-sources.ts';
import { readyTemplate } from '../dispatch/mjml.ts';
import { renderMessage } from '../dispatch/render.ts';
import { checkWords, type Note, type Words } from './check-words.ts';
import { type SampleValues, sampleValues } from './sample-values.ts';

/** The person whom a template is shown as to; what he lacks is a gap, as it would be. */
export interface PreviewPerson {
  readonly traits: Readonly<Record<string, unknown>>;
  readonly locale: string | null;
  readonly zone: string | null;
}

export interface PreviewOptions {
  readonly program: Program;
  /** Null: made-up values. */
  readonly person: PreviewPerson | null;
  /** Only this locale; null: all that are written. */
  readonly locale: string | null;
  /** Only this type of channel; null: all that are written. */
  readonly channelType: string | null;
  readonly files: Attachments;
}

export interface PreviewForm extends Words {
  readonly template: string;
  /** Type of channel; `any` of the form that serves those without one. */
  readonly channel: string;
  readonly locale: string;
  /** Why nothing could be rendered; null: it could. */
  readonly fault: string | null;
  /** Of an SMS. */
  readonly segments?: number;
  readonly notes: readonly Note[];
}

/** Types in which a template can be looked at; parts and layouts are seen in what takes them in. */
const shown = ['email', 'sms', 'whatsapp', 'push', 'any'];

/** The forms of a template, in the order of channels and locales. Empty: it has none of these. */
export async function previewTemplate(id: string, options: PreviewOptions): Promise<readonly PreviewForm[]> {
  const template = options.program.templates.get(id);
  if (template === undefined) return [];
  await readyTemplate(template.body);
  const samples = sampleValues(options.program);
  const previews: PreviewForm[] = [];
  for (const channel of shown) {
    const forms = Object.hasOwn(template.body.forms, channel) ? template.body.forms[channel] : undefined;
    if (forms === undefined) continue;
    if (options.channelType !== null && options.channelType !== channel && channel !== 'any') continue;
    if (channel === 'any' && options.channelType !== null && Object.hasOwn(template.body.forms, options.channelType))
      continue;
    const locales = localesOf(Object.keys(forms), options);
    for (const locale of locales) previews.push(await previewForm(id, { channel, locale, options, samples }));
  }
  return previews;
}

/** What is asked for is shown even where nobody wrote it: by what people of it would get. */
function localesOf(written: readonly string[], { locale, person }: PreviewOptions): readonly string[] {
  if (locale !== null) return [locale];
  if (person?.locale != null) return [person.locale];
  return person === null ? [...written].sort() : [written[0] ?? 'en'];
}

interface Asked {
  readonly channel: string;
  readonly locale: string;
  readonly options: PreviewOptions;
  readonly samples: SampleValues;
}

async function previewForm(id: string, { channel, locale, options, samples }: Asked): Promise<PreviewForm> {
  const { program, person, files } = options;
  const template = program.templates.get(id);
  if (template === undefined) throw new Error('assertion failed: the template was found before');
  const about = { template: id, channel, locale };
  const { workspace } = program;
  // A type of its own is shown by the form for it, `any` by none that has one.
  const rendered = renderMessage({
    ...{ template, channelType: channel, locale, fallbackLocale: workspace.locale },
    zone: person?.zone ?? workspace.zone,
    traits: person?.traits ?? { ...samples.traits, locale },
    traitType: (name) => program.traits.get(name)?.type,
    fieldType: (entity, field) => typeOfField(program, entity, field),
    ...{ rows: samples.rows, entry: samples.entry },
    entryType: (name) => typeOfEntry(program, name),
    with: withOf(id, { channel, locale, options, samples }),
    links: {
      unsubscribe_url: `${workspace.links?.baseUrl ?? ''}/unsubscribe/preview`,
      preferences_url: `${workspace.links?.baseUrl ?? ''}/preferences/preview`,
      confirm_url: `${workspace.links?.baseUrl ?? ''}/confirm/preview`,
    },
  });
  if (!rendered.ok) return { ...about, fault: rendered.reason, notes: [] };
  const { ok: _ok, locale: taken, content: _content, ...words } = rendered;
  const notes = [...(await checkWords(channel, words, files))];
  if (taken !== locale)
    notes.push({ severity: 'warning', text: `Nothing is written in ${locale}: people of it get ${taken}.` });
  const segments = channel === 'sms' ? measureSms(words.text ?? '').segments : undefined;
  return { ...about, fault: null, ...words, ...(segments !== undefined && { segments }), notes };
}

/** The names of `with` that the form reads, with what a step gives them. */
function withOf(id: string, { channel, locale, options, samples }: Asked): Readonly<Record<string, Value>> {
  const forms = options.program.templates.get(id)?.body.forms[channel] ?? {};
  const form = forms[locale] ?? forms[locale.split('-', 1)[0] ?? ''] ?? Object.values(forms)[0];
  if (form === undefined) return {};
  const names = [...compileForm(form).values()].flatMap((text) =>
    text.ok ? text.variables.flatMap(({ from, name }) => (from === 'with' ? [name] : [])) : [],
  );
  return samples.with(id, [...new Set(names)]);
}

function typeOfEntry(program: Program, name: string) {
  for (const { properties } of program.events.values()) if (Object.hasOwn(properties, name)) return properties[name];
  for (const { body } of program.journeys.values()) {
    const handed = body.entry.with ?? {};
    if (Object.hasOwn(handed, name)) return handed[name];
  }
  return undefined;
}
