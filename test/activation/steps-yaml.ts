/** A journey that anybody enters by signing up, and people who do. For tests of steps. */
import type { Scenario } from './scenario.ts';

/** The document of journey `way` with these steps (YAML lines, indented by two); `more` are further keys. */
export function way(steps: string, more = ''): string {
  return `kind: journey
id: way
objective: engagement
entry: { when: { event: signed_up }, reentry: always }
steps:
${steps}
${more}`;
}

/** A step that leaves a line in the diary. */
export const note = (id: string, indent = 2): string => {
  const space = ' '.repeat(indent);
  return `${space}- id: ${id}\n${space}  send: { channel: diary, template: hello }`;
};

/** Somebody of a zone signs up. */
export async function signUp(s: Scenario, who: string, plan = 'free', zone = 'UTC'): Promise<void> {
  await s.person({ external_id: who, zone });
  await s.event(who, 'signed_up', { plan });
}

/** What the log says of a person's steps, in order: `wait waited`. */
export async function logOf(s: Scenario, who = 'ana'): Promise<readonly string[]> {
  const rows = await s.rows<{ line: string }>(
    `select l.step || ' ' || l.outcome as line from parcours.step_log l
     join parcours.identifier i on i.lane = l.lane and i.profile_id = l.profile_id
     where i.value = $1 order by l.journey, l.key, l.n, l.seq`,
    [who],
  );
  return rows.map(({ line }) => line);
}
