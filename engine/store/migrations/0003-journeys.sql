-- What journeys need beyond the foundation: how enrollments began, who may begin at a time to come, who was not let in, and how many
-- may come in at most.

-- How many facts of ours stand between what opened the enrollment and what came from outside: loops between journeys end by it.
alter table parcours.enrollment add column hop smallint not null default 0;
-- Triggers that came while it was open.
alter table parcours.enrollment add column ignored integer not null default 0;
-- The group that it was drawn into to measure the others (the journey's own, or `holdout/x`): it gets nothing.
alter table parcours.enrollment add column holdout text;

-- Who may enter a journey by time alone: at dates of people and of rows, when rows come to fulfil something, when nothing has followed
-- an event. A row exists while there is something to wait for or to remember.
create table parcours.entry_wake (
  lane smallint not null,
  profile_id bigint not null,
  -- the journey and the digest of its trigger: `birthday/3f2a91c07d54`
  trigger text not null,
  -- of a row of an entity, or the number of an event; else ''
  key text not null,
  -- when to look again
  next_change timestamptz(3),
  -- the occurrence that is waited for, by what makes it: a date that moved is another one
  of text,
  -- when it occurs
  at timestamptz(3),
  -- the last occurrence that was seen through, whether somebody entered or it was too late
  done text,
  primary key (lane, profile_id, trigger, key)
) with (fillfactor = 80);
create index entry_wake_due on parcours.entry_wake (lane, next_change) where next_change is not null;

-- Who was not let into a journey and why, where nothing else tells it: once for each reason, with how often and when last.
create table parcours.entry_refusal (
  lane smallint not null,
  profile_id bigint not null,
  journey text not null,
  -- no-key · no-row · closed · full · loop
  reason text not null,
  times integer not null,
  last_at timestamptz(3) not null,
  last_key text not null,
  primary key (lane, profile_id, journey, reason)
);

-- Places in journeys that let in so many people at most, over all lanes: asked for by lanes, which only append, and given in the order of asking.
create table parcours.entry_request (
  journey text not null,
  seq bigint generated always as identity (cache 1),
  lane smallint not null,
  profile_id bigint not null,
  -- what opened it, to be tried again with a place; or null: a place that wasn't needed comes back
  body jsonb,
  primary key (journey, seq)
);
create table parcours.entry_quota (
  journey text primary key,
  -- places given
  taken bigint not null
);

-- The round of the innermost `repeat` in which a message was decided; 0 outside of any.
alter table parcours.message add column round integer not null default 0;
