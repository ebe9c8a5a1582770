/**
 * Whether the resources of a bundle keep the workspace's guardrails, with their exceptions. Pure, and without a clock: see `Finding`.
 * `audience` is measured by plan, which can count people; nothing is found of it here.
 */
import type { Path, Project, Resource } from '../../config/project.ts';
import { make } from '../../diagnostics/codes.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { suggest } from '../../diagnostics/suggest.ts';
import type { Bundle, BundleResource, Guardrail } from '../ir.ts';
import { type Finding, nameOf, type Violation, type Watched } from './finding.ts';
import { findForbidden } from './forbidden.ts';
import { findTooManyMessages } from './messages-bound.ts';
import { findTooManyPoints } from './points-bound.ts';
import { findMissing } from './required.ts';
import { possibleMessages } from './sends.ts';

/** All findings about the bundle that was compiled from the project. */
export function checkGuardrails(project: Project, bundle: Bundle): readonly Finding[] {
  const workspace = bundle.resources.find((one) => one.kind === 'workspace');
  const file = project.resources.find((one) => one.kind === 'workspace');
  const guardrails = workspace?.kind === 'workspace' ? (workspace.body.guardrails ?? []) : [];
  if (guardrails.length === 0 || file === undefined) return [];
  const documents = new Map(project.resources.map((one) => [nameOf(one), one]));
  return guardrails.flatMap((guardrail) => {
    const covered = bundle.resources.filter((one) => isCovered(one, guardrail));
    const watched: Watched = {
      resources: bundle.resources,
      covered,
      guardrail,
      document: (name) => documents.get(name),
    };
    const violations = [findMissing, findForbidden, findTooManyMessages, findTooManyPoints].flatMap((find) =>
      find(watched),
    );
    const place = placeOf(file, guardrail.id);
    return [
      ...violations.map((violation) => judge(violation, watched, place)),
      ...checkExceptions(watched, violations, place),
    ];
  });
}

/** Whether the guardrail is about the resource. Drafts send nothing to anybody: they are free until they go live. */
export function isCovered(resource: BundleResource, { applies }: Guardrail): boolean {
  if (!applies.kinds.includes(resource.kind)) return false;
  if (applies.tags !== null && !applies.tags.some((tag) => resource.meta.tags?.includes(tag))) return false;
  if (resource.kind !== 'journey') return applies.journeys === null && applies.objectives === null;
  if (resource.body.status === 'draft') return false;
  if (applies.journeys !== null && !applies.journeys.includes(resource.id)) return false;
  return applies.objectives === null || hasObjective(resource, applies.objectives);
}

function hasObjective(
  { id, body }: Extract<BundleResource, { kind: 'journey' }>,
  objectives: readonly string[],
): boolean {
  if (objectives.includes(body.objective)) return true;
  return possibleMessages(id, body).some((message) => objectives.includes(message.objective));
}

/** The guardrail in the workspace's document. */
interface GuardrailPlace {
  readonly file: Resource;
  readonly path: Path;
}

function placeOf(file: Resource, id: string): GuardrailPlace {
  const rules = file.body.guardrails as readonly { readonly id?: unknown }[];
  return { file, path: ['guardrails', rules.findIndex((rule) => rule.id === id)] };
}

function judge(violation: Violation, { guardrail, document }: Watched, { file, path }: GuardrailPlace): Finding {
  const exception = guardrail.exceptions.findIndex(({ resource }) => resource === violation.resource);
  const related: Diagnostic['related'] = [
    { message: 'the guardrail', range: file.locate([...path, 'id']) },
    ...(exception < 0
      ? []
      : [{ message: 'its exception has expired', range: file.locate([...path, 'exceptions', exception, 'until']) }]),
  ];
  const range = (document(violation.resource) ?? file).locate(violation.path);
  const diagnostic = make(violation.code, { detail: violation.detail, range, related });
  return {
    diagnostic: { ...diagnostic, severity: guardrail.severity },
    after: guardrail.exceptions[exception]?.until ?? null,
  };
}

/** Exceptions that name nothing, and those that are over and have nothing left to except. */
function checkExceptions(
  { guardrail, resources }: Watched,
  violations: readonly Violation[],
  { file, path }: GuardrailPlace,
): readonly Finding[] {
  const known = resources.map(nameOf);
  return guardrail.exceptions.flatMap(({ resource, until }, index): readonly Finding[] => {
    const at = [...path, 'exceptions', index];
    if (!known.includes(resource)) {
      const detail = `There is no resource \`${resource}\`, so nothing is excepted. Correct the kind and the id, or remove the exception.`;
      const range = file.locate([...at, 'resource']);
      return [{ diagnostic: make('CMP246', { detail, range, suggestion: suggest(resource, known) }), after: null }];
    }
    if (violations.some((violation) => violation.resource === resource)) return [];
    const detail = `The exception for \`${resource}\` is over, and counts no more. Remove it, so that the next reader doesn't take it for one that does.`;
    return [{ diagnostic: make('CMP248', { detail, range: file.locate([...at, 'until']) }), after: until }];
  });
}
