/** Explanations of templates: missing and long ones, what they may hold, the parts they take in, their links. */
import type { Explanations } from './explanation.ts';

const long = 'Your order is on its way, and the driver will call you when he is near. '.repeat(7);

export const templateExplanations: Explanations = {
  CMP270: {
    explanation:
      'The workspace has no template at all, so the words of its messages are nowhere checked. It is said once; with the first template, each unknown one is an error.',
    example: {
      stands: 'alone',
      invalid: `kind: workspace
id: shop
zone: UTC
currency: EUR
locale: en
---
kind: schema
id: shop
events: { order_placed: { total: money } }
---
kind: channel
id: diary
type: log
---
kind: consent
id: marketing
channels: [log]
---
kind: journey
id: thank
objective: engagement
entry: { when: { event: order_placed } }
steps:
  - id: say
    send: { channel: diary, template: thanks } # WARNING CMP270
`,
      valid: `kind: workspace
id: shop
zone: UTC
currency: EUR
locale: en
`,
    },
  },
  CMP272: {
    explanation:
      'The text is so long that it costs several messages, or is cut. An SMS holds 160 letters of the GSM alphabet in one part and 153 in each of several; one letter outside of it, such as `Ç` or an emoji, makes that 70 and 67. Shorten it.',
    example: {
      invalid: `kind: template\nid: words\nsms:\n  en: { text: "${long}" } # WARNING CMP272\n  es: { text: Hola }\n`,
      valid: 'kind: template\nid: words\nsms:\n  en: { text: Your order is on its way. }\n  es: { text: Hola }\n',
    },
  },
  CMP273: {
    explanation: '`{{#each}}` goes through a list, and this is one value. Show it by its name, or name a list.',
    example: {
      invalid:
        'kind: template\nid: trip\nany:\n  en: { text: Hello }\n  es: { text: "{{#each first_name}}{{this}}{{/each}}" } # ERROR CMP273\n',
      valid:
        'kind: template\nid: trip\nany:\n  en: { text: Hello }\n  es: { text: "{{#each interests}}{{this}}{{/each}}" }\n',
    },
  },
  CMP274: {
    explanation:
      'A helper shows values of certain types: `money` amounts, `date` days and instants, `plural` numbers, `list` and `has` lists, `is` texts and numbers. Of this value it could show nothing, or the block would be seen by nobody.',
    example: {
      invalid:
        'kind: template\nid: trip\nany:\n  en: { text: Hello }\n  es: { text: "{{date first_name}}" } # ERROR CMP274\n',
      valid: 'kind: template\nid: trip\nany:\n  en: { text: Hello }\n  es: { text: "{{first_name}}" }\n',
    },
  },
  CMP276: {
    explanation:
      'A template takes in a `part` of another by `{{> id}}`, or stands in the `layout` of another. That one must be written in the same format (`text`, `html` or `mjml`) in each locale, not lead back to itself, and a layout has `{{> content}}` once. Parts stand outside of lists, since names mean something else there.',
    example: {
      invalid:
        'kind: template\nid: trip\nany:\n  en: { text: Hello }\n  es: { text: "Hola {{> trip}}" } # ERROR CMP276\n',
      valid:
        'kind: template\nid: trip\nany:\n  en: { text: "Hello {{> footer}}" }\n  es: { text: "Hola {{> footer}}" }\n---\nkind: template\nid: footer\npart:\n  en: { text: Your shop }\n  es: { text: Tu tienda }\n',
    },
  },
  CMP278: {
    explanation:
      'Opens and clicks are told by links that the workspace signs, and so are `unsubscribe_url` and `preferences_url` of templates. Without `links` in parcours.yaml there is no address to lead over and no key to sign with.',
    example: {
      invalid: 'kind: channel\nid: relay\ntype: email\nvia: log\ntracking: { opens: true } # ERROR CMP278\n',
      valid: 'kind: channel\nid: relay\ntype: email\nvia: log\n',
    },
  },
};
