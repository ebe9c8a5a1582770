/** Countries linked for running: whom each is about, and by which traits that is told. */
import type { CountryBody } from './ir.ts';
import { readersOf } from './readers.ts';

export interface LinkedCountry {
  readonly id: string;
  readonly body: CountryBody;
  /** Traits by which people belong to it. */
  readonly traits: ReadonlySet<string>;
}

export function linkCountry(id: string, body: CountryBody): LinkedCountry {
  return { id, body, traits: readersOf(body.where).traits };
}
