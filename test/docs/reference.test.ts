/**
 * docs/reference/ is what the sources, the schemas and the catalogue say, leaves out nothing of the language, and shows no document
 * that wouldn't be taken.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { missingKinds, referencePages } from '../../docs/generator/reference.ts';
import { compile } from '../../engine/compiler/compile.ts';
import { loadProject } from '../../engine/config/load-project.ts';
import { parseYaml } from '../../engine/config/parse.ts';
import { readSchema } from '../../engine/config/schemas.ts';
import { validateDocument } from '../../engine/config/validate.ts';
import { renderConcise } from '../../engine/diagnostics/render-concise.ts';
import { writeWorkspace } from '../support/workspace-folder.ts';

const folder = new URL('../../docs/reference/', import.meta.url);
const pages = referencePages();

/** The fences that show YAML of ours; the refused examples of the codes are marked otherwise, and tested where they live. */
function yamlOf(text: string): readonly string[] {
  return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
}

describe('docs/reference', () => {
  it('is fresh: `npm run generate` changes nothing', () => {
    expect(existsSync(folder) ? readdirSync(folder).sort() : []).toEqual([...pages.keys()].sort());
    for (const [file, text] of pages) {
      const isFresh = readFileSync(new URL(file, folder), 'utf8') === text;
      expect(isFresh, `run \`npm run generate\` and commit docs/reference/${file}`).toBe(true);
    }
  });

  it('shows every kind, and every form of the schemas once', () => {
    expect(missingKinds()).toEqual([]);
    const all = [...pages.values()].join('\n');
    for (const name of Object.keys(readSchema('definitions').definitions as object)) {
      expect(all.split(`<a id="form-${name}"></a>`).length - 1, name).toBe(1);
    }
  });

  it('has no link that leads nowhere', () => {
    const lost = [...pages].flatMap(([file, text]) =>
      [...text.matchAll(/\]\(([^)#\s]*)(?:#([^)]*))?\)/g)]
        .filter(([, page, anchor]) => {
          const target = pages.get(page || file);
          if (target === undefined) return true;
          return anchor !== undefined && !target.includes(`<a id="${anchor}"></a>`) && !isHeading(target, anchor);
        })
        .map(([link]) => `${file}: ${link}`),
    );
    expect(lost).toEqual([]);
  });
});

function isHeading(text: string, anchor: string): boolean {
  return [...text.matchAll(/^#+ (.*)$/gm)].some((match) => match[1]!.toLowerCase().replaceAll(' ', '-') === anchor);
}

describe('the documents of the pages', () => {
  it.each([...pages].filter(([file]) => file !== '16-codes.md'))(
    '%s: whole ones are valid, and parts are YAML',
    (file, text) => {
      for (const yaml of yamlOf(text)) {
        const { documents, diagnostics } = parseYaml(file, yaml);
        expect(renderConcise(diagnostics), yaml).toBe('');
        const whole = documents.filter(({ body }) => Object.hasOwn(Object(body), 'kind'));
        const found = whole.flatMap((document) => validateDocument(document).diagnostics);
        expect(renderConcise(found), yaml).toBe('');
      }
    },
  );

  it('of the first page are one workspace that compiles without a word', async () => {
    const text = yamlOf(pages.get('01-at-a-glance.md')!).join('---\n');
    const { project, diagnostics } = await loadProject(writeWorkspace({ 'parcours.yaml': text }));
    expect(renderConcise([...diagnostics, ...compile(project).diagnostics])).toBe('');
  });
});
