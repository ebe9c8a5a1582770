/**
 * What a guardrail finds, and when it counts: an excepted finding counts after its exception's last day, so that the compiler needs
 * no clock. Plain JSON: findings can be cached with the bundle.
 */
import type { Path, Resource } from '../../config/project.ts';
import { compareDiagnostics, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { dayOfInstant } from '../instants.ts';
import type { BundleResource, Guardrail } from '../ir.ts';

export interface Finding {
  readonly diagnostic: Diagnostic;
  /** Counts on days after this one (days since 1970-01-01, in the zone of the workspace); null: always. */
  readonly after: number | null;
}

/** A guardrail that is broken, before exceptions are looked at. */
export interface Violation {
  /** `kind/id` of the resource that breaks it. */
  readonly resource: string;
  readonly code: 'CMP240' | 'CMP241' | 'CMP242' | 'CMP243';
  readonly detail: string;
  /** Where in the resource's document. */
  readonly path: Path;
}

/** What a rule is checked against. */
export interface Watched {
  /** All that the bundle holds. */
  readonly resources: readonly BundleResource[];
  /** Those that the guardrail is about. */
  readonly covered: readonly BundleResource[];
  readonly guardrail: Guardrail;
  /** The document of a resource by `kind/id`; undefined for what is unpacked from schemas. */
  document(name: string): Resource | undefined;
}

/** The findings that count at the time (milliseconds since the epoch) in the zone, in their one order. */
export function findingsAt(findings: readonly Finding[], now: number, zone: string): readonly Diagnostic[] {
  if (findings.length === 0) return [];
  const today = dayOfInstant(now, zone);
  return findings
    .filter(({ after }) => after === null || today > after)
    .map(({ diagnostic }) => diagnostic)
    .sort(compareDiagnostics);
}

export function nameOf({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return `${kind}/${id}`;
}
