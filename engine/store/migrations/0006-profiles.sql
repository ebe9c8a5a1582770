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
