/** Whether an address of the web may stand in a file: what is sent there is about people. Where it leads is looked at when it is called. */
import { fault, type Place, textOf } from './place.ts';

const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The message never repeats the address: it may hold a token. */
export function checkUrl(place: Place): void {
  const text = textOf(place);
  if (text.includes(`\${secret.`)) return;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    fault(
      place,
      'CMP217',
      'This is no address of the web. Write one such as `https://crm.shop.example/alerts`, or a reference to a secret.',
    );
  } else if (url.protocol === 'http:' && !loopback.has(url.hostname)) {
    fault(
      place,
      'CMP217',
      'By `http` everybody on the way can read what is sent about people. Write `https`; only an address of this machine may do without.',
    );
  } else if (url.username !== '' || url.password !== '') {
    fault(
      place,
      'CMP217',
      'The address holds a name or a password, which everybody who reads the file would know. Write the whole address as a reference to a secret.',
    );
  }
}
