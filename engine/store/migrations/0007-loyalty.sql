-- Loyalty: an append-only ledger of points. What happened is told by five tables that nobody updates or deletes from: transactions, their
-- entries, lots and the moves on them, and keys given from outside. They name an opaque holder, so that erasure and merge need neither:
-- who a holder is stands in `ledger_member` alone. The accounts of a programme are sums of entries and stored nowhere, since a stored
-- balance is a hot row. `ledger_member` and `ledger_open` are projections for speed, which can be made again from the ledger.

-- Each number of it stands for a thousand numbers of transactions, lots and holders, which a session takes at once.
create sequence parcours.ledger_id as bigint cache 1;

create function parcours.refuse_change() returns trigger
language plpgsql
as $$
begin
  raise exception 'the ledger is append-only: % of % refused', tg_op, tg_table_name using errcode = 'restrict_violation';
end $$;

create table parcours.ledger_txn (
  lane smallint not null,
  holder_id bigint not null,
  txn_id bigint not null,
  program text not null,
  -- earn redeem hold capture release cancel reverse repay transfer · for tiers alone: qualify disqualify · booked by time, or by an event
  -- that points waited for: activate lapse expire
  kind text not null,
  -- when it holds: of an earning the event's time, of a booking the time that was due
  at timestamptz(3) not null,
  booked_at timestamptz(3) not null,
  -- the same key is booked once; another body under it is a conflict
  key text not null,
  digest text not null,
  -- the rule, challenge, reward or step
  source text not null,
  amount bigint not null check (amount >= 0),
  -- of a reversal: points that couldn't be taken back, since they had expired or the programme forgives
  waived bigint not null default 0,
  -- how much was bought, or of a reversal how much of it came back: cents, pieces; null: all or nothing
  base double precision,
  -- the transaction that this one resolves or reverses
  of_txn bigint,
  -- of an earning: the value by which a refund finds it (an order's number)
  match text,
  -- of a hold
  until timestamptz(3),
  primary key (lane, holder_id, txn_id)
);
create unique index ledger_txn_key on parcours.ledger_txn (lane, holder_id, key);
-- A hold is resolved once. A redemption may be cancelled in parts, of which the last makes it whole.
create unique index ledger_txn_resolved on parcours.ledger_txn (lane, holder_id, of_txn)
  where kind in ('capture', 'release', 'lapse');
create index ledger_txn_cancelled on parcours.ledger_txn (lane, holder_id, of_txn) include (amount) where kind = 'cancel';
-- Limits and tiers read what was earned in a window, and what of it was reversed.
create index ledger_txn_earned on parcours.ledger_txn (lane, holder_id, source, at) include (txn_id, amount) where kind in ('earn', 'qualify');
create index ledger_txn_reversed on parcours.ledger_txn (lane, holder_id, of_txn) include (amount) where kind in ('reverse', 'disqualify');
create index ledger_txn_match on parcours.ledger_txn (lane, holder_id, match) where match is not null;

-- One row a movement, so that it balances by construction. Accounts of the member: pending active held debt, and status, which counts for
-- tiers and can't be spent; of the programme: issued redeemed expired reversed transferred granted.
create table parcours.ledger_entry (
  lane smallint not null,
  holder_id bigint not null,
  txn_id bigint not null,
  n smallint not null,
  program text not null,
  debit text not null,
  credit text not null check (credit <> debit),
  amount bigint not null check (amount > 0),
  primary key (lane, holder_id, txn_id, n)
);

-- Points that were given together, with the transaction's number. They are usable from `active_at` on and until `expires_at`.
create table parcours.ledger_lot (
  lane smallint not null,
  holder_id bigint not null,
  lot_id bigint not null,
  program text not null,
  amount bigint not null check (amount > 0),
  source text not null,
  issuer text not null,
  -- the member's when they were given
  tier text,
  earned_at timestamptz(3) not null,
  active_at timestamptz(3) not null,
  expires_at timestamptz(3),
  primary key (lane, holder_id, lot_id)
);

create table parcours.ledger_lot_move (
  lane smallint not null,
  holder_id bigint not null,
  lot_id bigint not null,
  txn_id bigint not null,
  amount bigint not null check (amount <> 0),
  primary key (lane, holder_id, lot_id, txn_id)
);
create index ledger_lot_move_txn on parcours.ledger_lot_move (lane, holder_id, txn_id);

-- Keys of callers, over all lanes: the same key with the same body is answered alike, with another body it is a conflict.
create table parcours.ledger_key (
  program text not null,
  key text not null,
  digest text not null,
  lane smallint not null,
  primary key (program, key)
);

create trigger append_only before update or delete or truncate on parcours.ledger_txn execute function parcours.refuse_change();
create trigger append_only before update or delete or truncate on parcours.ledger_entry execute function parcours.refuse_change();
create trigger append_only before update or delete or truncate on parcours.ledger_lot execute function parcours.refuse_change();
create trigger append_only before update or delete or truncate on parcours.ledger_lot_move execute function parcours.refuse_change();
create trigger append_only before update or delete or truncate on parcours.ledger_key execute function parcours.refuse_change();

-- Who a holder is, and what of him is read often. Erasure deletes the row; the entries stay, and name nobody.
create table parcours.ledger_member (
  lane smallint not null,
  profile_id bigint not null,
  program text not null,
  holder_id bigint not null,
  debt bigint not null default 0 check (debt >= 0),
  -- null: the first one
  tier text,
  tier_since timestamptz(3),
  -- not below it before
  tier_until timestamptz(3),
  -- it falls then unless it is reached again before
  tier_falls timestamptz(3),
  -- up to when tiers and notices were worked out
  seen_at timestamptz(3),
  -- when time alone changes something: points become usable, lapse, expire, are about to; a tier falls
  next_change timestamptz(3),
  primary key (lane, profile_id, program)
) with (fillfactor = 80);
create index ledger_member_due on parcours.ledger_member (lane, next_change) where next_change is not null;

-- What is left of lots. Of a held part `active_at` is the end of the hold: then it is usable again unless the hold was resolved.
create table parcours.ledger_open (
  lane smallint not null,
  profile_id bigint not null,
  program text not null,
  lot_id bigint not null,
  -- the hold's transaction, or 0
  hold_id bigint not null default 0,
  account text not null check (account in ('pending', 'active', 'held')),
  remaining bigint not null check (remaining > 0),
  active_at timestamptz(3) not null,
  expires_at timestamptz(3),
  primary key (lane, profile_id, program, lot_id, hold_id)
) with (fillfactor = 80);

-- What there is so many of over all lanes: a reward's stock, a pool of codes, a programme's budget. A lane never counts what others take: it
-- spends its own lease, and asks for one by a row here when it has none left.
create table parcours.ledger_supply (
  program text not null,
  -- `stock/fridge`, `codes/airtime`, `budget/2026-03`
  thing text not null,
  -- leased or spent so far
  taken bigint not null default 0 check (taken >= 0),
  primary key (program, thing)
);
create table parcours.ledger_lease (
  lane smallint not null,
  program text not null,
  thing text not null,
  -- what the lane may still spend
  units bigint not null check (units >= 0),
  -- what is asked for by the lane; 0: nothing
  wanted bigint not null default 0,
  -- nothing is left anywhere: told until this time
  none_until timestamptz(3),
  primary key (lane, program, thing)
);
create index ledger_lease_wanted on parcours.ledger_lease (program, thing) where wanted > 0;

-- Codes of a pool. A lane gives out those that are leased to it; a code is given once.
create table parcours.ledger_code (
  program text not null,
  pool text not null,
  code text not null,
  lane smallint,
  txn_id bigint,
  primary key (program, pool, code)
);
create index ledger_code_free on parcours.ledger_code (program, pool, code) where lane is null;
create index ledger_code_leased on parcours.ledger_code (lane, program, pool, code) where lane is not null and txn_id is null;

-- The next time at which a lane has members to look at; a row in its inbox waits for it.
create table parcours.ledger_alarm (
  lane smallint primary key,
  at timestamptz(3) not null
);

-- Who was brought by whom, kept where the new member lives. One that stands for each of them and programme: who was brought once can't be
-- brought again by another.
create table parcours.ledger_referral (
  lane smallint not null,
  profile_id bigint not null,
  program text not null,
  -- a number of the ledger
  referral_id bigint not null,
  -- the profile of who brought him; 0: nobody is known by the name that was told
  referrer_id bigint not null,
  at timestamptz(3) not null,
  -- until then he may qualify
  until timestamptz(3) not null,
  -- open asked rewarded refused undone; what is open after `until` has lapsed
  status text not null,
  -- why it was refused, or why only one of the two got points
  reason text,
  -- each time that it is undone begins another
  round smallint not null default 1,
  -- of what is to change: it was so before
  held boolean not null default false,
  changed_at timestamptz(3) not null,
  origin_id bigint,
  primary key (lane, profile_id, program, referral_id)
);
create unique index ledger_referral_one on parcours.ledger_referral (lane, profile_id, program) where status <> 'refused';
create index ledger_referral_number on parcours.ledger_referral (lane, referral_id);

-- What new members whom the same member brought have in common must not be: a keyed hash of each, at the lane of who brought them.
create table parcours.ledger_referral_mark (
  lane smallint not null,
  referrer_id bigint not null,
  program text not null,
  trait text not null,
  mark text not null,
  referral_id bigint not null,
  primary key (lane, referrer_id, program, trait, mark, referral_id)
);

-- Points that a cap kept back. They are in no account until somebody accepts them.
create table parcours.ledger_review (
  lane smallint not null,
  profile_id bigint not null,
  program text not null,
  -- a number of the ledger
  review_id bigint not null,
  -- of the posting: it stands here once, whatever was decided
  key text not null,
  points bigint not null,
  source text not null,
  -- the cap that is reached: day month balance
  reason text not null,
  match text,
  posting jsonb not null,
  -- open accepted refused undone
  status text not null,
  created_at timestamptz(3) not null,
  decided_at timestamptz(3),
  decided_by text,
  origin_id bigint,
  primary key (lane, profile_id, program, key)
);
create index ledger_review_open on parcours.ledger_review (created_at) where status = 'open';
create index ledger_review_number on parcours.ledger_review (review_id);
-- What was given for a redemption, when a caller asks once more.
create index ledger_code_given on parcours.ledger_code (lane, txn_id) where txn_id is not null;
