/** Explanations of journeys: steps, goals, schedules and what is never reached. */
import type { Explanations } from './explanation.ts';

const journey = (rest: string) => `kind: journey\nid: winback\nobjective: engagement\n${rest}`;
const entry = 'entry: { when: { enters: buyers }, current_members: skip }\n';
const greet = '  - id: greet\n    send: { channel: mail, template: hello }\n';

export const journeyExplanations: Explanations = {
  CMP050: {
    explanation:
      'Two steps of one journey have the same id, in whatever branches they stand. People stand on ids, and messages are told by them, so an id is one step. Rename one of the two.',
    example: {
      invalid: `${journey(entry)}steps:\n${greet}  - id: greet # ERROR CMP050\n    wait: 1d\n`,
      valid: `${journey(entry)}steps:\n${greet}  - id: pause\n    wait: 1d\n  - id: again\n    send: { channel: mail, template: hello }\n`,
    },
  },
  CMP051: {
    explanation:
      'The send names no channel, and neither do the `defaults` of the journey. Name one, or a choice such as `{ first_of: [push, sms] }`.',
    example: {
      invalid: `${journey(entry)}steps:\n  - id: greet\n    send: { template: hello } # ERROR CMP051\n`,
      valid: `${journey(entry)}defaults: { send: { channel: mail } }\nsteps:\n  - id: greet\n    send: { template: hello }\n`,
    },
  },
  CMP052: {
    explanation:
      'The condition asks for the message of a step that sends none, so no status would ever come and everybody would take the other way. Name a step with `send`.',
    example: {
      invalid: `${journey(entry)}steps:\n  - id: pause\n    wait: 1d\n  - id: saw\n    wait_for: { message: pause, status: seen } # ERROR CMP052\n    for: 2d\n`,
      valid: `${journey(entry)}steps:\n${greet}  - id: saw\n    wait_for: { message: greet, status: seen }\n    for: 2d\n`,
    },
  },
  CMP053: {
    explanation:
      'The condition asks for a step that stands later, so it can not have happened yet. Move the condition behind the step, or name an earlier one.',
    example: {
      invalid: `${journey(entry)}steps:\n  - if: { message: greet, status: seen } # ERROR CMP053\n    exit: early\n${greet}`,
      valid: `${journey(entry)}steps:\n${greet}  - if: { message: greet, status: seen }\n    exit: early\n  - id: pause\n    wait: 1d\n`,
    },
  },
  CMP054: {
    explanation:
      'Nobody ever comes to this step: what stands before it always leaves the journey or jumps ahead. It looks as if it would be done, and is not. Take it away, or give the `exit` before it a condition.',
    example: {
      invalid: `${journey(entry)}steps:\n  - exit: done\n  - id: greet # WARNING CMP054\n    send: { channel: mail, template: hello }\n`,
      valid: `${journey(entry)}steps:\n  - exit: done\n    if: { event: order_placed, since: entry }\n${greet}`,
    },
  },
  CMP055: {
    explanation:
      'Whoever enters fulfils the goal already, and a goal counts only what turns true after entry, so nobody would ever reach it. Name what you hope for beyond that.',
    example: {
      invalid: `${journey(entry)}goal: { segment: buyers, within: 14d } # ERROR CMP055\nsteps:\n${greet}`,
      valid: `${journey(entry)}goal: { event: order_placed, within: 14d }\nsteps:\n${greet}`,
    },
  },
  CMP056: {
    explanation:
      'The schedule lacks what its rhythm needs, or has what it can not use: `every: week` needs `days`, `every: day` has none. Add or remove it.',
    example: {
      invalid: `${journey('entry: { when: { every: week, at: "10:00", members: buyers } } # ERROR CMP056\n')}steps:\n${greet}`,
      valid: `${journey('entry: { when: { every: week, days: [tue], at: "10:00", members: buyers } }\n')}steps:\n${greet}`,
    },
  },
  CMP057: {
    explanation:
      'The line is not a cron expression of five fields: minute, hour, day of the month, month, day of the week. A wrong one would never fire, or all the time. Prefer `every: week` with `days` and `at`, which everybody can read.',
    example: {
      invalid: `${journey('entry: { when: { cron: "61 10 * * 2", members: buyers } } # ERROR CMP057\n')}steps:\n${greet}`,
      valid: `${journey('entry: { when: { cron: "0 10 * * 2", members: buyers } }\n')}steps:\n${greet}`,
    },
  },
  CMP058: {
    explanation:
      'The status never comes on this channel: nobody learns whether an SMS or a letter was read. So everybody takes the way of those who did not. Wait for `acted`, or for what people do, such as an event.',
    example: {
      invalid: `${journey(entry)}steps:\n  - id: greet\n    send: { channel: text, template: hello }\n  - id: saw\n    wait_for: { message: greet, status: seen } # WARNING CMP058\n    for: 2d\n`,
      valid: `${journey(entry)}steps:\n${greet}  - id: saw\n    wait_for: { message: greet, status: seen }\n    for: 2d\n`,
    },
  },
};
