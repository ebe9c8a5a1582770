/** Explanations of what the schemas refuse: keys, values and forms of words. */
import type { Explanations } from './explanation.ts';

const rule = 'where: { never: order_placed }\n';
const journey = (rest: string) => `kind: journey\nid: winback\nobjective: engagement\n${rest}`;
const entry = 'entry: { when: { enters: buyers }, current_members: skip }\n';
const greet = '  - id: greet\n    send: { channel: mail, template: hello }\n';

export const shapeExplanations: Explanations = {
  CFG010: {
    explanation:
      '`kind` says what a document declares, and this word is no kind. So nothing else in the document can be checked. Write one of the kinds; the message lists them.',
    example: {
      invalid: `kind: segmnet # ERROR CFG010\nid: sleepers\n${rule}`,
      valid: `kind: segment\nid: sleepers\n${rule}`,
    },
  },
  CFG011: {
    explanation:
      'The key is not known at this place. It would have no effect, and whoever wrote it counts on one, so it is refused. It is usually a slip, and the message then says what was meant; or the key belongs to another map.',
    example: {
      invalid: `kind: segment\nid: sleepers\nownr: growth@example.com # ERROR CFG011\n${rule}`,
      valid: `kind: segment\nid: sleepers\nowner: growth@example.com\n${rule}`,
    },
  },
  CFG012: {
    explanation:
      'A key is missing that this map must have. Nothing is guessed in its stead where a guess could send messages to the wrong people: whom a journey takes that are members already, for instance, or how long a wait lasts. Write the key that the message names.',
    example: {
      invalid: `${journey('entry: # ERROR CFG012\n  when: { enters: buyers }\nsteps:\n')}${greet}`,
      valid: `${journey('entry:\n  when: { enters: buyers }\n  current_members: skip\nsteps:\n')}${greet}`,
    },
  },
  CFG013: {
    explanation:
      'The value is of another type than the key takes: a list where one value is expected, a number where a text is, or nothing at all. Write what the message expects; put a number that is meant as text in quotes.',
    example: {
      invalid: `kind: segment\nid: sleepers\ntags: activation # ERROR CFG013\n${rule}`,
      valid: `kind: segment\nid: sleepers\ntags: [activation]\n${rule}`,
    },
  },
  CFG014: {
    explanation:
      'The key takes one of a few words, and this is none of them. The message lists them, and names the nearest.',
    example: {
      invalid: `kind: journey\nid: winback\nobjective: engagment # ERROR CFG014\n${entry}steps:\n${greet}`,
      valid: `${journey(entry)}steps:\n${greet}`,
    },
  },
  CFG015: {
    explanation:
      'This is not a name in the form that names have here. What we name is in kebab-case (`first-order`), what comes from outside is in snake_case (`order_placed`): so a reader knows at sight what he can rename.',
    example: {
      invalid: `kind: segment\nid: sleeping_buyers # ERROR CFG015\n${rule}`,
      valid: `kind: segment\nid: sleeping-buyers\n${rule}`,
    },
  },
  CFG016: {
    explanation:
      'A duration is a whole number and one unit: `min`, `h`, `d`, `w`, `mo` or `y`. `m` alone is refused, since it may mean minutes or months, and that is the difference between a quarter of an hour and fifteen months.',
    example: {
      invalid: 'kind: segment\nid: sleepers\nwhere: { never: order_placed, in_last: 15m } # ERROR CFG016\n',
      valid: 'kind: segment\nid: sleepers\nwhere: { never: order_placed, in_last: 15mo }\n',
    },
  },
  CFG017: {
    explanation:
      'A time of the day is hours and minutes in quotes, from `"00:00"` to `"23:59"`. Without quotes other YAML readers take `21:00` for the number 1260.',
    example: {
      invalid: `${journey(entry)}steps:\n  - id: greet\n    at: 18h # ERROR CFG017\n    send: { channel: mail, template: hello }\n`,
      valid: `${journey(entry)}steps:\n  - id: greet\n    at: "18:00"\n    send: { channel: mail, template: hello }\n`,
    },
  },
  CFG018: {
    explanation:
      'This is not a moment. A moment is told from now (`7d ago`, `in 3d`), from a date (`7d before renewal_date`), or by itself as an ISO date or time. A mere duration does not say in which direction.',
    example: {
      invalid: 'kind: segment\nid: recent\nwhere: { trait: registered_at, after: 7d } # ERROR CFG018\n',
      valid: 'kind: segment\nid: recent\nwhere: { trait: registered_at, after: 7d ago }\n',
    },
  },
  CFG019: {
    explanation:
      'The number is smaller or greater than the key allows. The message says the bounds; they are where a value stops to make sense, not where it stops to be wise.',
    example: {
      invalid: 'kind: pressure\nid: house\ncaps:\n  - { id: weekly, max: -1, rolling: 7d } # ERROR CFG019\n',
      valid: 'kind: pressure\nid: house\ncaps:\n  - { id: weekly, max: 3, rolling: 7d }\n',
    },
  },
  CFG020: {
    explanation:
      'A list or a text has too few parts, too many, or the same one twice. An empty list of conditions, for instance, would be true of everybody. Write what is meant, or leave the key away.',
    example: {
      invalid: 'kind: segment\nid: everybody\nwhere: [] # ERROR CFG020\n',
      valid: `kind: segment\nid: sleepers\n${rule}`,
    },
  },
  CFG021: {
    explanation:
      'A condition, a step or a trigger is known by its head: the key that says what it is (`trait`, `event`, `send`, `wait` …). Here there is none, so it can not be told what is meant. The message lists the heads of this place.',
    example: {
      invalid: 'kind: segment\nid: approved\nwhere:\n  - { is: AR } # ERROR CFG021\n',
      valid: 'kind: segment\nid: approved\nwhere:\n  - { trait: country, is: AR }\n',
    },
  },
  CFG022: {
    explanation:
      'Two things stand in one map, such as two heads of a condition or two windows of a cap, and it is not clear which is meant, or whether both. Write two items of a list, or take one away.',
    example: {
      invalid: 'kind: segment\nid: sleepers\nwhere: { segment: buyers, trait: country, is: AR } # ERROR CFG022\n',
      valid: 'kind: segment\nid: sleepers\nwhere:\n  - { segment: buyers }\n  - { trait: country, is: AR }\n',
    },
  },
  CFG025: {
    explanation:
      'The form belongs to the language, but this version neither checks nor runs it. It is refused rather than ignored: whoever wrote it counts on an effect. Take it away, or write it in a form that is there.',
    example: {
      invalid: 'kind: catalogue # ERROR CFG025\nid: house\n',
      valid: `kind: segment\nid: sleepers\n${rule}`,
    },
  },
  CFG026: {
    explanation:
      'This is not a name of the IANA time zone database. Abbreviations and offsets (`CET`, `+02:00`) know no daylight saving time, so all local times would be an hour off for half of the year.',
    example: {
      invalid:
        'kind: source\nid: orders\ntype: file\nformat: jsonl\nzone: Paris # ERROR CFG026\nidentifiers: [{ type: external_id, column: who }]\n',
      valid:
        'kind: source\nid: orders\ntype: file\nformat: jsonl\nzone: Europe/Paris\nidentifiers: [{ type: external_id, column: who }]\n',
    },
  },
  CFG027: {
    explanation:
      'A locale is a language in lower case, and a country in upper case where it matters, joined by a hyphen: `es`, `es-AR`. Another spelling would never be found for anybody.',
    example: {
      invalid:
        'kind: template\nid: bye\nany:\n  en: { text: Bye }\n  es_AR: { text: Chau } # ERROR CFG027\n  es: { text: Chau }\n',
      valid: 'kind: template\nid: bye\nany:\n  en: { text: Bye }\n  es: { text: Chau }\n',
    },
  },
  CFG028: {
    explanation:
      'This is not a currency of ISO 4217, which are three letters in upper case. Amounts of another currency are never equal, greater or less, so a misspelt one would match nothing.',
    example: {
      invalid: `kind: source
id: orders
type: file
format: csv
identifiers: [{ type: external_id, column: who }]
event: order_placed
properties: { total: { column: paid, currency: eur } } # ERROR CFG028
`,
      valid: `kind: source
id: orders
type: file
format: csv
identifiers: [{ type: external_id, column: who }]
event: order_placed
properties: { total: { column: paid, currency: EUR } }
`,
    },
  },
  CFG029: {
    explanation: `A secret stands in plain text. What stands in git is known to everyone who reads it, now and later, and can only be made safe again by changing it. Write a reference, \`\${secret.NAME}\`; its value comes from the environment or from a mounted folder.`,
    example: {
      invalid: `kind: channel
id: post
type: email
smtp: { host: localhost, port: 25, from: a@example.com, user: me, password: hunter2 } # ERROR CFG029
`,
      valid: `kind: channel
id: post
type: email
smtp: { host: localhost, port: 25, from: a@example.com, user: me, password: "\${secret.SMTP_PASSWORD}" }
`,
    },
  },
  CFG030: {
    explanation:
      'The key is known, but beside the others of this map it means nothing: an address for a channel that writes to a file, a delimiter for a format that has none. Take it away, or change what makes it meaningless.',
    example: {
      invalid: `kind: source
id: orders
type: file
format: jsonl
delimiter: ";" # ERROR CFG030
identifiers: [{ type: external_id, column: who }]
`,
      valid: `kind: source
id: orders
type: file
format: csv
delimiter: ";"
identifiers: [{ type: external_id, column: who }]
`,
    },
  },
  CFG031: {
    explanation:
      'This is not a field. A field is written with a dot: `entry.` and a property of the fact that opened the enrollment, or the name of an entity and one of its fields. A trait is read by `trait`.',
    example: {
      invalid: `${journey('entry: { when: { event: order_placed } }\n')}steps:\n  - if: { field: total, gte: 80 EUR } # ERROR CFG031\n    exit: large\n${greet}`,
      valid: `${journey('entry: { when: { event: order_placed } }\n')}steps:\n  - if: { field: entry.total, gte: 80 EUR }\n    exit: large\n${greet}`,
    },
  },
};
