-- The foundation: config, lanes, people, facts, memberships, enrollments, messages. Every per-profile table has `lane` first in
-- its primary key; no foreign key and no shared counter crosses lanes (DESIGN, section 8). Times are timestamptz(3).

create table parcours.store (
  store_id uuid primary key default gen_random_uuid(),
  workspace text,
  engine_min integer not null default 1,
  created_at timestamptz(3) not null default now()
);
insert into parcours.store default values;

-- ---------------------------------------------------------------- config: small, read by key

create table parcours.resource_version (
  digest text primary key,
  kind text not null,
  id text not null,
  body jsonb not null
);

create table parcours.revision (
  number bigint primary key,
  bundle_digest text not null,
  git_commit text,
  git_dirty boolean not null default false,
  author text not null,
  applied_at timestamptz(3) not null,
  -- { "kind/id": { "digest": …, "meta": {…} } }: the whole bundle, bodies by digest
  resources jsonb not null,
  plan jsonb not null,
  engine_version text not null,
  tzdata_version text
);

create table parcours.schedule_run (
  journey text not null,
  fire_at timestamptz(3) not null,
  primary key (journey, fire_at)
);

create table parcours.worker (
  worker_id text primary key,
  kind text not null,
  started_at timestamptz(3) not null,
  beat_at timestamptz(3) not null,
  host text not null,
  pid integer not null
);

-- ---------------------------------------------------------------- lanes

create table parcours.lane (
  lane smallint primary key check (lane between 0 and 1023),
  -- the revision that the lane last ran under
  revision bigint not null default 0,
  -- the lane's own time, which never goes backwards
  last_t timestamptz(3),
  -- a hint that only the holder writes: nothing is due before it, inbox apart
  wake_at timestamptz(3)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 500);
insert into parcours.lane (lane) select generate_series(0, 1023);

-- Classes, in order of service: 0 command, 1 live fact, 2 timer, 3 outcome, 4 import.
create table parcours.inbox (
  lane smallint not null,
  seq bigint generated always as identity (cache 1),
  class smallint not null,
  visible_at timestamptz(3) not null,
  profile_id bigint,
  kind text not null,
  hop smallint not null default 0,
  body jsonb not null,
  -- a lane's rows are taken by class, then in order
  primary key (lane, class, seq)
) with (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000);
-- The claim asks which lanes got something above the low-water mark.
create index inbox_seq on parcours.inbox (seq) include (lane, class);
-- The lane's own next time: the earliest row that waits for its hour.
create index inbox_visible on parcours.inbox (lane, visible_at);

create table parcours.dead_letter (
  lane smallint not null,
  seq bigint not null,
  profile_id bigint,
  kind text not null,
  body jsonb not null,
  reason text not null,
  at timestamptz(3) not null,
  primary key (lane, seq)
);

-- ---------------------------------------------------------------- people

create sequence parcours.profile_id as bigint cache 1;

create table parcours.profile (
  lane smallint not null,
  profile_id bigint not null,
  -- the projection of trait_value: newest value of each trait, in its stored form
  traits jsonb not null default '{}',
  zone text,
  locale text,
  merged_into bigint,
  created_at timestamptz(3) not null,
  primary key (lane, profile_id)
) with (fillfactor = 80);

create table parcours.trait_value (
  lane smallint not null,
  profile_id bigint not null,
  trait text not null,
  source text not null,
  observed_at timestamptz(3) not null,
  received_at timestamptz(3) not null,
  value jsonb,
  origin_id bigint,
  primary key (lane, profile_id, trait, observed_at, source)
);

-- Computed traits that time alone will change.
create table parcours.trait_wake (
  lane smallint not null,
  profile_id bigint not null,
  trait text not null,
  next_change timestamptz(3) not null,
  primary key (lane, profile_id, trait)
);
create index trait_wake_due on parcours.trait_wake (lane, next_change);

create table parcours.identifier (
  type text not null,
  value text not null,
  lane smallint not null,
  profile_id bigint not null,
  primary key (type, value)
);
create index identifier_profile on parcours.identifier (lane, profile_id);

create table parcours.seen_message (
  source text not null,
  message_id text not null,
  seen_at timestamptz(3) not null,
  primary key (source, message_id)
);

