/** A template of 3 KB with 12 variables, rendered by the engine and by plain Handlebars, which is given the same values as texts. */
import Handlebars from 'handlebars';
import { type RenderInput, renderMessage } from '../engine/activation/dispatch/render.ts';
import type { TemplateBody, ValueType } from '../engine/compiler/ir.ts';

const names = [
  'first_name',
  'last_name',
  'city',
  'shop',
  'street',
  'country',
  'plan',
  'product',
  'orders',
  'score',
  'total',
  'due',
];
const types: Readonly<Record<string, ValueType>> = { orders: 'integer', score: 'number', total: 'money', due: 'date' };

const paragraph =
  'We look forward to seeing you, and everything that you ordered is on its way to where you wanted it to be. ';
const body = names.map((name) => `<p>${paragraph.repeat(2)}<b>{{${name}}}</b></p>\n`).join('');

/** Milliseconds of CPU that so many renderings take, ours and plain: nothing is waited for, and others may be at work beside. */
export interface Rendering {
  ours(count: number): number;
  plain(count: number): number;
  readonly bytes: number;
  /** Characters that were written: what nobody reads, nobody need compute. */
  written(): number;
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

/** People of whom messages are rendered in turn. */
const people = 500;

function traitsOf(i: number) {
  return {
    first_name: `Ana ${i}`,
    last_name: 'Ruiz',
    city: 'Lyon',
    shop: 'Corner & Co',
    street: '12 rue Neuve',
    country: 'France',
    plan: 'free',
    product: 'A chair',
    orders: i,
    score: 0.5,
    total: { amount: 1990 + i, currency: 'EUR' },
    due: 20_514 + (i % 60),
  };
}

const typeOf = (name: string): ValueType => types[name] ?? 'text';
const nothing = () => undefined;

function inputOf(i: number): RenderInput {
  const form = { subject: 'Hello {{first_name}}', html: body };
  return {
    template: { digest: 'bench', body: bodyOf(form) },
    ...{
      channelType: 'email',
      locale: 'en',
      fallbackLocale: 'en',
      zone: 'UTC',
      traits: traitsOf(i),
      traitType: typeOf,
    },
    ...{ entry: {}, entryType: nothing, rows: null, fieldType: nothing, with: {} },
  };
}

const bodies = new Map<string, TemplateBody>();

/** One object for all, as a revision has it. */
function bodyOf(form: { readonly subject: string; readonly html: string }): TemplateBody {
  const known = bodies.get('bench') ?? { forms: { email: { en: form } } };
  bodies.set('bench', known);
  return known;
}

export function rendering(): Rendering {
  const inputs = Array.from({ length: people }, (_, i) => inputOf(i));
  const values = Array.from({ length: people }, (_, i) => traitsOf(i));
  const subject = Handlebars.compile('Hello {{first_name}}', { strict: true, noEscape: true });
  const html = Handlebars.compile(body, { strict: true });
  const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' });
  const date = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' });
  const number = new Intl.NumberFormat('en', { useGrouping: false, maximumFractionDigits: 12 });
  let written = 0;
  return {
    bytes: Buffer.byteLength(body),
    written: () => written,
    ours(count) {
      const began = process.cpuUsage();
      for (let i = 0; i < count; i += 1) {
        const rendered = renderMessage(inputs[i % people] as RenderInput);
        if (!rendered.ok) throw new Error(`assertion failed: ${rendered.reason}`);
        written += rendered.html?.length ?? 0;
      }
      return cpuMs(began);
    },
    plain(count) {
      const began = process.cpuUsage();
      for (let i = 0; i < count; i += 1) {
        const given = values[i % people] as ReturnType<typeof traitsOf>;
        const shown = {
          ...given,
          total: money.format(given.total.amount / 100),
          due: date.format(given.due * 86_400_000),
          orders: String(given.orders),
          score: number.format(given.score),
        };
        written += html(shown).length + subject(shown).length;
      }
      return cpuMs(began);
    },
  };
}
