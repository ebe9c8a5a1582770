/**
 * A file's report as texts, in which it travels from other threads and lies in the cache: first all but the bodies, then the body of
 * each document by itself, which is parsed when somebody reads it. Most bodies of a large workspace aren't, after a small change.
 */
import type { DocumentReport, FileReport } from './file-report.ts';

type Valid = NonNullable<DocumentReport['valid']>;

interface Head {
  /** `valid` without its body. */
  readonly documents: readonly (Omit<DocumentReport, 'valid'> & { readonly valid: Omit<Valid, 'body'> | null })[];
  readonly diagnostics: FileReport['diagnostics'];
}

/** One line each, of JSON; a document in which something is wrong has no body, and an empty text. */
export function textsOfReport({ documents, diagnostics }: FileReport): readonly string[] {
  const head: Head = {
    documents: documents.map(({ valid, ...document }) => ({
      ...document,
      valid: valid && { spellings: valid.spellings },
    })),
    diagnostics,
  };
  return [JSON.stringify(head), ...documents.map(({ valid }) => (valid === null ? '' : JSON.stringify(valid.body)))];
}

/** The report of such texts; undefined when they are something else. */
export function reportOfTexts([first = '', ...bodies]: readonly string[]): FileReport | undefined {
  const head = headOf(first);
  if (head === undefined || head.documents.length !== bodies.length) return undefined;
  const documents = head.documents.map(({ index, kind, id, valid }, place) => {
    return { index, kind, id, valid: valid && openBody(bodies[place]!, valid.spellings) };
  });
  return { documents, diagnostics: head.diagnostics };
}

/** A body that is parsed once, when it is first read. */
function openBody(text: string, spellings: Valid['spellings']): Valid {
  let body: Valid['body'] | undefined;
  return {
    get body() {
      body ??= JSON.parse(text) as Valid['body'];
      return body;
    },
    spellings,
  };
}

function headOf(text: string): Head | undefined {
  try {
    const head = JSON.parse(text) as Partial<Head> | null;
    return Array.isArray(head?.documents) && Array.isArray(head.diagnostics) ? (head as Head) : undefined;
  } catch {
    return undefined;
  }
}
