/** Explanations of conditions, entities and computed traits. */
import type { Explanations } from './explanation.ts';

const segment = (where: string) => `kind: segment\nid: tried\nwhere: ${where}\n`;
const both = (first: string, second: string) => `kind: segment\nid: tried\nwhere:\n  - ${first}\n  - ${second}\n`;
const trait = (rest: string) => `kind: trait\nid: tried\n${rest}\n`;
const daily = 'refresh: { every: day, at: "03:00" }';
const travel = `kind: schema
id: travel
entities:
  booking:
    key: booking_id
    fields:
      status: { type: enum, values: [option, confirmed] }
      departs_at: { type: datetime }
    people: { booker: { max: 1 } }
---
`;
const bookings = (rest: string) =>
  `${travel.replace('max: 1', 'max: 20')}kind: source\nid: bookings\ntype: file\nformat: csv\noccurred_at: changed_at\nentity: booking\n${rest}\n`;
const personas = `kind: persona
id: donors
personas:
  - { id: ana, score: score }
  - { id: ben, score: orders }
confidence: 0.7
---
`;
const club = `kind: loyalty
id: red
objective: frequency
issuer: house
earn:
  - { id: order, lever: spend, when: { event: order_placed }, points: 10 }
tiers:
  - { id: bronze, from: 0 }
  - { id: gold, from: 100 }
---
`;
const reactivate = `kind: journey
id: reactivate
objective: engagement
entry: { when: { event: cart_updated } }
steps:
  - exit: let-go
---
`;

