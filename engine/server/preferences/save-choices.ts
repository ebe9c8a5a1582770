/**
 * What somebody chose, as a fact for his lane: consents with their proof, language, rhythm, pause, and the event `preferences_saved`. Only
 * what he changed is told. One fact is one transaction, so half a page is never saved.
 */
import { hash } from 'node:crypto';
import { pauseTrait } from '../../compiler/built-ins.ts';
import type { Value, Words } from '../../compiler/ir.ts';
import type { Fact } from '../../profiles/fact.ts';
import { appendFacts, notifyInbox } from '../../profiles/queries.ts';
import type { OwnSession } from '../../store/session.ts';
import type { Live } from '../live-bundle.ts';
import { answerOf, type Standing, saidOf } from './standing.ts';

/** The source of these facts. */
export const preferenceSource = 'preference-centre';

/** `one-click`: by the mailbox, without a page (RFC 8058). */
export type SavedBy = 'page' | 'unsubscribe' | 'one-click' | 'confirm';

/** What changes; what is absent stays. */
export interface Choices {
  readonly consents?: readonly { readonly purpose: string; readonly channel: string; readonly allowed: boolean }[];
  readonly locale?: string;
  /** A value of the trait of the frequency; null: as usual. */
  readonly frequency?: string | null;
  /** Until when, in milliseconds since the epoch; null: no more. */
  readonly pausedUntil?: number | null;
}

export interface Saving {
  readonly live: Live;
  readonly standing: Standing;
  /** The type of channel by which his link reached him. */
  readonly via: string | null;
  readonly by: SavedBy;
  /** In which he read what he chose. */
  readonly locale: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The fact that tells the choices, or null when they change nothing. Pure. */
export function choicesFact(choices: Choices, saving: Saving): Fact | null {
  const { live, standing, now, by } = saving;
  const consents = consentsOf(choices.consents ?? [], saving);
  const frequency = live.program.workspace.preferences?.frequency?.trait;
  const traits: Record<string, Value | null> = {
    ...(choices.locale !== undefined && { locale: choices.locale }),
    ...(choices.frequency !== undefined && frequency !== undefined && { [frequency]: choices.frequency }),
    ...(choices.pausedUntil !== undefined && { [pauseTrait]: choices.pausedUntil }),
  };
  if (consents.length === 0 && Object.keys(traits).length === 0) return null;
  // It stands over what was said before, whatever the clocks of hosts say.
  const before = consents.flatMap(({ purpose, channel }) => standing.statements.get(`${purpose} ${channel}`) ?? []);
  const at = Math.max(now, ...before.map(({ since }) => since));
  const named = (state: 'yes' | 'no') =>
    consents.filter((one) => (one.state === 'denied') === (state === 'no')).map(nameOf);
  return {
    ...{ at, received: at, source: preferenceSource, trigger: true },
    event: {
      ...{ type: 'preferences_saved', value: null, unit: null },
      properties: {
        by,
        granted: named('yes'),
        denied: named('no'),
        ...(choices.locale !== undefined && { language: choices.locale }),
        ...(choices.frequency != null && { frequency: choices.frequency }),
        ...(choices.pausedUntil != null && { paused_until: choices.pausedUntil }),
      },
    },
    ...(Object.keys(traits).length > 0 && { traits }),
    ...(consents.length > 0 && { consents }),
  };
}

/** Appends the fact to the inbox of the person's lane. Durable when it returns. */
export async function saveFact(session: OwnSession, standing: Standing, fact: Fact): Promise<void> {
  await appendFacts(session, {
    places: [{ lane: standing.lane, profileId: standing.profileId }],
    classes: [1],
    visibleAt: [fact.received],
    bodies: [JSON.stringify(fact)],
  });
  await notifyInbox(session);
}

type Consents = NonNullable<Fact['consents']>;

function nameOf({ purpose, channel }: Consents[number]): string {
  return `${purpose}/${channel}`;
}

function consentsOf(asked: NonNullable<Choices['consents']>, saving: Saving): Consents {
  const { live, standing } = saving;
  const changed = asked.filter(({ purpose, channel, allowed }) => {
    const body = live.program.consents.get(purpose);
    if (body === undefined) return !allowed;
    const answer = answerOf(standing, purpose, body, channel);
    // A no is said once, and a page that shows no and keeps it says nothing. A yes that waits may be said again, by a link that confirms it.
    if (!allowed) return !saidOf(standing, purpose, channel).denied && (saving.by !== 'page' || answer !== 'refused');
    const isWanting =
      answer === 'pending' || (saving.by === 'confirm' && !saidOf(standing, purpose, channel).confirmed);
    return answer === 'refused' || (isWanting && saving.via === channel);
  });
  return [...changed.map((one) => statementOf(one, saving)), ...liftedRefusals(changed, saving)];
}

/**
 * Where all channels of a purpose were refused in one word, a yes to one of them changes nothing, since a no counts. The word is taken
 * back, and each channel that isn't allowed now is refused by itself.
 */
function liftedRefusals(changed: NonNullable<Choices['consents']>, saving: Saving): Consents {
  const { live, standing } = saving;
  const purposes = new Set(changed.filter(({ allowed }) => allowed).map(({ purpose }) => purpose));
  return [...purposes].flatMap((purpose) => {
    if (standing.statements.get(`${purpose} *`)?.state !== 'denied') return [];
    const others = (live.program.consents.get(purpose)?.channels ?? []).filter(
      (channel) => !changed.some((one) => one.purpose === purpose && one.channel === channel),
    );
    const proof = proofOf(purpose, saving);
    return [
      { purpose, channel: '*', state: 'granted' as const, proof },
      ...others.map((channel) => ({ purpose, channel, state: 'denied' as const, proof })),
    ];
  });
}

/** Who follows a link that was sent to an address has that address in hand: his yes is confirmed there. */
function statementOf(
  { purpose, channel, allowed }: NonNullable<Choices['consents']>[number],
  saving: Saving,
): Consents[number] {
  const state = !allowed ? 'denied' : saving.via === channel ? 'confirmed' : 'granted';
  return { purpose, channel, state, proof: proofOf(purpose, saving) };
}

/** How it was said and under which words: by revision, language and a digest of the words, which the revision holds. */
function proofOf(purpose: string, { live, by, locale }: Saving): string {
  const text = textOf(live, purpose);
  const words = text === undefined ? '' : ` words ${locale} ${textVersion(wordsIn(text, locale))}`;
  return `${by}, revision ${live.revision},${words || ' no words'}`;
}

export function textOf({ program }: Live, purpose: string): Words | undefined {
  return program.workspace.preferences?.purposes.find((one) => one.purpose === purpose)?.text;
}

/** The words of the locale, its language, or whichever come first. */
export function wordsIn(words: Words, locale: string): string {
  const language = locale.split('-', 1)[0] ?? locale;
  return words[locale] ?? words[language] ?? Object.values(words)[0] ?? '';
}

/** Twelve characters by which a text is known again. */
export function textVersion(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 12);
}
