/**
 * A template, a person and the words of a step to the texts of one message. Pure: it reads no store and no clock. Which
 * locale's form is taken is decided here; what a value looks like in `show-value.ts`.
 */
import type { Attachment, TemplateBody, TemplateForm, Value, ValueType } from '../../compiler/ir.ts';
import {
  type CompiledTemplate,
  compileTemplate,
  type TemplateScope,
  templateFault,
  type Variable,
} from './compile-template.ts';
import { compileForm } from './form-sources.ts';
import type { PersonUrls } from './links.ts';
import { htmlOfMjml } from './mjml.ts';
import { type Formats, formatsOf, isLocale, shownValue, type TemplateValue, typeOfLiteral } from './show-value.ts';

/** The declared type of a name, undefined when it isn't declared. */
export type TypeOf = (name: string) => ValueType | undefined;

export interface RenderInput {
  /** The digest stands for the body in the cache of compiled templates. */
  readonly template: { readonly digest: string; readonly body: TemplateBody };
  readonly channelType: string;
  /** The person's; null when unknown. */
  readonly locale: string | null;
  /** The workspace's. */
  readonly fallbackLocale: string;
  /** The person's zone, or the workspace's. */
  readonly zone: string;
  /** Stored forms, see `Value`. */
  readonly traits: Readonly<Record<string, unknown>>;
  readonly traitType: TypeOf;
  /** Properties of the fact that opened the enrollment. */
  readonly entry: Readonly<Record<string, unknown>>;
  readonly entryType: TypeOf;
  /** The row that the enrollment is bound to, by its entity: as it stands. Null: it is bound to none, or that is gone. */
  readonly rows: Readonly<Record<string, Readonly<Record<string, unknown>>>> | null;
  /** The type of a field of an entity. */
  readonly fieldType: (entity: string, field: string) => ValueType | undefined;
  readonly with: Readonly<Record<string, Value>>;
  /** `unsubscribe_url`, `preferences_url`, `confirm_url`; absent: they are empty. */
  readonly links?: PersonUrls;
}

export type Rendered =
  | {
      readonly ok: true;
      /** Of the form that was taken. */
      readonly locale: string;
      readonly subject?: string;
      readonly title?: string;
      readonly text?: string;
      readonly html?: string;
      readonly attachments?: readonly Attachment[];
      /** An approved template, with what stands at its places. */
      readonly content?: { readonly sid: string; readonly variables: Readonly<Record<string, string>> };
    }
  /** For people who write templates; holds no value of the person. */
  | { readonly ok: false; readonly reason: string };

type Field = 'subject' | 'title' | 'text' | 'html';
/** A message of more characters is a mistake that no provider takes. */
const charactersMax = 2_000_000;
/** Before the places of an approved template, among the fields of a compiled form. */
const contentPlace = 'content ';
/** A `log` channel has no form of its own: it shows the first of these. */
const formsForLog = ['log', 'any', 'push', 'email', 'whatsapp', 'sms'];

/** Compiled forms kept in memory. */
const compiledMax = 1_000;
/** Choices of a form that are remembered of a template. */
const chosenMax = 1_000;
const compiledByKey = new Map<string, ReadonlyMap<string, CompiledTemplate>>();

/** Renders the form for the channel and the person. A value that the person lacks is the empty text. */
export function renderMessage(input: RenderInput): Rendered {
  const chosen = chooseForm(input);
  if (!chosen)
    return { ok: false, reason: `the template has no form for ${input.channelType} in ${input.fallbackLocale}` };
  const { locale, form, compiled: fields } = chosen;
  const formats = formatsOf(chosen.formats, input.zone);
  const texts: { [K in Field]?: string } = {};
  const variables: Record<string, string> = {};
  for (const [field, compiled] of fields) {
    if (!compiled.ok) return { ok: false, reason: `${field}: ${compiled.reason}` };
    const scope = scopeFor(compiled, input, locale, formats);
    if (typeof scope === 'string') return { ok: false, reason: `${field}: ${scope}` };
    try {
      const text = compiled.run(scope, formats);
      if (field.startsWith(contentPlace)) variables[field.slice(contentPlace.length)] = oneLine(text);
      else texts[field as Field] = field === 'subject' || field === 'title' ? oneLine(text) : text;
    } catch (error) {
      return { ok: false, reason: `${field}: ${templateFault(error)}` };
    }
  }
  if (lengthOf(texts) > charactersMax) return { ok: false, reason: `more than ${charactersMax} characters` };
  const { content, attachments } = form;
  return {
    ...{ ok: true, locale, ...texts },
    ...(content !== undefined && { content: { sid: content.sid, variables } }),
    ...(attachments !== undefined && { attachments }),
  };
}

