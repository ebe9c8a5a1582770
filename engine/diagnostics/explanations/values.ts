/** Explanations of values and conditions: types, units, windows, and what is always or never true. */
import type { Explanations } from './explanation.ts';

const segment = (where: string) => `kind: segment\nid: tried\nwhere: ${where}\n`;
const journey = (rest: string) => `kind: journey\nid: winback\nobjective: engagement\n${rest}`;
const entry = 'entry: { when: { enters: buyers }, current_members: skip }\n';
const greet = '  - id: greet\n    send: { channel: mail, template: hello }\n';

export const valueExplanations: Explanations = {
  CMP020: {
    explanation:
      'The value can not be read as the declared type of what it is compared with. A value is read from how it is written: money needs its currency (`80 EUR`), whole numbers have no fraction, dates are days that exist. Write it in the form of the type, or correct the type in the `schema`.',
    example: {
      invalid: segment('{ trait: spent, gte: 80 } # ERROR CMP020'),
      valid: segment('{ trait: spent, gte: 80 EUR }'),
    },
  },
  CMP021: {
    explanation:
      'The operator does not fit the type. Greater and less need numbers or money, `before` and `after` need dates, lists are asked with `contains`. The message lists the operators of the type.',
    example: {
      invalid: segment('{ trait: birth_date, lt: 2000-01-01 } # ERROR CMP021'),
      valid: segment('{ trait: birth_date, before: 2000-01-01 }'),
    },
  },
  CMP022: {
    explanation:
      'The trait or property is an `enum`, and this is none of its declared values, so the comparison would never be true. Correct the spelling, or add the value in the `schema`.',
    example: {
      invalid: segment('{ trait: country, in: [AR, NGA] } # ERROR CMP022'),
      valid: segment('{ trait: country, in: [AR, NG] }'),
    },
  },
  CMP023: {
    explanation:
      'The duration is nothing at all, or longer than a lifetime. A window of nothing holds no event, and one of 200 years is a slip. Write the duration that is meant.',
    example: {
      invalid: segment('{ event: order_placed, in_last: 0d } # ERROR CMP023'),
      valid: segment('{ event: order_placed, in_last: 30d }'),
    },
  },
  CMP024: {
    explanation:
      'This is not one moment: a time without an offset is another instant in every zone, and a time of the day beside a mere date says more than a date has. Add the offset (`Z` or `+01:00`), or leave the time away.',
    example: {
      invalid: segment('{ trait: registered_at, before: 2026-03-31T09:00 } # ERROR CMP024'),
      valid: segment('{ trait: registered_at, before: 2026-03-31T09:00Z }'),
    },
  },
  CMP026: {
    explanation:
      'Two amounts of one test have different currencies. Currencies are never converted, and another currency is neither less nor more, so no amount could pass both. Write both in one currency, or two conditions under `any`.',
    example: {
      invalid: segment('{ trait: spent, between: [10 EUR, 20 USD] } # ERROR CMP026'),
      valid: segment('{ trait: spent, between: [10 EUR, 20 EUR] }'),
    },
  },
  CMP027: {
    explanation: 'The first bound of `between` is greater than the second, so nothing lies between them. Swap them.',
    example: {
      invalid: segment('{ trait: score, between: [20, 10] } # ERROR CMP027'),
      valid: segment('{ trait: score, between: [10, 20] }'),
    },
  },
  CMP030: {
    explanation:
      'The condition has no meaning at this place. Messages, steps, anchors and `entry.` belong to an enrollment, so only a journey can ask for them, and only after it was entered; `since: here` belongs to a wait. Ask by an event or a trait, or move the condition.',
    example: {
      invalid: segment('{ event: order_placed, since: entry } # ERROR CMP030'),
      valid: segment('{ event: order_placed, in_last: 30d }'),
    },
  },
  CMP031: {
    explanation:
      'An event in `if` must say since when: the same words could mean ever, since entry, or from now on, and each sends to other people. Add `since: entry`, `since: ever`, the id of a step, or a window such as `in_last: 30d`.',
    example: {
      invalid: `${journey(entry)}steps:\n  - id: greet\n    if: { never: order_placed } # ERROR CMP031\n    send: { channel: mail, template: hello }\n`,
      valid: `${journey(entry)}steps:\n  - id: greet\n    if: { never: order_placed, since: entry }\n    send: { channel: mail, template: hello }\n`,
    },
  },
  CMP032: {
    explanation:
      'The event has two windows, and it is not clear which bounds it: `since` an anchor, `in_last` back from now, `within` forward from the anchor. Keep the one that is meant.',
    example: {
      invalid: `${journey(entry)}goal: { event: order_placed, since: entry, in_last: 3d, within: 14d } # ERROR CMP032\nsteps:\n${greet}`,
      valid: `${journey(entry)}goal: { event: order_placed, within: 14d }\nsteps:\n${greet}`,
    },
  },
  CMP033: {
    explanation:
      'The condition is true of everybody: whatever the value is, it is not one of the two. `any` of two `is_not` on one trait is the usual slip for "neither". Write `not_in`, or a list, which means all.',
    example: {
      invalid: `kind: segment
id: tried
where:
  any: # ERROR CMP033
    - { trait: country, is_not: AR }
    - { trait: country, is_not: NG }
`,
      valid: segment('{ trait: country, not_in: [AR, NG] }'),
    },
  },
  CMP034: {
    explanation:
      'Only the measure of an event can be summed, and this property is not its measure. The measure is what is kept beside each event so that sums stay fast. Declare it under `measures` of the `schema`, or sum the measure.',
    example: {
      invalid: segment('{ event: order_placed, sum: { of: quantity, gte: 3 } } # ERROR CMP034'),
      valid: segment('{ event: order_placed, sum: { of: total, gte: 300 EUR } }'),
    },
  },
  CMP035: {
    explanation:
      'The condition reads a property of several events, which has different types in them, so the value would mean different things. Ask each event by itself, under `any`, or give the property one type.',
    example: {
      invalid:
        'kind: segment\nid: tried\nwhere:\n  - event: [order_placed, points_changed]\n    where: { category: 3 } # ERROR CMP035\n',
      valid:
        'kind: segment\nid: tried\nwhere:\n  any:\n    - { event: order_placed, where: { category: wine } }\n    - { event: points_changed, where: { category: 3 } }\n',
    },
  },
  CMP036: {
    explanation:
      'The condition names something and asks nothing of it, or asks two things at once (`count` and `sum`). Add an operator such as `is`, or write two conditions.',
    example: {
      invalid: segment('{ trait: country } # ERROR CMP036'),
      valid: segment('{ trait: country, exists: true }'),
    },
  },
};
