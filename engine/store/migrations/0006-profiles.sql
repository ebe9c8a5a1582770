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
