/** A house with rules of pressure and journeys of one message each: what tests of caps, hours and channels share. */
import type { Scenario } from './scenario.ts';

export interface Journey {
  readonly id: string;
  readonly priority?: number;
  readonly objective?: string;
  readonly channel?: string;
  readonly more?: string;
  readonly on?: string;
}

/** A journey that sends one message, named as the journey, at each sign-up. */
export function journey({
  id,
  priority = 50,
  objective = 'engagement',
  channel = 'diary',
  more = '',
  on = 'signed_up',
}: Journey) {
  return `kind: journey
id: ${id}
objective: ${objective}
priority: ${priority}
entry: { when: { event: ${on} }, reentry: always }
steps:
  - id: ${id}
    send: { channel: ${channel}, template: hello${more} }
    otherwise: [ { exit: not-sent } ]
`;
}

/** The rules of one pressure, and journeys under them. */
export function house(rules: string, journeys: readonly Journey[]): string {
  return `kind: pressure\nid: house\n${rules}\n${journeys.map((one) => `---\n${journey(one)}`).join('')}`;
}

/** An address on every channel. */
export const everywhere = { email: 'ana@shop.example', phone: '+41791234567', push_token: 'token' };

/** Opens every journey that isn't about something else. */
export async function signUp(s: Scenario, who = 'ana'): Promise<void> {
  await s.event(who, 'signed_up');
}
