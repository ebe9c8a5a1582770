/**
 * A memo for tests that compile a project again and again with little changed: what was compiled among the same names is not compiled
 * again. That a memo changes nothing but time is shown by `test/config/cache.test.ts`.
 */
import type { CompiledDocument, CompileMemo } from '../../engine/compiler/compile-memo.ts';
import type { Names } from '../../engine/compiler/names.ts';
import type { Resource } from '../../engine/config/project.ts';

/** Knows resources by themselves, so an unchanged file must keep its resources. Remembers one set of names, the first. */
export function namesMemo(): CompileMemo {
  const known = new WeakMap<Resource, CompiledDocument>();
  let first: string | undefined;
  return {
    among(names) {
      const text = textOfNames(names);
      first ??= text;
      const isKnown = first === text;
      return {
        recall: (resource) => (isKnown ? known.get(resource) : undefined),
        knows: (resource) => isKnown && known.has(resource),
        keep(resource, compiled) {
          if (isKnown) known.set(resource, compiled);
        },
      };
    },
    save() {},
  };
}

/** Names are plain data. Their order counts, since of two near names the first is suggested. */
function textOfNames(names: Names): string {
  return JSON.stringify(names, (_key, value: unknown) =>
    value instanceof Map || value instanceof Set ? { [value.constructor.name]: [...value] } : value,
  );
}
