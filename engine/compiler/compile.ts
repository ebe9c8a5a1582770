/**
 * Project → Bundle: names, then each resource by its kind, then circles; pure, and all mistakes in one run. Meaning is given in
 * `resolve/`, one file a kind; SQL is made later, from the bundle.
 */
import type { Crew } from '../config/crew.ts';
import type { Project, Resource } from '../config/project.ts';
import { compareDiagnostics, type Diagnostic, hasErrors } from '../diagnostics/diagnostic.ts';
import { compareText } from './canonical.ts';
import { compileAhead } from './compile-ahead.ts';
import { compileDocument } from './compile-document.ts';
import type { CompileMemo, Memory } from './compile-memo.ts';
import { digestOfResources } from './digest.ts';
import { checkGuardrails } from './guardrails/check.ts';
import type { Finding } from './guardrails/finding.ts';
import type { Bundle, Metadata } from './ir.ts';
import type { Written } from './resolve/across.ts';
import { checkAcross } from './resolve/check-across.ts';
import { checkCycles, type Defined, definedAt } from './resolve/cycles.ts';
import { type Declarations, declareNames } from './resolve/declare.ts';
import { checkJourneyCircles } from './resolve/journey-circles.ts';
import type { Resolving } from './resolve/place.ts';
import { openSealed, type Sealed, seal } from './sealed.ts';

export interface CheckedProject {
  /** In the order of the files. */
  readonly diagnostics: readonly Diagnostic[];
  /** What guardrails find, which counts by the day: see `findingsAt`. Empty when there are errors. */
  readonly findings: readonly Finding[];
  /** That of the workspace. */
  readonly zone: string;
  /** How many resources the bundle holds; null when there are errors. */
  readonly resources: number | null;
  /** Null when there are errors; warnings come beside a bundle. */
  readBundle(): Bundle | null;
}

/**
 * Compiles a project that was loaded without errors: valid by its schemas, one workspace, each name once. With a memo, documents that it
 * knows aren't compiled again, and of these nothing is parsed that isn't asked for; the result is the same.
 */
export function checkProject(project: Project, memo?: CompileMemo): CheckedProject {
  const { declarations, diagnostics } = declareProject(project);
  return checkDeclared(project, { declarations, diagnostics, memory: memo?.among(declarations.names) });
}

/** The same, on all cores that a crew has. */
export async function checkWithCrew(project: Project, memo: CompileMemo, crew: Crew): Promise<CheckedProject> {
  const { declarations, diagnostics } = declareProject(project);
  const memory = memo.among(declarations.names);
  await compileAhead(project, { names: declarations.names, memory, crew });
  return checkDeclared(project, { declarations, diagnostics, memory });
}

interface Declared {
  readonly declarations: Declarations;
  /** What is wrong with declarations themselves; all else is added to it. */
  readonly diagnostics: Diagnostic[];
}

function declareProject({ resources }: Project): Declared {
  const diagnostics: Diagnostic[] = [];
  return { declarations: declareNames(resources, diagnostics), diagnostics };
}

function checkDeclared(
  project: Project,
  { declarations, diagnostics, memory }: Declared & { readonly memory: Memory | undefined },
): CheckedProject {
  const defined: Defined[] = [];
  const written: Written[] = [];
  for (const resource of project.resources) {
    const at: Resolving = { resource, names: declarations.names, diagnostics, needs: new Set() };
    const sealed = compileOnce(at, memory);
    if (sealed === null) continue;
    written.push({ sealed, at });
    defined.push(...definedAt(at));
  }
  checkCycles(defined);
  checkJourneyCircles(written);
  checkAcross(written);
  const sorted = oncePerCause(diagnostics);
  const { zone } = declarations.names.workspace;
  if (hasErrors(sorted)) return { diagnostics: sorted, findings: [], zone, resources: null, readBundle: () => null };
  const all = [...unpackSchemas(declarations), ...written.map(({ sealed }) => sealed)];
  let bundle: Bundle | undefined;
  const readBundle = (): Bundle => {
    bundle ??= makeBundle(all);
    return bundle;
  };
  return {
    diagnostics: sorted,
    findings: hasGuardrails(project) ? checkGuardrails(project, readBundle()) : [],
    zone,
    resources: all.length,
    readBundle,
  };
}

/** The same, with the bundle at once. */
export function compile(
  project: Project,
  memo?: CompileMemo,
): {
  readonly bundle: Bundle | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly findings: readonly Finding[];
} {
  const { diagnostics, findings, readBundle } = checkProject(project, memo);
  return { bundle: readBundle(), diagnostics, findings };
}

/** What a journey says once for all its sends would otherwise be refused once for each. */
function oncePerCause(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = [...diagnostics].sort(compareDiagnostics);
  return sorted.filter((one, index) => {
    const before = sorted[index - 1];
    return before === undefined || compareDiagnostics(before, one) !== 0;
  });
}

function unpackSchemas({ events, sourcedTraits, entities }: Declarations): Sealed[] {
  const unpacked: Sealed[] = [];
  for (const [id, { body, resource }] of events) {
    unpacked.push(seal('event', { id, body, meta: ownerOf(resource), needs: [] }));
  }
  for (const [id, { body, resource }] of sourcedTraits) {
    unpacked.push(seal('trait', { id, body, meta: ownerOf(resource), needs: [] }));
  }
  for (const [id, { body, resource }] of entities) {
    unpacked.push(seal('entity', { id, body, meta: ownerOf(resource), needs: [] }));
  }
  return unpacked;
}

/** The compiled document, remembered or made; what is wrong in it and what it needs is written to `at` in both cases. */
function compileOnce(at: Resolving, memory: Memory | undefined): Sealed | null {
  const known = memory?.recall(at.resource);
  if (known !== undefined) {
    for (const name of known.needs) at.needs.add(name);
    at.diagnostics.push(...known.diagnostics);
    return known.sealed;
  }
  const compiled = compileDocument(at);
  memory?.keep(at.resource, compiled);
  return compiled.sealed;
}

function hasGuardrails({ resources }: Project): boolean {
  return resources.some((one) => one.kind === 'workspace' && one.body.guardrails !== undefined);
}

/** Title and description of a schema speak of the document, its owner of each thing in it. */
function ownerOf(resource: Resource): Metadata {
  const { owner } = resource.body;
  return typeof owner === 'string' ? { owner } : {};
}

function makeBundle(all: readonly Sealed[]): Bundle {
  const resources = all.map(openSealed).sort((a, b) => compareText(a.kind, b.kind) || compareText(a.id, b.id));
  return { digest: digestOfResources(resources), resources };
}
