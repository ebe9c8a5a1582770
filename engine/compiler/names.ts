/**
 * The names that resources may reference, with what a reader of the name must know of it (types, forms, channel types). Made
 * once for a project by `resolve/declare.ts`, read through `references.ts`.
 */
import type { ChannelType, ConsentBody, EventBody, ValueType, WorkspaceBody } from './ir.ts';

export interface TraitName {
  readonly type: ValueType;
  /** Of an enum. */
  readonly values: readonly string[] | null;
  readonly origin: 'built-in' | 'sourced' | 'computed';
}

/** What a template asks of the send that uses it. */
export interface TemplateName {
  /** Channel types that have a form, or `any`. */
  readonly forms: ReadonlySet<string>;
  /** Names it reads from `with` and from `entry`. */
  readonly withNames: ReadonlySet<string>;
  readonly entryProperties: ReadonlySet<string>;
}

export interface Names {
  readonly workspace: WorkspaceBody;
  readonly events: ReadonlyMap<string, EventBody>;
  readonly traits: ReadonlyMap<string, TraitName>;
  readonly segments: ReadonlySet<string>;
  readonly journeys: ReadonlySet<string>;
  readonly channels: ReadonlyMap<string, ChannelType>;
  readonly consents: ReadonlyMap<string, ConsentBody>;
  readonly templates: ReadonlyMap<string, TemplateName>;
}
