/** What the bundle says about facts: their events, traits, entities and the workspace's defaults. Read by whoever maps facts. */
import type { Bundle, EntityBody, EventBody, IdentityBody, TraitBody, WorkspaceBody } from '../compiler/ir.ts';

export interface Declarations {
  readonly workspace: WorkspaceBody;
  readonly events: ReadonlyMap<string, EventBody>;
  readonly traits: ReadonlyMap<string, TraitBody>;
  readonly entities: ReadonlyMap<string, EntityBody>;
  /** Absent or null: no document says who is one person. */
  readonly identity?: IdentityBody | null;
  /** Traits that are addresses of devices: more follows from a fact about them than its record. */
  readonly devices?: ReadonlySet<string>;
}

/** The declarations of a bundle. Null when it has no workspace, which no applied bundle lacks. */
export function declarationsOf(bundle: Bundle): Declarations | null {
  let workspace: WorkspaceBody | null = null;
  const events = new Map<string, EventBody>();
  const traits = new Map<string, TraitBody>();
  const entities = new Map<string, EntityBody>();
  let identity: IdentityBody | null = null;
  const devices = new Set<string>();
  for (const resource of bundle.resources) {
    if (resource.kind === 'workspace') workspace = resource.body;
    if (resource.kind === 'event') events.set(resource.id, resource.body);
    if (resource.kind === 'trait') traits.set(resource.id, resource.body);
    if (resource.kind === 'identity') identity = resource.body;
    if (resource.kind === 'channel' && resource.body.type === 'push' && resource.body.address !== null) {
      devices.add(resource.body.address);
    }
    if (resource.kind === 'entity') entities.set(resource.id, resource.body);
  }
  return workspace && { workspace, events, traits, entities, identity, devices };
}
