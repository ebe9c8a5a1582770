/** Decisions as they are stored, and how `explain` reads them. */
import { expect, it } from 'vitest';
import { decisionWords } from '../../engine/cli/views/decision-words.ts';

const until = Date.UTC(2026, 2, 9, 8);

it.each([
  [
    { outcome: 'suppressed', rule: 'cap house/weekly', count: 3, max: 3, window: '7d' },
    'suppressed',
    'suppressed by cap house/weekly: 3 of 3 in 7 days',
  ],
  [
    { outcome: 'suppressed', rule: 'cap house/weekly', count: 3, max: 3, window: '7d', until },
    'suppressed',
    'suppressed by cap house/weekly: 3 of 3 in 7 days, room again from 2026-03-09 08:00 UTC',
  ],
  [
    { outcome: 'deferred', rule: 'cap house/weekly', count: 2, max: 3, kept: 1, window: '7d', until },
    'deferred',
    'deferred by cap house/weekly: 2 of 3 in 7 days, and 1 kept for what is scheduled with a higher priority, looked at again 2026-03-09 08:00 UTC',
  ],
  [
    { outcome: 'suppressed', rule: 'cap house/daily', count: 1, max: 1, window: 'calendar day' },
    'suppressed',
    'suppressed by cap house/daily: 1 of 1 in the calendar day',
  ],
  [
    { outcome: 'deferred', rule: 'quiet house', until },
    'deferred',
    'deferred by the quiet hours of house, looked at again 2026-03-09 08:00 UTC',
  ],
  [{ outcome: 'suppressed', rule: 'mute house/sunset' }, 'suppressed', 'suppressed by mute house/sunset'],
  [{ outcome: 'suppressed', rule: 'no-consent marketing' }, 'suppressed', 'suppressed: no consent for marketing'],
  [{ outcome: 'suppressed', rule: 'no-address email' }, 'suppressed', 'suppressed: no address for email'],
  [
    { outcome: 'suppressed', rule: 'suppressed-address email' },
    'suppressed',
    'suppressed: the address for email was rejected before',
  ],
  [{ outcome: 'expired', rule: 'expired' }, 'expired', 'expired: its validity ended first'],
  [
    { outcome: 'queued', rule: null, channel: 'push', until, deferred_by: ['quiet house'] },
    'sent',
    'queued by push, valid until 2026-03-09 08:00 UTC, then sent; it had waited because of quiet house',
  ],
  [{}, 'failed', 'failed'],
] as const)('%j, now %s, reads: %s', (decision, state, words) => {
  expect(decisionWords(decision, state)).toBe(words);
});
