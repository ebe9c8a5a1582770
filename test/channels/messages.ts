/** Messages as dispatch hands them to an adapter. */
import type { OutgoingMessage } from '../../engine/channels/adapter.ts';

export function outgoing(change: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    token: '17-4211',
    channel: 'email',
    to: 'ana@shop.example',
    locale: 'es',
    subject: 'Hola Ana',
    text: 'Tu primer pedido',
    about: { profile: 9, journey: 'welcome', step: 'hello', template: 'first-order' },
    at: Date.parse('2026-03-01T10:00:00.000Z'),
    ...change,
  };
}
