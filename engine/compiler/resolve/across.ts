/**
 * What checks of several resources together read: compiled resources with their documents, and how to read a document again. The
 * checks themselves are in `check-*.ts`.
 */
import type { BodyByKind, BundleKind } from '../ir.ts';
import type { Place } from './place.ts';

/** A compiled resource and its document. */
export interface Compiled<K extends BundleKind = BundleKind> {
  readonly id: string;
  readonly body: BodyByKind[K];
  readonly place: Place;
}

/** The compiled resources of a kind, in the order of the files. */
export type Across = <K extends BundleKind>(kind: K) => readonly Compiled<K>[];

/** The same place for reading it again: what is wrong there has been said. */
export function again(place: Place): Place {
  return { ...place, at: { ...place.at, diagnostics: [], needs: new Set() } };
}
