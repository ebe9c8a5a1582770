/**
 * What checks of several resources together read: compiled resources with their documents, and how to read a document again. The
 * checks themselves are in `check-*.ts`.
 */
import type { BodyByKind, BundleKind } from '../ir.ts';
import { openSealed, type Sealed } from '../sealed.ts';
import { type Place, type Resolving, root } from './place.ts';

/** What was compiled of a document. Neither of the two is parsed before somebody reads it. */
export interface Written {
  readonly sealed: Sealed;
  readonly at: Resolving;
}

/** A compiled resource and its document. */
export interface Compiled<K extends BundleKind = BundleKind> {
  readonly id: string;
  readonly body: BodyByKind[K];
  readonly place: Place;
}

/** The compiled resources of a kind, in the order of the files. */
export type Across = <K extends BundleKind>(kind: K) => readonly Compiled<K>[];

/** Looks among these: the bodies of a kind are parsed when it is asked for. */
export function lookAcross(all: readonly Written[]): Across {
  return (kind) =>
    all
      .filter(({ sealed }) => sealed.kind === kind)
      .map(({ sealed, at }) => {
        return { id: sealed.id, body: openSealed(sealed).body as BodyByKind[typeof kind], place: root(at) };
      });
}

/** The same place for reading it again: what is wrong there has been said. */
export function again(place: Place): Place {
  return { ...place, at: { ...place.at, diagnostics: [], needs: new Set() } };
}
