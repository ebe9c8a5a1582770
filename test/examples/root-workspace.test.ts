/** The workspaces of this repository are right by their own rules, and by the house's: everybody knows who answers for what. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compile } from '../../engine/compiler/compile.ts';
import { loadProject } from '../../engine/config/load-project.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

describe.each(['.', 'examples/cdnow'])('the workspace in %s', async (folder) => {
  const { project, diagnostics } = await loadProject(join(repository, folder));

  it('has neither errors nor warnings', () => {
    expect(diagnostics).toEqual([]);
    expect(compile(project).diagnostics).toEqual([]);
  });

  it('says of every resource what it is and who owns it', () => {
    const silent = project.resources
      // The id of a test is a sentence, and whose journey it is, his is the test.
      .filter(({ kind, body }) => kind !== 'test' && (!body.title || !body.owner))
      .map(({ kind, id }) => `${kind}/${id}`);
    expect(silent).toEqual([]);
  });

  it('names in the first line of each file the schema that editors check it with', () => {
    for (const [file, text] of project.files) {
      const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1];
      expect(schema, file).toBeDefined();
      const path = join(repository, folder, file, '..', schema!);
      expect(JSON.parse(readFileSync(path, 'utf8')).$schema, file).toMatch(/draft-07/);
    }
  });
});

describe('the root workspace', async () => {
  const { project } = await loadProject(repository);
  const bundle = compile(project).bundle!;
  const journeys = bundle.resources.filter((resource) => resource.kind === 'journey');

  it('has ten live journeys, started by segments, events and the clock, and one draft to try', () => {
    const live = journeys.filter(({ body }) => body.status === 'live');
    expect(live).toHaveLength(10);
    expect(journeys.filter(({ body }) => body.status === 'draft').map(({ id }) => id)).toEqual(['spend-idle-wallet']);
    const triggers = new Set(live.flatMap(({ body }) => body.entry.triggers.map(({ kind }) => kind)));
    expect([...triggers].sort()).toEqual(['enters', 'event', 'schedule']);
    expect(live.filter(({ body }) => body.objective === 'service').map(({ id }) => id)).toEqual(['welcome-approved']);
  });

  it('measures each journey by a goal', () => {
    expect(journeys.filter(({ body }) => body.goal === null)).toEqual([]);
  });

  it('speaks English and Spanish everywhere, and uses all that it has written', () => {
    const templates = bundle.resources.filter((resource) => resource.kind === 'template');
    for (const { id, body } of templates) {
      for (const forms of Object.values(body.forms)) expect(Object.keys(forms).sort(), id).toEqual(['en', 'es']);
    }
    const used = new Set(journeys.flatMap(({ needs }) => needs));
    expect(templates.map(({ id }) => `template/${id}`).filter((name) => !used.has(name))).toEqual([]);
  });

  it('keeps what goes by SMS to 160 characters, with long names filled in', () => {
    for (const resource of bundle.resources) {
      if (resource.kind !== 'template' || !isSentBySms(resource.id)) continue;
      for (const { text = '' } of Object.values(resource.body.forms.sms ?? resource.body.forms.any ?? {})) {
        const long = text.replace('{{first_name}}', 'Fernanda').replace('{{shop_name}}', 'Autoservicio Fernanda');
        expect(long.length, resource.id).toBeLessThanOrEqual(160);
      }
    }
  });

  function isSentBySms(template: string): boolean {
    let found = false;
    JSON.stringify(journeys, (_key, value) => {
      if (value?.kind === 'send' && value.template === template && value.channels.includes('sms')) found = true;
      return value;
    });
    return found;
  }
});
