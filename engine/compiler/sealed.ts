/**
 * Compiled resources as they are kept: texts, the body's being canonical, of which the digest is. They are opened when somebody reads
 * them, since to say whether files are right few are needed.
 */
import { canonicalJson } from './canonical.ts';
import { digestOfText } from './digest.ts';
import type { BodyByKind, BundleKind, BundleResource } from './ir.ts';

export interface Sealed {
  readonly kind: BundleKind;
  readonly id: string;
  /** JSON of its digest, metadata and needs. */
  readonly aboutText: string;
  /** Canonical JSON. */
  readonly bodyText: string;
}

type About = Pick<BundleResource, 'digest' | 'meta' | 'needs'>;

interface Parts extends Omit<About, 'digest'> {
  readonly id: string;
  readonly body: BodyByKind[BundleKind];
}

export function seal(kind: BundleKind, { id, body, meta, needs }: Parts): Sealed {
  const bodyText = canonicalJson(body);
  const about: About = { digest: digestOfText(bodyText), meta, needs };
  return { kind, id, aboutText: JSON.stringify(about), bodyText };
}

/** The resource as plain data; its body is parsed when it is first read. */
export function openSealed({ kind, id, aboutText, bodyText }: Sealed): BundleResource {
  const { digest, meta, needs } = JSON.parse(aboutText) as About;
  let text: string | null = bodyText;
  let body: unknown;
  return {
    kind,
    id,
    digest,
    get body() {
      if (text !== null) {
        body = JSON.parse(text);
        text = null;
      }
      return body;
    },
    meta,
    needs,
  } as BundleResource;
}
