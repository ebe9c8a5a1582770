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
