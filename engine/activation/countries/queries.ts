/** Which people a report on countries looks at, with the addresses that channels use. Reads whole lanes. */
import type { Session } from '../../store/session.ts';

export interface AddressRow {
  readonly lane: number;
  readonly profile_id: number;
  /** The first of each that is there; null: none is. */
  readonly email: string | null;
  readonly phone: string | null;
}

/** Everybody of a lane, by the traits that hold addresses. */
export function selectAddresses(
  session: Session,
  lane: number,
  { emails, phones }: { readonly emails: readonly string[]; readonly phones: readonly string[] },
): Promise<AddressRow[]> {
  const first = (traits: string) =>
    `(select btrim(p.traits ->> n.trait) from unnest(${traits}::text[]) with ordinality n(trait, i) where btrim(p.traits ->> n.trait) <> '' order by n.i limit 1)`;
  return session.query<AddressRow>(
    `select p.lane, p.profile_id, ${first('$2')} as email, ${first('$3')} as phone from parcours.profile p
     where p.lane = $1 and p.merged_into is null order by p.profile_id`,
    [lane, emails, phones],
  );
}
