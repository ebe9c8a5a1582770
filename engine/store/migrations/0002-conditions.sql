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
  primary key (lane, profile_id, entity, key, role)
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
