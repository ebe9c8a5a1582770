/** Why a message left, waits or never will, in words, from the decision that was stored with it. */
import { formatTime, oneLine } from './style.ts';

/** The parts of a stored decision that have words; older decisions may lack any of them. */
interface Decision {
  readonly outcome?: unknown;
  readonly rule?: unknown;
  readonly channel?: unknown;
  readonly count?: unknown;
  readonly max?: unknown;
  readonly window?: unknown;
  /** Scheduled messages of a higher priority for which a cap keeps its room. */
  readonly kept?: unknown;
  readonly until?: unknown;
  /** The rules that made it wait before. */
  readonly deferred_by?: unknown;
}

/** Such as `suppressed by cap house/weekly: 3 of 3 in 7d`. `state` is what became of the message since. */
export function decisionWords(decision: Decision, state: string): string {
  const outcome = typeof decision.outcome === 'string' ? decision.outcome : state;
  const by = decision.channel && typeof decision.channel === 'string' ? ` by ${decision.channel}` : '';
  const words = `${outcome}${outcome === 'queued' ? by : ''}${ruleWords(decision)}${numberWords(decision)}`;
  const until = typeof decision.until === 'number' ? untilWords(outcome, decision.until) : '';
  const since = state === outcome || outcome !== 'queued' ? '' : `, then ${state}`;
  return oneLine(`${words}${until}${since}${delayWords(decision)}`);
}

function ruleWords({ rule }: Decision): string {
  if (typeof rule !== 'string' || rule === '') return '';
  const [kind = '', name = ''] = rule.split(' ');
  switch (kind) {
    case 'cap':
    case 'mute':
      return ` by ${kind} ${name}`;
    case 'quiet':
      return ` by the quiet hours of ${name}`;
    case 'contact_hours':
      return ` by the contact hours of ${name}`;
    case 'desk_hours':
      return ` by the hours of desk ${name}`;
    case 'no-consent':
      return `: no consent for ${name}`;
    case 'bad-number':
      return `: what stands for ${name} is no telephone number of the country`;
    case 'not-mobile':
      return `: no mobile number for ${name}`;
    case 'register':
      return `: the number stands in register ${name}`;
    case 'no-register':
      return `: register ${name} was never imported, so the number can't be looked up`;
    case 'no-provider':
      return `: channel ${name} has no provider`;
    case 'no-address':
      return `: no address for ${name}`;
    case 'suppressed-address':
      return `: the address${name === '' ? '' : ` for ${name}`} was rejected before`;
    case 'expired':
      return ': its validity ended first';
    default:
      return `: ${rule}`;
  }
}

function delayWords({ deferred_by: rules }: Decision): string {
  return Array.isArray(rules) && rules.length > 0 ? `; it had waited because of ${rules.join(', ')}` : '';
}

function numberWords({ count, max, window, kept }: Decision): string {
  if (typeof count !== 'number' || typeof max !== 'number') return '';
  const span = typeof window === 'string' ? ` in ${windowWords(window)}` : '';
  const ahead = typeof kept === 'number' ? `, and ${kept} kept for what is scheduled with a higher priority` : '';
  return `: ${count} of ${max}${span}${ahead}`;
}

/** `7d` as `7 days`, `calendar day` as `the calendar day`. */
function windowWords(window: string): string {
  if (window.startsWith('calendar ')) return `the ${window}`;
  return window.replace(/^(\d+)d$/, (_, count) => (count === '1' ? '1 day' : `${count} days`));
}

function untilWords(outcome: string, until: number): string {
  if (outcome === 'deferred') return `, looked at again ${formatTime(until)}`;
  if (outcome === 'suppressed') return `, room again from ${formatTime(until)}`;
  return outcome === 'queued' ? `, valid until ${formatTime(until)}` : '';
}
