/** What `parcours explain` says of the one person of a scenario. */
import { branchWords } from '../../engine/cli/branch-words.ts';
import { explanationView } from '../../engine/cli/views/explanation-view.ts';
import { styleOf } from '../../engine/cli/views/style.ts';
import { explainProfile } from '../../engine/measure/person/explain-profile.ts';
import type { Scenario } from './scenario.ts';

export async function explained(s: Scenario): Promise<string> {
  const [row] = await s.rows<{ lane: number; profile_id: number }>('select lane, profile_id from parcours.identifier');
  const key = { lane: row?.lane ?? 0, profileId: row?.profile_id ?? 0 };
  const told = await s.store.withSession((session) => explainProfile(session, key, []));
  if (told === null) throw new Error('there is such a person');
  const arms = await s.store.withSession((session) =>
    branchWords(
      session,
      told.enrollments.map(({ version }) => version),
    ),
  );
  const shown = { ...told, cleaned: [], arms, journey: null, traitTypes: {}, fieldTypes: {} };
  return explanationView.human(shown, styleOf({ isColoured: false }));
}
