-- Channels: what providers tell, and what people choose.

-- ---------------------------------------------------------------- providers

-- What a message became at its provider: its name there, and what it costs, known before it leaves.
alter table parcours.message
  add column provider_id text,
  add column segments smallint,
  -- millionths of the major unit of the currency
  add column cost_micros bigint,
  add column cost_currency text;

-- Devices that push messages go to: every token that a person's address trait has told, until the provider says that it is no more.
create table parcours.device (
  lane smallint not null,
  profile_id bigint not null,
  trait text not null,
  token text not null,
  seen_at timestamptz(3) not null,
  origin_id bigint,
  primary key (lane, profile_id, trait, token)
);
-- A device is of whoever used it last, in whichever lane he is.
create index device_token on parcours.device (token, trait);

-- Whom a message reached at an address from which people can answer, so that an answer finds its person.
create table parcours.addressee (
  lane smallint not null,
  profile_id bigint not null,
  -- sha-256 of channel type and address, as on the suppression list
  hash bytea not null,
  last_at timestamptz(3) not null,
  origin_id bigint,
  primary key (lane, profile_id, hash)
);
create index addressee_hash on parcours.addressee (hash);

-- ---------------------------------------------------------------- what is placed: on sites, in letters, on lists of platforms

-- Content that waits where people find it. Written by who hands messages over; what became of it, batches and sites note beside it.
create table parcours.placement (
  lane smallint not null,
  profile_id bigint not null,
  message_id bigint not null,
  channel text not null,
  placed_at timestamptz(3) not null,
  -- from then on it is shown and listed no more
  until timestamptz(3) not null,
  -- what it says, and of letters where to
  content jsonb not null,
  -- of letters: of all who live there the same, or the message's own
  household text,
  -- of letters: the batch that took it
  batch_at timestamptz(3),
  origin_id bigint,
  primary key (lane, profile_id, message_id)
);
-- A batch asks for what no batch took, and a list for who stands on it.
create index placement_channel on parcours.placement (channel, until) where batch_at is null;

-- What people saw on a site, and what they would have seen if they weren't held out: the first time, and how often.
create table parcours.exposure (
  lane smallint not null,
  profile_id bigint not null,
  -- a message by its number, or `holdout JOURNEY NUMBER` of an enrollment
  what text not null,
  slot text not null,
  first_at timestamptz(3) not null,
  last_at timestamptz(3) not null,
  times integer not null,
  -- closed by the person: it is shown no more
  dismissed_at timestamptz(3),
  origin_id bigint,
  primary key (lane, profile_id, what)
);

-- Batches of letters and changes of lists that were written, each time once, whatever the number of processes.
create table parcours.placement_batch (
  channel text not null,
  batch_at timestamptz(3) not null,
  state text not null default 'open' check (state in ('open', 'written')),
  -- counts
  summary jsonb not null default '{}',
  primary key (channel, batch_at)
);

-- What a platform was told last of a channel's list: hashes alone, so that who was erased is taken off it, too.
create table parcours.ad_list (
  channel text not null,
  kind text not null check (kind in ('email', 'phone')),
  hash text not null,
  primary key (channel, kind, hash)
);

-- What became of the messages of half a year, by channel, counted once a day: how everybody answers, beside which a person's few messages are read.
create table parcours.channel_result (
  channel text primary key,
  sent bigint not null,
  delivered bigint not null,
  seen bigint not null,
  acted bigint not null,
  -- given credit for a goal
  converted bigint not null,
  counted_on date not null
);
