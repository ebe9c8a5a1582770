/**
 * The preference centre, unsubscribing and confirming, by links of messages. A GET changes nothing, whoever follows the link (mailboxes do,
 * too); a POST needs no cookie. What a page says is in `preferences/`. A link is the only key: it is never logged, kept or passed on.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type LinkMaker,
  linkMakerOf,
  linkPaths,
  type PersonLink,
  type PersonLinkUse,
  personUrl,
  readPersonLink,
} from '../../channels/person-links.ts';
import { SecretMissing } from '../../channels/secrets.ts';
import type { Live } from '../live-bundle.ts';
import {
  askedChannels,
  centrePage,
  channelWord,
  frequencyValues,
  pauseEnd,
  plainPage,
  purposeWord,
  type Reader,
  readingLocale,
} from '../preferences/pages.ts';
import { type Choices, choicesFact, type SavedBy, saveFact } from '../preferences/save-choices.ts';
import { answerOf, readStanding, type Standing, saidOf } from '../preferences/standing.ts';
import { pageWords } from '../preferences/words.ts';
import type { ServeContext } from '../serve-context.ts';
import { ServeError } from '../serve-error.ts';

/** A page has few fields; whoever sends more is no page of ours. */
const formBytesMax = 16 * 1024;

interface Linked {
  readonly Params: { readonly token: string };
  readonly Querystring: { readonly saved?: string };
  readonly Body: Form | undefined;
}

interface Form {
  readonly fields: URLSearchParams;
  readonly isOneClick: boolean;
}

/** A link that holds, and whose it is. */
interface Visit extends Reader {
  readonly maker: LinkMaker;
  readonly link: PersonLink;
  readonly standing: Standing;
  readonly token: string;
}

type Request = FastifyRequest<Linked>;
type Answer = (visit: Visit, request: Request, reply: FastifyReply) => Promise<string | null> | string;

export function addPreferenceRoutes(app: FastifyInstance, context: ServeContext): void {
  readForms(app);
  const makers = new WeakMap<Live, LinkMaker>();
  const route = (method: 'GET' | 'POST', use: PersonLinkUse, summary: string, answer: Answer): void => {
    app.route<Linked>({
      ...{ method, url: `${linkPaths[use]}:token`, bodyLimit: formBytesMax },
      schema: { summary, tags: ['preferences'] },
      handler: async (request, reply) => {
        const visit = await visitOf(context, makers, use, request);
        void reply.headers(headersOf(visit.live)).type('text/html; charset=utf-8');
        if ('refusal' in visit) return reply.status(visit.status).send(visit.refusal);
        const html = await answer(visit, request, reply);
        return html === null ? reply : reply.send(html);
      },
    });
  };
  route('GET', 'preferences', 'What a person may choose, as it stands.', showCentre);
  route('POST', 'preferences', 'Saves what a person chose.', (visit, request, reply) =>
    saveCentre(context, visit, request, reply),
  );
  route('GET', 'unsubscribe', 'Asks whether a person really wants to leave; changes nothing.', askUnsubscribe);
  route('POST', 'unsubscribe', 'Unsubscribes at once, also by one click of a mailbox (RFC 8058).', (visit, request) =>
    unsubscribe(context, visit, request),
  );
  route('GET', 'confirm', 'Asks whether a consent is meant; changes nothing.', askConfirm);
  route('POST', 'confirm', 'Confirms a consent (double opt-in).', (visit) => confirm(context, visit));
}

/** Forms as browsers and mailboxes send them. Nothing of any other body is read: what it asks for is said by the address. */
function readForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    const fields = new URLSearchParams(String(body));
    done(null, { fields, isOneClick: fields.get('List-Unsubscribe') === 'One-Click' });
  });
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    // RFC 8058 lets mailboxes send multipart/form-data, too.
    const isOneClick = /name="?List-Unsubscribe"?[\s\S]{0,200}?\r?\n\r?\nOne-Click/i.test(String(body));
    done(null, { fields: new URLSearchParams(), isOneClick });
  });
}

type Refused = { readonly refusal: string; readonly status: number; readonly live: Live };

