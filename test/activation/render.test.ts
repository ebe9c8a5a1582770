import { describe, expect, test } from 'vitest';
import { type Rendered, type RenderInput, renderMessage } from '../../engine/activation/dispatch/render.ts';
import type { TemplateBody, TemplateForm, ValueType } from '../../engine/compiler/ir.ts';

const types: Readonly<Record<string, ValueType>> = {
  first_name: 'text',
  nickname: 'text',
  balance: 'money',
  orders: 'integer',
  rate: 'number',
  seen_at: 'datetime',
  born_on: 'date',
  likes: 'list',
  vip: 'boolean',
};
const traits = {
  first_name: 'Ana <b>',
  balance: { amount: 123456, currency: 'EUR' },
  orders: 0,
  rate: 3.5,
  seen_at: Date.parse('2026-03-01T02:30:00Z'),
  born_on: 3650,
  likes: ['tea', 'milk'],
  vip: true,
};

let digest = 0;
function render(forms: TemplateBody['forms'], change: Partial<RenderInput> = {}): Rendered {
  digest += 1;
  return renderMessage({
    template: { digest: `test ${digest}`, body: { forms } },
    channelType: 'email',
    locale: 'en',
    fallbackLocale: 'en',
    zone: 'America/Mexico_City',
    traits,
    traitType: (name) => (Object.hasOwn(types, name) ? types[name] : undefined),
    entry: { total: { amount: 500, currency: 'JPY' } },
    entryType: (name) => (name === 'total' ? 'money' : undefined),
    rows: { booking: { city: 'Paris', departs_at: Date.parse('2026-03-01T02:30:00Z') } },
    fieldType: (entity, field) =>
      entity === 'booking' ? ({ city: 'text', departs_at: 'datetime', price: 'money' } as const)[field] : undefined,
    with: { code: 'SPRING', off: { amount: 150, currency: 'USD' } },
    ...change,
  });
}

const english = (form: TemplateForm): TemplateBody['forms'] => ({ email: { en: form } });

/** The text of one source, or the reason why there is none. */
function textOf(text: string, change: Partial<RenderInput> = {}): string | undefined {
  const rendered = render(english({ text }), change);
  return rendered.ok ? rendered.text : rendered.reason;
}

describe('values', () => {
  test('may be fields of the row that the journey is per; one that is not declared stops the message', () => {
    const any = (text: string) => ({ any: { en: { text } } });
    expect(render(any('{{booking.city}}, {{booking.price}}{{#if booking.departs_at}}soon{{/if}}'))).toMatchObject({
      text: 'Paris, soon',
    });
    expect(render(any('{{booking.city}}!'), { rows: null })).toMatchObject({ text: '!' });
    for (const name of ['booking.town', 'cart.city']) {
      expect(render(any(`{{${name}}}`))).toEqual({ ok: false, reason: `text: unknown variable {{${name}}}` });
    }
  });

  test('are escaped in HTML and not in subject and text', () => {
    const source = '{{first_name}}';
    expect(render(english({ subject: source, text: source, html: source }))).toEqual({
      ok: true,
      locale: 'en',
      subject: 'Ana <b>',
      text: 'Ana <b>',
      html: 'Ana &lt;b&gt;',
    });
  });

  test.each([
    ['{{balance}}', 'en', '€1,234.56'],
    ['{{balance}}', 'en-GB', '€1,234.56'],
    ['{{entry.total}}', 'en', '¥500'],
    ['{{with.off}}', 'en', '$1.50'],
    ['{{seen_at}}', 'en', 'February 28, 2026 at 8:30 PM'],
    ['{{born_on}}', 'en', 'December 30, 1979'],
    ['{{orders}} {{rate}} {{vip}}', 'en', '0 3.5 true'],
    ['{{likes}}', 'en', 'tea and milk'],
    ['{{with.code}} {{locale}} {{zone}}', 'en', 'SPRING en America/Mexico_City'],
  ])('%s in %s is written as %s', (source, locale, text) => {
    expect(textOf(source, { locale })).toBe(text);
  });

  test('follow the region of the person while the words are in the language of the form', () => {
    const forms = { email: { es: { text: '{{balance}}' }, en: { text: '{{balance}}' } } };
    const written = (locale: string) => (render(forms, { locale }) as { text?: string }).text?.replace(/\s/g, ' ');
    expect(written('es-MX')).toBe('EUR 1,234.56');
    expect(written('es-ES')).toBe('1234,56 €');
    expect(written('de-DE')).toBe('€1,234.56');
  });

  test('that the person lacks are the empty text', () => {
    expect(textOf('[{{nickname}}{{entry.total}}]', { entry: {}, traits: {} })).toBe('[]');
    expect(textOf('{{#if orders}}yes{{else}}no{{/if}}{{#each likes}}x{{else}}none{{/each}}', { traits: {} })).toBe(
      'nonone',
    );
  });

  test('of an unknown zone or a broken locale are still written', () => {
    expect(textOf('{{seen_at}}', { zone: 'Mars/Olympus', locale: 'not a locale!' })).toBe('March 1, 2026 at 2:30 AM');
  });

  test('cannot break the subject into lines', () => {
    const rendered = render(english({ subject: 'Hi {{first_name}}' }), {
      traits: { first_name: 'Ana\r\nBcc: spy@evil.example' },
    });
    expect(rendered).toMatchObject({ ok: true, subject: 'Hi Ana Bcc: spy@evil.example' });
  });
});