function lengthOf(texts: { readonly [K in Field]?: string }): number {
  return (texts.subject?.length ?? 0) + (texts.text?.length ?? 0) + (texts.html?.length ?? 0);
}

interface Chosen {
  readonly channel: string;
  readonly locale: string;
  readonly form: TemplateForm;
  /** In which numbers and dates are written. */
  readonly formats: string;
  /** By field. */
  readonly compiled: readonly (readonly [string, CompiledTemplate])[];
}

const chosenByBody = new WeakMap<TemplateBody, Map<string, Chosen | undefined>>();

/** The form for a channel and a locale: people of few locales ask again and again. */
function chooseForm(input: RenderInput): Chosen | undefined {
  const { body } = input.template;
  const key = `${input.channelType} ${input.locale ?? ''} ${input.fallbackLocale}`;
  const known = chosenByBody.get(body) ?? new Map<string, Chosen | undefined>();
  chosenByBody.set(body, known);
  if (known.has(key)) return known.get(key);
  const found = findForm(input);
  const chosen = found && {
    ...{ ...found, formats: formatLocale(input.locale, found.locale) },
    compiled: [...compiledForm(`${input.template.digest} ${found.channel} ${found.locale}`, found.form)],
  };
  if (known.size >= chosenMax) known.clear();
  known.set(key, chosen);
  return chosen;
}

/** Exactly the person's locale, then its language, then the workspace's locale, then its language. */
function findForm(input: RenderInput): Omit<Chosen, 'formats' | 'compiled'> | undefined {
  const { forms } = input.template.body;
  const channels = input.channelType === 'log' ? formsForLog : [input.channelType, 'any'];
  const channel = channels.find((name) => Object.hasOwn(forms, name));
  const byLocale = channel === undefined ? undefined : forms[channel];
  if (channel === undefined || !byLocale) return undefined;
  const wanted = [input.locale, input.fallbackLocale].flatMap((locale) => (locale ? [locale, languageOf(locale)] : []));
  const written = new Map(Object.keys(byLocale).map((locale) => [normal(locale), locale]));
  for (const locale of wanted) {
    const match = written.get(normal(locale));
    const form = match === undefined ? undefined : byLocale[match];
    if (match !== undefined && form) return { channel, locale: match, form };
  }
  return undefined;
}

/** Numbers and dates follow the person's region as long as the words are in the person's language. */
function formatLocale(person: string | null, form: string): string {
  if (!person) return form;
  const candidate = person.replaceAll('_', '-');
  return isLocale(candidate) && languageOf(normal(candidate)) === languageOf(normal(form)) ? candidate : form;
}

function languageOf(locale: string): string {
  return locale.split(/[-_]/, 1)[0] ?? locale;
}

function normal(locale: string): string {
  return locale.replaceAll('_', '-').toLowerCase();
}

function compiledForm(key: string, form: TemplateForm): ReadonlyMap<string, CompiledTemplate> {
  const known = compiledByKey.get(key);
  if (known) return known;
  const made = new Map<string, CompiledTemplate>(compileForm(form));
  for (const [place, source] of Object.entries(form.content?.variables ?? {})) {
    made.set(`${contentPlace}${place}`, compileTemplate(source, false));
  }
  // What has still to become HTML isn't remembered as what it isn't yet.
  if (form.mjml !== undefined && htmlOfMjml(form.mjml) === undefined) return made;
  if (compiledByKey.size >= compiledMax) compiledByKey.delete(compiledByKey.keys().next().value as string);
  compiledByKey.set(key, made);
  return made;
}

