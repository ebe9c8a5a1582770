/** Explanations of the ways through a journey: waits, arms, splits, jumps, and times that do not fit. */
import type { Explanations } from './explanation.ts';

const journey = (steps: string, head = '') =>
  `kind: journey\nid: winback\nobjective: engagement\nentry: { when: { enters: buyers }, current_members: skip }\n${head}steps:\n${steps}`;
const greet = '  - { id: greet, send: { channel: mail, template: hello } }\n';
const goal = 'goal: { event: order_placed, within: 14d }\n';
const arms = '    split:\n      - { id: one, weight: 1, steps: [] }\n      - { id: two, weight: 1, steps: [] }\n';
const started = (id: string, steps: string, entry = '{ when: { started: true }, reentry: always }') =>
  `kind: journey\nid: ${id}\nobjective: engagement\nentry: ${entry}\nsteps:\n${steps}`;
const night = '---\nkind: pressure\nid: night\nquiet_hours: [{ channels: [sms], from: "21:00", to: "08:00" }]\n';
const booking = `---
kind: schema
id: travel
entities:
  booking:
    key: booking_id
    fields: { departs_at: { type: datetime } }
    people: { booker: { max: 1 } }
`;
const byDate = (after: string) => `kind: journey
id: before-the-trip
objective: engagement
per: { entity: booking, role: booker }
entry: { when: { date: 7d before booking.departs_at, late: 1d } }
steps:
${greet}  - id: insure
    after: ${after}
    send: { channel: mail, template: hello }
${booking}`;

