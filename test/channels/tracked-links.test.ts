/** What is added to mails: links that tell of clicks, the picture, headers and proof; and who is a program. */
import { describe, expect, test } from 'vitest';
import { completedMail, linksOf } from '../../engine/activation/dispatch/links.ts';
import { isProven, proofOf } from '../../engine/channels/message-proof.ts';
import { linkMakerOf } from '../../engine/channels/person-links.ts';
import { isMachine, readTrackingLink, trackedHtml } from '../../engine/channels/tracked-links.ts';
import { outgoing } from './messages.ts';

const at = Date.parse('2026-03-01T10:00:00Z');
const config = {
  baseUrl: 'https://hello.shop.example',
  keys: [`\${secret.KEY}`],
  validFor: { months: 12, days: 0, ms: 0 },
};
const secret = (name: string) => (name === 'KEY' ? 'a key that is long enough' : undefined);
const maker = linkMakerOf(config, secret);
const tracked = (html: string, change = {}) =>
  trackedHtml(html, maker, { opens: true, clicks: true, token: '17-4211', at, ...change });
const wordsIn = (html: string, path: string) =>
  [...html.matchAll(new RegExp(`https://hello\\.shop\\.example${path}([A-Za-z0-9_-]+)`, 'g'))].map(
    ([, word]) => word ?? '',
  );

describe('links of a mail', () => {
  test('lead over us to where they led, however they are written', () => {
    const html = tracked(`<a href="https://a.example/?x=1&amp;y=2">a</a><A class='b' HREF='http://b.example'>b</A>`);
    expect(html).not.toMatch(/a\.example|b\.example/);
    const read = wordsIn(html, '/c/').map((word) => readTrackingLink(maker.keys, 'click', word, at));
    expect(read).toEqual([
      { token: '17-4211', sentAt: at, url: 'https://a.example/?x=1&y=2', isOver: false },
      { token: '17-4211', sentAt: at, url: 'http://b.example', isOver: false },
    ]);
  });

  test('stay as they are to ourselves, to no page, and where the mail says so', () => {
    const html = [
      '<a href="https://hello.shop.example/unsubscribe/x">u</a>',
      '<a href="mailto:help@shop.example">m</a>',
      '<a data-no-track href="https://a.example">n</a>',
      `<a href="https://a.example/${'x'.repeat(2_000)}">long</a>`,
    ].join('');
    expect(tracked(html, { opens: false })).toBe(html);
    expect(tracked('<a href="https://a.example">a</a>', { opens: false, clicks: false })).toContain(
      'https://a.example',
    );
  });

  test('are none of ours when they were changed, are of another use, or say something else', () => {
    const [word = ''] = wordsIn(tracked('<a href="https://a.example">a</a>'), '/c/');
    expect(readTrackingLink(maker.keys, 'open', word, at)).toBeNull();
    expect(readTrackingLink(maker.keys, 'click', `${word.slice(0, -1)}_`, at)).toBeNull();
    expect(readTrackingLink(maker.keys, 'click', word, at + 400 * 86_400_000)).toMatchObject({ isOver: true });
  });

  test('and the picture stands at the end of the body', () => {
    expect(tracked('<body><p>x</p></body></html>')).toMatch(
      /^<body><p>x<\/p><img src="[^"]+\/o\/[A-Za-z0-9_-]+"[^>]*><\/body>/,
    );
    expect(tracked('<p>x</p>')).toMatch(/^<p>x<\/p><img /);
  });
});

describe('a program', () => {
  const visit = { method: 'GET', userAgent: 'Mozilla/5.0 (X11) Firefox/140.0', purpose: '', sinceSentMs: 60_000 };

  test.each([
    ['that only asks', { method: 'HEAD' }],
    ['that looks ahead', { purpose: 'prefetch' }],
    ['that is faster than people', { sinceSentMs: 500 }],
    ['of Apple, which loads all pictures', { userAgent: 'Mozilla/5.0' }],
    ['without a name', { userAgent: '' }],
    ['that scans', { userAgent: 'BarracudaCentral/1.0' }],
    ['of a script', { userAgent: 'python-requests/2.32' }],
  ])('%s is told from people', (_name, change) => {
    expect(isMachine({ ...visit, ...change })).toBe(true);
  });

  test('people are none, also behind a proxy for pictures', () => {
    expect(isMachine(visit)).toBe(false);
    const proxy = 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)';
    expect(isMachine({ ...visit, userAgent: proxy })).toBe(false);
  });
});

describe('a mail that is completed', () => {
  const linked = { token: '17-4211', profileId: 9, channelType: 'email', purpose: 'marketing', at };
  const all = { isLeft: true, opens: true, clicks: true };
  const links = linksOf(config, secret);
  const mail = outgoing({ html: '<a href="https://a.example">a</a>' });

  test('has its proof, and a way to leave unless its purpose is a contract', () => {
    const made = completedMail(mail, links, linked, all);
    expect(made.headers?.['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click');
    expect(made.proof).toBe(proofOf(maker.keys, '17-4211'));
    expect(completedMail(mail, links, linked, { ...all, isLeft: false }).headers).toBeUndefined();
  });

  test('stays as it is where the workspace signs no links, and says which key is missing', () => {
    expect(completedMail(mail, linksOf(undefined, secret), linked, all)).toBe(mail);
    expect(linksOf(config, () => undefined)).toEqual({ kind: 'unready', reason: 'secret KEY is not set' });
    expect(linksOf(config, () => 'short')).toMatchObject({ kind: 'unready' });
  });

  test('is proven by any of the keys, and by nothing else', () => {
    const older = linkMakerOf({ ...config, keys: [`\${secret.OLD}`] }, () => 'another key, long enough');
    const both = [...maker.keys, ...older.keys];
    expect(isProven(both, '17-4211', proofOf(older.keys, '17-4211'))).toBe(true);
    expect(isProven(both, '17-4212', proofOf(older.keys, '17-4211'))).toBe(false);
    expect(isProven(both, '17-4211', '')).toBe(false);
  });
});
