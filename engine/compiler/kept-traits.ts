/**
 * Traits that the engine keeps of everybody by itself, for workspaces that read them: `last_seen_at`, as the definition that nobody
 * writes. What others have (zone, addresses, first_seen_at) is told by facts.
 */
import { builtInEvents } from './built-ins.ts';
import { asSet } from './canonical.ts';
import type { BundleResource, TraitBody } from './ir.ts';

const lastSeenAt = 'last_seen_at';

/** The kept traits that something reads and no schema declares (then a source sends them), with their definitions. */
export function keptTraits(
  resources: readonly BundleResource[],
): readonly { readonly name: string; readonly body: Extract<TraitBody, { readonly origin: 'computed' }> }[] {
  const isDeclared = resources.some(({ kind, id }) => kind === 'trait' && id === lastSeenAt);
  if (isDeclared || !resources.some((one) => reads(one, lastSeenAt))) return [];
  return [{ name: lastSeenAt, body: lastSeen(resources) }];
}

/** The definition of a kept trait, whoever reads it; undefined for other names. */
export function keptTrait(resources: readonly BundleResource[], name: string): TraitBody | undefined {
  return name === lastSeenAt ? lastSeen(resources) : undefined;
}

/** Events of sources: what we tell ourselves (a message was sent) isn't what the person did. */
function lastSeen(resources: readonly BundleResource[]) {
  const types = asSet(resources.flatMap(({ kind, id }) => (kind === 'event' && !builtInEvents.has(id) ? [id] : [])));
  const events = { types, where: [], window: { kind: 'ever' } } as const;
  return { origin: 'computed', type: 'datetime', definition: { kind: 'last_seen', events } } as const;
}

function reads({ kind, body }: BundleResource, trait: string): boolean {
  // Templates are texts: one that only mentions the name makes it kept, too.
  return kind === 'template' ? JSON.stringify(body).includes(trait) : namesTrait(body, trait);
}

/** Definitions that name the trait that they read `of`. */
const readsOf: ReadonlySet<unknown> = new Set(['bands', 'quantile', 'shares']);

/** Whether the name stands under `trait` anywhere in a body, or where computed traits are made of it. */
function namesTrait(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { trait, kind, of, traits } = value as Readonly<Record<string, unknown>>;
  const isMadeOf = kind === 'coalesce' && Array.isArray(traits) && traits.includes(name);
  if (trait === name || isMadeOf || (readsOf.has(kind) && of === name)) return true;
  return Object.values(value).some((one) => namesTrait(one, name));
}
