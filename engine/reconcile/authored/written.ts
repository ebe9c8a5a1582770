/**
 * Files of a store's resources, and the proof: they are compiled where nobody sees them, and each resource must come out with the digest
 * that the store has. What doesn't is named with the reason.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Document, isCollection, isSeq, visit } from 'yaml';
import { compile } from '../../compiler/compile.ts';
import type { BundleResource } from '../../compiler/ir.ts';
import { formatYaml } from '../../config/format/format-yaml.ts';
import { loadProject } from '../../config/load-project.ts';
import { type Diagnostic, hasErrors } from '../../diagnostics/diagnostic.ts';
import { type AuthoredDocument, authoredDocuments } from './authored.ts';

/** Characters of a part that is written on one line. */
const oneLineMax = 90;

export interface WrittenFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly declares: readonly string[];
}

export interface Written {
  readonly files: readonly WrittenFile[];
  /** What wouldn't be the same again: `kind/id`, and why. */
  readonly differing: readonly { readonly resource: string; readonly why: string }[];
}

/** The resources as files, each held against its digest. */
export async function writtenResources(resources: readonly BundleResource[]): Promise<Written> {
  const { documents, unwritten } = authoredDocuments(resources);
  const files = documents.map(fileOf);
  const unknown = unwritten.map((resource) => ({ resource, why: 'it is nothing that a file could say' }));
  return { files, differing: [...unknown, ...(await differences(files, resources, new Set(unwritten)))] };
}

function fileOf({ file, document, declares }: AuthoredDocument): WrittenFile {
  const text = textOf(document);
  const formatted = formatYaml(file, text);
  return { path: file, text: formatted.kind === 'formatted' ? formatted.text : text, declares };
}

/** Small parts on one line, as people write them; what may not be so, the layout takes apart again. */
function textOf(map: AuthoredDocument['document']): string {
  const document = new Document(map, { aliasDuplicateObjects: false });
  visit(document, {
    Collection(key, node) {
      const isList = isSeq(node) && node.items.some(isCollection);
      if (key !== null && !isList && isCollection(node)) node.flow = JSON.stringify(node).length <= oneLineMax;
    },
  });
  return document.toString({ lineWidth: 0 });
}

async function differences(
  files: readonly WrittenFile[],
  resources: readonly BundleResource[],
  unwritten: ReadonlySet<string>,
): Promise<Written['differing']> {
  const { diagnostics, digests } = await compiled(files);
  if (digests === null) return faults(files, diagnostics);
  return resources.flatMap(({ kind, id, digest }) => {
    const resource = `${kind}/${id}`;
    if (unwritten.has(resource) || digests.get(resource) === digest) return [];
    const why = digests.has(resource) ? 'what is written would not be quite the same' : 'nothing declares it';
    return [{ resource, why }];
  });
}

function faults(files: readonly WrittenFile[], diagnostics: readonly Diagnostic[]): Written['differing'] {
  return diagnostics
    .filter((one) => one.severity === 'error')
    .map((one) => {
      const file = files.find(({ path }) => path === one.range?.file);
      return { resource: file?.declares.join(', ') ?? 'workspace', why: `${one.code}: ${one.detail}` };
    });
}

async function compiled(files: readonly WrittenFile[]): Promise<{
  readonly diagnostics: readonly Diagnostic[];
  readonly digests: ReadonlyMap<string, string> | null;
}> {
  const root = await mkdtemp(join(tmpdir(), 'parcours-live-'));
  try {
    for (const { path, text } of files) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    const { project, diagnostics } = await loadProject(root);
    const result = hasErrors(diagnostics) ? { bundle: null, diagnostics: [] } : compile(project);
    const all = [...diagnostics, ...result.diagnostics];
    if (result.bundle === null) return { diagnostics: all, digests: null };
    const digests = result.bundle.resources.map((one): [string, string] => [`${one.kind}/${one.id}`, one.digest]);
    return { diagnostics: all, digests: new Map(digests) };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