-- The server's time zones: the one database that decides local times. A zone that is not here is not stored on a person.
create table parcours.zone (name text primary key);
insert into parcours.zone select distinct name from pg_timezone_names;

create table parcours.consent (
  lane smallint not null,
  profile_id bigint not null,
  purpose text not null,
  -- a channel type, or '*' for all
  channel text not null,
  state text not null check (state in ('granted', 'denied')),
  since timestamptz(3) not null,
  primary key (lane, profile_id, purpose, channel)
);

create table parcours.consent_log (
  lane smallint not null,
  profile_id bigint not null,
  seq bigint not null,
  purpose text not null,
  channel text not null,
  state text not null,
  occurred_at timestamptz(3) not null,
  source text not null,
  primary key (lane, profile_id, seq, purpose, channel)
);

create table parcours.suppression (
  -- sha-256 of channel type and address: it outlives the person
  hash bytea primary key,
  reason text not null,
  at timestamptz(3) not null
);

-- The primary key is the index that conditions read: newest first, one person, one type, the measure without the heap.
create table parcours.event (
  lane smallint not null,
  type text not null,
  profile_id bigint not null,
  occurred_at timestamptz(3) not null,
  -- the inbox number under which it arrived
  event_id bigint not null,
  received_at timestamptz(3) not null,
  value bigint,
  unit text,
  properties jsonb not null,
  source text not null,
  origin_id bigint,
  primary key (lane, type, profile_id, occurred_at, event_id) include (value, unit)
);

-- ---------------------------------------------------------------- segments

-- A row exists only for a member or for a finite next_change. It belongs to the definition of the lane's revision.
create table parcours.membership (
  lane smallint not null,
  profile_id bigint not null,
  segment text not null,
  is_member boolean not null,
  since timestamptz(3) not null,
  next_change timestamptz(3),
  primary key (lane, profile_id, segment)
);
create index membership_due on parcours.membership (lane, next_change) where next_change is not null;
create index membership_members on parcours.membership (segment, lane, profile_id) where is_member;

-- ---------------------------------------------------------------- journeys

create table parcours.enrollment (
  lane smallint not null,
  profile_id bigint not null,
  journey text not null,
  -- one place per person ('') or per cart, booking, contract
  key text not null default '',
  -- counts re-entries
  n integer not null,
  -- digest of the journey's body: its steps are pinned
  version text not null,
  state text not null check (state in ('active', 'exited')),
  step text,
  -- due: to be done at due_at · waiting: for a condition until due_at · held: a deferred message tries again at due_at
  posture text check (posture in ('due', 'waiting', 'held')),
  entered_at timestamptz(3) not null,
  -- the anchor `here`
  step_since timestamptz(3) not null,
  due_at timestamptz(3),
  -- when a watched condition (goal, exit, wait) can change by time alone
  watch_at timestamptz(3),
  wake_at timestamptz(3) generated always as (least(due_at, watch_at)) stored,
  goal_at timestamptz(3),
  goal_until timestamptz(3),
  exited_at timestamptz(3),
  exit_as text,
  -- when referenced steps were done: { "step": epoch ms }
  marks jsonb not null default '{}',
  -- properties of the fact that opened it
  entry jsonb not null default '{}',
  steps_done integer not null default 0,
  origin_id bigint,
  primary key (lane, profile_id, journey, key, n)
) with (fillfactor = 80);
create index enrollment_due on parcours.enrollment (lane, wake_at) where wake_at is not null;

create table parcours.step_log (
  lane smallint not null,
  profile_id bigint not null,
  journey text not null,
  key text not null,
  n integer not null,
  seq integer not null,
  step text not null,
  at timestamptz(3) not null,
  outcome text not null,
  -- the leaves' values at the time, which nothing can recompute later
  detail jsonb,
  primary key (lane, profile_id, journey, key, n, seq)
);

-- ---------------------------------------------------------------- messages

create sequence parcours.message_id as bigint cache 1;