export const conditionExplanations: Explanations = {
  CMP100: {
    explanation:
      'No entity of this name is declared, so nobody has a row of it. Declare it under `entities` of a `schema`, or correct the spelling.',
    example: {
      invalid: `${travel}${segment('{ entity: bookings } # ERROR CMP100')}`,
      valid: `${travel}${segment('{ entity: booking }')}`,
    },
  },
  CMP101: {
    explanation:
      'No set of personas has this name, or the set has no such persona. Nobody would ever be it. Correct the spelling.',
    example: {
      invalid: `${personas}${segment('{ persona: donors, is: anna } # ERROR CMP101')}`,
      valid: `${personas}${segment('{ persona: donors, is: ana }')}`,
    },
  },
  CMP102: {
    explanation:
      'No loyalty programme of this name exists, so nobody has points in it. Write the programme, or correct the spelling.',
    example: {
      invalid: `${club}${segment('{ points: rde, gte: 100 } # ERROR CMP102')}`,
      valid: `${club}${segment('{ points: red, gte: 100 }')}`,
    },
  },
  CMP103: {
    explanation:
      'The programme has no tier of this name, so nobody could ever reach it. Correct the spelling, or add the tier.',
    example: {
      invalid: `${club}${segment('{ tier: red, at_least: golden } # ERROR CMP103')}`,
      valid: `${club}${segment('{ tier: red, at_least: gold }')}`,
    },
  },
  CMP104: {
    explanation:
      'The journey has no way out of this name: no `exit` step, no exit rule and no end that is called so. The condition would never be true. Correct the spelling.',
    example: {
      invalid: `${reactivate}${segment('{ journey: reactivate, is: exited, as: let-got } # ERROR CMP104')}`,
      valid: `${reactivate}${segment('{ journey: reactivate, is: exited, as: let-go }')}`,
    },
  },
  CMP105: {
    explanation:
      'The trait is said to come from a source that does not exist, so nothing would ever fill it. Write the source, or correct the spelling.',
    example: {
      invalid: 'kind: schema\nid: model\ntraits:\n  closeness: { type: number, from: model } # ERROR CMP105\n',
      valid: 'kind: schema\nid: model\ntraits:\n  closeness: { type: number }\n',
    },
  },
  CMP106: {
    explanation:
      'The entity knows no such role, so nobody has a part in it by that name. The roles stand under `people` of the entity. Correct the spelling.',
    example: {
      invalid: `${travel}${segment('{ entity: booking, role: boker } # ERROR CMP106')}`,
      valid: `${travel}${segment('{ entity: booking, role: booker }')}`,
    },
  },
  CMP107: {
    explanation: 'A moment is told from a date, and this is none. Name a trait or a field that is a date or a time.',
    example: {
      invalid: segment('{ trait: registered_at, before: 7d before first_name } # ERROR CMP107'),
      valid: segment('{ trait: registered_at, before: 7d before birth_date }'),
    },
  },
  CMP108: {
    explanation:
      '`match` ties two facts by a property that both must have with one type, and only one side has it. Nothing would ever match. Name a property that both have, or declare it.',
    example: {
      invalid: segment(
        '{ event: cart_updated, in_last: 7d, not_followed_by: { event: order_placed, match: cart_id } } # ERROR CMP108',
      ),
      valid: segment('{ event: cart_updated, in_last: 7d, not_followed_by: { event: order_placed, match: total } }'),
    },
  },
  CMP109: {
    explanation:
      'This is no regular expression that can be used: a bracket is left open, it is too long, or it uses what the database does not know, such as looking back. Write a simpler one; `starts_with`, `ends_with` and `contains` often do.',
    example: {
      invalid: segment("{ trait: first_name, matches: '^[A-Z' } # ERROR CMP109"),
      valid: segment("{ trait: first_name, matches: '^[A-Z]' }"),
    },
  },
  CMP110: {
    explanation:
      'Values of two types stand where one type is needed: the results of the cases of a trait, or two things that are compared. They could never be equal. Give them one type.',
    example: {
      invalid: trait(
        'cases:\n  - { is: buyer, if: { event: order_placed } }\n  - { is: 4, if: { segment: buyers } } # ERROR CMP110',
      ),
      valid: trait(
        'cases:\n  - { is: buyer, if: { event: order_placed } }\n  - { is: locals, if: { trait: country, is: AR } }',
      ),
    },
  },
  CMP111: {
    explanation:
      'The condition contradicts itself, so it is true of nobody: two values of one trait at once, bounds with nothing between them, a thing and its opposite. Correct one of the two; where either is enough, write `any`.',
    example: {
      invalid: both('{ trait: country, is: AR }', '{ trait: country, is: NG } # ERROR CMP111'),
      valid: segment('{ trait: country, in: [AR, NG] }'),
    },
  },
  CMP112: {
    explanation:
      'The condition is true of newcomers: who registered yesterday has not ordered for six months either. A journey for the faithful who went silent would greet strangers. Add since when a person is known, or that he did it before.',
    example: {
      invalid: segment('{ never: order_placed, in_last: 6mo } # WARNING CMP112'),
      valid: both('{ trait: first_seen_at, before: 6mo ago }', '{ never: order_placed, in_last: 6mo }'),
    },
  },
  CMP113: {
    explanation:
      '`last` and `first` of an event are when it happened. A value belongs to a property, which is written with a dot: `order_placed.total`. Name the property, or ask with `before` and `after`.',
    example: {
      invalid: segment('{ last: order_placed, lte: 2 } # ERROR CMP113'),
      valid: segment('{ last: order_placed.quantity, lte: 2 }'),
    },
  },
  CMP114: {
    explanation:
      'The option has no effect at this place: 29 February without an anniversary, a window on a state that has none, a limit of a score without a score. Whoever wrote it counts on one. Take it away.',
    example: {
      invalid: segment('{ trait: birth_date, before: 7d ago, feb_29: mar-01 } # ERROR CMP114'),
      valid: segment('{ trait: birth_date, anniversary_in_next: 7d, feb_29: mar-01 }'),
    },
  },
  CMP115: {
    explanation:
      'The formula can not be read. It knows traits, numbers, `+ - * /` and brackets, and nothing else. The message points at the place where reading ends.',
    example: {
      invalid: trait('formula: (score + 1 # ERROR CMP115'),
      valid: trait('formula: (score + 1) * 2'),
    },
  },
  CMP116: {
    explanation:
      'The formula mixes what can not be computed together: money and a number are not added, money is not multiplied by money. Multiply money by numbers, and add money to money.',
    example: {
      invalid: trait('formula: spent + 1 # ERROR CMP116'),
      valid: trait('formula: spent * 2'),
    },
  },
  CMP117: {
    explanation:
      'The bands do not rise: two labels have one bound, or one label stands twice, so a value would be in two of them. Give each label its own lower bound.',
    example: {
      invalid: trait('bands:\n  of: score\n  below: none\n  from:\n    some: 1\n    many: 1 # ERROR CMP117'),
      valid: trait('bands:\n  of: score\n  below: none\n  from:\n    some: 1\n    many: 10'),
    },
  },
  CMP142: {
    explanation:
      'The shares of the classes are to be all of the value together, and they add up to more or less than 100%. Correct them.',
    example: {
      invalid: trait(
        'shares:\n  of: score\n  classes: # ERROR CMP142\n    - { is: small, share: 20% }\n    - { is: large, share: 70% }\n  refresh: { every: day, at: "03:00" }',
      ),
      valid: trait(
        'shares:\n  of: score\n  classes:\n    - { is: small, share: 20% }\n    - { is: large, share: 80% }\n  refresh: { every: day, at: "03:00" }',
      ),
    },
  },
  CMP280: {
    explanation:
      'An affinity is to a sort of things, and the values of this property are amounts, dates or lists, which hardly ever come twice. Name the property that says of what sort something is.',
    example: {
      invalid: trait(`affinity:\n  event: order_placed\n  of: total # ERROR CMP280\n  ${daily}`),
      valid: trait(`affinity:\n  event: order_placed\n  of: category\n  ${daily}`),
    },
  },
  CMP281: {
    explanation:
      'Channels are compared by how often messages are seen, and on this one nobody can be known to have seen anything, so it would never be the preferred one. Compare by `status: acted`, or leave it out.',
    example: {
      invalid: trait(`preferred_channel:\n  channels: [mail, text] # ERROR CMP281\n  status: seen\n  ${daily}`),
      valid: trait(`preferred_channel:\n  channels: [mail, text]\n  ${daily}`),
    },
  },
  CMP282: {
    explanation:
      'The fallback of a best hour stands where the hours of others stand, and must be of their form: a clock time in quotes, or a day of the week with `part: day`.',
    example: {
      invalid: trait(`best_hour:\n  event: order_placed\n  fallback: evening # ERROR CMP282\n  ${daily}`),
      valid: trait(`best_hour:\n  event: order_placed\n  fallback: "18:00"\n  ${daily}`),
    },
  },
  CMP283: {
    explanation:
      'A lifetime value needs to know what orders are worth, and no measure is named. Add `of`, or predict the number of orders alone.',
    example: {
      invalid: trait(`clv: # ERROR CMP283\n  event: order_placed\n  over: 12mo\n  ${daily}`),
      valid: trait(`clv:\n  event: order_placed\n  of: total\n  over: 12mo\n  ${daily}`),
    },
  },
  CMP284: {
    explanation:
      'Orders are counted by days, and what was seen says nothing of decades. Look ahead from one day to ten years.',
    example: {
      invalid: trait(`clv:\n  event: order_placed\n  of: total\n  over: 5h # ERROR CMP284\n  ${daily}`),
      valid: trait(`clv:\n  event: order_placed\n  of: total\n  over: 12mo\n  ${daily}`),
    },
  },
  CMP118: {
    explanation: 'This is computed with, or put in order, and it is no number, no money and no date. Name one that is.',
    example: {
      invalid: trait('formula: score * first_name # ERROR CMP118'),
      valid: trait('formula: score * orders'),
    },
  },
  CMP119: {
    explanation:
      'The case is never reached: an earlier one takes everybody who fits it, and the first that fits counts. Move it up, or correct its condition.',
    example: {
      invalid: trait(
        'cases:\n  - { is: buyer, if: { event: order_placed } }\n  - { is: customer, if: { event: order_placed } } # WARNING CMP119',
      ),
      valid: trait(
        'cases:\n  - { is: customer, if: { event: order_placed, count: { gte: 2 } } }\n  - { is: buyer, if: { event: order_placed } }',
      ),
    },
  },
  CMP120: {
    explanation:
      'The key of the entity stands among its fields as well. A row is known by its key, which never changes; a field does. Take it out of `fields`.',
    example: {
      invalid:
        'kind: schema\nid: travel\nentities:\n  booking:\n    key: booking_id\n    fields:\n      booking_id: { type: id } # ERROR CMP120\n    people: { booker: { max: 1 } }\n',
      valid:
        'kind: schema\nid: travel\nentities:\n  booking:\n    key: booking_id\n    fields:\n      departs_at: { type: datetime }\n    people: { booker: { max: 1 } }\n',
    },
  },
  CMP140: {
    explanation:
      'The role has room for several people and a row of the file names one of them. Either each row names a further person, or the one who is named is all there is and whoever was there before leaves. The engine would guess, and untie people or keep them wrongly. Say `names: more` or `names: all`.',
    example: {
      invalid: bookings('people:\n  booker: { type: email, column: mail } # ERROR CMP140'),
      valid: bookings('people:\n  booker: { type: email, column: mail, names: more }'),
    },
  },
  CMP141: {
    explanation:
      'A message id names one statement for good: a second with the same id changes nothing. Made of the key alone it is the same for every change of a row, so the row would stay as it was first told. Add the column of `occurred_at`, or leave `message_id` out.',
    example: {
      invalid: bookings('message_id: [booking_id] # ERROR CMP141\nfields: { status: status }'),
      valid: bookings('message_id: [booking_id, changed_at]\nfields: { status: status }'),
    },
  },
};
