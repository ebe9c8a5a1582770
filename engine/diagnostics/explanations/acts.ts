/** Explanations of what steps do elsewhere: start other journeys, call, tell, give. */
import type { Explanations } from './explanation.ts';

const journey = (steps: string, head = '') =>
  `kind: journey\nid: winback\nobjective: engagement\nentry: { when: { enters: buyers }, current_members: skip }\n${head}steps:\n${steps}`;
const greet = '  - { id: greet, send: { channel: mail, template: hello } }\n';
const started = (id: string, steps: string, entry = '{ when: { started: true }, reentry: always }') =>
  `kind: journey\nid: ${id}\nobjective: engagement\nentry: ${entry}\nsteps:\n${steps}`;
const club = `---
kind: loyalty
id: points
objective: basket
issuer: house
earn: [{ id: orders, lever: spend, when: { event: order_placed }, points: 10 }]
rewards: [{ id: free-case, cost: 60, give: { coupon: free-case } }]
`;
const desk = (days: string) =>
  `---\nkind: channel\nid: desk\ntype: call-list\ncontact_hours: [{ days: [${days}], from: "09:00", to: "18:00" }]\n`;
const booking = `---
kind: schema
id: travel
entities:
  booking:
    key: booking_id
    fields: { departs_at: { type: datetime } }
    people: { booker: { max: 1 } }
`;

export const actExplanations: Explanations = {
  CMP163: {
    explanation:
      'The journey starts itself, so a person would be in it again at once, for ever. For rounds write `repeat`, or let him come again by `reentry`.',
    example: {
      invalid: started('winback', `${greet}  - { id: again, start: winback } # ERROR CMP163\n`),
      valid: started('winback', greet),
    },
  },
  CMP164: {
    explanation:
      'Journeys start each other in a circle with no wait between, so a person would be sent round without end. The message shows the way. Put a wait into it, or take one start out.',
    example: {
      invalid: `${started('first', `${greet}  - { id: go-on, start: second } # ERROR CMP164\n`)}---\n${started('second', '  - { id: back, start: first }\n')}`,
      valid: `${started('first', `${greet}  - { id: go-on, start: second }\n`)}---\n${started('second', greet.replace('greet', 'ask'))}`,
    },
  },
  CMP165: {
    explanation:
      'The journey is not opened by a `start`: its entry names other edges only. Add `started: true` to its `entry.when`, or start another one.',
    example: {
      invalid: journey('  - { id: go-on, start: welcome } # ERROR CMP165\n'),
      valid: `${journey('  - { id: go-on, start: survey }\n')}---\n${started('survey', greet)}`,
    },
  },
  CMP166: {
    explanation:
      'What the `start` hands over is not what the other journey takes: a value is missing, one is too many, or nothing is taken at all. The names and types stand under `entry.with` of the journey that is started.',
    example: {
      invalid: `${journey('  - { id: ask, start: survey } # ERROR CMP166\n')}---\n${started('survey', greet, '{ when: { started: true }, with: { moment: text }, reentry: always }')}`,
      valid: `${journey('  - { id: ask, start: { journey: survey, with: { moment: signature } } }\n')}---\n${started('survey', greet, '{ when: { started: true }, with: { moment: text }, reentry: always }')}`,
    },
  },
  CMP167: {
    explanation:
      'The other journey is per another key, so it can not be told which cart or which booking is meant. Start a journey of the same key, or let a fact open it.',
    example: {
      invalid: `${journey('  - { id: go-on, start: of-a-booking } # ERROR CMP167\n')}---\n${started('of-a-booking', greet).replace('entry:', 'per: { entity: booking, role: booker }\nentry:')}${booking}`,
      valid: `${journey('  - { id: go-on, start: of-a-person }\n')}---\n${started('of-a-person', greet)}`,
    },
  },
  CMP168: {
    explanation: 'A call is made by a desk, and this channel is none. Name a channel of the type `call-list`.',
    example: {
      invalid: journey('  - { id: ring, call: { list: mail, within: 5d } } # ERROR CMP168\n'),
      valid: `${journey('  - { id: ring, call: { list: desk, within: 5d } }\n')}${desk('mon-fri')}`,
    },
  },
  CMP169: {
    explanation:
      'No destination of this name exists, so there is nobody to tell. Write the `destination`, or correct the spelling.',
    example: {
      invalid: journey('  - { id: tell, webhook: { destination: crm } } # ERROR CMP169\n'),
      valid: `${journey('  - { id: tell, webhook: { destination: crm } }\n')}---\nkind: destination\nid: crm\ntype: webhook\nurl: https://crm.shop.example/hook\n`,
    },
  },
  CMP170: {
    explanation:
      'The programme has no reward of this name, so there is nothing to give. Correct the spelling, or add the reward.',
    example: {
      invalid: `${journey('  - { id: give, redeem: { program: points, reward: free-cas } } # ERROR CMP170\n')}${club}`,
      valid: `${journey('  - { id: give, redeem: { program: points, reward: free-case } }\n')}${club}`,
    },
  },
  CMP171: {
    explanation:
      'The call is promised within a time in which the desk may be closed throughout: "within 24 hours" on a Friday evening, with a desk that opens on Monday. Promise more time, or open the desk.',
    example: {
      invalid: `${journey('  - { id: ring, call: { list: desk, within: 24h } } # ERROR CMP171\n')}${desk('mon-fri')}`,
      valid: `${journey('  - { id: ring, call: { list: desk, within: 4d } }\n')}${desk('mon-fri')}`,
    },
  },
};
