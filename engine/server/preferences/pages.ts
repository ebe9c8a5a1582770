/** The pages of the preference centre, each a function of what stands and of the words of its reader. */
import type { PreferencesBody } from '../../compiler/ir.ts';
import type { Live } from '../live-bundle.ts';
import { type Brand, escaped, htmlPage } from './html.ts';
import { wordsIn } from './save-choices.ts';
import { answerOf, type Standing } from './standing.ts';
import { type PageWords, pageWords } from './words.ts';

export interface Reader {
  readonly live: Live;
  readonly locale: string;
  readonly zone: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface CentrePage extends Reader {
  readonly preferences: PreferencesBody;
  readonly standing: Standing;
  readonly via: string | null;
  /** The last part of the page's own address. */
  readonly token: string;
  /** What was just done, if anything. */
  readonly said: 'saved' | 'nothing' | null;
}

/** Types of channels by which people are never asked: they reach nobody, or call nobody. */
const unasked: ReadonlySet<string> = new Set(['log', 'webhook']);

/** Channels of a purpose that the page asks for. */
export function askedChannels(live: Live, purpose: string): readonly string[] {
  return (live.program.consents.get(purpose)?.channels ?? []).filter((channel) => !unasked.has(channel));
}

/** The values of the frequency that may be chosen, in the order of their trait. */
export function frequencyValues({ program }: Live): readonly string[] {
  const frequency = program.workspace.preferences?.frequency;
  if (frequency === undefined) return [];
  const body = program.traits.get(frequency.trait);
  const values = body?.origin === 'sourced' ? (body.values ?? []) : [];
  return values.filter((value) => Object.hasOwn(frequency.labels, value));
}

/** The locale that a person reads in: his own, its language, or the workspace's. */
export function readingLocale({ program }: Live, wanted: readonly (string | null)[]): string {
  const { locales, locale } = program.workspace;
  for (const one of wanted) {
    if (one === null || one === '') continue;
    const tag = one.replaceAll('_', '-');
    const language = tag.split('-', 1)[0];
    const found =
      locales.find((known) => known === tag) ??
      locales.find((known) => known === language) ??
      locales.find((known) => known.split('-', 1)[0] === language);
    if (found !== undefined) return found;
  }
  return locale;
}

export function centrePage(page: CentrePage): string {
  const { words } = pageWords(page.locale);
  const brand = brandOf(page.live);
  const said =
    page.said === null
      ? ''
      : `<p class="said" role="status" id="said" tabindex="-1">${escaped(page.said === 'saved' ? words.saved : words.nothingChanged)}</p>`;
  const main = `${said}<p>${escaped(words.intro(brand.name))}</p>
<form method="post" action="${escaped(page.token)}" accept-charset="utf-8">
${page.preferences.purposes.map(({ purpose, text }) => purposeField(page, purpose, wordsIn(text, page.locale))).join('\n')}
${frequencyField(page, words)}
${pauseField(page, words)}
${languageField(page, words)}
<button type="submit">${escaped(words.save)}</button>
</form>
<hr>
<form method="post" action="${escaped(page.token)}">
<input type="hidden" name="all" value="no">
<p id="stop-all-hint">${escaped(words.stopAllHint)}</p>
<button class="second" type="submit" aria-describedby="stop-all-hint">${escaped(words.stopAll)}</button>
</form>`;
  return framed(page, words.title, main);
}

function purposeField(page: CentrePage, purpose: string, text: string): string {
  const { live, standing, via } = page;
  const { words } = pageWords(page.locale);
  const body = live.program.consents.get(purpose);
  if (body === undefined) return '';
  const boxes = askedChannels(live, purpose).map((channel) => {
    const answer = answerOf(standing, purpose, body, channel);
    const name = escaped(`${purpose}/${channel}`);
    const hint = answer === 'pending' ? (via === channel ? words.pendingHere : words.pending) : null;
    const described = hint === null ? '' : ` aria-describedby="hint-${name}"`;
    const checked = answer === 'refused' ? '' : ' checked';
    const note = hint === null ? '' : `<span class="hint" id="hint-${name}">${escaped(hint)}</span>`;
    return `<input type="hidden" name="asked" value="${name}">
<label><input type="checkbox" name="allow" value="${name}"${checked}${described}><span>${escaped(channelWord(words, channel))}${note}</span></label>`;
  });
  return `<fieldset><legend>${escaped(text)}</legend>\n${boxes.join('\n')}\n</fieldset>`;
}

function frequencyField({ live, standing, locale, preferences }: CentrePage, words: PageWords): string {
  const values = frequencyValues(live);
  if (preferences.frequency === undefined || values.length === 0) return '';
  const { trait, labels } = preferences.frequency;
  const now = Object.hasOwn(standing.traits, trait) ? standing.traits[trait] : null;
  const choice = (value: string, label: string, isChosen: boolean): string =>
    `<label><input type="radio" name="frequency" value="${escaped(value)}"${isChosen ? ' checked' : ''}><span>${escaped(label)}</span></label>`;
  const known = values.map((value) => choice(value, wordsIn(labels[value] ?? {}, locale), value === now));
  const usual = choice('', words.asUsual, !values.some((value) => value === now));
  return `<fieldset><legend>${escaped(words.frequency)}</legend>\n${usual}\n${known.join('\n')}\n</fieldset>`;
}

function pauseField(page: CentrePage, words: PageWords): string {
  const { preferences, standing, now } = page;
  if (preferences.pause === undefined) return '';
  const isPaused = standing.pausedUntil !== null && standing.pausedUntil > now;
  const until = isPaused ? (standing.pausedUntil as number) : pauseEnd(preferences, now);
  return `<fieldset><legend>${escaped(words.pause)}</legend>
<input type="hidden" name="asked" value="pause">
<label><input type="checkbox" name="pause" value="yes"${isPaused ? ' checked' : ''} aria-describedby="hint-pause"><span>${escaped(words.pauseUntil(dayOf(page, until)))}<span class="hint" id="hint-pause">${escaped(words.pauseHint)}</span></span></label>
</fieldset>`;
}

/** When a pause that begins now is over. */
export function pauseEnd({ pause }: PreferencesBody, now: number): number {
  const end = new Date(now);
  end.setUTCMonth(end.getUTCMonth() + (pause?.months ?? 0));
  return end.getTime() + (pause?.days ?? 0) * 86_400_000 + (pause?.ms ?? 0);
}

function languageField({ live, locale }: CentrePage, words: PageWords): string {
  const { locales } = live.program.workspace;
  if (locales.length < 2) return '';
  const options = locales.map(
    (one) =>
      `<option value="${escaped(one)}" lang="${escaped(one)}"${one === locale ? ' selected' : ''}>${escaped(nameOfLanguage(one))}</option>`,
  );
  return `<p><label class="field" for="language">${escaped(words.language)}</label>
<select id="language" name="language">${options.join('')}</select></p>`;
}

/** In its own words, so that everybody finds his. */
function nameOfLanguage(locale: string): string {
  return new Intl.DisplayNames([locale], { type: 'language' }).of(locale) ?? locale;
}

/** A question with one button, or an answer. */
export function plainPage(
  reader: Reader,
  page: {
    readonly title: string;
    readonly text: string;
    readonly isStatus?: boolean;
    readonly button?: { readonly action: string; readonly label: string };
    readonly link?: { readonly href: string; readonly label: string };
  },
): string {
  const { title, text, isStatus = false, button, link } = page;
  const main = [
    isStatus ? `<p class="said" role="status">${escaped(text)}</p>` : `<p>${escaped(text)}</p>`,
    button &&
      `<form method="post" action="${escaped(button.action)}"><button type="submit" name="sure" value="yes">${escaped(button.label)}</button></form>`,
    link && `<p><a href="${escaped(link.href)}">${escaped(link.label)}</a></p>`,
  ].filter((part) => part !== undefined);
  return framed(reader, title, main.join('\n'));
}

/** What a purpose is called by its reader: the words of the page, the title of the document, or its id. */
export function purposeWord({ live, locale }: Reader, purpose: string): string {
  const text = live.program.workspace.preferences?.purposes.find((one) => one.purpose === purpose)?.text;
  if (text !== undefined) return wordsIn(text, locale);
  return live.bundle.resources.find(({ kind, id }) => kind === 'consent' && id === purpose)?.meta.title ?? purpose;
}

export function channelWord(words: PageWords, channel: string): string {
  return words.channel[channel] ?? words.otherChannel;
}

function framed(reader: Reader, title: string, main: string): string {
  const { words, language } = pageWords(reader.locale);
  return htmlPage({ language, title, brand: brandOf(reader.live), main, privacy: words.privacy });
}

export function brandOf({ program, bundle }: Live): Brand {
  const { name, color, logo, privacy } = program.workspace.preferences ?? {};
  const workspace = bundle.resources.find(({ kind }) => kind === 'workspace');
  return {
    name: name ?? workspace?.meta.title ?? workspace?.id ?? '',
    color: color ?? null,
    logo: logo ?? null,
    privacy: privacy ?? null,
  };
}

function dayOf({ locale, zone }: Reader, at: number): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: zone }).format(at);
}