create table parcours.message (
  lane smallint not null,
  message_id bigint not null,
  profile_id bigint not null,
  journey text not null,
  key text not null,
  n integer not null,
  step text not null,
  channel text,
  template text not null,
  objective text not null,
  purpose text not null,
  priority smallint not null,
  -- deferred queued sent delivered seen acted · suppressed expired failed uncertain
  state text not null,
  -- 0 not accepted, 1 queued, 2 sent, 3 delivered, 4 seen, 5 acted
  rank smallint not null,
  created_at timestamptz(3) not null,
  accepted_at timestamptz(3),
  valid_until timestamptz(3) not null,
  sent_at timestamptz(3),
  with_values jsonb not null default '{}',
  decision jsonb not null,
  revision bigint not null,
  origin_id bigint,
  primary key (lane, message_id)
) with (fillfactor = 80);
create index message_profile on parcours.message (lane, profile_id, created_at);

-- Reservations that caps count, read index-only: from queueing until the message fails.
create table parcours.contact (
  lane smallint not null,
  profile_id bigint not null,
  at timestamptz(3) not null,
  message_id bigint not null,
  channel text not null,
  journey text not null,
  objective text not null,
  primary key (lane, profile_id, at, message_id) include (channel, journey, objective)
);

create table parcours.outbox (
  lane smallint not null,
  message_id bigint not null,
  profile_id bigint not null,
  channel text not null,
  -- 0 service, 1 the rest
  class smallint not null,
  due_at timestamptz(3) not null,
  -- after it the decision no longer holds: back to the lane
  decided_until timestamptz(3) not null,
  state text not null default 'ready' check (state in ('ready', 'attempting')),
  attempt integer not null default 0,
  dispatcher text,
  attempted_at timestamptz(3),
  primary key (lane, message_id)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000);
create index outbox_due on parcours.outbox (channel, class, due_at) where state = 'ready';

-- ---------------------------------------------------------------- what compiled conditions call; none of these raises

-- A jsonb number, or null.
create function parcours.num(v jsonb) returns numeric
language sql immutable parallel safe
return case when jsonb_typeof(v) = 'number' then v::numeric end;

-- Milliseconds since the epoch as an instant, or null. Years 1900 to 9999, so that nothing overflows.
create function parcours.instant(v jsonb) returns timestamptz
language sql immutable parallel safe
return case when jsonb_typeof(v) = 'number' and v::numeric between -2208988800000 and 253402300799999
  then to_timestamp(v::numeric::double precision / 1000)::timestamptz(3) end;

-- The end of the gap that a skipped local time lies in. Zones change on whole minutes; r is a guess behind the gap.
create function parcours.gap_end(local timestamp, zone text, r timestamptz) returns timestamptz
language sql stable parallel safe
return (
  select min(x)
  from generate_series(date_trunc('minute', r - ((r at time zone zone) - local)), r, interval '1 minute') x
  where (x at time zone zone) >= local
);

-- The instant of a local time: a skipped time is the first valid one after it, a repeated one is its first occurrence. PostgreSQL reads a
-- skipped time by the offset before the gap and a repeated one by the offset after the change; the offset of the day before gives
-- the first occurrence. One expression without a subquery, so that it's inlined.
create function parcours.local_instant(local timestamp, zone text) returns timestamptz
language sql stable parallel safe
return case
  when ((local at time zone zone) at time zone zone) <> local then
    parcours.gap_end(local, zone, local at time zone zone)
  when (((local - ((((local at time zone zone) - interval '24 hours') at time zone zone)
      - (((local at time zone zone) - interval '24 hours') at time zone 'UTC'))) at time zone 'UTC') at time zone zone) = local then
    least(local at time zone zone, (local - ((((local at time zone zone) - interval '24 hours') at time zone zone)
      - (((local at time zone zone) - interval '24 hours') at time zone 'UTC'))) at time zone 'UTC')
  else local at time zone zone
end;

-- Days since 1970-01-01 as the first instant of that day in a zone that was checked before, or null.
create function parcours.midnight(v jsonb, zone text) returns timestamptz
language sql stable parallel safe
return case when jsonb_typeof(v) = 'number' and v::numeric between -25567 and 2932896
  then parcours.local_instant((date '1970-01-01' + v::numeric::integer)::timestamp, zone)::timestamptz(3) end;
