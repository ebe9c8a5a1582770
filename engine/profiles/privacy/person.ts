/** One person as all tables know him: his profiles, and by what he is named. */
import type { Session } from '../../store/session.ts';
import type { Identifier } from '../identified-fact.ts';
import { selectIdentifiersOf, selectMergedInto } from '../identity/queries.ts';
import { selectRowsOf } from './queries.ts';

export interface WholePerson {
  /** Who he is. */
  readonly profileId: number;
  /** All numbers that he ever had, his own first. */
  readonly ids: readonly number[];
  /** Also addresses that traits tell. */
  readonly identifiers: readonly Identifier[];
}

/** Traits whose values name somebody, and the types of identifiers that they are. */
const addressTraits: ReadonlySet<string> = new Set(['email', 'phone', 'push_token']);

export async function wholePerson(session: Session, profileId: number): Promise<WholePerson> {
  const merged = await selectMergedInto(session, profileId);
  const ids = [profileId, ...merged.map((row) => row.profile_id)];
  const named = await selectIdentifiersOf(session, ids);
  const told = (await selectRowsOf(session, 'trait_value', ids)) as readonly {
    readonly trait: string;
    readonly value: unknown;
  }[];
  const addresses = told.flatMap(({ trait, value }) =>
    addressTraits.has(trait) && typeof value === 'string' && value !== '' ? [{ type: trait, value }] : [],
  );
  const all = [...named.map(({ type, value }) => ({ type, value })), ...addresses];
  return { profileId, ids, identifiers: [...new Map(all.map((one) => [`${one.type}\0${one.value}`, one])).values()] };
}

/** Shorter ones stand in texts by chance. */
const tellingCharsMin = 6;

/** The texts by which rows are searched for him, in lower case. Numbers and short codes would find others. */
export function tellingTexts({ identifiers }: WholePerson): readonly string[] {
  const texts = identifiers.map(({ value }) => value.trim().toLowerCase());
  return [...new Set(texts)].filter((text) => text.length >= tellingCharsMin && !/^\d{1,7}$/.test(text));
}
