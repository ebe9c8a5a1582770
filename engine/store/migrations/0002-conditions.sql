-- What conditions need beyond events and traits: anniversaries, and rows of entities tied to people.

-- Days since 1970-01-01 as a date, or null.
create function parcours.day(v jsonb) returns date
language sql immutable parallel safe
return case when jsonb_typeof(v) = 'number' and v::numeric between -25567 and 2932896
  then date '1970-01-01' + v::numeric::integer end;

-- The anniversary of a day in a year, or null: 29 February in other years is the 28th, 1 March, or none.
create function parcours.anniversary_in(day date, year integer, feb_29 text) returns date
language sql immutable parallel safe
return case
  when year <= extract(year from day)::integer or year > 9999 then null
  when extract(month from day) = 2 and extract(day from day) = 29 and not (year % 4 = 0 and (year % 100 <> 0 or year % 400 = 0))
    then case feb_29 when 'feb-28' then make_date(year, 2, 28) when 'mar-01' then make_date(year, 3, 1) end
  else make_date(year, extract(month from day)::integer, extract(day from day)::integer)
end;

-- The first instant of an anniversary after t, in a zone that was checked before; eight years hold two 29th of February, also around 1900.
create function parcours.next_anniversary(day date, zone text, t timestamptz, feb_29 text) returns timestamptz
language sql stable parallel safe
return (
  select min(a.at) from generate_series(0, 8) n
  cross join lateral (select parcours.local_instant(
    parcours.anniversary_in(day, greatest(extract(year from t at time zone zone)::integer, extract(year from day)::integer + 1) + n, feb_29)::timestamp,
    zone) as at) a
  where a.at > t
);

-- The first instant of the latest anniversary up to t, or null before the first.
create function parcours.last_anniversary(day date, zone text, t timestamptz, feb_29 text) returns timestamptz
language sql stable parallel safe
return (
  select max(a.at) from generate_series(0, 8) n
  cross join lateral (select parcours.local_instant(
    parcours.anniversary_in(day, extract(year from t at time zone zone)::integer - n, feb_29)::timestamp, zone) as at) a
  where a.at <= t
);

-- Rows of entities (bookings, contracts): a copy in the lane of each person tied to the row, so that conditions stay in one lane.
create table parcours.entity_row (
  lane smallint not null,
  profile_id bigint not null,
  entity text not null,
  key text not null,
  role text not null,
  -- the newest value of each field, in its stored form
  fields jsonb not null,
  observed_at timestamptz(3) not null,
  source text not null,
  origin_id bigint,
  -- of the row at the time of the copy: facts of one person are not always handled in the order in which they were told
  version bigint not null default 0,
  primary key (lane, profile_id, entity, key, role)
) with (fillfactor = 80);

-- What sources told of each row, over all lanes: who is tied to it later gets all of it, and an older statement changes nothing.
create table parcours.entity (
  entity text not null,
  key text not null,
  -- the newest value of each field, in its stored form
  fields jsonb not null,
  -- by field when it was told, by role when all its people were named: milliseconds since the epoch
  field_times jsonb not null,
  role_times jsonb not null,
  -- grows with each change; copies in lanes never go back
  version bigint not null,
  primary key (entity, key)
) with (fillfactor = 80);

-- Who is tied to a row, over all lanes: who loses a role is told, and a role holds no more people than declared.
create table parcours.entity_tie (
  entity text not null,
  key text not null,
  role text not null,
  lane smallint not null,
  profile_id bigint not null,
  since timestamptz(3) not null,
  primary key (entity, key, role, lane, profile_id)
);

-- The members of each segment, counted once a day (UTC): what its size was.
create table parcours.segment_size (
  segment text not null,
  day date not null,
  at timestamptz(3) not null,
  people bigint not null,
  primary key (segment, day)
);

-- Products and quotients of formulas; what is beyond all measure, or divided by zero, is missing. Twenty decimals are more than are kept.
create function parcours.times(a numeric, b numeric) returns numeric
language sql immutable parallel safe
return case when abs(a) < 1e100 and abs(b) < 1e100 then a * b end;

create function parcours.over(a numeric, b numeric) returns numeric
language sql immutable parallel safe
return case when b <> 0 and abs(a) < 1e100 and abs(b) < 1e100 then round(a, 20) / b end;

-- The bounds of computed traits that rank people among everybody, as they were worked out last.
create table parcours.trait_scale (
  trait text primary key,
  -- of the definition with all that it reads
  signature text not null,
  computed_at timestamptz(3) not null,
  people bigint not null,
  -- [{ "part": 2, "bound": 12.5 }, …]: the worst value that lies in a part
  bounds jsonb not null
);

-- Fills read events without their people; whom another profile has taken up is left out by this, which is small.
create index profile_merged on parcours.profile (lane, profile_id) where merged_into is not null;
