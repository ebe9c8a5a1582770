/** Scripts of the command line around saved plans: saving, showing, carrying out, and how changes are shown. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeApplyLock } from '../../engine/reconcile/queries.ts';
import { type CommandLine, commandLine, shopFiles } from './command-line.ts';

let shop: CommandLine;

beforeEach(async () => {
  shop = await commandLine();
  await shop.run('apply --yes --no-impact');
});
afterEach(() => shop.drop());

const french = { 'segments.yaml': shopFiles['segments.yaml'].replace('is: CH', 'is: FR') };

describe('a saved plan', () => {
  it('is shown and carried out without the files that it was made of, once', async () => {
    shop.write(french);
    const saved = await shop.run('plan --out change.plan --budget 10s --samples 2');
    expect(saved).toMatchObject({ code: 0, err: expect.stringContaining('parcours apply change.plan') });
    shop.write({ 'segments.yaml': shopFiles['segments.yaml'] });
    expect((await shop.run('plan show change.plan')).out).toBe(saved.out);
    const shown = JSON.parse((await shop.run('plan show change.plan --json')).out);
    expect(shown).toMatchObject({ format: 2, changes: [{ kind: 'segment', id: 'locals' }] });
    expect(await shop.run('apply change.plan')).toMatchObject({ code: 0, out: expect.stringContaining('revision 2') });
    expect((await shop.run('apply change.plan')).out).toContain('Nothing to do');
    expect((await shop.run('plan')).out).toContain('~ segment/locals');
  });

  it('names nobody, and its samples are looked up by the store alone, for thirty days', async () => {
    await shop.store.withSession(async (session) => {
      const at = '2026-02-01';
      await session.query('insert into parcours.profile (lane, profile_id, created_at) values (1, 7, $1)', [at]);
      await session.query("insert into parcours.identifier values ('external_id', 'ana', 1, 7)", []);
      await session.query(
        `insert into parcours.trait_value (lane, profile_id, trait, source, observed_at, received_at, value)
         values (1, 7, 'country', 'crm', $1, $1, '"FR"')`,
        [at],
      );
    });
    shop.write(french);
    const { out } = await shop.run('plan --out change.plan --samples 2 --now 2026-03-01');
    expect(out).toMatch(/locals \+ {2}[0-9a-f]{16}\n/);
    expect(readFileSync(join(shop.root, 'change.plan'), 'utf8')).not.toContain('ana');
    const looked = await shop.run('plan show change.plan --people --now 2026-03-02');
    const people = looked.out + looked.err;
    expect(people).toMatch(/[0-9a-f]{16} +external_id:ana\n1 person of 1 sample\./);
    expect((await shop.run('plan show change.plan --people --now 2026-05-01')).out).toContain('Nobody is found');
  });

  it('is refused when it is none, too old, or of another environment, with nothing written', async () => {
    shop.write(french);
    await shop.run('plan --no-impact --out change.plan --now 2026-03-01');
    const refused = async (line: string) => (await shop.run(line)).err;
    expect(await refused('apply change.plan --now 2026-03-03')).toMatch(
      /^error\[PLAN_OLD\].*48 hours ago.*--max-plan-age/,
    );
    expect(await refused('apply nothing.plan')).toMatch(/^error\[CLI_NO_PATH\].*plan --out nothing\.plan/);
    expect(await refused('apply parcours.yaml')).toMatch(/^error\[PLAN_FILE\]: parcours\.yaml/);
    const path = join(shop.root, 'change.plan');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"FR"', '"DE"'));
    expect(await refused('apply change.plan --now 2026-03-01')).toMatch(/^error\[PLAN_FILE\].*altered/);
    expect(JSON.parse((await shop.run('status --json')).out).revision.number).toBe(1);
  });

  it('waits for another apply as long as it is told, then names who holds the lock', async () => {
    shop.write(french);
    await shop.run('plan --no-impact --out change.plan');
    const other = await shop.store.session({ application_name: 'parcours apply ben@shop.example on desk, process 7' });
    await takeApplyLock(other);
    const waited = await shop.run('apply change.plan --lock-timeout 1s');
    expect(waited).toMatchObject({ code: 1, err: expect.stringMatching(/STORE_LOCKED.*ben@shop\.example on desk/) });
    expect((await shop.run('apply change.plan --lock-timeout soon')).err).toContain('CLI_BAD_OPTION');
    await other.close();
  });
});

describe('how a plan is shown', () => {
  it('tells reasons and the stages that apply and lanes go through', async () => {
    shop.write(french);
    const { out } = await shop.run('plan --no-impact --explain');
    expect(out).toContain('It decides who is a member. It does something else.');
    expect(out).toMatch(
      /1 {2}take the lock.*\n.*2 {2}check that \d+ resources.*\n.*3 {2}write 1 new body\n.*4 {2}write revision 2/,
    );
    expect(out).toMatch(/6 {2}work out segment\/locals\n/);
  });

  it('as lines of YAML, in words, or both', async () => {
    shop.write(french);
    const yaml = (await shop.run('plan --no-impact --diff yaml')).out;
    expect(yaml).toMatch(/- {2}- { trait: country, is: CH }\n\s+\+ {2}- { trait: country, is: FR }/);
    expect(yaml).not.toContain('where { trait: country, is: CH } →');
    const both = (await shop.run('plan --no-impact --diff both')).out;
    expect(both).toMatch(/where { trait: country, is: CH } → .*\n[\s\S]*\+ {2}- { trait: country, is: FR }/);
    expect((await shop.run('plan --diff tree')).err).toContain('semantic or yaml or both');
  });

  it('names what looks like a rename, and says nothing of it where the file says so', async () => {
    const renamed = shopFiles['segments.yaml'].replace('id: locals', 'id: natives');
    shop.write({ 'segments.yaml': renamed });
    const { out } = await shop.run('plan --no-impact');
    expect(out).toContain('segment/natives looks like a rename of `locals`, 100 %: add `moved: locals`');
    shop.write({ 'segments.yaml': renamed.replace('id: natives', 'id: natives\nmoved: locals') });
    const moved = (await shop.run('plan --no-impact')).out;
    expect(moved).toContain('> segment/natives  was locals');
    expect(moved).not.toContain('Hint');
  });

  it('stops at what guardrails say of the plan and its people, with exit code 3', async () => {
    const guarded = (rule: string) => ({
      'parcours.yaml': `${shopFiles['parcours.yaml']}guardrails:\n  - { id: calm, ${rule} }\n`,
    });
    shop.write({ ...french, ...guarded('plan: { count: changes, where: { class: audience }, max: 0 }') });
    const plan = await shop.run('plan --no-impact');
    expect(plan).toMatchObject({
      code: 3,
      out: expect.stringContaining('1 changes of this kind (segment/locals), and calm allows 0'),
    });
    expect(await shop.run('apply --yes')).toMatchObject({ code: 3, err: expect.stringContaining('PLAN_GUARDED') });
    shop.write(guarded('impact: { max_enter: 10, max_shrink: 20%, max_messages_hour: 5 }'));
    expect((await shop.run('plan')).code).toBe(0);
  });

  it('refuses to take everything away, unless it is meant', async () => {
    const nothing = Object.fromEntries(Object.keys(shopFiles).map((path) => [path, null]));
    shop.write({ ...nothing, 'parcours.yaml': shopFiles['parcours.yaml'] });
    const refused = await shop.run('plan');
    expect(refused).toMatchObject({ code: 1, out: expect.stringContaining('everything that is live would go') });
    expect((await shop.run('apply --yes')).err).toContain('--allow-destructive workspace/shop');
    expect((await shop.run('apply --yes --allow-destructive workspace/shop')).code).toBe(0);
  });
});