async function visitOf(
  context: ServeContext,
  makers: WeakMap<Live, LinkMaker>,
  use: PersonLinkUse,
  request: Request,
): Promise<Visit | Refused> {
  const live = await context.live.read();
  const links = live?.program.workspace.links;
  const isOffered = use !== 'preferences' || live?.program.workspace.preferences !== undefined;
  if (live === null || links === undefined || !isOffered) {
    throw new ServeError(404, 'not_found', 'There is nothing here. /docs tells what there is.');
  }
  const maker = makers.get(live) ?? makerOf(links, context);
  makers.set(live, maker);
  const now = context.clock.now().getTime();
  const { token } = request.params;
  const read = readPersonLink(maker.keys, use, token, now);
  const asked = preferredLanguages(request.headers['accept-language']);
  const stranger: Reader = {
    ...{ live, now, zone: live.program.workspace.zone },
    locale: readingLocale(live, asked),
  };
  if (read.kind !== 'valid') return refused(stranger, read.kind);
  const standing = await context.sessions.run((session) => readStanding(session, read.link.profileId));
  if (standing === null) return refused(stranger, 'gone');
  const locale = readingLocale(live, [standing.locale, ...asked]);
  return { ...stranger, locale, zone: standing.zone ?? stranger.zone, maker, link: read.link, standing, token };
}

function makerOf(links: Parameters<typeof linkMakerOf>[0], { secrets }: ServeContext): LinkMaker {
  try {
    return linkMakerOf(links, secrets);
  } catch (error) {
    if (!(error instanceof SecretMissing) && !(error instanceof RangeError)) throw error;
    throw new ServeError(503, 'links_without_key', 'Links cannot be read: a key of the workspace is not set.', {
      cause: error,
    });
  }
}

function refused(reader: Reader, why: 'forged' | 'expired' | 'gone'): Refused {
  const { words } = pageWords(reader.locale);
  const refusal = plainPage(reader, { title: words.badTitle, text: words[why], isStatus: true });
  return { refusal, status: why === 'forged' ? 404 : 410, live: reader.live };
}

/** Languages that a browser asks for, most wanted first. */
function preferredLanguages(header: string | undefined): readonly string[] {
  return (header ?? '')
    .slice(0, 200)
    .split(',')
    .map((part) => part.split(';', 1)[0]?.trim() ?? '');
}

