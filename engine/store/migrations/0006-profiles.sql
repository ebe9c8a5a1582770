-- Profiles: ingestion over HTTP, identity, privacy, destinations.

-- Calls of a batch that could not be used, with the reasons, so that they can be repaired or counted. A call alone is answered instead.
create table parcours.rejected_call (
  source text not null,
  -- the caller's own, or the digest of the call: one that is tried again is the same
  message_id text not null,
  received_at timestamptz(3) not null,
  -- places and reasons, never values
  reasons text[] not null,
  -- JSON as it came; null: what no store can hold
  body text,
  primary key (source, message_id)
);
create index rejected_call_received on parcours.rejected_call (received_at);

-- ---------------------------------------------------------------- identity

-- Profiles that are one person by some rule, waiting to be merged. Whoever tells it only appends; both may have been merged meanwhile.
create table parcours.merge_request (
  request_id bigint generated always as identity primary key,
  a_id bigint not null,
  b_id bigint not null,
  -- anonymous · identifier TYPE · alias · review
  rule text not null,
  asked_at timestamptz(3) not null,
  unique (a_id, b_id, rule)
);

-- Merges that people decide on: beyond a limit. Once decided, a pair isn't proposed again.
create table parcours.merge_proposal (
  a_id bigint not null,
  b_id bigint not null,
  rule text not null,
  reason text not null,
  proposed_at timestamptz(3) not null,
  state text not null default 'open' check (state in ('open', 'accepted', 'declined')),
  decided_at timestamptz(3),
  decided_by text,
  primary key (a_id, b_id)
);
create index merge_proposal_open on parcours.merge_proposal (proposed_at) where state = 'open';

-- Who became who, and what it takes to undo it.
create table parcours.merge_log (
  merge_id bigint generated always as identity primary key,
  from_id bigint not null,
  into_id bigint not null,
  rule text not null,
  merged_at timestamptz(3) not null,
  -- enrollments that got another number or ended by it
  renumbered jsonb not null default '[]',
  undone_at timestamptz(3),
  undone_by text
);
create index merge_log_from on parcours.merge_log (from_id) where undone_at is null;
create index merge_log_into on parcours.merge_log (into_id) where undone_at is null;

-- Rows of a profile that was merged for which the survivor had no room, or of which his took the place.
create table parcours.merge_leftover (
  merge_id bigint not null,
  n bigint generated always as identity,
  profile_id bigint not null,
  relation text not null,
  body jsonb not null,
  primary key (merge_id, n)
);
create index merge_leftover_profile on parcours.merge_leftover (profile_id);

-- Whose a row was before a merge.
alter table parcours.identifier add column origin_id bigint;
alter table parcours.consent_log add column origin_id bigint;
alter table parcours.contact add column origin_id bigint;
alter table parcours.outbox add column origin_id bigint;
alter table parcours.step_log add column origin_id bigint;
alter table parcours.split_choice add column origin_id bigint;
alter table parcours.call add column origin_id bigint;
alter table parcours.webhook add column origin_id bigint;
alter table parcours.entity_tie add column origin_id bigint;
alter table parcours.entry_request add column origin_id bigint;
alter table parcours.dead_letter add column origin_id bigint;

-- ---------------------------------------------------------------- privacy

-- What erased people were known by, so that nobody revives them: a keyed hash of each identifier, which tells nothing without the salt.
create table parcours.erased_identifier (
  hash bytea primary key,
  at timestamptz(3) not null
);
alter table parcours.store add column salt uuid not null default gen_random_uuid();

-- That somebody was erased, and the proof of it. A profile that is gone leaves a number; its tombstone says that it was merged into 0.
create table parcours.erasure (
  erasure_id bigint generated always as identity primary key,
  profile_id bigint not null,
  erased_at timestamptz(3) not null,
  erased_by text not null,
  -- tables and counts
  proof jsonb not null,
  -- sha-256 of the proof
  digest text not null
);

-- People of whom nothing may be done but kept (GDPR, article 18).
alter table parcours.profile add column restricted_at timestamptz(3);
create index profile_restricted on parcours.profile (lane, profile_id) where restricted_at is not null;

-- ---------------------------------------------------------------- files that sources pick up