/** Exactly what the template names, or the reason why it can't be given. */
function scopeFor(
  { variables, isPlain }: Extract<CompiledTemplate, { readonly ok: true }>,
  input: RenderInput,
  locale: string,
  formats: Formats,
): TemplateScope | string {
  const scope: Record<string, TemplateValue | Record<string, TemplateValue>> = bare();
  for (const variable of variables) {
    const plain = plainTrait(variable, input);
    if (plain !== undefined) {
      scope[variable.name] = plain;
      continue;
    }
    const value = variableValue(variable, input, locale);
    if (!value) return `unknown variable {{${writtenName(variable)}}}`;
    if (variable.as === 'list' && value.type !== 'list') return `{{#each ${writtenName(variable)}}}: it is not a list`;
    const shown = shownValue(value.value, value.type, formats);
    if (variable.from === 'trait') scope[variable.name] = shown;
    else objectIn(scope, variable.entity ?? variable.from)[variable.name] = shown;
  }
  if (isPlain) return scope;
  // Blocks may ask for them where none of their names is read.
  objectIn(scope, 'entry');
  objectIn(scope, 'with');
  return scope;
}

/**
 * Objects that inherit nothing that a template could name. Handlebars compares scopes with `!=`, which asks an object next to a text for a
 * primitive: NaN equals no text, and the symbol is no name. Made by a constructor, since engines keep such objects fast.
 */
const Bare = function Bare() {} as unknown as { new (): Record<string, never>; prototype: object };
Bare.prototype = Object.create(null, { [Symbol.toPrimitive]: { value: () => Number.NaN } });

function bare<T>(): Record<string, T> {
  return new Bare();
}

function writtenName({ from, entity, name }: Variable): string {
  return from === 'trait' ? name : `${entity ?? from}.${name}`;
}

/** The object of that name in the scope. A trait of that name is no object, and stands in nobody's way: it is written without a field. */
function objectIn(scope: Record<string, unknown>, entity: string): Record<string, TemplateValue> {
  const known = scope[entity];
  if (typeof known === 'object' && known !== null) return known as Record<string, TemplateValue>;
  const row: Record<string, TemplateValue> = bare();
  scope[entity] = row;
  return row;
}

/** Names that stand for something else than a trait of the person. */
const ofMessage: ReadonlySet<string> = new Set(['locale', 'zone', 'unsubscribe_url', 'preferences_url', 'confirm_url']);

/** A trait that is a text, which is written as it is: what most variables are. Undefined: it is something else. */
function plainTrait({ from, as, name }: Variable, input: RenderInput): string | undefined {
  if (from !== 'trait' || as !== 'value' || ofMessage.has(name)) return undefined;
  const value = own(input.traits, name);
  return typeof value === 'string' && input.traitType(name) !== undefined ? value : undefined;
}

function variableValue(
  { from, name, entity = '' }: Variable,
  input: RenderInput,
  locale: string,
): { readonly value: unknown; readonly type: ValueType } | undefined {
  if (from === 'with') {
    const value = own(input.with, name);
    return value === undefined ? undefined : { value, type: typeOfLiteral(value) };
  }
  if (from === 'row') {
    const type = input.fieldType(entity, name);
    const row = input.rows === null ? {} : ((own(input.rows, entity) ?? {}) as Readonly<Record<string, unknown>>);
    return type && { value: own(row, name), type };
  }
  if (from === 'trait' && name === 'locale') return { value: locale, type: 'text' };
  if (from === 'trait' && name === 'zone') return { value: input.zone, type: 'text' };
  if (from === 'trait' && (name === 'unsubscribe_url' || name === 'preferences_url' || name === 'confirm_url')) {
    return { value: input.links?.[name], type: 'text' };
  }
  const type = from === 'trait' ? input.traitType(name) : input.entryType(name);
  return type && { value: own(from === 'trait' ? input.traits : input.entry, name), type };
}

/** Never a property of the prototype. */
function own(values: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** A value with a line end must not end the subject. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