/** Nothing of the page is kept, framed, sent on or run; its address is told to nobody. */
function headersOf({ program }: Live): Readonly<Record<string, string>> {
  const logo = program.workspace.preferences?.logo;
  const images = logo === undefined ? '' : ` img-src ${new URL(logo).origin};`;
  return {
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex',
    'content-security-policy': `default-src 'none'; style-src 'unsafe-inline';${images} form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  };
}

function showCentre(visit: Visit, request: Request): string {
  const { saved } = request.query;
  const said = saved === 'yes' ? 'saved' : saved === 'no' ? 'nothing' : null;
  return centrePage({ ...visit, preferences: preferencesOf(visit), via: visit.link.via, said });
}

async function saveCentre(
  context: ServeContext,
  visit: Visit,
  request: Request,
  reply: FastifyReply,
): Promise<string | null> {
  const fields = request.body?.fields ?? new URLSearchParams();
  const isSaved = await save(context, visit, choicesIn(fields, visit), 'page');
  // Relative, so that it holds behind whatever path the server stands.
  void reply
    .status(303)
    .header('location', `${visit.token}?saved=${isSaved ? 'yes' : 'no'}#said`)
    .send();
  return null;
}

/** What the form says of what the page asked; a field of no page of ours says nothing. */
function choicesIn(fields: URLSearchParams, visit: Visit): Choices {
  const { live, standing, now } = visit;
  const preferences = preferencesOf(visit);
  const all = preferences.purposes.flatMap(({ purpose }) =>
    askedChannels(live, purpose).map((channel) => ({ purpose, channel, name: `${purpose}/${channel}` })),
  );
  if (fields.get('all') === 'no') return { consents: all.map((one) => ({ ...one, allowed: false })) };
  const asked = new Set(fields.getAll('asked'));
  const allowed = new Set(fields.getAll('allow'));
  const language = fields.get('language');
  const frequency = fields.get('frequency');
  const trait = preferences.frequency?.trait ?? '';
  const known = frequencyValues(live);
  const rhythm = known.find((value) => value === standing.traits[trait]) ?? '';
  const isPaused = standing.pausedUntil !== null && standing.pausedUntil > now;
  const pauses = fields.get('pause') === 'yes';
  return {
    consents: all.filter(({ name }) => asked.has(name)).map((one) => ({ ...one, allowed: allowed.has(one.name) })),
    ...(language !== null &&
      language !== visit.locale &&
      live.program.workspace.locales.includes(language) && { locale: language }),
    ...(frequency !== null &&
      frequency !== rhythm &&
      (frequency === '' || known.includes(frequency)) && { frequency: frequency === '' ? null : frequency }),
    ...(asked.has('pause') &&
      preferences.pause !== undefined &&
      pauses !== isPaused && { pausedUntil: pauses ? pauseEnd(preferences, now) : null }),
  };
}

/** Tells the person's lane; false when nothing is new. */
async function save(context: ServeContext, visit: Visit, choices: Choices, by: SavedBy): Promise<boolean> {
  const { live, standing, locale, now } = visit;
  const fact = choicesFact(choices, { live, standing, locale, now, by, via: visit.link.via });
  if (fact === null) return false;
  await context.sessions.run((session) => saveFact(session, standing, fact));
  return true;
}

function askUnsubscribe(visit: Visit): string {
  const { words } = pageWords(visit.locale);
  const about = namesOf(visit);
  if (isLeft(visit)) return left(visit);
  return plainPage(visit, {
    ...{ title: words.unsubscribeTitle, text: words.unsubscribeAsk(...about) },
    button: { action: visit.token, label: words.unsubscribeDo },
  });
}

/** Any POST by a link that holds does it, whatever its body: leaving is never made hard. */
async function unsubscribe(context: ServeContext, visit: Visit, request: Request): Promise<string> {
  const by = request.body?.isOneClick === true ? 'one-click' : 'unsubscribe';
  await save(context, visit, { consents: leaves(visit) }, by);
  return left(visit);
}

function left(visit: Visit): string {
  const { words } = pageWords(visit.locale);
  return plainPage(visit, {
    ...{ title: words.unsubscribeTitle, text: words.unsubscribed(...namesOf(visit)), isStatus: true },
    ...toCentre(visit),
  });
}

/** What a link to unsubscribe is about: its purpose, on the type of channel by which it came or on all. */
function leaves({ live, link }: Visit): NonNullable<Choices['consents']> {
  const purpose = link.purpose ?? '';
  const all = live.program.consents.get(purpose)?.channels ?? [];
  const channels = link.via !== null ? [link.via] : all.filter((channel) => channel !== 'log');
  return channels.map((channel) => ({ purpose, channel, allowed: false }));
}

function isLeft(visit: Visit): boolean {
  return leaves(visit).every(({ purpose, channel }) => saidOf(visit.standing, purpose, channel).denied);
}

/** How a consent that waits for its confirmation stands. */
function pendingState({ live, link, standing }: Visit): 'open' | 'confirmed' | 'refused' {
  const { purpose, via } = link;
  const body = live.program.consents.get(purpose ?? '');
  if (body === undefined || purpose === null || via === null || saidOf(standing, purpose, via).denied) return 'refused';
  const isConfirmed = saidOf(standing, purpose, via).confirmed && answerOf(standing, purpose, body, via) === 'allowed';
  return isConfirmed ? 'confirmed' : 'open';
}

function askConfirm(visit: Visit): string {
  const { words } = pageWords(visit.locale);
  if (pendingState(visit) !== 'open') return confirmedOrNot(visit);
  return plainPage(visit, {
    ...{ title: words.confirmTitle, text: words.confirmAsk(...namesOf(visit)) },
    button: { action: visit.token, label: words.confirmDo },
  });
}

/** What was refused since stays refused: a link of before brings nothing back. */
async function confirm(context: ServeContext, visit: Visit): Promise<string> {
  const { purpose, via } = visit.link;
  if (pendingState(visit) !== 'open' || purpose === null || via === null) return confirmedOrNot(visit);
  await save(context, visit, { consents: [{ purpose, channel: via, allowed: true }] }, 'confirm');
  return confirmedOrNot(visit, 'confirmed');
}

function confirmedOrNot(visit: Visit, state = pendingState(visit)): string {
  const { words } = pageWords(visit.locale);
  const [what, channel] = namesOf(visit);
  return plainPage(visit, {
    title: words.confirmTitle,
    text: state === 'confirmed' ? words.confirmed(what, channel) : words.refusedMeanwhile(what),
    isStatus: true,
    ...toCentre(visit),
  });
}

function namesOf(visit: Visit): readonly [string, string] {
  const { words } = pageWords(visit.locale);
  const { purpose, via } = visit.link;
  const types = via === null ? leaves(visit).map(({ channel }) => channel) : [via];
  return [purposeWord(visit, purpose ?? ''), types.map((type) => channelWord(words, type)).join(', ')];
}

/** The way to the preference centre, where there is one; relative, as the page is. */
function toCentre(visit: Visit): { readonly link?: { readonly href: string; readonly label: string } } {
  if (visit.live.program.workspace.preferences === undefined) return {};
  const url = personUrl({ ...visit.maker, baseUrl: '..' }, 'preferences', { ...visit.link, purpose: null }, visit.now);
  return { link: { href: url, label: pageWords(visit.locale).words.toPreferences } };
}

function preferencesOf({ live }: Visit) {
  const { preferences } = live.program.workspace;
  if (preferences === undefined) throw new Error('assertion failed: a visit to the preference centre has one');
  return preferences;
}
