/** What the bundle says about facts: their events, traits, entities and the workspace's defaults. Read by whoever maps facts. */
import type {
  Bundle,
  Condition,
  EntityBody,
  EventBody,
  IdentityBody,
  TraitBody,
  WorkspaceBody,
} from '../compiler/ir.ts';
import { cleanCountry } from './cleaning/codes.ts';
import type { PhoneRules } from './cleaning/phone.ts';

export interface Declarations {
  readonly workspace: WorkspaceBody;
  readonly events: ReadonlyMap<string, EventBody>;
  readonly traits: ReadonlyMap<string, TraitBody>;
  readonly entities: ReadonlyMap<string, EntityBody>;
  /** Absent or null: no document says who is one person. */
  readonly identity?: IdentityBody | null;
  /** Traits that are addresses of devices: more follows from a fact about them than its record. */
  readonly devices?: ReadonlySet<string>;
  /** How countries write their telephone numbers, by their two letters of ISO 3166. */
  readonly phones?: ReadonlyMap<string, PhoneRules>;
}

/** The declarations of a bundle. Null when it has no workspace, which no applied bundle lacks. */
export function declarationsOf(bundle: Bundle): Declarations | null {
  let workspace: WorkspaceBody | null = null;
  const events = new Map<string, EventBody>();
  const traits = new Map<string, TraitBody>();
  const entities = new Map<string, EntityBody>();
  let identity: IdentityBody | null = null;
  const devices = new Set<string>();
  const phones = new Map<string, PhoneRules>();
  for (const resource of bundle.resources) {
    if (resource.kind === 'workspace') workspace = resource.body;
    if (resource.kind === 'event') events.set(resource.id, resource.body);
    if (resource.kind === 'trait') traits.set(resource.id, resource.body);
    if (resource.kind === 'identity') identity = resource.body;
    if (resource.kind === 'channel' && resource.body.type === 'push' && resource.body.address !== null) {
      devices.add(resource.body.address);
    }
    if (resource.kind === 'country' && resource.body.phone !== null) {
      for (const code of codesOf(resource.id, resource.body.where)) phones.set(code, resource.body.phone);
    }
    if (resource.kind === 'entity') entities.set(resource.id, resource.body);
  }
  return workspace && { workspace, events, traits, entities, identity, devices, phones };
}

/** The codes of a country: those that its condition names, else its id. */
function codesOf(id: string, where: Condition): readonly string[] {
  const values =
    where.kind !== 'trait'
      ? []
      : where.test.op === 'is'
        ? [where.test.value]
        : where.test.op === 'in'
          ? where.test.values
          : [];
  const named = values.flatMap((value) => (typeof value === 'string' ? (cleanCountry(value) ?? []) : []));
  return named.length > 0 ? named : [id.toUpperCase()];
}
