-- What journeys need beyond the foundation: how enrollments began, who may begin at a time to come, who was not let in, and how many
-- may come in at most.

-- How many facts of ours stand between what opened the enrollment and what came from outside: loops between journeys end by it.
alter table parcours.enrollment add column hop smallint not null default 0;
-- Triggers that came while it was open.
alter table parcours.enrollment add column ignored integer not null default 0;
-- The group that it was drawn into to measure the others (the journey's own, or `holdout/x`): it gets nothing.
alter table parcours.enrollment add column holdout text;

-- Who may enter a journey by time alone: at dates of people and of rows, when rows come to fulfil something, when nothing has followed
-- an event. A row exists while there is something to wait for or to remember.
create table parcours.entry_wake (
  lane smallint not null,
  profile_id bigint not null,
  -- the journey and the digest of its trigger: `birthday/3f2a91c07d54`
  trigger text not null,
  -- of a row of an entity, or the number of an event; else ''
  key text not null,
  -- when to look again
  next_change timestamptz(3),
  -- the occurrence that is waited for, by what makes it: a date that moved is another one
  of text,
  -- when it occurs
  at timestamptz(3),
  -- the last occurrence that was seen through, whether somebody entered or it was too late
  done text,
  primary key (lane, profile_id, trigger, key)
) with (fillfactor = 80);
create index entry_wake_due on parcours.entry_wake (lane, next_change) where next_change is not null;

-- Who was not let into a journey and why, where nothing else tells it: once for each reason, with how often and when last.
create table parcours.entry_refusal (
  lane smallint not null,
  profile_id bigint not null,
  journey text not null,
  -- no-key · no-row · closed · full · loop
  reason text not null,
  times integer not null,
  last_at timestamptz(3) not null,
  last_key text not null,
  primary key (lane, profile_id, journey, reason)
);

-- Places in journeys that let in so many people at most, over all lanes: asked for by lanes, which only append, and given in the order of asking.
create table parcours.entry_request (
  journey text not null,
  seq bigint generated always as identity (cache 1),
  lane smallint not null,
  profile_id bigint not null,
  -- what opened it, to be tried again with a place; or null: a place that wasn't needed comes back
  body jsonb,
  primary key (journey, seq)
);
create table parcours.entry_quota (
  journey text primary key,
  -- places given
  taken bigint not null
);

-- The round of the innermost `repeat` in which a message was decided; 0 outside of any.
alter table parcours.message add column round integer not null default 0;

-- Customers that may have left (BG/NBD; Fader, Hardie, Lee, Marketing Science 24, 2005). While alive somebody buys at a rate of his own
-- (gamma over people: r, alpha), and after each purchase leaves for good with a probability of his own (beta over people: a, b).
-- x purchases after the first one, the last of them `recency` after it, watched for `age`; all times in one unit. The same formulas
-- as in engine/measure/statistics/bg-nbd.ts, to which a test holds them. Nothing raises: exponents are held where they can be computed.

-- P(alive); without a second purchase 1.
create function parcours.bg_nbd_alive(
  r double precision, alpha double precision, a double precision, b double precision,
  x double precision, recency double precision, age double precision) returns double precision
language sql immutable parallel safe
return case when x = 0 then 1 else 1 / (1 + exp(least(700, greatest(-700,
  ln(a / (b + x - 1)) + (r + x) * ln((alpha + age) / (alpha + recency)))))) end;

-- Purchases within t by somebody whose probability of leaving is p.
create function parcours.bg_nbd_leaving(
  r double precision, alpha double precision, p double precision, t double precision) returns double precision
language sql immutable parallel safe
return (1 - exp(greatest(-700, -r * ln(1 + p * t / alpha)))) / p;

-- Purchases within t of the first one, that one not counted: equation 9, with Euler's transformation (Abramowitz, Stegun 15.3.3) of its
-- hypergeometric function, in which a = 1 is no special case and good customers keep their digits. Where its series would take more
-- terms than are summed, or more than a number holds, people hardly differ in how they leave: then by three points of that beta
-- distribution (its mean, and √3 standard deviations to either side), to a thousandth.
create function parcours.bg_nbd_expected(
  r double precision, alpha double precision, a double precision, b double precision, t double precision) returns double precision
language plpgsql immutable parallel safe
as $$
declare
  c constant double precision := a + b - 1;
  z constant double precision := t / (alpha + t);
  -- ln(1 - z)
  stays constant double precision := -ln(1 + t / alpha);
  small constant double precision := (a - 1) * stays;
  mean constant double precision := a / (a + b);
  aside constant double precision := sqrt(3 * mean * (1 - mean) / (a + b + 1));
  part double precision;
  term double precision := (c - r) * z;
  total double precision := term;
  ratio double precision;
begin
  if t <= 0 then return 0; end if;
  if a > 4 and ((a + 40) * t > 50000 * alpha or small < -600) then
    return parcours.bg_nbd_leaving(r, alpha, mean, t) * 2 / 3 + parcours.bg_nbd_leaving(r, alpha, mean - aside, t) / 6
      + parcours.bg_nbd_leaving(r, alpha, mean + aside, t) / 6;
  end if;
  for n in 1..50000 loop
    ratio := (c - r + n) * (a + n - 1) * z / ((a + b + n - 1) * (n + 1));
    exit when abs(ratio) * abs(term) < 1e-300;
    term := term * ratio;
    total := total + term;
    if abs(term) > 1e280 then return null; end if;
    exit when abs(ratio) < 1 and abs(term) <= 1e-14 * abs(total) * (1 - z);
  end loop;
  -- (1 - (1 - z)^(a - 1)) / (a - 1)
  part := case when abs(small) < 1e-5 then -stays * (1 + small / 2 + small * small / 6) else (1 - exp(small)) / (a - 1) end;
  return greatest(0, c * part - exp(small) * total);
end $$;

-- Purchases that somebody with this history makes in the next t: equation 10, which is equation 9 of updated parameters times P(alive).
create function parcours.bg_nbd_purchases(
  r double precision, alpha double precision, a double precision, b double precision,
  x double precision, recency double precision, age double precision, t double precision) returns double precision
language sql immutable parallel safe
return parcours.bg_nbd_alive(r, alpha, a, b, x, recency, age) * parcours.bg_nbd_expected(r + x, alpha + age, a, b + x, t);

-- A clock time `HH:MM` of an hour (0 to 23) or of a text such as 9:30 or 18:30, or null.
create function parcours.clock(v jsonb) returns text
language sql immutable parallel safe
return case jsonb_typeof(v)
  when 'number' then case when v::numeric between 0 and 23 and v::numeric = trunc(v::numeric) then lpad(v::numeric::integer::text, 2, '0') || ':00' end
  when 'string' then case when (v #>> '{}') ~ '^([01]?[0-9]|2[0-3]):[0-5][0-9]$' then lpad(v #>> '{}', 5, '0') end
end;

-- Who took which arm of a split that learns.
create table parcours.split_choice (
  lane smallint not null,
  profile_id bigint not null,
  journey text not null,
  key text not null,
  n integer not null,
  step text not null,
  round integer not null,
  arm text not null,
  at timestamptz(3) not null,
  primary key (lane, profile_id, journey, key, n, step, round)
);
create index split_choice_count on parcours.split_choice (journey, step, arm);

-- What splits have learned, over all lanes.
create table parcours.split_state (
  journey text not null,
  step text not null,
  -- of a bandit, by arm
  shares jsonb,
  -- what the shares or the winner were found by
  counts jsonb not null,
  winner text,
  -- the winner (or that there is none) stands
  decided_at timestamptz(3),
  computed_at timestamptz(3) not null,
  primary key (journey, step)
);

-- Why a consent was set, or by which text.
alter table parcours.consent_log add column proof text;

-- Requests of `webhook` steps, on their way through the outbox like messages.
create table parcours.webhook (
  lane smallint not null,
  -- of the sequence of messages: the key by which a receiver tells a request that comes twice
  message_id bigint not null,
  profile_id bigint not null,
  journey text not null,
  key text not null,
  n integer not null,
  step text not null,
  round integer not null,
  destination text not null,
  body jsonb not null,
  valid_until timestamptz(3) not null,
  -- queued · sent failed expired uncertain suppressed
  state text not null,
  created_at timestamptz(3) not null,
  settled_at timestamptz(3),
  reason text,
  primary key (lane, message_id)
);

-- Lanes in which people go on by older steps of a journey that lets nobody in until they are through.
create table parcours.draining (
  lane smallint not null,
  journey text not null,
  primary key (lane, journey)
);
create index draining_journey on parcours.draining (journey);

-- Who was put on the list of a desk. Whether he stands there still is told by his enrollment.
create table parcours.call (
  lane smallint not null,
  profile_id bigint not null,
  journey text not null,
  key text not null,
  n integer not null,
  step text not null,
  round integer not null,
  list text not null,
  script text,
  urgent boolean not null,
  placed_at timestamptz(3) not null,
  until timestamptz(3) not null,
  primary key (lane, profile_id, journey, key, n, step, round)
);
create index call_list on parcours.call (list, until);
