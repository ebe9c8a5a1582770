/** A set of personas linked for running: the trait it is kept under and what can change it. The choice itself is in `measure/`. */
import type { PersonaBody } from './ir.ts';
import { type Readers, readersOf } from './readers.ts';
import { personaTrait } from './scopes.ts';

export interface LinkedPersonas {
  readonly id: string;
  readonly digest: string;
  /** `persona/ID`: the trait that holds the id of a person's persona, or null where nobody is named. */
  readonly trait: string;
  readonly body: PersonaBody;
  /** Scores, and what `fresh` reads. */
  readonly readers: Readers;
}

export function linkPersonas(id: string, digest: string, body: PersonaBody): LinkedPersonas {
  const readers = readersOf(body.fresh ?? { kind: 'all', of: [] });
  const scores = body.personas.map(({ score }) => score);
  return {
    id,
    digest,
    trait: personaTrait(id),
    body,
    readers: { ...readers, traits: new Set([...readers.traits, ...scores]) },
  };
}
