/** How erased people are known again without being known: a keyed hash of each of their identifiers. */
import { createHmac } from 'node:crypto';
import type { Session } from '../../store/session.ts';
import type { Identifier } from '../identified-fact.ts';
import { findErased, isAnybodyErased, readSalt } from './queries.ts';

/** Hex. The salt is the store's own: without it nobody can find out whether a known address is among them. */
export function erasedHash(salt: string, { type, value }: Identifier): string {
  return createHmac('sha256', salt).update(`${type}\n${value.trim().toLowerCase()}`).digest('hex');
}

/** Those of the identifiers that are of people who were erased, as `key` names them. */
export async function erasedAmong(
  session: Session,
  identifiers: ReadonlyMap<string, Identifier>,
): Promise<ReadonlySet<string>> {
  if (identifiers.size === 0 || !(await isAnybodyErased(session))) return new Set();
  const salt = await readSalt(session);
  const byHash = new Map([...identifiers].map(([key, one]) => [erasedHash(salt, one), key]));
  const found = await findErased(session, [...byHash.keys()]);
  return new Set([...found].flatMap((hash) => byHash.get(hash) ?? []));
}
