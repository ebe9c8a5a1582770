/** A shop with a programme, for scenarios: what it declares, and what the ledger says of somebody in short lines. */
import { type Scenario, scenario } from '../activation/scenario.ts';
import { baseFiles } from '../activation/scenario-files.ts';

const schema = `kind: schema
id: shop
events:
  order_placed: { order_id: id, total: money, lines: list }
  order_refunded: { order_id: id, total: money, lines: list }
  reviewed: { verified: boolean }
  visited: { page: text }
  referral_accepted: { referrer: id }
measures: { order_placed: total }
traits:
  country: { type: text }
  first_name: { type: text }
  email: { type: text }
  phone: { type: text }
  push_token: { type: text }
`;

/** The files of the shop; `lines` are the programme's own, `more` further documents. */
export function clubFiles(lines: string, more = ''): Readonly<Record<string, string>> {
  const programme = `kind: loyalty\nid: club\nobjective: frequency\nissuer: house\n${lines}`;
  return {
    ...baseFiles,
    'schema.yaml': schema,
    'club.yaml': programme,
    'more.yaml': more === '' ? '# nothing\n' : more,
  };
}

/** The shop, applied and empty. */
export function club(lines: string, more = ''): Promise<Scenario> {
  return scenario(clubFiles(lines, more));
}

export const eur = (amount: number) => ({ amount: amount * 100, currency: 'EUR' });

/** `earn 10 order`, `expire 10`: what was booked for somebody, in order. */
export async function booked(s: Scenario, who: string): Promise<readonly string[]> {
  const rows = await s.rows<{ kind: string; amount: number; source: string }>(
    `select x.kind, x.amount, x.source from parcours.ledger_txn x
     join parcours.ledger_member m on m.lane = x.lane and m.holder_id = x.holder_id
     join parcours.identifier i on i.lane = m.lane and i.profile_id = m.profile_id and i.type = 'external_id'
     where i.value = $1 order by x.booked_at, x.txn_id`,
    [who],
  );
  return rows.map(({ kind, amount, source }) => `${kind} ${amount} ${source}`.trim());
}

/** Points that are left, free and held, what is owed, and the tier. */
export async function account(
  s: Scenario,
  who: string,
): Promise<{ readonly points: number; readonly held: number; readonly debt: number; readonly tier: string | null }> {
  const [row] = await s.rows<{ points: number; held: number; debt: number; tier: string | null }>(
    `select coalesce(sum(o.remaining) filter (where o.hold_id = 0), 0)::integer as points,
       coalesce(sum(o.remaining) filter (where o.hold_id > 0), 0)::integer as held, m.debt, m.tier
     from parcours.ledger_member m
     join parcours.identifier i on i.lane = m.lane and i.profile_id = m.profile_id and i.type = 'external_id'
     left join parcours.ledger_open o on o.lane = m.lane and o.profile_id = m.profile_id and o.program = m.program
     where i.value = $1 group by m.debt, m.tier`,
    [who],
  );
  return row ?? { points: 0, held: 0, debt: 0, tier: null };
}
