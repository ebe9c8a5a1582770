/**
 * Documents compiled on all cores before the compiler asks for them: file by file, each with the names of the whole project, into the
 * memory of the run. What isn't there when the compiler comes, it compiles itself.
 */
import type { Crew } from '../config/crew.ts';
import { type FileReport, reportFile } from '../config/file-report.ts';
import { resourceOf } from '../config/load-project.ts';
import type { Project, Resource } from '../config/project.ts';
import type { TextOfFile } from '../config/report-files.ts';
import { compileDocument } from './compile-document.ts';
import { type CompiledDocument, compiledOfTexts, compiledTexts, type Memory, textsOfCompiled } from './compile-memo.ts';
import type { Names } from './names.ts';

/** A file, and which of its documents are to be compiled, by their number. */
interface FileToCompile extends TextOfFile {
  readonly documents: readonly number[];
}

/** What another thread is told. */
export interface CompileTask {
  readonly kind: 'compile';
  readonly names: Names;
  readonly files: readonly FileToCompile[];
}

/** Compiles what the memory doesn't know of the files as they are written. */
export async function compileAhead(
  { resources, files }: Project,
  { names, memory, crew }: { readonly names: Names; readonly memory: Memory; readonly crew: Crew },
): Promise<void> {
  const unknown = new Map<string, Resource[]>();
  for (const resource of resources) {
    if (resource.fingerprint === undefined || memory.knows(resource)) continue;
    const others = unknown.get(resource.file);
    if (others === undefined) unknown.set(resource.file, [resource]);
    else others.push(resource);
  }
  const pieces = [...unknown].map(([path, wanted]) => ({ path, text: files.get(path)!, wanted }));
  await crew.share({
    sizes: pieces.map(({ text }) => text.length),
    message: (): CompileTask => ({
      kind: 'compile',
      names,
      files: pieces.map(({ path, text, wanted }) => ({ path, text, documents: wanted.map(numberOf) })),
    }),
    own(piece) {
      for (const resource of pieces[piece]!.wanted) memory.keep(resource, compileAlone(resource, names));
    },
    receive(piece, texts) {
      for (const [at, resource] of pieces[piece]!.wanted.entries()) {
        const own = texts.slice(at * compiledTexts, (at + 1) * compiledTexts);
        memory.keep(resource, compiledOfTexts(resource, own) ?? compileAlone(resource, names));
      }
    },
  });
}

/** A fingerprint is the hash of the file and the number of the document. */
function numberOf({ fingerprint = '' }: Resource): number {
  return Number(fingerprint.slice(fingerprint.indexOf(':') + 1));
}

function compileAlone(resource: Resource, names: Names): CompiledDocument {
  return compileDocument({ resource, names, diagnostics: [], needs: new Set() });
}

/** The same in another thread, which may have read some of the files itself. */
export function compileTexts(
  { names, files }: CompileTask,
  made: ReadonlyMap<string, FileReport>,
): (piece: number) => readonly string[] {
  return (piece) => {
    const { path, text, documents } = files[piece]!;
    const report = made.get(path) ?? reportFile(path, text);
    return documents.flatMap((number) => {
      const document = report.documents.find(({ index }) => index === number);
      if (document === undefined) throw new Error('assertion failed: a file is read alike in each thread');
      return textsOfCompiled(compileAlone(resourceOf({ path, text, hash: null }, document), names));
    });
  };
}
