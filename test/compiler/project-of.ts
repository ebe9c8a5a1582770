/** Projects from texts, by the parser and the schemas of `config`, for tests of the compiler. No files are read here. */

import { compile } from '../../engine/compiler/compile.ts';
import type { Bundle } from '../../engine/compiler/ir.ts';
import { parseYaml } from '../../engine/config/parse.ts';
import type { Project, Resource } from '../../engine/config/project.ts';
import { validateDocument } from '../../engine/config/validate.ts';

/** The project of the texts by file name. Texts that config refuses are mistakes of the test. */
export function projectOf(texts: Readonly<Record<string, string>>): Project {
  const resources: Resource[] = [];
  for (const [file, text] of Object.entries(texts)) {
    const { documents, diagnostics } = parseYaml(file, text);
    const checked = documents.map(validateDocument);
    const refused = [...diagnostics, ...checked.flatMap((one) => one.diagnostics)];
    if (refused.length > 0) throw new Error(`${file}: ${refused.map((one) => `${one.code} ${one.detail}`).join('; ')}`);
    resources.push(...checked.flatMap(({ resource }) => resource ?? []));
  }
  return { root: '/workspace', resources, files: new Map(Object.entries(texts)) };
}

/** The bundle of the texts, which must have no errors. */
export function bundleOf(...texts: readonly string[]): Bundle {
  const files = Object.fromEntries(texts.map((text, index) => [`file-${index}.yaml`, text]));
  const { bundle, diagnostics } = compile(projectOf(files));
  if (bundle === null) throw new Error(diagnostics.map((one) => `${one.code} ${one.detail}`).join('; '));
  return bundle;
}
