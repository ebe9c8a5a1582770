/** `pause` and `resume`: what they say and refuse, and where a pause is seen. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from './command-line.ts';

let shop: CommandLine;
const at = '--now 2026-03-02T10:00Z';

beforeAll(async () => {
  shop = await commandLine();
  await shop.run(`apply --yes ${at}`);
});
afterAll(() => shop.drop());

describe('pause and resume', () => {
  it('hold a journey until a time, seen in plan and status as a difference that is meant', async () => {
    const { journey } = await onlyJourney();
    const paused = await shop.run(`pause journey/${journey} --until 2026-03-16 --why prices ${at}`);
    expect(paused).toMatchObject({ code: 0, err: '' });
    expect(paused.out).toMatch(
      /^Paused: journey\/\w+ since 2026-03-02 10:00 UTC until 2026-03-16 00:00 UTC, by .+: prices\.\n/,
    );

    const plan = await shop.run(`plan --detailed-exitcode ${at}`);
    expect(plan.code).toBe(0);
    expect(plan.out).toMatch(/Nothing to do.*\nPaused by hand, whatever the files say: journey\//);
    expect((await shop.run(`status ${at}`)).out).toMatch(/paused +journey\/\w+ since/);
    expect(JSON.parse((await shop.run(`status --json ${at}`)).out).pauses).toHaveLength(1);
    expect(JSON.parse((await shop.run('status --json --now 2026-03-17')).out).pauses).toEqual([]);

    const resumed = await shop.run(`resume journey/${journey} ${at}`);
    expect(resumed.out).toMatch(/^Resumed: journey\/\w+, paused since 2026-03-02 10:00 UTC\./);
    expect((await shop.run(`plan ${at}`)).out).not.toContain('Paused');
  });

  it('refuse what is not there, what is over and what has no reason', async () => {
    expect(await shop.run(`pause journey/nobody --why x ${at}`)).toMatchObject({ code: 1, out: '' });
    expect((await shop.run(`pause workspaces --why x ${at}`)).err).toContain('Did you mean workspace?');
    expect((await shop.run(`pause workspace --why x --until 2026-03-01 ${at}`)).err).toContain('is not after');
    expect((await shop.run(`pause workspace --why x --on-resume flood ${at}`)).err).toContain('spread or skip_late');
    expect((await shop.run(`pause workspace ${at}`)).code).toBe(1);
    expect((await shop.run(`resume workspace ${at}`)).err).toContain("workspace isn't paused. Nothing is paused.");
  });
});

async function onlyJourney(): Promise<{ readonly journey: string }> {
  const listed = JSON.parse((await shop.run('list journey --json')).out) as {
    readonly resources: readonly { readonly id: string }[];
  };
  return { journey: listed.resources[0]?.id ?? '' };
}
