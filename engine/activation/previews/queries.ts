/** The statement of previews: what is known of the person whom a template is shown as to. */
import type { Session } from '../../store/session.ts';
import type { PreviewPerson } from './preview-template.ts';

/** Null: the person isn't there any more. */
export async function personToShow(
  session: Session,
  { lane, profileId }: { readonly lane: number; readonly profileId: number },
): Promise<PreviewPerson | null> {
  const rows = await session.query<PreviewPerson>(
    'select traits, locale, zone from parcours.profile where lane = $1 and profile_id = $2',
    [lane, profileId],
  );
  return rows[0] ?? null;
}
