-- Loyalty after merges: the ledger of who was merged stays where it is, and is found as the survivor's.

-- Holders whose history is a person's, too, since they were those of profiles that were merged into him. His own stands in `ledger_member`.
-- Rows move with merges and back like any other of a person, so a merge that is taken back gives each his own history again.
create table parcours.ledger_holder (
  lane smallint not null,
  profile_id bigint not null,
  program text not null,
  holder_lane smallint not null,
  holder_id bigint not null,
  origin_id bigint,
  primary key (lane, profile_id, program, holder_id)
);

-- Of points that went over with a merge: the lot that they were given in first. A refund takes them from there.
alter table parcours.ledger_lot add column of_lot bigint;
create index ledger_lot_of on parcours.ledger_lot (of_lot) where of_lot is not null;
alter table parcours.ledger_open add column of_lot bigint;

-- A number of a transaction is one over all holders, and what one of them got may be taken back at another.
drop index parcours.ledger_txn_reversed;
create index ledger_txn_reversed on parcours.ledger_txn (of_txn) include (amount) where kind in ('reverse', 'disqualify');
drop index parcours.ledger_txn_cancelled;
create index ledger_txn_cancelled on parcours.ledger_txn (of_txn) include (amount) where kind = 'cancel';

-- Who was merged before.
insert into parcours.ledger_holder (lane, profile_id, program, holder_lane, holder_id, origin_id)
with recursive root (profile_id, now_id) as (
  select p.profile_id, p.merged_into from parcours.profile p where p.merged_into > 0
  union
  select r.profile_id, p.merged_into from root r join parcours.profile p on p.profile_id = r.now_id where p.merged_into > 0)
select p.lane, p.profile_id, m.program, m.lane, m.holder_id, m.profile_id
from root r
join parcours.profile p on p.profile_id = r.now_id and p.merged_into is null
join parcours.ledger_member m on m.profile_id = r.profile_id;
