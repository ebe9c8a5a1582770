/**
 * Identifiers as people type them at a terminal: cleaned as those of rows are, so that who is stored as +33612345678 answers to 06 12 34 56 78.
 * Nobody says where such a person lives: every country that a source names is tried. Who has them is found by `find-profile.ts`.
 */
import type { BundleResource, CleanRule } from '../compiler/ir.ts';
import { clean } from './cleaning/clean.ts';
import { cleanCountry } from './cleaning/codes.ts';
import { declarationsOf } from './declarations.ts';
import type { Identifier } from './identified-fact.ts';

export interface TypedNames {
  /** What may be meant, as it is stored: each identifier once. `type`: null where only a value was typed. */
  meant(type: string | null, text: string): readonly Identifier[];
}

/** By the rules of a revision. */
export function typedNames(resources: readonly BundleResource[]): TypedNames {
  const declared = declarationsOf({ digest: '', resources });
  const rules = declared?.identity?.clean ?? {};
  const countries = countriesOf(resources, declared?.workspace.locale ?? '');
  const phones = declared?.phones;
  return {
    meant(type, text) {
      const types = Object.keys(rules).filter((one) => type === null || one === type);
      const found = types.flatMap((one) =>
        valuesOf(rules[one] as CleanRule, text).map((value) => ({ type: one, value })),
      );
      return [...new Map(found.map((one) => [`${one.type}\0${one.value}`, one])).values()];
    },
  };

  function valuesOf(rule: CleanRule, text: string): readonly string[] {
    const values = countries.map((country) => clean(rule, text, { country, ...(phones && { phones }) }));
    return values.filter((value) => value !== null);
  }
}

/** None first, then those of the sources, then that of the workspace's locale. */
function countriesOf(resources: readonly BundleResource[], locale: string): readonly (string | null)[] {
  const ofSources = resources.flatMap((one) => (one.kind === 'source' ? (one.body.country ?? []) : []));
  const ofLocale = /[-_]([A-Za-z]{2})$/.exec(locale)?.[1];
  return [...new Set([null, ...ofSources, ofLocale === undefined ? null : cleanCountry(ofLocale)])];
}
