/** Helpers, parts, layouts, MJML and preheaders: what a message says of what its template says. */
import { describe, expect, it } from 'vitest';
import { readyTemplate } from '../../engine/activation/dispatch/mjml.ts';
import { type Rendered, renderMessage } from '../../engine/activation/dispatch/render.ts';
import type { BundleResource, TemplateBody, TemplateForm, ValueType } from '../../engine/compiler/ir.ts';
import { linkTemplates } from '../../engine/compiler/linked-template.ts';

const types: Readonly<Record<string, ValueType>> = {
  ...{ first_name: 'text', balance: 'money', orders: 'integer', rate: 'number', seen_at: 'datetime' },
  ...{ born_on: 'date', likes: 'list', tier: 'enum', count: 'integer', nothing: 'money' },
};
const traits = {
  ...{ first_name: 'Ana <b>', balance: { amount: 123456, currency: 'EUR' }, orders: 1, rate: 0.125 },
  ...{
    seen_at: Date.parse('2026-03-01T02:30:00Z'),
    born_on: 3650,
    likes: ['tea', 'milk', 'rum'],
    tier: 'gold',
    count: 7,
  },
};

let drawn = 0;
function render(form: TemplateForm, locale = 'en', channelType = 'email'): Rendered {
  drawn += 1;
  return renderOf({ digest: `form ${drawn}`, body: { forms: { email: { [locale]: form } } } }, locale, channelType);
}

function renderOf(template: { digest: string; body: TemplateBody }, locale = 'en', channelType = 'email'): Rendered {
  return renderMessage({
    ...{ template, channelType, locale, fallbackLocale: 'en', zone: 'America/Mexico_City', traits },
    traitType: (name) => types[name],
    ...{ entry: {}, entryType: () => undefined, rows: null, fieldType: () => undefined },
    with: { url: 'https://shop.example/?a=1&b=2', points: '1200' },
  });
}

function textOf(text: string, locale = 'en'): string | undefined {
  const rendered = render({ text }, locale);
  return rendered.ok ? rendered.text?.replaceAll('\u00a0', ' ').replaceAll('\u202f', ' ') : rendered.reason;
}

