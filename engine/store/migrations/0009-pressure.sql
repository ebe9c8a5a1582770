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

-- Lists of messages read back from the newest. Next to nothing to keep, where a tree would cost each insert.
create index message_created on parcours.message using brin (created_at) with (pages_per_range = 64, autosummarize = on);

-- How far the rate of a channel is spent, over all processes.
create table parcours.channel_rate (
  channel text primary key,
  -- when the next message may leave
  next_at timestamptz(3) not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 500);
