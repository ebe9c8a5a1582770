/** What may be wrong with a rendered message: too long, links that lead nowhere, files that aren't there. Asks no address. */
import { type Attachments, AttachmentUnusable, attachmentBytesMax } from '../../channels/attachments.ts';
import { decodeEntities } from '../../channels/text-of-html.ts';
import { measureSms } from '../../compiler/sms-segments.ts';

export interface Note {
  /** `error`: it wouldn't arrive as it should · `warning`: look at it. */
  readonly severity: 'error' | 'warning';
  readonly text: string;
}

export interface Words {
  readonly subject?: string;
  readonly title?: string;
  readonly text?: string;
  readonly html?: string;
  readonly attachments?: readonly { readonly file: string; readonly name: string }[];
}

/** Beyond this Gmail shows the beginning and a link to the rest. */
const clippedBytes = 102_000;
const subjectCharactersMax = 78;
const pushTitleMax = 65;
const pushTextMax = 240;
const whatsappTextMax = 1_024;
const segmentsMax = 3;

/** What to look at, the errors first. */
export async function checkWords(channelType: string, words: Words, files: Attachments): Promise<readonly Note[]> {
  const notes: Note[] = [];
  const warn = (text: string) => notes.push({ severity: 'warning', text });
  const fail = (text: string) => notes.push({ severity: 'error', text });
  const { subject = '', title = '', text = '', html } = words;
  if (channelType === 'email') {
    if (subject === '') fail('The subject is empty.');
    if (characters(subject) > subjectCharactersMax)
      warn(`The subject has ${characters(subject)} characters; inboxes show about 60.`);
    const bytes = Buffer.byteLength(html ?? '');
    if (bytes > clippedBytes)
      warn(`The HTML has ${kilobytes(bytes)} kB; Gmail cuts mails off after ${kilobytes(clippedBytes)} kB.`);
    for (const problem of faultsOfHtml(html ?? '')) notes.push(problem);
    await checkAttachments(words, files, fail);
  }
  if (channelType === 'sms') {
    const { segments, encoding } = measureSms(text);
    if (segments > segmentsMax) warn(`It takes ${segments} SMS (${encoding}), and each is paid for.`);
  }
  if (channelType === 'push') {
    if (characters(title) > pushTitleMax)
      warn(`The title has ${characters(title)} characters; phones show about ${pushTitleMax}.`);
    if (characters(text) > pushTextMax)
      warn(`The text has ${characters(text)} characters; phones show about ${pushTextMax}.`);
  }
  if (channelType === 'whatsapp' && characters(text) > whatsappTextMax) {
    fail(`The text has ${characters(text)} characters, and WhatsApp takes ${whatsappTextMax}.`);
  }
  if (text === '' && html === undefined && title === '') fail('There are no words in it.');
  return notes.sort((a, b) => (a.severity < b.severity ? -1 : a.severity > b.severity ? 1 : 0));
}

async function checkAttachments(
  { attachments = [] }: Words,
  files: Attachments,
  fail: (text: string) => void,
): Promise<void> {
  let bytes = 0;
  for (const { file } of attachments) {
    try {
      bytes += (await files.read(file)).length;
    } catch (error) {
      if (!(error instanceof AttachmentUnusable)) throw error;
      fail(`The ${error.message}.`);
    }
  }
  if (bytes > attachmentBytesMax)
    fail(`The attachments have ${kilobytes(bytes)} kB together, and ${kilobytes(attachmentBytesMax)} go.`);
}

function faultsOfHtml(html: string): readonly Note[] {
  const links = [...html.matchAll(/<a\b[^>]*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)].map(([, double, single]) =>
    decodeEntities(double ?? single ?? '').trim(),
  );
  const notes = [...new Set(links)].flatMap(faultOfLink);
  const images = html.match(/<img\b[^>]*>/gi) ?? [];
  const bare = images.filter((image) => !/\balt\s*=/i.test(image)).length;
  if (bare > 0)
    notes.push({
      severity: 'warning',
      text: `${bare} ${bare === 1 ? 'picture has' : 'pictures have'} no \`alt\`: who sees none reads nothing.`,
    });
  if (/<script\b/i.test(html))
    notes.push({ severity: 'error', text: 'It has a script: mail programs run none, and filters hold it back.' });
  return notes;
}

function faultOfLink(link: string): readonly Note[] {
  const named = link === '' ? 'A link' : `The link \`${link.slice(0, 100)}\``;
  if (link === '' || link === '#') return [{ severity: 'error', text: `${named} leads nowhere.` }];
  if (/^(mailto|tel|sms):/i.test(link)) return [];
  if (/^javascript:/i.test(link))
    return [{ severity: 'error', text: `${named} is a script: mail programs follow none.` }];
  if (!/^https?:\/\//i.test(link))
    return [{ severity: 'error', text: `${named} has no \`https://\`: in a mail it leads nowhere.` }];
  if (!URL.canParse(link)) return [{ severity: 'error', text: `${named} is no address.` }];
  const { protocol, hostname } = new URL(link);
  if (/^(localhost|127\.|10\.|192\.168\.)/.test(hostname))
    return [{ severity: 'error', text: `${named} leads to a machine that nobody outside reaches.` }];
  return protocol === 'http:' ? [{ severity: 'warning', text: `${named} is not encrypted: write \`https\`.` }] : [];
}

function characters(text: string): number {
  return [...text].length;
}

function kilobytes(bytes: number): string {
  return Math.round(bytes / 1_000).toLocaleString('en');
}