describe('helpers', () => {
  it('write money, numbers, dates, plurals and lists as people of the locale and zone do', () => {
    expect(textOf('{{money balance}} {{money balance decimals=0}} {{money orders currency="USD"}}')).toBe(
      '€1,234.56 €1,235 $1.00',
    );
    expect(textOf('{{money balance}} {{number balance}}', 'de')).toBe('1.234,56 € 1.234,56');
    expect(textOf('{{percent rate decimals=1}} {{number rate decimals=2}}')).toBe('12.5% 0.13');
    expect(textOf('{{date seen_at}}, {{time seen_at}}; {{date seen_at "weekday"}}', 'es')).toBe(
      '28 de febrero de 2026, 20:30; sábado',
    );
    expect(textOf('{{date born_on "short"}} {{date born_on "month"}}')).toBe('12/30/79 December');
    expect(textOf('{{plural orders one="# order" other="# orders"}}, {{plural likes other="# likes"}}')).toBe(
      '1 order, 3 likes',
    );
    expect(textOf('{{plural count one="# заказ" few="# заказа" many="# заказов" other="# заказа"}}', 'ru')).toBe(
      '7 заказов',
    );
    expect(textOf('{{list likes}}; {{list likes type="or" max=2}}; {{count likes}}')).toBe(
      'tea, milk, and rum; tea or milk; 3',
    );
    expect(textOf('{{plural with.points one="# point" other="# points"}}')).toBe('1,200 points');
  });

  it('leave a gap where the person lacks the value, or say what stands there instead', () => {
    expect(textOf('[{{money nothing}}{{date nothing}}{{plural nothing other="#"}}]{{default nothing "none"}}')).toBe(
      '[]none',
    );
    expect(textOf('{{default first_name "friend"}}')).toBe('Ana <b>');
  });

  it('choose blocks by what a value is', () => {
    expect(textOf('{{#is tier "silver" "gold"}}yes{{else}}no{{/is}}{{#is orders 2}}two{{/is}}')).toBe('yes');
    expect(textOf('{{#atleast balance 1234.56}}a{{/atleast}}{{#below balance 1234.56}}b{{else}}c{{/below}}')).toBe(
      'ac',
    );
    expect(
      textOf('{{#has likes "rum"}}rum{{/has}}{{#has likes "gin"}}gin{{/has}}{{#below nothing 5}}low{{/below}}'),
    ).toBe('rum');
    expect(textOf('{{#each likes}}{{#is this "milk"}}[{{@index}}]{{/is}}{{/each}}')).toBe('[1]');
  });

  it('leave traits of their names alone, and escape in HTML', () => {
    expect(textOf('{{count}}')).toBe('7');
    const rendered = render({ html: '<p>{{default first_name "x"}}</p>' });
    expect(rendered).toMatchObject({ html: '<p>Ana &lt;b&gt;</p>', text: 'Ana <b>' });
  });

  it('refuse what they cannot be called with', () => {
    expect(textOf('{{date seen_at "soon"}}')).toMatch(/^text: date knows no "soon"/);
    expect(textOf('{{plural orders one="#"}}')).toMatch(/needs `other/);
    expect(textOf('{{money (lookup a b)}}')).toMatch(/takes a variable first/);
    expect(textOf('{{shout first_name}}')).toMatch(/unknown helper shout/);
  });
});

describe('mails', () => {
  it('have the text of their HTML, and a preheader that is only in the HTML', () => {
    const rendered = render({
      subject: 'Hi',
      preheader: 'For {{first_name}} & you',
      html: '<html><body class="x"><h1>Hello {{first_name}}</h1><a href="{{with.url}}">Go</a></body></html>',
    });
    if (!rendered.ok) throw new Error(rendered.reason);
    expect(rendered.text).toBe('Hello Ana <b>\nGo (https://shop.example/?a=1&b=2)');
    expect(rendered.html).toMatch(
      /^<html><body class="x"><div style="display:none[^"]*">For Ana &lt;b&gt; &amp; you&#847;/,
    );
    expect(rendered.html).toContain('href="https://shop.example/?a&#x3D;1&amp;b&#x3D;2"');
  });

  it('are made of MJML once, with their blocks between sections kept', async () => {
    const mjml = `{{#is tier "gold"}}<mj-section><mj-column><mj-text>Hello {{first_name}}</mj-text>
      <mj-button href="{{with.url}}">Go</mj-button></mj-column></mj-section>{{else}}<mj-section><mj-column>
      <mj-text>Nobody</mj-text></mj-column></mj-section>{{/is}}`;
    const template = { digest: 'mjml', body: { forms: { email: { en: { subject: 'Hi', mjml } } } } };
    await readyTemplate(template.body);
    const rendered = renderOf(template);
    if (!rendered.ok) throw new Error(rendered.reason);
    expect(rendered.html).toContain('Hello Ana &lt;b&gt;</div>');
    expect(rendered.html).not.toContain('Nobody');
    expect(rendered.html).not.toContain('{{');
    expect(rendered.text).toContain('Go (https://shop.example/?a=1&b=2)');
  });

  it('say what is wrong with their MJML', async () => {
    const body = {
      forms: {
        email: { en: { mjml: '<mj-sektion></mj-sektion>' }, es: { mjml: '<mj-section>{{first_name}}</mj-section>' } },
      },
    };
    await readyTemplate(body);
    expect(renderOf({ digest: 'bad', body })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('mj-sektion'),
    });
    expect(renderOf({ digest: 'bad', body }, 'es')).toMatchObject({
      ok: false,
      reason: expect.stringContaining('{{first_name}}'),
    });
    expect(
      renderOf({ digest: 'unready', body: { forms: { email: { en: { mjml: '<mj-text>x</mj-text>' } } } } }).ok,
    ).toBe(false);
  });

  it('of millions of characters stop, with the reason', () => {
    const html = `{{#each likes}}${'x'.repeat(900_000)}{{/each}}`;
    expect(render({ html })).toEqual({ ok: false, reason: 'more than 2000000 characters' });
  });
});

describe('parts and layouts', () => {
  const template = (id: string, forms: TemplateBody['forms']) =>
    ({ kind: 'template', id, digest: `digest of ${id}`, body: { forms }, needs: [] }) as unknown as BundleResource;
  const resources = [
    template('sign', { part: { en: { text: 'Bye {{first_name}}' }, es: { text: 'Chau', html: '<i>Chau</i>' } } }),
    template('foot', {
      part: { en: { text: '-- {{> sign}}', html: '<p>{{> sign}}Shop</p>' }, es: { html: '<p>{{> sign}}</p>' } },
    }),
    template('house', {
      layout: {
        en: { html: '<body>{{> content}}{{~> foot ~}}</body>' },
        es: { html: '<main>{{> content}}{{> foot}}</main>' },
      },
    }),
    template('mail', {
      email: {
        en: { subject: '{{> sign}}', text: 'Hi {{> foot}}', html: '<b>{{first_name}} $&</b>', layout: 'house' },
        'es-MX': { subject: 'Hola', html: '<b>{{first_name}}</b>', layout: 'house' },
      },
    }),
    template('plain', { any: { en: { text: 'Hi' } } }),
  ];
  const linked = linkTemplates(resources, 'en');

  it('are put in by format and locale, the layout around the mail', () => {
    expect(renderOf(linked.get('mail')!)).toMatchObject({
      ...{ subject: 'Bye Ana <b>', text: 'Hi -- Bye Ana <b>' },
      html: '<body><b>Ana &lt;b&gt; $&</b><p>Shop</p></body>',
    });
    expect(renderOf(linked.get('mail')!, 'es-MX')).toMatchObject({
      html: '<main><b>Ana &lt;b&gt;</b><p><i>Chau</i></p></main>',
    });
  });

  it('make the template another one when they change, and leave others as they are', () => {
    expect(linked.get('plain')).toMatchObject({ digest: 'digest of plain' });
    const changed = resources.map((one) => (one.id === 'sign' ? { ...one, digest: 'another' } : one));
    expect(linkTemplates(changed, 'en').get('mail')?.digest).not.toBe(linked.get('mail')?.digest);
    expect(linkTemplates(resources, 'en').get('mail')?.digest).toBe(linked.get('mail')?.digest);
  });
});
