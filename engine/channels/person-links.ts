/**
 * The links that a message carries about its person: to his preferences, to leave a purpose, to confirm a consent. Here is what stands in
 * them and how they are written as addresses; `parcours serve` answers them. No address holds anything that tells of a person.
 */
import { resolveSecrets, type SecretLookup, SecretMissing } from './secrets.ts';
import { type LinkBody, type LinkKeys, type LinkUse, linkKeysOf, readLink, signLink } from './signed-link.ts';

/** Structurally the compiled `links` of a workspace. */
export interface LinkConfig {
  readonly baseUrl: string;
  /** `${secret.NAME}` references; the first signs. */
  readonly keys: readonly string[];
  readonly validFor: { readonly months: number; readonly days: number; readonly ms: number };
}

export interface LinkMaker {
  readonly baseUrl: string;
  readonly keys: LinkKeys;
  readonly validFor: LinkConfig['validFor'];
}

/** Paths of `parcours serve`, before the word of the link. */
export const linkPaths = { preferences: '/preferences/', unsubscribe: '/unsubscribe/', confirm: '/confirm/' } as const;
export type PersonLinkUse = keyof typeof linkPaths;

/** How long somebody may take to confirm a consent. */
const confirmDaysMax = 30;
const dayMs = 86_400_000;

export interface PersonLink {
  /** Number of the profile; who was merged since is found by his tombstone. */
  readonly profileId: number;
  /** The type of channel by which the link reached him, which he therefore has in hand; null: not known. */
  readonly via: string | null;
  /** Purpose of the consent that the link is about; null in links to all preferences. */
  readonly purpose: string | null;
  /** Of the message that carried it, `<lane>-<number>`; null: none of ours. */
  readonly message: string | null;
}

/**
 * What makes links of a workspace. An earlier key that is set no more is left out. Errors: `SecretMissing` where the first key isn't set,
 * `RangeError` where one is too short.
 */
export function linkMakerOf(config: LinkConfig, secret: SecretLookup): LinkMaker {
  const secrets = config.keys.flatMap((reference, at) => {
    try {
      return [resolveSecrets(reference, secret)];
    } catch (error) {
      if (error instanceof SecretMissing && at > 0) return [];
      throw error;
    }
  });
  return { baseUrl: config.baseUrl, keys: linkKeysOf(secrets), validFor: config.validFor };
}

/** The address; `at` (milliseconds since the epoch) is from when its time is counted. */
export function personUrl(maker: LinkMaker, use: PersonLinkUse, link: PersonLink, at: number): string {
  const { profileId, via, purpose, message } = link;
  const body: LinkBody = [profileId, via, purpose, message];
  const until = linkEnd(maker, at);
  const expiresAt = use === 'confirm' ? Math.min(until, at + confirmDaysMax * dayMs) : until;
  return `${maker.baseUrl}${linkPaths[use]}${signLink(maker.keys, { use, expiresAt, body })}`;
}

/** When a link made at that time is over: calendar months, then days. */
export function linkEnd({ validFor }: Pick<LinkMaker, 'validFor'>, at: number): number {
  const date = new Date(at);
  date.setUTCMonth(date.getUTCMonth() + validFor.months);
  return date.getTime() + validFor.days * dayMs + validFor.ms;
}

export type ReadPersonLink =
  | { readonly kind: 'valid' | 'expired'; readonly link: PersonLink; readonly expiresAt: number }
  | { readonly kind: 'forged' };

/** Reads the word of a link. Never throws. */
export function readPersonLink(keys: LinkKeys, use: PersonLinkUse, token: string, now: number): ReadPersonLink {
  const read = readLink(keys, use satisfies LinkUse, token, now);
  if (read.kind === 'forged') return read;
  const link = linkIn(read.body);
  return link === null ? { kind: 'forged' } : { kind: read.kind, link, expiresAt: read.expiresAt };
}

/** Null: a link of another version of the program. */
function linkIn(body: LinkBody): PersonLink | null {
  if (!Array.isArray(body)) return null;
  const [profileId, via, purpose, message] = body as readonly unknown[];
  const isText = (value: unknown): value is string | null => value === null || typeof value === 'string';
  if (!Number.isSafeInteger(profileId) || !isText(via) || !isText(purpose) || !isText(message)) return null;
  return { profileId: profileId as number, via, purpose, message };
}
