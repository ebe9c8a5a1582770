/** Explanations of names: declared twice, reserved, in a circle, or not declared at all. */
import type { Explanations } from './explanation.ts';

const segment = (where: string) => `kind: segment\nid: tried\nwhere: ${where}\n`;
const journey = (rest: string) => `kind: journey\nid: winback\nobjective: engagement\n${rest}`;
const entry = 'entry: { when: { enters: buyers }, current_members: skip }\n';
const greet = '  - id: greet\n    send: { channel: mail, template: hello }\n';
const orders = (rest: string) => `kind: source
id: orders
type: file
format: csv
columns: [who, day, paid]
identifiers: [{ type: external_id, column: who }]
${rest}event: order_placed
`;

export const referenceExplanations: Explanations = {
  CMP003: {
    explanation:
      'One name is declared twice, and the two do not agree: a property of two types, a measure of two properties, a cap and a mute of one id, a computed trait with the name of a sourced one. What reads the name could not know which is meant. Rename one of them, or make them say the same.',
    example: {
      invalid: 'kind: trait\nid: score # ERROR CMP003\ncount: { event: order_placed }\n',
      valid: 'kind: trait\nid: order_count\ncount: { event: order_placed }\n',
    },
  },
  CMP004: {
    explanation:
      'The name is reserved. `message_…`, `journey_entered` and their like are events of our own, `zone`, `locale` and the addresses are traits that everybody has, `entry`, `last` and `any` are words of conditions. Take another name.',
    example: {
      invalid: `${journey(entry)}steps:\n  - id: entry # ERROR CMP004\n    wait: 2d\n`,
      valid: `${journey(entry)}steps:\n  - id: pause\n    wait: 2d\n${greet}`,
    },
  },
  CMP005: {
    explanation:
      'Segments refer to each other in a circle, so none of them can be known before the others. The message shows the way around. Take one of the references out, or write its condition where it is needed.',
    example: {
      invalid: `kind: segment\nid: a\nwhere: { segment: b } # ERROR CMP005\n---\nkind: segment\nid: b\nwhere: { segment: a }\n`,
      valid: `kind: segment\nid: a\nwhere: { segment: b }\n---\nkind: segment\nid: b\nwhere: { never: order_placed }\n`,
    },
  },
  CMP007: {
    explanation:
      'A secret stands where it would be stored or sent: in a template, in a condition, or with something around it. Secrets are resolved at the last moment, where a connection is opened, and never reach a plan, a store or a message. Write it alone, and only in the settings of a channel, a source or a destination.',
    example: {
      invalid: `kind: template\nid: bye\nany:\n  en: { text: "Key: \${secret.KEY}" } # ERROR CMP007\n  es: { text: Chau }\n`,
      valid: 'kind: template\nid: bye\nany:\n  en: { text: Bye }\n  es: { text: Chau }\n',
    },
  },
  CMP010: {
    explanation:
      'No trait of this name is declared. A condition on it would be false of everybody (and a negative one true of everybody), without a word. Declare it in a `schema` (what comes from outside) or as a `trait` (what is computed), or correct the spelling.',
    example: {
      invalid: segment('{ trait: contry, is: AR } # ERROR CMP010'),
      valid: segment('{ trait: country, is: AR }'),
    },
  },
  CMP011: {
    explanation:
      'No event of this name is declared, so what waits for it would wait for ever, and `never` would be true of everybody. Declare it under `events` of a `schema`, or correct the spelling.',
    example: { invalid: segment('{ never: order_place } # ERROR CMP011'), valid: segment('{ never: order_placed }') },
  },
  CMP012: {
    explanation:
      'The event (or the entity) has no property of this name. Nothing would ever match it. Declare it in the `schema` beside the others, or correct the spelling; `entry.` reads the properties of the fact that opened the enrollment, so a journey that nobody enters by an event has none.',
    example: {
      invalid: segment('{ event: order_placed, where: { totl: { gte: 80 EUR } } } # ERROR CMP012'),
      valid: segment('{ event: order_placed, where: { total: { gte: 80 EUR } } }'),
    },
  },
  CMP013: {
    explanation:
      'No segment of this name exists, so nobody would ever be in it. Write the segment, or correct the spelling.',
    example: { invalid: segment('{ segment: buyer } # ERROR CMP013'), valid: segment('{ segment: buyers }') },
  },
  CMP014: {
    explanation:
      'No channel of this name exists (nor a type of channel, where types may be named). The message could not leave, or the cap would count nothing. Write the channel, or correct the spelling.',
    example: {
      invalid: `${journey(entry)}steps:\n  - id: greet\n    send: { channel: mails, template: hello } # ERROR CMP014\n`,
      valid: `${journey(entry)}steps:\n${greet}`,
    },
  },
  CMP015: {
    explanation:
      'No template of this name exists, so there would be nothing to send. Write the template, or correct the spelling.',
    example: {
      invalid: `${journey(entry)}steps:\n  - id: greet\n    send: { channel: mail, template: helo } # ERROR CMP015\n`,
      valid: `${journey(entry)}steps:\n${greet}`,
    },
  },
  CMP016: {
    explanation:
      'No `consent` of this purpose exists. Nobody can be asked for it, so no message of this purpose may leave. Declare the purpose, or correct the spelling; a journey of the objective `service` asks for the purpose `service` unless it says another.',
    example: {
      invalid: segment('{ consent: marketin, is: granted } # ERROR CMP016'),
      valid: segment('{ consent: marketing, is: granted }'),
    },
  },
  CMP017: {
    explanation:
      'No journey of this name exists, so the line speaks of nothing. Correct the spelling, or take the name out.',
    example: {
      invalid:
        'kind: pressure\nid: house\ncaps:\n  - { id: weekly, max: 3, rolling: 7d, not_journeys: [welcom] } # ERROR CMP017\n',
      valid: 'kind: pressure\nid: house\ncaps:\n  - { id: weekly, max: 3, rolling: 7d, not_journeys: [welcome] }\n',
    },
  },
  CMP018: {
    explanation:
      'The journey has no step of this id. Anchors (`since: nudge`), messages (`message: nudge`) and jumps (`goto: desk`) name steps of their own journey. Correct the spelling.',
    example: {
      invalid: `${journey(entry)}steps:\n${greet}  - id: saw\n    wait_for: { message: gret, status: seen } # ERROR CMP018\n    for: 2d\n`,
      valid: `${journey(entry)}steps:\n${greet}  - id: saw\n    wait_for: { message: greet, status: seen }\n    for: 2d\n`,
    },
  },
  CMP019: {
    explanation:
      'The source lists its columns, and this is none of them. Every row would lack the value. Correct the spelling, or the list.',
    example: {
      invalid: orders('occurred_at: dya # ERROR CMP019\n'),
      valid: orders('occurred_at: day\n'),
    },
  },
};
