/**
 * The compiled language: what a bundle holds, canonical and typed. Plain JSON, read-only, without source positions and
 * without SQL: `resolve/` makes it from a Project, `link.ts` makes statements of it, workers read it back from the store.
 * Two spellings of the same meaning give the same value here, hence the same digest.
 */

import type { JourneyBody } from './ir/journeys.ts';
import type { ChannelBody, ConsentBody, PressureBody, TemplateBody } from './ir/pressure.ts';
import type {
  EntityBody,
  EventBody,
  IdentityBody,
  SegmentBody,
  SourceBody,
  TraitBody,
  WorkspaceBody,
} from './ir/profiles.ts';
import type { CountryBody, DestinationBody, HoldoutBody, LoyaltyBody, PersonaBody, TestBody } from './ir/programmes.ts';

export type * from './ir/conditions.ts';
export type * from './ir/earning.ts';
export type * from './ir/guardrails.ts';
export type * from './ir/journeys.ts';
export type * from './ir/mail.ts';
export type * from './ir/placed.ts';
export type * from './ir/pressure.ts';
export type * from './ir/profiles.ts';
export type * from './ir/programmes.ts';
export type * from './ir/providers.ts';
export type * from './ir/values.ts';

/** What a bundle can hold, by kind. `event`, `entity` and sourced `trait` are unpacked from `schema` documents. */
export interface BodyByKind {
  readonly workspace: WorkspaceBody;
  readonly event: EventBody;
  readonly trait: TraitBody;
  readonly source: SourceBody;
  readonly segment: SegmentBody;
  readonly channel: ChannelBody;
  readonly template: TemplateBody;
  readonly consent: ConsentBody;
  readonly pressure: PressureBody;
  readonly journey: JourneyBody;
  readonly entity: EntityBody;
  readonly country: CountryBody;
  readonly persona: PersonaBody;
  readonly holdout: HoldoutBody;
  readonly identity: IdentityBody;
  readonly destination: DestinationBody;
  readonly loyalty: LoyaltyBody;
  readonly test: TestBody;
}
export type BundleKind = keyof BodyByKind;

/** What doesn't change behaviour, kept apart from the digest of the body. */
export interface Metadata {
  readonly title?: string;
  readonly description?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
  /** The id that it had (`moved:`): its people and what is known of them come with it. */
  readonly moved?: string;
  /** Of journeys: by the id of a step, the one that it had. */
  readonly movedSteps?: Readonly<Record<string, string>>;
  /** Of journeys: that people on their way stay with their steps was said, and isn't only the default. */
  readonly pins?: true;
}

export type BundleResource = {
  readonly [K in BundleKind]: {
    readonly kind: K;
    readonly id: string;
    /** SHA-256 of the canonical body, hex. */
    readonly digest: string;
    readonly body: BodyByKind[K];
    readonly meta: Metadata;
    /** `kind/id` of what the body references, sorted. */
    readonly needs: readonly string[];
  };
}[BundleKind];

/** The compiled project, sorted by kind then id. The digest covers bodies and metadata. */
export interface Bundle {
  readonly digest: string;
  readonly resources: readonly BundleResource[];
}
