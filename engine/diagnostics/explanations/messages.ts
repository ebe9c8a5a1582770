/** Explanations of templates and channels, and of pressure, sources and schemas. */
import type { Explanations } from './explanation.ts';

const journey = (rest: string) => `kind: journey\nid: winback\nobjective: engagement\n${rest}`;
const entry = 'entry: { when: { enters: buyers }, current_members: skip }\n';
const greet = '  - id: greet\n    send: { channel: mail, template: hello }\n';
const sms = `kind: channel\nid: tried\ntype: sms\ntwilio:\n  account_sid: \${secret.SID}\n  auth_token: \${secret.TOKEN}\n`;
const template = (english: string) =>
  `kind: template\nid: tried\nany:\n  en:\n    text: ${english}\n  es: { text: Hola }\n`;

export const messageExplanations: Explanations = {
  CMP060: {
    explanation:
      'The text of the template does not parse: a `{{` is left open, or a block such as `{{#if}}` is not closed. It would fail for everybody at the moment of sending. Close it.',
    example: {
      invalid: template('"{{#if first_name}}Hello" # ERROR CMP060'),
      valid: template('"{{#if first_name}}Hello {{first_name}}{{/if}}"'),
    },
  },
  CMP061: {
    explanation:
      'The template reads a name that is no trait, no built-in and nothing that the send gives. People would read a gap. Correct the spelling, or declare the trait; inside `{{#each}}` only the item is known.',
    example: {
      invalid: template('"Hello {{frist_name}}" # ERROR CMP061'),
      valid: template('"Hello {{first_name}}"'),
    },
  },
  CMP062: {
    explanation:
      'Templates show values, choose between texts and call the few helpers of the language; they call nothing else and reach no inner parts of the program. So a template can be trusted without being run. Compute the value as a trait.',
    example: {
      invalid: template('"{{lookup first_name 0}}" # ERROR CMP062'),
      valid: template('"{{first_name}}"'),
    },
  },
  CMP300: {
    explanation:
      "The account or the sender is none that the provider could use, so every message would be refused. Copy it from the provider's console, in the form that the message names.",
    example: {
      invalid: `${sms}  from: "0755530000" # ERROR CMP300\n`,
      valid: `${sms}  from: "+33755530000"\n`,
    },
  },
  CMP301: {
    explanation:
      'Prices of a channel are added up in reports and compared when the cheapest channel is taken, so all of them are in one currency of ISO 4217. Nothing is converted.',
    example: {
      invalid: `${sms}  from: "+33755530000"\ncost:\n  default: 0.08 EUR\n  by_country: { FR: 0.05 USD } # ERROR CMP301\n`,
      valid: `${sms}  from: "+33755530000"\ncost:\n  default: 0.08 EUR\n  by_country: { FR: 0.05 EUR }\n`,
    },
  },
  CMP063: {
    explanation:
      'The template has no form for a channel by which it is sent, so nothing could be shown there. Write the form of that type of channel, or `any`, which serves all that have none of their own.',
    example: {
      invalid: `${journey(entry)}steps:\n  - id: greet\n    send: { channel: mail, template: coupon, with: { code: X1 } } # ERROR CMP063\n`,
      valid: `${journey(entry)}steps:\n  - id: greet\n    send: { channel: push, template: coupon, with: { code: X1 } }\n`,
    },
  },
  CMP064: {
    explanation:
      'The template lacks a locale that the workspace serves. People of that locale would be left out, or be written to in a language that they may not read. Write the text, or take the locale out of `locales` of the workspace.',
    example: {
      invalid: 'kind: template\nid: tried\npush: # ERROR CMP064\n  en: { title: Hi, text: Hello }\n',
      valid:
        'kind: template\nid: tried\npush:\n  en: { title: Hi, text: Hello }\n  es: { title: Buenas, text: Hola }\n',
    },
  },
  CMP065: {
    explanation:
      'The template reads a value that this send does not give: `with.…` that is not written here, or `entry.…` that the fact which opens this journey does not have. People would read a gap. Give the value, or take another template.',
    example: {
      invalid: `${journey(entry)}steps:\n  - id: greet\n    send: { channel: push, template: coupon } # ERROR CMP065\n`,
      valid: `${journey(entry)}steps:\n  - id: greet\n    send: { channel: push, template: coupon, with: { code: X1 } }\n`,
    },
  },
  CMP066: {
    explanation:
      'The send gives a value that the template never reads. It is harmless, but whoever wrote it expects to see it in the message. Use it in the template, or take it away.',
    example: {
      invalid: `${journey(entry)}steps:\n  - id: greet\n    send: { channel: mail, template: hello, with: { code: X1 } } # WARNING CMP066\n`,
      valid: `${journey(entry)}steps:\n${greet}`,
    },
  },
  CMP067: {
    explanation:
      'The purpose of consent does not cover this channel: nobody can have agreed to be reached for it there, so no message may leave. Add the channel to the `consent`, choose another purpose, or another channel.',
    example: {
      invalid: `${journey(`purpose: news\n${entry}`)}steps:\n  - id: greet\n    send: { channel: push, template: hello } # ERROR CMP067\n`,
      valid: `${journey(`purpose: news\n${entry}`)}steps:\n${greet}`,
    },
  },
  CMP070: {
    explanation:
      'The path leads out of the workspace. What a workspace reads and writes lies in its folder, so that it means the same on every machine. Give a path below it.',
    example: {
      invalid: 'kind: channel\nid: diary\ntype: log\nlog: { path: ../outbox.jsonl } # ERROR CMP070\n',
      valid: 'kind: channel\nid: diary\ntype: log\nlog: { path: outbox.jsonl }\n',
    },
  },
  CMP071: {
    explanation:
      'The template has a text in a locale that the workspace does not serve, so nobody will read it. Add the locale to `locales` of the workspace, or take the text away.',
    example: {
      invalid:
        'kind: template\nid: tried\nany:\n  en: { text: Hello }\n  es: { text: Hola }\n  fr: { text: Bonjour } # WARNING CMP071\n',
      valid: 'kind: template\nid: tried\nany:\n  en: { text: Hello }\n  es: { text: Hola }\n',
    },
  },
  CMP081: {
    explanation:
      'The hours begin and end at the same time, which may mean nothing or the whole day. Write the hours that are meant; over midnight is fine (`"21:00"` to `"08:00"`).',
    example: {
      invalid: 'kind: pressure\nid: house\nquiet_hours:\n  - { from: "21:00", to: "21:00" } # ERROR CMP081\n',
      valid: 'kind: pressure\nid: house\nquiet_hours:\n  - { from: "21:00", to: "08:00" }\n',
    },
  },
  CMP082: {
    explanation:
      'A measure is what an event is worth: money or a number, since it is summed. A text can not be. Name a property of a number type.',
    example: {
      invalid:
        'kind: schema\nid: parcels\nevents:\n  shipped: { label: text, weight: integer }\nmeasures: { shipped: label } # ERROR CMP082\n',
      valid:
        'kind: schema\nid: parcels\nevents:\n  shipped: { label: text, weight: integer }\nmeasures: { shipped: weight }\n',
    },
  },
  CMP085: {
    explanation:
      'The column can not be read as the type that it fills: a currency for a text, a date format for money, or a trait that is computed and takes nothing from outside. Correct the reading, or fill another property.',
    example: {
      invalid: `kind: source
id: orders
type: file
format: csv
identifiers: [{ type: external_id, column: who }]
event: order_placed
properties:
  category: { column: sort, currency: EUR } # ERROR CMP085
`,
      valid: `kind: source
id: orders
type: file
format: csv
identifiers: [{ type: external_id, column: who }]
event: order_placed
properties:
  category: sort
`,
    },
  },
};
