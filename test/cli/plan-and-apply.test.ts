/** Plan and apply as scripts of the command line, on real files and a real store: words, exit codes, JSON, questions. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine, shopFiles } from './command-line.ts';

let shop: CommandLine;

beforeEach(async () => {
  shop = await commandLine();
});
afterEach(() => shop.drop());

async function revisions(): Promise<number> {
  return shop.store.withSession(async (session) => {
    const rows = await session.query<{ n: number }>('select count(*) as n from parcours.revision');
    return rows[0]?.n ?? -1;
  });
}

describe('plan, apply, plan', () => {
  it('ends with nothing to do', async () => {
    const first = await shop.run('plan');
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toContain('+ segment/buyers  Bought once');
    expect(first.out).toMatch(/Plan: \d+ to add, 0 to change, 0 to remove\./);
    const applied = await shop.run('apply --yes');
    expect(applied.code).toBe(0);
    expect(applied.out).toContain('Applied: the store is at revision 1');
    expect(await shop.run('plan')).toEqual({
      code: 0,
      out: 'Nothing to do: the store is as these files say (revision 1).\n',
      err: '',
    });
    expect(await shop.run('apply')).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to do') });
  });

  it('tells changes by the exit code when asked: 2, and then 0', async () => {
    expect((await shop.run('plan --detailed-exitcode')).code).toBe(2);
    await shop.run('apply --yes');
    expect((await shop.run('plan --detailed-exitcode')).code).toBe(0);
  });

  it('does not see other spelling, other order, or defaults that are written out', async () => {
    await shop.run('apply --yes');
    shop.write({
      'segments.yaml': null,
      'a/one.yaml': 'where: [ { trait: country, is: "CH" } ]\nid: locals\nkind: segment\n',
      'b/two.yaml': 'kind: segment\nid: buyers\ntitle: Bought once\nwhere:\n  - event: order_placed\n',
      'journey.yaml': shopFiles['journey.yaml'].replace('objective: engagement', 'objective: engagement\npriority: 50'),
    });
    expect((await shop.run('plan')).out).toContain('Nothing to do');
  });

  it('shows what changed in the words of the file', async () => {
    await shop.run('apply --yes');
    shop.write({
      'segments.yaml': shopFiles['segments.yaml'].replace('is: CH', 'is: FR'),
      'pressure.yaml': shopFiles['pressure.yaml'].replace('7d', '14d'),
    });
    const { out } = await shop.run('plan');
    expect(out).toContain('~ segment/locals  (audience)');
    expect(out).toContain('where { trait: country, is: CH } → { trait: country, is: FR }');
    expect(out).toContain('caps weekly window duration 7d → 14d');
    expect(out).toContain('Plan: 0 to add, 2 to change, 0 to remove.');
  });

  it('prints JSON and nothing else', async () => {
    const { out, err, code } = await shop.run('plan --json --now 2026-03-01');
    const plan = JSON.parse(out) as { format: number; impact: { at: string }; changes: unknown[] };
    expect({ code, err, format: plan.format, at: plan.impact.at }).toEqual({
      code: 0,
      err: '',
      format: 2,
      at: '2026-03-01T00:00:00.000Z',
    });
    const applied = await shop.run('apply --yes --json --no-impact');
    expect(JSON.parse(applied.out)).toMatchObject({ applied: 1, plan: { impact: null } });
    expect(applied.err).toBe('');
    expect(JSON.parse((await shop.run('plan --json')).out)).toMatchObject({ changes: [], from: { revision: 1 } });
  });

  it('keeps author and time with the revision', async () => {
    await shop.run('apply --yes --now 2026-03-01T10:00Z');
    const status = JSON.parse((await shop.run('status --json')).out);
    expect(status).toMatchObject({
      workspace: 'shop',
      revision: { number: 1, appliedAt: '2026-03-01T10:00:00.000Z', commit: null },
    });
    expect(status.revision.author).not.toBe('');
  });
});

describe('apply', () => {
  it('writes nothing without a yes: there is nobody to ask', async () => {
    const refused = await shop.run('apply');
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/^error\[CLI_NOT_CONFIRMED\]: .*Say --yes/);
    expect(JSON.parse((await shop.run('apply --json')).out).error.code).toBe('CLI_NOT_CONFIRMED');
    expect(await revisions()).toBe(0);
  });

  it('asks at a terminal, and takes only yes for yes', async () => {
    expect((await shop.run('apply', { answer: 'y' })).code).toBe(1);
    expect(await revisions()).toBe(0);
    expect((await shop.run('apply', { answer: 'yes' })).code).toBe(0);
    expect(await revisions()).toBe(1);
  });

  it('twice at once writes one revision; the other finds nothing to do', async () => {
    const both = await Promise.all([shop.run('apply --yes'), shop.run('apply --yes')]);
    expect(both.map((one) => one.code)).toEqual([0, 0]);
    expect(both.filter((one) => one.out.includes('Nothing to do'))).toHaveLength(1);
    expect(await revisions()).toBe(1);
  });

  it('refuses to remove a journey in which people stand, until it is allowed by name', async () => {
    await shop.run('apply --yes');
    await shop.store.withSession((session) =>
      session.query(
        `insert into parcours.enrollment (lane, profile_id, journey, n, version, state, entered_at, step_since)
         values (1, 1, 'thank', 1, 'v', 'active', now(), now())`,
      ),
    );
    shop.write({ 'journey.yaml': null });
    const plan = await shop.run('plan');
    expect(plan.code).toBe(1);
    expect(plan.out).toContain("journey/thank can't go while 1 enrollment stands on it");
    const refused = await shop.run('apply --yes');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('error[PLAN_REFUSED]') });
    expect(await revisions()).toBe(1);
    expect((await shop.run('apply --yes --allow-destructive journey/thank')).code).toBe(0);
  });
});

describe('a guardrail on audiences', () => {
  const guarded = `${shopFiles['parcours.yaml']}guardrails:
  - { id: few, bound: audience, max: 1 }
`;
  const entered = shopFiles['journey.yaml'].replace(
    'when: { event: order_placed }',
    'when: { enters: locals }\n  current_members: enter',
  );

  it('stops plan and apply with exit code 3 when more people could enter', async () => {
    await shop.run('apply --yes');
    await shop.store.withSession(async (session) => {
      await session.query(
        "insert into parcours.profile (lane, profile_id, created_at) select 1, n, '2026-01-01' from generate_series(1, 2) n",
      );
      await session.query(
        `insert into parcours.trait_value (lane, profile_id, trait, source, observed_at, received_at, value)
         select 1, n, 'country', 'crm', '2026-01-01', '2026-01-01', '"CH"' from generate_series(1, 2) n`,
      );
    });
    shop.write({ 'parcours.yaml': guarded, 'journey.yaml': entered });
    const plan = await shop.run('plan --no-impact');
    expect(plan).toMatchObject({ code: 3, out: expect.stringContaining('2 people could enter journey/thank') });
    expect(await shop.run('apply --yes')).toMatchObject({ code: 3, err: expect.stringContaining('few allows 1') });
    expect(await revisions()).toBe(1);
  });
});

describe('a mute', () => {
  it('is told with the share of each journey that it stops', async () => {
    await shop.run('apply --yes --no-impact --now 2026-03-01');
    shop.write({
      'orders.csv': `order,customer,at,total,country\n${['ana,CH', 'ben,CH', 'cat,CH', 'dan,FR'].map((one, i) => `o${i},${one.split(',')[0]},2026-03-03T09:00:00Z,20,${one.split(',')[1]}`).join('\n')}\n`,
      'pressure.yaml': `${shopFiles['pressure.yaml']}mute:\n  - { id: at-home, where: { segment: locals } }\n`,
    });
    await shop.run('import orders orders.csv --trigger --now 2026-03-03T10:00Z');
    await shop.run('run --once --now 2026-03-03T10:01Z');
    const { out } = await shop.run('plan --now 2026-03-03T11:00Z');
    expect(out).toMatch(
      /journey +muted by +its people +muted +will be +share\n +thank +house\/at-home +4 +0 +3 +75\.0 %\n/,
    );
  });
});
