/** Explanations of guardrails, and of environments and parameters. */
import type { Explanations } from './explanation.ts';

const house = (rest: string) => `kind: workspace
id: house
zone: Europe/Paris
currency: EUR
locale: en
locales: [en, es]
${rest}`;
const journey = (id: string, rest = '') =>
  `---\nkind: journey\nid: ${id}\nobjective: engagement\n${rest}entry: { when: { enters: buyers }, current_members: skip }\nsteps:\n  - { id: say, send: { channel: mail, template: hello } }\n`;
const goal = 'goal: { event: order_placed, within: 7d }\n';
const measured = 'guardrails:\n  - id: measured\n    require: goal\n    journeys: [sale]\n';
const club = (points: string) =>
  `---\nkind: loyalty\nid: club\nobjective: basket\nissuer: house\nearn:\n  - ${points}\n`;
const night = (at: string, marker: string) =>
  `---\nkind: journey\nid: sale\nobjective: engagement\nentry: { when: { enters: buyers }, current_members: skip }\nsteps:\n  - { id: say, at: "${at}", send: { channel: text, template: hello } }${marker}\n`;

export const guardrailExplanations: Explanations = {
  CMP240: {
    explanation:
      'A guardrail of the workspace requires something that this resource lacks, such as an owner, a goal, an exit or a holdout. The guardrail is shown beside it. Add it, or write an exception with a reason and a last day.',
    example: {
      stands: 'as-workspace',
      invalid: `${house(measured)}${journey('sale').replace('id: sale\n', 'id: sale # ERROR CMP240\n')}`,
      valid: `${house(measured)}${journey('sale', goal)}`,
    },
  },
  CMP241: {
    explanation:
      'A guardrail forbids messages of this channel at such hours, and nothing keeps this one out of them. Give the step a time of the day, or write quiet hours that cover the window.',
    example: {
      stands: 'as-workspace',
      invalid: `${house('guardrails:\n  - { id: nights, forbid: { channels: [sms], between: ["21:00", "08:00"] } }\n')}${night('22:00', ' # ERROR CMP241')}`,
      valid: `${house('guardrails:\n  - { id: nights, forbid: { channels: [sms], between: ["21:00", "08:00"] } }\n')}${night('12:00', '')}`,
    },
  },
  CMP242: {
    explanation:
      'By the caps of the workspace a person could get more messages in a week than a guardrail allows. Lower the cap, or add one that covers these messages.',
    example: {
      stands: 'as-workspace',
      invalid: `${house('guardrails:\n  - { id: often, bound: messages_per_person_per_week, max: 2 }\n')}---\nkind: pressure\nid: caps\ncaps:\n  - { id: weekly, max: 3, rolling: 7d } # ERROR CMP242\n`,
      valid: `${house('guardrails:\n  - { id: often, bound: messages_per_person_per_week, max: 3 }\n')}---\nkind: pressure\nid: caps\ncaps:\n  - { id: weekly, max: 3, rolling: 7d }\n`,
    },
  },
  CMP243: {
    explanation:
      'The programme could give one member more points in a month than a guardrail allows, or without any limit. Points are a debt. Write a `limit` on the rule, or a lower one.',
    example: {
      stands: 'as-workspace',
      invalid: `${house('guardrails:\n  - { id: generous, bound: points_per_month, max: 100 }\n')}${club('{ id: order, lever: spend, when: { event: order_placed }, points: 10 } # ERROR CMP243')}`,
      valid: `${house('guardrails:\n  - { id: generous, bound: points_per_month, max: 100 }\n')}${club('{ id: order, lever: spend, when: { event: order_placed }, points: 10, limit: { max: 5, calendar: month } }')}`,
    },
  },
  CMP244: {
    explanation: 'Two guardrails have one id, so what they say could not be told apart. Rename one.',
    example: {
      stands: 'as-workspace',
      invalid: house(
        'guardrails:\n  - { id: named, require: title, tags: [regulated] }\n  - { id: named, require: owner, tags: [regulated] } # ERROR CMP244\n',
      ),
      valid: house(
        'guardrails:\n  - { id: titled, require: title, tags: [regulated] }\n  - { id: owned, require: owner, tags: [regulated] }\n',
      ),
    },
  },
  CMP245: {
    explanation:
      'The guardrail asks for something that the kinds which it is about do not have, so it guards nothing: a goal of a segment, points of a journey. Correct `kinds`, or what it asks for.',
    example: {
      stands: 'as-workspace',
      invalid: house('guardrails:\n  - { id: goals, require: goal, kinds: [segment] } # ERROR CMP245\n'),
      valid: house('guardrails:\n  - { id: goals, require: goal, kinds: [journey], tags: [regulated] }\n'),
    },
  },
  CMP311: {
    explanation:
      'A `sum` over the plan needs a list and the field whose numbers are added up, and this is only one of them. Write the list, the word `each`, and the field of its entries, as in `impact.journeys.each.entering`.',
    example: {
      stands: 'as-workspace',
      invalid: house('guardrails:\n  - { id: calm, plan: { sum: impact.journeys, max: 5000 } } # ERROR CMP311\n'),
      valid: house('guardrails:\n  - { id: calm, plan: { sum: impact.journeys.each.entering, max: 5000 } }\n'),
    },
  },
  CMP246: {
    explanation:
      "The exception names a resource that does not exist, so what was to be excepted isn't. Correct the name, or delete the exception with the resource.",
    example: {
      stands: 'as-workspace',
      invalid: `${house(`${measured}    exceptions:\n      - { resource: journey/sael, reason: "Launch week.", until: 2026-12-31 } # ERROR CMP246\n`)}${journey('sale', goal)}`,
      valid: `${house(measured)}${journey('sale', goal)}`,
    },
  },
  CMP247: {
    explanation:
      'The last day of the exception does not exist, so it can not be told whether it still counts. Write a day that exists.',
    example: {
      stands: 'as-workspace',
      invalid: `${house(`${measured}    exceptions:\n      - { resource: journey/sale, reason: "Launch week.", until: 2026-02-30 } # ERROR CMP247\n`)}${journey('sale', goal)}`,
      valid: `${house(`${measured}    exceptions:\n      - { resource: journey/sale, reason: "Launch week.", until: 2099-12-31 }\n`)}${journey('sale')}`,
    },
  },
  CMP248: {
    explanation:
      'The exception has expired. It excepts nothing any more, and its resource is held to the guardrail again. Delete it, or agree on a new day.',
    example: {
      stands: 'as-workspace',
      invalid: `${house(`${measured}    exceptions:\n      - { resource: journey/sale, reason: "Launch week.", until: 2026-06-30 } # WARNING CMP248\n`)}${journey('sale', goal)}`,
      valid: `${house(measured)}${journey('sale', goal)}`,
    },
  },
  CMP249: {
    explanation:
      'The forbidden window begins and ends at the same time, so it forbids nothing or everything. Write the hours that are meant.',
    example: {
      stands: 'as-workspace',
      invalid: house(
        'guardrails:\n  - { id: nights, forbid: { channels: [sms], between: ["21:00", "21:00"] } } # ERROR CMP249\n',
      ),
      valid: house('guardrails:\n  - { id: nights, forbid: { channels: [sms], between: ["21:00", "08:00"] } }\n'),
    },
  },
  CMP260: {
    explanation:
      'The command names an environment that the workspace does not have. Going on without it would take production for a test. Correct the name, or declare it under `environments`.',
    example: {
      stands: 'as-workspace',
      environment: 'stagin',
      invalid: house('environments: # ERROR CMP260\n  staging: { channels: { mail: sandbox } }\n'),
      valid: house('environments:\n  stagin: { channels: { mail: sandbox } }\n'),
    },
  },
  CMP261: {
    explanation:
      'The environment patches a channel that does not exist, so the one that was meant stays as it is, and a test may write to real people. Correct the name.',
    example: {
      stands: 'as-workspace',
      invalid: house('environments:\n  staging:\n    channels:\n      mial: sandbox # ERROR CMP261\n'),
      valid: house('environments:\n  staging:\n    channels:\n      mail: sandbox\n'),
    },
  },
  CMP262: {
    explanation:
      'No parameter of this name is declared. Declare it under `parameters` of the workspace, or correct the spelling.',
    example: {
      stands: 'as-workspace',
      invalid: `${house('parameters:\n  most: { type: integer, default: 3 }\n')}---\nkind: pressure\nid: caps\ncaps:\n  - { id: weekly, max: "\${param.mots}", rolling: 7d } # ERROR CMP262\n`,
      valid: `${house('parameters:\n  most: { type: integer, default: 3 }\n')}---\nkind: pressure\nid: caps\ncaps:\n  - { id: weekly, max: "\${param.most}", rolling: 7d }\n`,
    },
  },
  CMP263: {
    explanation:
      'The value is not of the type that the parameter declares. Write it in the form of its type, or change the type.',
    example: {
      stands: 'as-workspace',
      invalid: house('parameters:\n  patience: { type: duration, default: 3 days } # ERROR CMP263\n'),
      valid: house('parameters:\n  patience: { type: duration, default: 3d }\n'),
    },
  },
  CMP264: {
    explanation:
      'A parameter stands inside of a text. It is a typed value, so it stands alone and is checked as what it is. For words that differ, write two templates, or give them by `with`.',
    example: {
      stands: 'as-workspace',
      invalid: `${house('parameters:\n  name: { type: text, default: shop }\n')}---\nkind: segment\nid: sleepers\ntitle: "People of \${param.name}" # ERROR CMP264\nwhere: { never: order_placed }\n`,
      valid: `${house('parameters:\n  name: { type: text, default: shop }\n')}---\nkind: segment\nid: sleepers\ntitle: "\${param.name}"\nwhere: { never: order_placed }\n`,
    },
  },
  CMP265: {
    explanation:
      'A parameter stands in a name. Kind and id are what a resource is known by, in every environment, so they are the same everywhere. Write the name itself.',
    example: {
      stands: 'as-workspace',
      invalid: `${house('parameters:\n  name: { type: text, default: sleepers }\n')}---\nkind: segment\nid: "\${param.name}" # ERROR CMP265\nwhere: { never: order_placed }\n`,
      valid: `${house('')}---\nkind: segment\nid: sleepers\nwhere: { never: order_placed }\n`,
    },
  },
};
