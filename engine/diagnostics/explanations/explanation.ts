/** What `parcours explain-code` and SARIF tell of a code beyond its summary: the shape of the data in this folder. */

export interface Example {
  /** YAML that gives exactly this code, at the line that ends with `# ERROR CODE` or `# WARNING CODE`, and nothing else. */
  readonly invalid: string;
  /** The same put right: YAML that gives nothing of this code, and no error at all. */
  readonly valid: string;
  /** The file in which the texts stand; only where its name matters. */
  readonly file?: string;
  /**
   * `beside` (when absent): beside the documents of a small shop. `as-workspace`: beside them, but with a workspace document of its
   * own. `alone`: nothing else is there.
   */
  readonly stands?: 'as-workspace' | 'alone';
  /** The environment that the command names. */
  readonly environment?: string;
}

export interface Explanation {
  /** Full sentences: what is wrong, why it matters, what to do. The first one stands alone. */
  readonly explanation: string;
  /** Null for what no text can show; the reason then stands in `because`. */
  readonly example: Example | null;
  readonly because?: string;
}

/** Explanations by code, as the files of this folder hold them. */
export type Explanations = Readonly<Record<string, Explanation>>;
