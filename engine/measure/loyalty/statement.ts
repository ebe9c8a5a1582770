/** A person's statement: each account, what is in it, and its postings, newest first. */
import type { BundleResource } from '../../compiler/ir.ts';
import type { Session } from '../../store/session.ts';
import { type AccountRow, type PostingRow, selectAccounts, selectPostings } from './queries.ts';

export interface Statement {
  readonly at: string;
  readonly accounts: readonly (Omit<AccountRow, 'tier'> & {
    /** null: the programme has none, or isn't defined any more. */
    readonly tier: string | null;
    readonly benefits: readonly string[];
    readonly postings: readonly PostingRow[];
  })[];
}

export async function readStatement(
  session: Session,
  place: { readonly lane: number; readonly profileId: number },
  {
    resources,
    at,
    limit,
  }: { readonly resources: readonly BundleResource[]; readonly at: Date; readonly limit: number },
): Promise<Statement> {
  const accounts: Statement['accounts'][number][] = [];
  for (const { tier: stored, ...account } of await selectAccounts(session, place, at)) {
    const found = resources.find(({ kind, id }) => kind === 'loyalty' && id === account.program);
    const tiers = found?.kind === 'loyalty' ? found.body.tiers : [];
    const tier = tiers.find(({ id }) => id === stored) ?? tiers[0];
    const postings = await selectPostings(session, { ...place, program: account.program }, limit);
    accounts.push({ ...account, tier: tier?.id ?? null, benefits: tier?.benefits ?? [], postings });
  }
  return { at: at.toISOString(), accounts };
}
