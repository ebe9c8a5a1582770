/**
 * Environments: what differs when a command says `--env NAME`. Overlays of channels and allowed addresses are laid over resources
 * here; parameters were filled in when documents were read (`parameters.ts`); the store's address is for who opens stores. Pure.
 */
import { make } from '../diagnostics/codes.ts';
import { compareDiagnostics, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { suggest } from '../diagnostics/suggest.ts';
import { checkParameters, mapAt } from './parameters.ts';
import type { Path, Resource } from './project.ts';
import { validateDocument } from './validate.ts';

type Body = Readonly<Record<string, unknown>>;

export interface Applied {
  readonly resources: readonly Resource[];
  /** Of all environments, whichever is applied: each must be right before somebody needs it. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The resources as they are in the environment; null: as they stand. */
export function applyEnvironment(resources: readonly Resource[], name: string | null): Applied {
  const workspace = resources.find(({ kind }) => kind === 'workspace');
  if (workspace === undefined) return { resources, diagnostics: [] };
  const names = Object.keys(mapAt(workspace.body, ['environments']));
  const all = names.map((one) => ({ name: one, ...overlay(workspace, one, resources) }));
  const applied = all.find((one) => one.name === name);
  const diagnostics = [...checkParameters(workspace), ...all.flatMap((one) => one.diagnostics)];
  if (name !== null && applied === undefined) diagnostics.push(unknownEnvironment(workspace, name));
  return { resources: applied?.resources ?? resources, diagnostics: diagnostics.sort(compareDiagnostics) };
}

/** That the workspace has no such environment. */
export function unknownEnvironment(workspace: Pick<Resource, 'body' | 'locate'>, name: string): Diagnostic {
  const known = Object.keys(mapAt(workspace.body, ['environments']));
  const has = known.length === 0 ? 'It has none at all.' : `It has ${known.map((one) => `\`${one}\``).join(', ')}.`;
  const detail = `The workspace has no environment \`${name}\`, so it isn't known what differs there. ${has} Declare it under \`environments\`, or correct \`--env\`.`;
  const range = known.length === 0 ? workspace.locate(['id']) : workspace.locate(['environments'], 'key');
  return make('CMP260', { detail, range, suggestion: suggest(name, known) });
}

/** The reference to the secret that holds the address of the environment's store; null: it has none of its own. */
export function storeOf(workspace: Pick<Resource, 'body'>, name: string): string | null {
  const { url } = mapAt(workspace.body, ['environments', name, 'store']);
  return typeof url === 'string' ? url : null;
}

function overlay(workspace: Resource, name: string, resources: readonly Resource[]): Applied {
  const base = ['environments', name];
  const all = mapAt(workspace.body, base).channels === 'sandbox';
  const channels = mapAt(workspace.body, [...base, 'channels']);
  const diagnostics: Diagnostic[] = [];
  const patched = resources.map((resource) => {
    if (resource.kind === 'workspace') return withAllowed(resource, base);
    if (resource.kind !== 'channel') return resource;
    const path = [...base, 'channels', ...(all ? [] : [resource.id])];
    const isPatched = all ? isCaught(resource) : Object.hasOwn(channels, resource.id);
    if (!isPatched) return resource;
    const made = patchChannel(resource, { workspace, path, value: all ? 'sandbox' : channels[resource.id] });
    diagnostics.push(...made.diagnostics);
    return made.resource ?? resource;
  });
  const known = resources.flatMap(({ kind, id }) => (kind === 'channel' ? [id] : []));
  for (const id of Object.keys(channels)) {
    if (known.includes(id)) continue;
    const detail = `There is no channel \`${id}\`, so this would patch nothing. Declare a resource \`kind: channel\` with this id, or correct the name.`;
    const range = workspace.locate([...base, 'channels', id], 'key');
    diagnostics.push(make('CMP261', { detail, range, suggestion: suggest(id, known) }));
  }
  return { resources: patched, diagnostics };
}

function withAllowed(workspace: Resource, base: Path): Resource {
  const { allow } = mapAt(workspace.body, base);
  if (allow === undefined) return workspace;
  return {
    ...workspace,
    body: { ...workspace.body, allow },
    locate: (path, on) => workspace.locate(path[0] === 'allow' ? [...base, ...path] : path, on),
    sourceText: (path) => workspace.sourceText(path[0] === 'allow' ? [...base, ...path] : path),
  };
}

/** Where an overlay stands. */
interface Patch {
  readonly workspace: Resource;
  readonly path: Path;
  readonly value: unknown;
}

/** Calls are made by people of ours, and pages of ours show what is on them: both from this store, so there is nothing to catch. */
function isCaught({ body }: Resource): boolean {
  return body.type !== 'call-list' && body.type !== 'on-site';
}

/** A block belongs to the `via` of its name: another `via` puts it away. */
const blockOf: Readonly<Record<string, string>> = {
  smtp: 'smtp',
  twilio: 'twilio',
  firebase: 'firebase',
  webhook: 'webhook',
  log: 'log',
};

function patchChannel(
  channel: Resource,
  patch: Patch,
): { readonly resource: Resource | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const { value } = patch;
  const changes: Body = value === 'sandbox' ? { via: 'log' } : (value as Body);
  const body: Record<string, unknown> = { ...channel.body };
  if (changes.via !== undefined) {
    for (const [via, block] of Object.entries(blockOf)) if (via !== changes.via) delete body[block];
  }
  for (const [key, change] of Object.entries(changes)) body[key] = key === 'smtp' ? merged(body.smtp, change) : change;
  const spelled = (path: Path): string | undefined =>
    isPatched(changes, path)
      ? (patch.workspace.sourceText([...patch.path, ...path]) ?? (value === 'sandbox' ? 'log' : undefined))
      : channel.sourceText(path);
  const patched = { ...channel, body, sourceText: spelled };
  // The channel is right by itself, so whatever is wrong now is the overlay's doing.
  const inOverlay: Resource['locate'] = (path, on) =>
    isPatched(changes, path)
      ? patch.workspace.locate([...patch.path, ...path], on)
      : patch.workspace.locate(patch.path, 'key');
  const { resource, diagnostics } = validateDocument({ ...patched, index: 0, spellings: {}, locate: inOverlay });
  const locate: Resource['locate'] = (path, on) =>
    isPatched(changes, path) ? patch.workspace.locate([...patch.path, ...path], on) : channel.locate(path, on);
  return { resource: resource && { ...patched, locate }, diagnostics };
}

function merged(base: unknown, change: unknown): Body {
  return { ...(typeof base === 'object' ? base : {}), ...(change as Body) };
}

/** Whether the value at the path is the overlay's; of `smtp` only the keys that it says. */
function isPatched(changes: Body, path: Path): boolean {
  const [key, inner] = path;
  if (key === undefined || !Object.hasOwn(changes, key)) return false;
  return key !== 'smtp' || inner === undefined || Object.hasOwn(changes.smtp as Body, inner);
}
