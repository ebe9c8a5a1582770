/**
 * One document to what it compiles to: its kind's resolver, of which there is one file a kind in `resolve/`, then sealed. What several
 * documents together have wrong is `compile.ts`'s.
 */
import type { Resource, ResourceKind } from '../config/project.ts';
import { asSet, compareText } from './canonical.ts';
import type { CompiledDocument } from './compile-memo.ts';
import type { BodyByKind, Metadata } from './ir.ts';
import { resolveChannel } from './resolve/channel.ts';
import { resolveConsent } from './resolve/consent.ts';
import { resolveCountry } from './resolve/country.ts';
import { resolveDestination } from './resolve/destination.ts';
import { resolveGuardrails } from './resolve/guardrails.ts';
import { resolveHoldout } from './resolve/holdout.ts';
import { resolveIdentity } from './resolve/identity.ts';
import { resolveJourney } from './resolve/journey.ts';
import { resolveLoyalty } from './resolve/loyalty.ts';
import { movedOf } from './resolve/moved.ts';
import { resolvePersona } from './resolve/persona.ts';
import { type Resolving, root } from './resolve/place.ts';
import { resolveTest } from './resolve/play.ts';
import { resolveLinks } from './resolve/preferences.ts';
import { resolvePressure } from './resolve/pressure.ts';
import { checkSecrets } from './resolve/secrets.ts';
import { resolveSegment } from './resolve/segment.ts';
import { resolveSource } from './resolve/source.ts';
import { resolveTemplate } from './resolve/template.ts';
import { resolveTrait } from './resolve/trait.ts';
import { type Sealed, seal } from './sealed.ts';

/** Resolvers of the kinds whose documents become one resource each. `schema` is unpacked by `declareNames`. */
const resolvers: { readonly [K in Exclude<ResourceKind, 'schema' | 'workspace'>]: (at: Resolving) => BodyByKind[K] } = {
  source: resolveSource,
  trait: resolveTrait,
  segment: resolveSegment,
  channel: resolveChannel,
  template: resolveTemplate,
  consent: resolveConsent,
  pressure: resolvePressure,
  journey: resolveJourney,
  test: resolveTest,
  destination: resolveDestination,
  persona: resolvePersona,
  holdout: resolveHoldout,
  identity: resolveIdentity,
  country: resolveCountry,
  loyalty: resolveLoyalty,
};

/** The compiled document; what is wrong in it and what it needs is written to `at`, too. */
export function compileDocument(at: Resolving): CompiledDocument {
  const before = at.diagnostics.length;
  checkSecrets(root(at));
  const sealed = compileResource(at);
  return { sealed, needs: [...at.needs], diagnostics: at.diagnostics.slice(before) };
}

function compileResource(at: Resolving): Sealed | null {
  const { kind, id } = at.resource;
  if (kind === 'schema') return null;
  // The workspace was resolved first, as all others are read with it.
  const body =
    kind === 'workspace'
      ? { ...at.names.workspace, ...resolveGuardrails(at), ...resolveLinks(at) }
      : resolvers[kind](at);
  const needs = [...at.needs].filter((name) => name !== `${kind}/${id}`).sort(compareText);
  return seal(kind, { id, body, meta: { ...metadataOf(at.resource), ...movedOf(at) }, needs });
}

function metadataOf(resource: Resource): Metadata {
  const { title, description, owner, tags } = resource.body;
  return {
    ...(typeof description === 'string' && { description }),
    ...(typeof owner === 'string' && { owner }),
    ...(Array.isArray(tags) && { tags: asSet(tags.map(String)) }),
    ...(typeof title === 'string' && { title }),
  };
}