-- Files of sources with a `path` that were read: one that changed is read again, and rows that are in are skipped.
create table parcours.import_file (
  source text not null,
  -- relative to the workspace, with /
  path text not null,
  size bigint not null,
  modified_at timestamptz(3) not null,
  imported_at timestamptz(3) not null,
  state text not null check (state in ('imported', 'failed')),
  -- counts, or why it failed
  summary jsonb not null,
  primary key (source, path)
);

-- ---------------------------------------------------------------- destinations

-- Deliveries: how far one is that isn't done, and the log of those that are. At most one of a destination is on its way.
create table parcours.destination_run (
  run_id bigint generated always as identity primary key,
  destination text not null,
  -- of what the destination said when it began: when it says something else, another delivery begins
  digest text not null,
  send text not null check (send in ('all', 'changes')),
  cause text not null check (cause in ('schedule', 'membership', 'hand')),
  -- the time of the schedule
  fire_at timestamptz(3),
  started_at timestamptz(3) not null,
  ended_at timestamptz(3),
  state text not null check (state in ('running', 'waiting', 'done', 'failed')),
  -- still to be read
  lanes smallint[] not null,
  -- what is whole of each file that is being written
  bytes bigint[] not null default '{}',
  told bigint not null default 0,
  removed bigint not null default 0,
  -- people of whom nothing could be told: an audience finds nobody without address and number
  unnamed bigint not null default 0,
  -- files, or the table
  artifacts text[] not null default '{}',
  attempts integer not null default 0,
  retry_at timestamptz(3),
  -- why it waits or failed; never of a person
  reason text
);
create unique index destination_run_open on parcours.destination_run (destination) where state in ('running', 'waiting');
create index destination_run_log on parcours.destination_run (destination, run_id);

-- What a destination of changes was told of a person.
create table parcours.destination_row (
  lane smallint not null,
  destination text not null,
  profile_id bigint not null,
  -- of the row as it was told; null: that he is there no more; empty: it is to be told again
  digest bytea,
  run_id bigint not null,
  primary key (lane, destination, profile_id)
);
create index destination_row_gone on parcours.destination_row (destination, run_id) where digest is null;

-- By which hashes an audience knows a person.
create table parcours.destination_hash (
  lane smallint not null,
  destination text not null,
  profile_id bigint not null,
  kind text not null check (kind in ('email', 'phone')),
  hash bytea not null,
  -- the delivery that takes it out; another person may have the same
  gone_in bigint,
  primary key (lane, destination, profile_id, kind, hash)
);
-- By the hash alone: an index that began with the destination would be taken for look-ups of people while the table has no statistics.
create index destination_hash_same on parcours.destination_hash (hash);
create index destination_hash_gone on parcours.destination_hash (destination, gone_in) where gone_in is not null;

-- Erased people whom destinations still know, until they are told: a number (`parcours_id`), or a hash, and nothing else.
create table parcours.destination_gone (
  lane smallint not null,
  destination text not null,
  number bigint not null,
  kind text not null default '',
  hash bytea not null default '',
  -- the delivery that tells it
  run_id bigint,
  primary key (lane, destination, number, kind, hash)
);

-- How a lane was when its people were read for a destination that follows a segment: a lane that is as it was isn't read again.
create table parcours.destination_lane (
  lane smallint not null,
  destination text not null,
  seen text not null,
  primary key (lane, destination)
);

-- ---------------------------------------------------------------- queries of other databases

-- How far the rows of a source were read: noted with the rows, so that none is lost and none counts twice.
create table parcours.source_pull (
  source text primary key,
  -- the column whose values these are: another one begins anew
  cursor_column text not null,
  -- as the database writes it; null: nothing was read yet
  cursor text,
  began_at timestamptz(3) not null,
  ended_at timestamptz(3),
  state text not null check (state in ('running', 'done', 'failed')),
  -- of the last time that it was asked
  rows bigint not null default 0,
  facts bigint not null default 0,
  rejected bigint not null default 0,
  reason text
);

-- ---------------------------------------------------------------- cleaning

-- As it was written, and the rule that made of it what is stored; null: it was clean. Of an identifier the first writing.
alter table parcours.identifier add column raw text;
alter table parcours.identifier add column cleaned_by text;
alter table parcours.trait_value add column raw text;
alter table parcours.trait_value add column cleaned_by text;

-- When everybody was looked through last by a key of the identity document.
create table parcours.identity_match (
  key text primary key,
  looked_at timestamptz(3) not null
);
