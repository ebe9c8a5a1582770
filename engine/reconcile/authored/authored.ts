/**
 * Resources as a store holds them, back as documents of files. What names, comments and defaults were written with is gone: each default is
 * said. Whether a document compiles to the same again, the caller proves by compiling it (`written.ts`); nothing is promised here.
 */
import type { BundleResource, Metadata } from '../../compiler/ir.ts';
import { journey } from './journeys.ts';
import { loyalty } from './loyalty.ts';
import { channel, consent, country, destination, holdout, persona, pressure, template } from './messages.ts';
import { identity, schema, segment, source, trait, workspace } from './people.ts';
import { type AuthoredMap, lean, type Measures } from './words.ts';

export interface AuthoredDocument {
  /** Where it is proposed to stand: `segments/quiet.yaml`. */
  readonly file: string;
  /** `kind/id` of what it declares. */
  readonly declares: readonly string[];
  readonly document: AuthoredMap;
}

/** The documents, and the names of what has no form in files here. */
export function authoredDocuments(resources: readonly BundleResource[]): {
  readonly documents: readonly AuthoredDocument[];
  readonly unwritten: readonly string[];
} {
  const measures = measuresOf(resources);
  const declared = resources.filter(isOfSchema);
  const workspaceId = resources.find((one) => one.kind === 'workspace')?.id ?? 'workspace';
  const documents: AuthoredDocument[] = [...schemas(declared, workspaceId)];
  const unwritten: string[] = [];
  for (const resource of resources) {
    if (isOfSchema(resource)) continue;
    const name = `${resource.kind}/${resource.id}`;
    const body = tryBodyOf(resource, measures);
    if (body === undefined) unwritten.push(name);
    else if (body !== null) {
      const { kind, id } = resource;
      const document = lean({ kind, id, ...metadata(resource.meta), ...body });
      documents.push({ file: fileOf(kind, id), declares: [name], document });
    }
  }
  return { documents, unwritten };
}

function isOfSchema({ kind, body }: BundleResource): boolean {
  return kind === 'event' || kind === 'entity' || (kind === 'trait' && 'origin' in body && body.origin === 'sourced');
}

/** One document for all that share their title, owner and tags, since a schema has them once. */
function schemas(declared: readonly BundleResource[], workspaceId: string): readonly AuthoredDocument[] {
  const byMeta = new Map<string, BundleResource[]>();
  for (const one of declared) {
    const key = JSON.stringify(one.meta);
    byMeta.set(key, [...(byMeta.get(key) ?? []), one]);
  }
  return [...byMeta.values()].map((resources, index) => {
    const id = index === 0 ? workspaceId : `${workspaceId}-${index + 1}`;
    const document = { kind: 'schema', id, ...metadata(resources[0]?.meta ?? {}), ...schema(resources) };
    const declares = resources.map((one) => `${one.kind}/${one.id}`);
    return { file: `schema/${id}.yaml`, declares, document: lean(document) };
  });
}

/** What was typed into the database by hand may be no body at all, so whatever goes wrong here means: it has no form in files. */
function tryBodyOf(resource: BundleResource, measures: Measures): AuthoredMap | null | undefined {
  try {
    return bodyOf(resource, measures);
  } catch {
    return undefined;
  }
}

/** Null: the engine keeps it by itself · undefined: it has no form here. */
function bodyOf(resource: BundleResource, measures: Measures): AuthoredMap | null | undefined {
  switch (resource.kind) {
    case 'workspace':
      return workspace(resource.body);
    case 'trait':
      return trait(resource.body, measures);
    case 'source':
      return source(resource.body);
    case 'segment':
      return segment(resource.body, measures);
    case 'channel':
      return channel(resource.body);
    case 'template':
      return template(resource.body);
    case 'consent':
      return consent(resource.body);
    case 'pressure':
      return pressure(resource.body, measures);
    case 'journey':
      return journey(resource.body, measures);
    case 'country':
      return country(resource.body, measures);
    case 'persona':
      return persona(resource.body, measures);
    case 'holdout':
      return holdout(resource.body);
    case 'destination':
      return destination(resource.body);
    case 'identity':
      return identity(resource.body);
    case 'loyalty':
      return loyalty(resource.body, measures);
    default:
      return undefined;
  }
}

function measuresOf(resources: readonly BundleResource[]): Measures {
  const pairs = resources.flatMap((one): [string, string][] =>
    one.kind === 'event' && one.body.measure !== null ? [[one.id, one.body.measure.property]] : [],
  );
  return { of: new Map(pairs) };
}

function metadata({ title, description, owner, tags }: Metadata): AuthoredMap {
  return { title, description, owner, tags };
}

function fileOf(kind: string, id: string): string {
  if (kind === 'workspace') return 'parcours.yaml';
  const folder =
    kind === 'pressure' ? kind : kind === 'country' ? 'countries' : kind === 'identity' ? kind : `${kind}s`;
  return `${folder}/${id}.yaml`;
}
