/** A picture as data: nodes and the ways between them. Made of a journey or of what needs what; drawn by views. */

export type PictureNodeKind = 'entry' | 'send' | 'wait' | 'choice' | 'action' | 'exit' | 'watch' | 'resource';

export interface PictureNode {
  /** Unique in the picture. */
  readonly id: string;
  readonly kind: PictureNodeKind;
  /** What it is called: the step's id, the reason of an exit, `kind/id`. */
  readonly title: string;
  /** What it does, each on a line; may be empty. */
  readonly lines: readonly string[];
  /** Several ways come together here. */
  readonly isRejoin: boolean;
}

export interface PictureEdge {
  readonly from: string;
  readonly to: string;
  /** When this way is taken; empty: always. */
  readonly label: string;
}

export interface Picture {
  readonly title: string;
  readonly nodes: readonly PictureNode[];
  readonly edges: readonly PictureEdge[];
}
