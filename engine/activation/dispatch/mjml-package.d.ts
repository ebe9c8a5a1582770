/** What is used of `mjml`, which brings no types. */
declare module 'mjml' {
  interface MjmlError {
    readonly line: number;
    readonly message: string;
    readonly tagName: string;
  }
  export default function mjml2html(
    source: string,
    options: { readonly validationLevel: 'soft'; readonly ignoreIncludes: boolean; readonly keepComments: boolean },
  ): Promise<{ readonly html: string; readonly errors: readonly MjmlError[] }>;
}