describe('blocks', () => {
  test.each([
    ['{{#if orders}}yes{{else}}no{{/if}}', 'no'],
    ['{{#if orders includeZero=true}}yes{{else}}no{{/if}}', 'yes'],
    ['{{#if balance}}{{balance}}{{else if vip}}vip{{/if}}', '€1,234.56'],
    ['{{#unless vip}}a{{else}}b{{/unless}}', 'b'],
    ['{{#each likes}}{{@index}}:{{this}}{{#unless @last}}, {{/unless}}{{/each}}', '0:tea, 1:milk'],
    ['{{#each likes as |like|}}{{like}} {{../first_name}};{{/each}}', 'tea Ana <b>;milk Ana <b>;'],
    ['{{#each likes}}{{#if this}}{{../vip}}{{/if}}{{/each}}', 'truetrue'],
    ['{{#with entry}}{{total}} of {{../first_name}}{{/with}}', '¥500 of Ana <b>'],
  ])('%s gives %s', (source, text) => {
    expect(textOf(source)).toBe(text);
  });
});

describe('what a template may not name', () => {
  test.each([
    '{{constructor}}',
    '{{__proto__}}',
    '{{toString}}',
    '{{hasOwnProperty}}',
    '{{constructor.constructor}}',
    '{{entry.constructor}}',
    '{{entry.__proto__}}',
    '{{with.toString}}',
    '{{first_name.length}}',
    '{{balance.raw}}',
    '{{likes.length}}',
    '{{@root.constructor}}',
    '{{@root}}',
    '{{this}}',
    '{{entry}}',
    '{{#with entry}}{{__proto__}}{{/with}}',
    '{{#with first_name}}{{constructor}}{{/with}}',
    '{{#each likes}}{{this.constructor}}{{/each}}',
    '{{#each likes}}{{constructor}}{{/each}}',
    '{{#each entry}}{{this}}{{/each}}',
    '{{first_nme}}',
    '{{entry.unknown}}',
    '{{with.unknown}}',
  ])('%s is an unknown variable', (source) => {
    expect(textOf(source)).toMatch(/^text: unknown variable \{\{/);
  });

  test.each([
    ['{{lookup first_name "constructor"}}', 'unknown helper lookup'],
    ['{{log first_name}}', 'unknown helper log'],
    ['{{#if (lookup first_name "x")}}{{/if}}', 'SubExpression is not a variable'],
    ['{{#helperMissing first_name}}{{/helperMissing}}', 'unknown helper #helperMissing'],
    ['{{#likes}}x{{/likes}}', 'unknown helper #likes'],
    ['{{> partial}}', 'partials and decorators are not run in templates'],
    ['{{#> partial}}{{/partial}}', 'partials and decorators are not run in templates'],
    ['{{#each first_name}}{{/each}}', '{{#each first_name}}: it is not a list'],
  ])('%s is refused', (source, reason) => {
    expect(textOf(source)).toBe(`text: ${reason}`);
  });

  test('a broken template says where', () => {
    expect(textOf('Hello {{first_name')).toMatch(/^text: Parse error on line 1: Expecting/);
  });

  test('HTML without escaping is refused', () => {
    expect(render(english({ html: '{{{first_name}}}' }))).toEqual({
      ok: false,
      reason: 'html: {{{first_name}}} would not be escaped: write {{first_name}}',
    });
  });

  test('an unknown variable in one field stops the message', () => {
    expect(render(english({ subject: '{{nope}}', text: 'fine' }))).toMatchObject({ ok: false });
  });
});

describe('the form', () => {
  const forms = {
    push: { 'es-MX': { text: 'mx' }, es: { text: 'es' }, en: { text: 'en' } },
    any: { en: { text: 'any' } },
  };

  test.each([
    ['push', 'es-MX', 'mx', 'es-MX'],
    ['push', 'es_mx', 'mx', 'es-MX'],
    ['push', 'es-AR', 'es', 'es'],
    ['push', 'fr', 'en', 'en'],
    ['push', null, 'en', 'en'],
    ['sms', 'es', 'any', 'en'],
  ])('of %s for a person in %s is %s', (channelType, locale, text, form) => {
    expect(render(forms, { channelType, locale })).toEqual({ ok: true, locale: form, text });
  });

  test('that nobody wrote stops the message with its reason', () => {
    expect(render({ push: { de: { text: 'x' } } }, { channelType: 'push', locale: 'fr' })).toEqual({
      ok: false,
      reason: 'the template has no form for push in en',
    });
  });

  test('is compiled once a digest', () => {
    const template = { digest: 'the same', body: { forms: english({ text: 'first' }) } };
    const other = { digest: 'the same', body: { forms: english({ text: 'second' }) } };
    expect(render({}, { template })).toMatchObject({ text: 'first' });
    expect(render({}, { template: other })).toMatchObject({ text: 'first' });
  });
});