export const wayExplanations: Explanations = {
  CMP310: {
    explanation:
      '`moved` says which id a journey, segment or step had, so that its people come with it, and something of that id is still there: they would have to be in two places. Remove the one that was renamed, or the line.',
    example: {
      invalid: journey(
        '  - { id: greet, moved: hail, send: { channel: mail, template: hello } } # ERROR CMP310\n  - { id: hail, after: 2d, send: { channel: mail, template: hello } }\n',
      ),
      valid: journey('  - { id: greet, moved: hail, send: { channel: mail, template: hello } }\n'),
    },
  },
  CMP150: {
    explanation:
      'The step stands on another way: whoever comes here can not have passed it, or has left. Its message was never sent to him, so the condition says the same of everybody. Ask for a step on this way, or for `last`.',
    example: {
      invalid: journey(`  - id: which
    branch:
      - if: { trait: country, is: AR }
        steps: [{ id: south, send: { channel: mail, template: hello } }]
    otherwise:
      - { id: saw, wait_for: { message: south, status: seen }, for: 2d } # ERROR CMP150
`),
      valid: journey(`  - id: which
    branch:
      - if: { trait: country, is: AR }
        steps:
          - { id: south, send: { channel: mail, template: hello } }
          - { id: saw, wait_for: { message: south, status: seen }, for: 2d }
`),
    },
  },
  CMP151: {
    explanation:
      'The moment is told from now, and now goes on, so it never comes nearer. For a length of time write `wait: 3d`; a moment is told from a date of the person.',
    example: {
      invalid: journey(`  - { id: rest, wait: { until: in 3d } } # ERROR CMP151\n${greet}`),
      valid: journey(`  - { id: rest, wait: 3d }\n${greet}`),
    },
  },
  CMP152: {
    explanation:
      'A wait with arms has a way for each of them, so a `then` beside them would be a second one for all. Move its steps into the arms, or behind the wait, where the ways rejoin.',
    example: {
      invalid: journey(`  - id: first
    wait_for:
      - { when: { event: order_placed }, steps: [{ exit: bought }] }
    for: 2d
    then: # ERROR CMP152
      - exit: done
`),
      valid: journey(`  - id: first
    wait_for:
      - { when: { event: order_placed }, steps: [{ exit: bought }] }
    for: 2d
`),
    },
  },
  CMP153: {
    explanation:
      "`last` is the last message of this enrollment, and no step before this one sends any. The condition would be false of everybody. Send first, or name another journey's step.",
    example: {
      invalid: journey('  - { id: saw, wait_for: { message: last, status: seen }, for: 2d } # ERROR CMP153\n'),
      valid: journey(`${greet}  - { id: saw, wait_for: { message: last, status: seen }, for: 2d }\n`),
    },
  },
  CMP154: {
    explanation: 'One value has two cases, and only the first is ever taken. Take it out of one of them.',
    example: {
      invalid: journey(`  - id: where
    switch: { trait: country }
    cases:
      - { is: AR, steps: [{ exit: south }] }
      - { is: [NG, AR], steps: [{ exit: north }] } # ERROR CMP154
`),
      valid: journey(`  - id: where
    switch: { trait: country }
    cases:
      - { is: AR, steps: [{ exit: south }] }
      - { is: NG, steps: [{ exit: north }] }
`),
    },
  },
  CMP155: {
    explanation:
      'The `switch` goes by an enum, and some of its values have no case and no `otherwise`. People with these values pass by in silence. Add the cases, or an `otherwise` that says so.',
    example: {
      invalid: journey(`  - id: where
    switch: { trait: country } # WARNING CMP155
    cases:
      - { is: AR, steps: [{ exit: south }] }
`),
      valid: journey(`  - id: where
    switch: { trait: country }
    cases:
      - { is: AR, steps: [{ exit: south }] }
    otherwise:
      - exit: elsewhere
`),
    },
  },
  CMP156: {
    explanation:
      'The way is never taken: whoever fits here fits an earlier arm, and the first that fits is taken. It looks as if these people were served. Move it up, or correct one of the two.',
    example: {
      invalid: journey(`  - id: which
    branch:
      - { if: { segment: buyers }, steps: [{ exit: bought }] }
      - { if: { segment: buyers }, steps: [{ exit: again }] } # WARNING CMP156
`),
      valid: journey(`  - id: which
    branch:
      - { if: { segment: buyers }, steps: [{ exit: bought }] }
      - { if: { trait: country, is: AR }, steps: [{ exit: there }] }
`),
    },
  },
  CMP157: {
    explanation:
      'The weights of the split do not add up: percentages must be 100 % together, percentages and plain weights are not mixed, and one weight at least is more than 0. Correct them, or write plain weights.',
    example: {
      invalid: journey(`  - id: wording
    split: # ERROR CMP157
      - { id: one, weight: 50%, steps: [] }
      - { id: two, weight: 40%, steps: [] }
`),
      valid: journey(`  - id: wording
    split:
      - { id: one, weight: 50%, steps: [] }
      - { id: two, weight: 50%, steps: [] }
`),
    },
  },
  CMP158: {
    explanation: 'The split has no arm of this id, so nobody could win by it. Correct the spelling.',
    example: {
      invalid: journey(`  - id: wording\n${arms}    winner: { is: tow } # ERROR CMP158\n`),
      valid: journey(`  - id: wording\n${arms}    winner: { is: two }\n`),
    },
  },
  CMP159: {
    explanation:
      'Two arms of the split have one id. What became of people is told by arm, so the two could not be compared. Rename one.',
    example: {
      invalid: journey(`  - id: wording
    split:
      - { id: one, weight: 1, steps: [] }
      - { id: one, weight: 1, steps: [] } # ERROR CMP159
`),
      valid: journey(`  - id: wording\n${arms}`),
    },
  },
  CMP160: {
    explanation:
      'The split has a winner and a bandit. A winner is decided once and stays, a bandit goes on deciding; both at once would take people from each other. Keep one.',
    example: {
      invalid: journey(
        `  - id: wording\n${arms}    winner: { is: one }\n    bandit: { maximise: goal, explore: 10% } # ERROR CMP160\n`,
        goal,
      ),
      valid: journey(`  - id: wording\n${arms}    bandit: { maximise: goal, explore: 10% }\n`, goal),
    },
  },
  CMP161: {
    explanation:
      'The arms are to be compared by the goal, and the journey has none. Add a `goal`, or say what else is to be maximised.',
    example: {
      invalid: journey(`  - id: wording\n${arms}    bandit: { maximise: goal, explore: 10% } # ERROR CMP161\n`),
      valid: journey(`  - id: wording\n${arms}    bandit: { maximise: goal, explore: 10% }\n`, goal),
    },
  },
  CMP162: {
    explanation:
      '`goto` jumps ahead only, and never into the middle of a `repeat`. A jump back could go round for ever, and nobody could say in which round a message was. For rounds write `repeat`, which has a bound.',
    example: {
      invalid: journey(
        `${greet}  - { id: rest, wait: 2d }\n  - goto: greet # ERROR CMP162\n    if: { trait: country, is: AR }\n`,
      ),
      valid: journey(`  - goto: rest\n    if: { trait: country, is: AR }\n${greet}  - { id: rest, wait: 2d }\n`),
    },
  },
  CMP172: {
    explanation:
      'The journey is entered by a date, and fixed delays run past it for who comes late: the insurance for the trip would be offered on the beach. Wait until a moment told from the date.',
    example: {
      invalid: byDate('7d # WARNING CMP172'),
      valid: byDate('2d'),
    },
  },
  CMP173: {
    explanation:
      'The message may be held back for less time than the quiet hours last, so whoever comes to it in the evening never gets it. Let it be valid for longer, or send it at a time of the day.',
    example: {
      invalid: `${journey('  - { id: say, send: { channel: text, template: hello, valid_for: 6h } } # WARNING CMP173\n')}${night}`,
      valid: `${journey('  - { id: say, send: { channel: text, template: hello, valid_for: 24h } }\n')}${night}`,
    },
  },
  CMP174: {
    explanation:
      'The step happens at a time that lies inside the quiet hours of its channel, so its message always waits for the morning. Choose a time outside.',
    example: {
      invalid: `${journey('  - id: say\n    at: "22:00" # WARNING CMP174\n    send: { channel: text, template: hello }\n')}${night}`,
      valid: `${journey('  - id: say\n    at: "18:00"\n    send: { channel: text, template: hello }\n')}${night}`,
    },
  },
  CMP176: {
    explanation: 'The entry ends before it begins, so nobody ever enters. Correct `from` or `until`.',
    example: {
      invalid: started(
        'winback',
        greet,
        '\n  when: { event: cart_updated }\n  from: 2027-02-01\n  until: 2027-01-01 # ERROR CMP176',
      ),
      valid: started('winback', greet, '\n  when: { event: cart_updated }\n  from: 2027-01-01\n  until: 2027-02-01'),
    },
  },
  CMP177: {
    explanation:
      'The time of the goal, which runs from entry, is over before the first message leaves. What it counts can not have come of the journey. Give the goal more time, or send earlier.',
    example: {
      invalid: journey(
        `  - { id: rest, wait: 10d }\n${greet}`,
        'goal: { event: order_placed, within: 7d } # WARNING CMP177\n',
      ),
      valid: journey(`  - { id: rest, wait: 10d }\n${greet}`, 'goal: { event: order_placed, within: 24d }\n'),
    },
  },
  CMP178: {
    explanation:
      '`map` says where people of removed steps go on, which only the policy `migrate` asks. With another policy nobody is moved. Write `policy: migrate`, or take the map away.',
    example: {
      invalid: journey(greet, 'in_flight:\n  policy: drain\n  map: { old: greet } # ERROR CMP178\n'),
      valid: journey(greet, 'in_flight:\n  policy: migrate\n  map: { old: greet }\n'),
    },
  },
  CMP179: {
    explanation:
      'The trait is computed, so what a step writes would be overwritten by the next computation. Set another trait, or change what it is computed from.',
    example: {
      invalid: journey('  - { id: mark, update: { orders: 3 } } # ERROR CMP179\n'),
      valid: journey('  - { id: mark, update: { score: 3 } }\n'),
    },
  },
  CMP180: {
    explanation:
      'The id of the step is a word that conditions read in another way: `message: last` is the last message, not this step. Rename the step.',
    example: {
      invalid: journey('  - { id: last, send: { channel: mail, template: hello } } # WARNING CMP180\n'),
      valid: journey('  - { id: last-word, send: { channel: mail, template: hello } }\n'),
    },
  },
  CMP181: {
    explanation:
      'The trigger waits for something not to happen and does not say until when, so it would never begin. Add `within`.',
    example: {
      invalid: started(
        'winback',
        greet,
        '\n  when:\n    event: cart_updated\n    not_followed_by: { event: order_placed } # ERROR CMP181',
      ),
      valid: started(
        'winback',
        greet,
        '\n  when:\n    event: cart_updated\n    not_followed_by: { event: order_placed, within: 1h }',
      ),
    },
  },
  CMP182: {
    explanation:
      'The list of `wait_for` holds arms and plain conditions. Arms are ways of which the first that happens is taken, a list of conditions means all of them, and one list can not be both. Give each its `when` and `steps`, or write conditions only.',
    example: {
      invalid: journey(`  - id: first
    wait_for:
      - { when: { event: order_placed }, steps: [{ exit: bought }] }
      - { event: cart_updated } # ERROR CMP182
    for: 2d
`),
      valid: journey(`  - id: first
    wait_for:
      - { when: { event: order_placed }, steps: [{ exit: bought }] }
      - { when: { event: cart_updated }, steps: [] }
    for: 2d
`),
    },
  },
  CMP184: {
    explanation:
      'The purpose of consent does not cover letters. Whether a letter needs a consent depends on the country; where it does, nobody could have given it. Add `print` to the purpose.',
    example: {
      invalid: `${journey('  - { id: letter, send: { channel: post, template: hello } } # WARNING CMP184\n')}---\nkind: channel\nid: post\ntype: print\nvia: log\n`,
      valid: journey(greet),
    },
  },
  CMP185: {
    explanation:
      '`next_channel` tries the next of `first_of`, and this send has one channel only, so it gives up at once. Name several, or write `defer` or `drop`.',
    example: {
      invalid: journey(
        '  - { id: say, send: { channel: mail, template: hello, when_capped: next_channel } } # WARNING CMP185\n',
      ),
      valid: journey(
        '  - { id: say, send: { channel: { first_of: [push, mail] }, template: hello, when_capped: next_channel } }\n',
      ),
    },
  },
  CMP186: {
    explanation:
      'The trigger waits for the same event to be followed and not to be followed, which are two different beginnings. Write two triggers as a list.',
    example: {
      invalid: started(
        'winback',
        greet,
        '\n  when:\n    event: cart_updated\n    followed_by: { event: order_placed, within: 1d } # ERROR CMP186\n    not_followed_by: { event: order_placed, within: 1d }',
      ),
      valid: started(
        'winback',
        greet,
        '\n  when:\n    event: cart_updated\n    not_followed_by: { event: order_placed, within: 1d }',
      ),
    },
  },
  CMP187: {
    explanation:
      'A change from a value to the same value is none, so the journey would never begin. Correct one of the two.',
    example: {
      invalid: started('winback', greet, '{ when: { changes: country, from: AR, to: AR } } # ERROR CMP187'),
      valid: started('winback', greet, '{ when: { changes: country, from: AR, to: NG } }'),
    },
  },
};
