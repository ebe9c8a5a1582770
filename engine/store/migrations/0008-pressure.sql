-- Pressure, calls and consent: what journeys still lacked.

-- Goals that were met, each with the message that is given credit for it.
create table parcours.conversion (
  lane smallint not null,
  profile_id bigint not null,
  -- of the enrollment whose goal it was
  journey text not null,
  key text not null,
  n integer not null,
  -- when what met the goal happened
  at timestamptz(3) not null,
  -- { "to": …, "status": …, "inLast": … }: how the message was chosen
  rule jsonb not null,
  -- messages among which it was chosen
  touches integer not null,
  -- null: none left in time
  message_id bigint,
  message_journey text,
  message_step text,
  message_channel text,
  origin_id bigint,
  primary key (lane, profile_id, journey, key, n)
);

-- What opened the enrollment: `event order_placed`, `enters dormant`, `by hand`. Null: it began before this was written.
alter table parcours.enrollment add column opened_by text;

-- Lists of messages read back from the newest. Next to nothing to keep, where a tree would cost each insert.
create index message_created on parcours.message using brin (created_at) with (pages_per_range = 64, autosummarize = on);

-- How far the rate of a channel is spent, over all processes.
create table parcours.channel_rate (
  channel text primary key,
  -- the channel's own clock, which each message moves on, in microseconds since the epoch
  clock bigint not null,
  -- how many it let go when it was asked last
  granted integer not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 500);

-- ---------------------------------------------------------------- calls

-- How a call is named outside; a call that is placed anew is another one.
alter table parcours.call add column call_id bigint not null default nextval('parcours.message_id');
create unique index call_by_id on parcours.call (call_id);

-- Who of a desk has which call in hand, and what came of it: written by desks, while lanes write `call`.
create table parcours.call_taking (
  call_id bigint not null,
  -- counts the takings of a call
  n integer not null,
  list text not null,
  agent text not null,
  taken_at timestamptz(3) not null,
  -- taken: in hand · again: tried, and back on the list at again_at · released: not tried · closed: with its outcome
  state text not null check (state in ('taken', 'again', 'released', 'closed')),
  again_at timestamptz(3),
  ended_at timestamptz(3),
  outcome text,
  primary key (call_id, n)
);
-- Nobody calls what somebody else has in hand or has closed.
create unique index call_taking_once on parcours.call_taking (call_id) where state in ('taken', 'closed');
-- What a desk has left of a day is counted by this.
create index call_taking_list on parcours.call_taking (list, taken_at);

-- ---------------------------------------------------------------- consents and countries

-- When a consent was confirmed last (double opt-in), and denied last: a confirmation counts until it is denied.
alter table parcours.consent add column confirmed_at timestamptz(3);
alter table parcours.consent add column denied_at timestamptz(3);
update parcours.consent set denied_at = since where state = 'denied';

-- Registers of people who must not be called or written to, as they were imported last; whole lists take each other's place.
create table parcours.register (
  register text primary key,
  -- the list that counts
  generation integer not null,
  entries bigint not null,
  -- of the list, as its issuer dates it
  as_of timestamptz(3) not null,
  imported_at timestamptz(3) not null
);
create table parcours.register_entry (
  register text not null,
  -- sha-256 of a telephone number in international form
  hash bytea not null,
  generation integer not null,
  primary key (register, hash, generation)
);

-- What somebody waits for by time, and what he was refused, go on as the survivor's when two become one.
alter table parcours.entry_wake add column origin_id bigint;
alter table parcours.entry_refusal add column origin_id bigint;
