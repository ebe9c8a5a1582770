/** Bundles made by hand for tests of planning: bodies as compiled, digests of their text. */
import { createHash } from 'node:crypto';
import type { BodyByKind, Bundle, BundleKind, BundleResource, Metadata } from '../../engine/compiler/ir.ts';

/** One resource; its digest follows its body. */
export function resource<K extends BundleKind>(
  kind: K,
  id: string,
  body: BodyByKind[K],
  more: { readonly needs?: readonly string[]; readonly meta?: Metadata } = {},
): BundleResource {
  const digest = sha(body);
  return { kind, id, digest, body, meta: more.meta ?? {}, needs: more.needs ?? [] } as BundleResource;
}

/** A bundle of the resources and a workspace. */
export function bundleOf(resources: readonly BundleResource[], workspace = 'shop'): Bundle {
  const all = [resource('workspace', workspace, workspaceBody), ...resources].sort((a, b) =>
    `${a.kind}/${a.id}` < `${b.kind}/${b.id}` ? -1 : 1,
  );
  return { digest: sha(all.map(({ kind, id, digest, meta }) => [kind, id, digest, meta])), resources: all };
}

export const workspaceBody: BodyByKind['workspace'] = {
  zone: 'UTC',
  currency: 'EUR',
  locale: 'en',
  locales: ['en'],
  weekStarts: 'mon',
  triggerMaxAge: days(2),
};

export function days(count: number) {
  return { months: 0, days: count, ms: 0 };
}

/** People of a country: `{ trait: country, is: … }`. */
export function ofCountry(country: string) {
  return { kind: 'trait', trait: 'country', type: 'text', test: { op: 'is', value: country } } as const;
}

/** The declaration of the trait that `ofCountry` reads. */
export const countryTrait = resource('trait', 'country', { origin: 'sourced', type: 'text', values: null, ignore: [] });

export function segment(id: string, country: string, meta: Metadata = {}): BundleResource {
  return resource('segment', id, { where: ofCountry(country) }, { needs: ['trait/country'], meta });
}

type Steps = BodyByKind['journey']['steps'];

/** A journey that greets who enters the segment. */
export function journey(id: string, segmentId: string, more: Partial<BodyByKind['journey']> = {}): BundleResource {
  const body: BodyByKind['journey'] = {
    status: 'live',
    objective: 'engagement',
    purpose: 'marketing',
    priority: 50,
    entry: {
      triggers: [{ kind: 'enters', segment: segmentId }],
      if: null,
      currentMembers: 'enter',
      reentry: { kind: 'never' },
    },
    goal: null,
    exits: [],
    steps: [wait('rest', 7)],
    inFlight: 'pin',
    ...more,
  };
  return resource('journey', id, body, { needs: [`segment/${segmentId}`] });
}

export function wait(id: string, dayCount: number): Steps[number] {
  return {
    id,
    after: null,
    at: null,
    if: null,
    do: { kind: 'wait', duration: days(dayCount) },
    // biome-ignore lint/suspicious/noThenProperty: a step's word, never awaited
    then: [],
    otherwise: [],
  };
}

function sha(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
