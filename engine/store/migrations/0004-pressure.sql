-- What pressure needs beyond the foundation.

-- The trait that holds the address of a message, where its send names another than the channel's.
alter table parcours.message add column address_trait text;

-- What operators stopped, why and until when; what is over stays as its own history.
create table parcours.pause (
  -- `journey/x`, `channel/x`, or `workspace`: everything
  resource text not null,
  since timestamptz(3) not null,
  -- null: until it is resumed
  until timestamptz(3),
  -- skip_late: what it held is dropped · spread: it leaves, spread over an hour
  on_resume text not null check (on_resume in ('skip_late', 'spread')),
  why text not null,
  author text not null,
  ended_at timestamptz(3),
  ended_by text,
  primary key (resource, since)
);
create unique index pause_open on parcours.pause (resource) where ended_at is null;
