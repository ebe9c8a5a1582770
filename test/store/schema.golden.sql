table ad_list
  channel  text  not null
  kind     text  not null
  hash     text  not null
  constraint ad_list_pkey PRIMARY KEY (channel, kind, hash)
  constraint ad_list_kind_check CHECK ((kind = ANY (ARRAY['email'::text, 'phone'::text])))

table addressee
  lane        smallint                     not null
  profile_id  bigint                       not null
  hash        bytea                        not null
  last_at     timestamp(3) with time zone  not null
  origin_id   bigint
  constraint addressee_pkey PRIMARY KEY (lane, profile_id, hash)
  CREATE INDEX addressee_hash ON parcours.addressee USING btree (hash)

table call
  lane        smallint                     not null
  profile_id  bigint                       not null
  journey     text                         not null
  key         text                         not null
  n           integer                      not null
  step        text                         not null
  round       integer                      not null
  list        text                         not null
  script      text
  urgent      boolean                      not null
  placed_at   timestamp(3) with time zone  not null
  until       timestamp(3) with time zone  not null
  origin_id   bigint
  call_id     bigint                       not null default nextval('message_id'::regclass)
  constraint call_pkey PRIMARY KEY (lane, profile_id, journey, key, n, step, round)
  CREATE UNIQUE INDEX call_by_id ON parcours.call USING btree (call_id)
  CREATE INDEX call_list ON parcours.call USING btree (list, until)

table call_taking
  call_id   bigint                       not null
  n         integer                      not null
  list      text                         not null
  agent     text                         not null
  taken_at  timestamp(3) with time zone  not null
  state     text                         not null
  again_at  timestamp(3) with time zone
  ended_at  timestamp(3) with time zone
  outcome   text
  constraint call_taking_pkey PRIMARY KEY (call_id, n)
  constraint call_taking_state_check CHECK ((state = ANY (ARRAY['taken'::text, 'again'::text, 'released'::text, 'closed'::text])))
  CREATE INDEX call_taking_list ON parcours.call_taking USING btree (list, taken_at)
  CREATE UNIQUE INDEX call_taking_once ON parcours.call_taking USING btree (call_id) WHERE (state = ANY (ARRAY['taken'::text, 'closed'::text]))

table channel_rate with (autovacuum_vacuum_scale_factor=0.0, autovacuum_vacuum_threshold=500, fillfactor=50)
  channel  text     not null
  clock    bigint   not null
  granted  integer  not null
  constraint channel_rate_pkey PRIMARY KEY (channel)

table channel_result
  channel     text    not null
  sent        bigint  not null
  delivered   bigint  not null
  seen        bigint  not null
  acted       bigint  not null
  converted   bigint  not null
  counted_on  date    not null
  constraint channel_result_pkey PRIMARY KEY (channel)

table config_edit
  seq       bigint                       not null identity
  at        timestamp(3) with time zone  not null
  actor     text                         not null
  client    text                         not null
  relation  text                         not null
  key       text                         not null
  before    jsonb                        not null
  constraint config_edit_pkey PRIMARY KEY (seq)
  CREATE INDEX config_edit_key ON parcours.config_edit USING btree (relation, key)

table consent
  lane          smallint                     not null
  profile_id    bigint                       not null
  purpose       text                         not null
  channel       text                         not null
  state         text                         not null
  since         timestamp(3) with time zone  not null
  confirmed_at  timestamp(3) with time zone
  denied_at     timestamp(3) with time zone
  constraint consent_pkey PRIMARY KEY (lane, profile_id, purpose, channel)
  constraint consent_state_check CHECK ((state = ANY (ARRAY['granted'::text, 'denied'::text])))

table consent_log
  lane         smallint                     not null
  profile_id   bigint                       not null
  seq          bigint                       not null
  purpose      text                         not null
  channel      text                         not null
  state        text                         not null
  occurred_at  timestamp(3) with time zone  not null
  source       text                         not null
  proof        text
  origin_id    bigint
  constraint consent_log_pkey PRIMARY KEY (lane, profile_id, seq, purpose, channel)

table contact
  lane        smallint                     not null
  profile_id  bigint                       not null
  at          timestamp(3) with time zone  not null
  message_id  bigint                       not null
  channel     text                         not null
  journey     text                         not null
  objective   text                         not null
  origin_id   bigint
  constraint contact_pkey PRIMARY KEY (lane, profile_id, at, message_id) INCLUDE (channel, journey, objective)

table conversion
  lane             smallint                     not null
  profile_id       bigint                       not null
  journey          text                         not null
  key              text                         not null
  n                integer                      not null
  at               timestamp(3) with time zone  not null
  rule             jsonb                        not null
  touches          integer                      not null
  message_id       bigint
  message_journey  text
  message_step     text
  message_channel  text
  origin_id        bigint
  constraint conversion_pkey PRIMARY KEY (lane, profile_id, journey, key, n)

table dead_letter
  lane        smallint                     not null
  seq         bigint                       not null
  profile_id  bigint
  kind        text                         not null
  body        jsonb                        not null
  reason      text                         not null
  at          timestamp(3) with time zone  not null
  origin_id   bigint
  constraint dead_letter_pkey PRIMARY KEY (lane, seq)

table destination_gone
  lane         smallint  not null
  destination  text      not null
  number       bigint    not null
  kind         text      not null default ''::text
  hash         bytea     not null default '\x'::bytea
  run_id       bigint
  constraint destination_gone_pkey PRIMARY KEY (lane, destination, number, kind, hash)

table destination_hash
  lane         smallint  not null
  destination  text      not null
  profile_id   bigint    not null
  kind         text      not null
  hash         bytea     not null
  gone_in      bigint
  constraint destination_hash_pkey PRIMARY KEY (lane, destination, profile_id, kind, hash)
  constraint destination_hash_kind_check CHECK ((kind = ANY (ARRAY['email'::text, 'phone'::text])))
  CREATE INDEX destination_hash_gone ON parcours.destination_hash USING btree (destination, gone_in) WHERE (gone_in IS NOT NULL)
  CREATE INDEX destination_hash_same ON parcours.destination_hash USING btree (hash)

table destination_lane
  lane         smallint  not null
  destination  text      not null
  seen         text      not null
  constraint destination_lane_pkey PRIMARY KEY (lane, destination)

table destination_row
  lane         smallint  not null
  destination  text      not null
  profile_id   bigint    not null
  digest       bytea
  run_id       bigint    not null
  constraint destination_row_pkey PRIMARY KEY (lane, destination, profile_id)
  CREATE INDEX destination_row_gone ON parcours.destination_row USING btree (destination, run_id) WHERE (digest IS NULL)

table destination_run
  run_id       bigint                       not null identity
  destination  text                         not null
  digest       text                         not null
  send         text                         not null
  cause        text                         not null
  fire_at      timestamp(3) with time zone
  started_at   timestamp(3) with time zone  not null
  ended_at     timestamp(3) with time zone
  state        text                         not null
  lanes        smallint[]                   not null
  bytes        bigint[]                     not null default '{}'::bigint[]
  told         bigint                       not null default 0
  removed      bigint                       not null default 0
  unnamed      bigint                       not null default 0
  artifacts    text[]                       not null default '{}'::text[]
  attempts     integer                      not null default 0
  retry_at     timestamp(3) with time zone
  reason       text
  constraint destination_run_pkey PRIMARY KEY (run_id)
  constraint destination_run_cause_check CHECK ((cause = ANY (ARRAY['schedule'::text, 'membership'::text, 'hand'::text])))
  constraint destination_run_send_check CHECK ((send = ANY (ARRAY['all'::text, 'changes'::text])))
  constraint destination_run_state_check CHECK ((state = ANY (ARRAY['running'::text, 'waiting'::text, 'done'::text, 'failed'::text])))
  CREATE INDEX destination_run_log ON parcours.destination_run USING btree (destination, run_id)
  CREATE UNIQUE INDEX destination_run_open ON parcours.destination_run USING btree (destination) WHERE (state = ANY (ARRAY['running'::text, 'waiting'::text]))

table device
  lane        smallint                     not null
  profile_id  bigint                       not null
  trait       text                         not null
  token       text                         not null
  seen_at     timestamp(3) with time zone  not null
  origin_id   bigint
  constraint device_pkey PRIMARY KEY (lane, profile_id, trait, token)
  CREATE INDEX device_token ON parcours.device USING btree (token, trait)

table draining
  lane     smallint  not null
  journey  text      not null
  constraint draining_pkey PRIMARY KEY (lane, journey)
  CREATE INDEX draining_journey ON parcours.draining USING btree (journey)

table drift_check
  is_only   boolean                      not null default true
  at        timestamp(3) with time zone  not null
  findings  jsonb                        not null
  constraint drift_check_pkey PRIMARY KEY (is_only)
  constraint drift_check_is_only_check CHECK (is_only)

table enrollment with (fillfactor=80)
  lane        smallint                     not null
  profile_id  bigint                       not null
  journey     text                         not null
  key         text                         not null default ''::text
  n           integer                      not null
  version     text                         not null
  state       text                         not null
  step        text
  posture     text
  entered_at  timestamp(3) with time zone  not null
  step_since  timestamp(3) with time zone  not null
  due_at      timestamp(3) with time zone
  watch_at    timestamp(3) with time zone
  wake_at     timestamp(3) with time zone  generated LEAST(due_at, watch_at)
  goal_at     timestamp(3) with time zone
  goal_until  timestamp(3) with time zone
  exited_at   timestamp(3) with time zone
  exit_as     text
  marks       jsonb                        not null default '{}'::jsonb
  entry       jsonb                        not null default '{}'::jsonb
  steps_done  integer                      not null default 0
  origin_id   bigint
  hop         smallint                     not null default 0
  ignored     integer                      not null default 0
  holdout     text
  opened_by   text
  constraint enrollment_pkey PRIMARY KEY (lane, profile_id, journey, key, n)
  constraint enrollment_posture_check CHECK ((posture = ANY (ARRAY['due'::text, 'waiting'::text, 'held'::text])))
  constraint enrollment_state_check CHECK ((state = ANY (ARRAY['active'::text, 'exited'::text])))
  CREATE INDEX enrollment_due ON parcours.enrollment USING btree (lane, wake_at) WHERE (wake_at IS NOT NULL)

table entity with (fillfactor=80)
  entity       text    not null
  key          text    not null
  fields       jsonb   not null
  field_times  jsonb   not null
  role_times   jsonb   not null
  version      bigint  not null
  constraint entity_pkey PRIMARY KEY (entity, key)

table entity_row with (fillfactor=80)
  lane         smallint                     not null
  profile_id   bigint                       not null
  entity       text                         not null
  key          text                         not null
  role         text                         not null
  fields       jsonb                        not null
  observed_at  timestamp(3) with time zone  not null
  source       text                         not null
  origin_id    bigint
  version      bigint                       not null default 0
  constraint entity_row_pkey PRIMARY KEY (lane, profile_id, entity, key, role)

table entity_tie
  entity      text                         not null
  key         text                         not null
  role        text                         not null
  lane        smallint                     not null
  profile_id  bigint                       not null
  since       timestamp(3) with time zone  not null
  origin_id   bigint
  constraint entity_tie_pkey PRIMARY KEY (entity, key, role, lane, profile_id)

table entry_quota
  journey  text    not null
  taken    bigint  not null
  constraint entry_quota_pkey PRIMARY KEY (journey)

table entry_refusal
  lane        smallint                     not null
  profile_id  bigint                       not null
  journey     text                         not null
  reason      text                         not null
  times       integer                      not null
  last_at     timestamp(3) with time zone  not null
  last_key    text                         not null
  origin_id   bigint
  constraint entry_refusal_pkey PRIMARY KEY (lane, profile_id, journey, reason)

table entry_request
  journey     text      not null
  seq         bigint    not null identity
  lane        smallint  not null
  profile_id  bigint    not null
  body        jsonb
  origin_id   bigint
  constraint entry_request_pkey PRIMARY KEY (journey, seq)

table entry_wake with (fillfactor=80)
  lane         smallint                     not null
  profile_id   bigint                       not null
  trigger      text                         not null
  key          text                         not null
  next_change  timestamp(3) with time zone
  of           text
  at           timestamp(3) with time zone
  done         text
  origin_id    bigint
  constraint entry_wake_pkey PRIMARY KEY (lane, profile_id, trigger, key)
  CREATE INDEX entry_wake_due ON parcours.entry_wake USING btree (lane, next_change) WHERE (next_change IS NOT NULL)

table erased_identifier
  hash  bytea                        not null
  at    timestamp(3) with time zone  not null
  constraint erased_identifier_pkey PRIMARY KEY (hash)

table erasure
  erasure_id  bigint                       not null identity
  profile_id  bigint                       not null
  erased_at   timestamp(3) with time zone  not null
  erased_by   text                         not null
  proof       jsonb                        not null
  digest      text                         not null
  constraint erasure_pkey PRIMARY KEY (erasure_id)

table event
  lane         smallint                     not null
  type         text                         not null
  profile_id   bigint                       not null
  occurred_at  timestamp(3) with time zone  not null
  event_id     bigint                       not null
  received_at  timestamp(3) with time zone  not null
  value        bigint
  unit         text
  properties   jsonb                        not null
  source       text                         not null
  origin_id    bigint
  constraint event_pkey PRIMARY KEY (lane, type, profile_id, occurred_at, event_id) INCLUDE (value, unit)

table exposure
  lane          smallint                     not null
  profile_id    bigint                       not null
  what          text                         not null
  slot          text                         not null
  first_at      timestamp(3) with time zone  not null
  last_at       timestamp(3) with time zone  not null
  times         integer                      not null
  dismissed_at  timestamp(3) with time zone
  origin_id     bigint
  constraint exposure_pkey PRIMARY KEY (lane, profile_id, what)

table identifier
  type        text      not null
  value       text      not null
  lane        smallint  not null
  profile_id  bigint    not null
  origin_id   bigint
  raw         text
  cleaned_by  text
  constraint identifier_pkey PRIMARY KEY (type, value)
  CREATE INDEX identifier_profile ON parcours.identifier USING btree (lane, profile_id)

table identity_match
  key        text                         not null
  looked_at  timestamp(3) with time zone  not null
  constraint identity_match_pkey PRIMARY KEY (key)

table import_file
  source       text                         not null
  path         text                         not null
  size         bigint                       not null
  modified_at  timestamp(3) with time zone  not null
  imported_at  timestamp(3) with time zone  not null
  state        text                         not null
  summary      jsonb                        not null
  constraint import_file_pkey PRIMARY KEY (source, path)
  constraint import_file_state_check CHECK ((state = ANY (ARRAY['imported'::text, 'failed'::text])))

table inbox with (autovacuum_vacuum_scale_factor=0.0, autovacuum_vacuum_threshold=5000)
  lane        smallint                     not null
  seq         bigint                       not null identity
  class       smallint                     not null
  visible_at  timestamp(3) with time zone  not null
  profile_id  bigint
  kind        text                         not null
  hop         smallint                     not null default 0
  body        jsonb                        not null
  constraint inbox_pkey PRIMARY KEY (lane, class, seq)
  CREATE INDEX inbox_seq ON parcours.inbox USING btree (seq) INCLUDE (lane, class)
  CREATE INDEX inbox_visible ON parcours.inbox USING btree (lane, visible_at)

table lane with (autovacuum_vacuum_scale_factor=0.0, autovacuum_vacuum_threshold=500, fillfactor=50)
  lane      smallint                     not null
  revision  bigint                       not null default 0
  last_t    timestamp(3) with time zone
  wake_at   timestamp(3) with time zone
  constraint lane_pkey PRIMARY KEY (lane)
  constraint lane_lane_check CHECK (((lane >= 0) AND (lane <= 1023)))

table ledger_alarm
  lane  smallint                     not null
  at    timestamp(3) with time zone  not null
  constraint ledger_alarm_pkey PRIMARY KEY (lane)

table ledger_code
  program  text      not null
  pool     text      not null
  code     text      not null
  lane     smallint
  txn_id   bigint
  constraint ledger_code_pkey PRIMARY KEY (program, pool, code)
  CREATE INDEX ledger_code_free ON parcours.ledger_code USING btree (program, pool, code) WHERE (lane IS NULL)
  CREATE INDEX ledger_code_given ON parcours.ledger_code USING btree (lane, txn_id) WHERE (txn_id IS NOT NULL)
  CREATE INDEX ledger_code_leased ON parcours.ledger_code USING btree (lane, program, pool, code) WHERE ((lane IS NOT NULL) AND (txn_id IS NULL))

table ledger_entry
  lane       smallint  not null
  holder_id  bigint    not null
  txn_id     bigint    not null
  n          smallint  not null
  program    text      not null
  debit      text      not null
  credit     text      not null
  amount     bigint    not null
  constraint ledger_entry_pkey PRIMARY KEY (lane, holder_id, txn_id, n)
  constraint ledger_entry_amount_check CHECK ((amount > 0))
  constraint ledger_entry_check CHECK ((credit <> debit))
  CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON parcours.ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()

table ledger_holder
  lane         smallint  not null
  profile_id   bigint    not null
  program      text      not null
  holder_lane  smallint  not null
  holder_id    bigint    not null
  origin_id    bigint
  constraint ledger_holder_pkey PRIMARY KEY (lane, profile_id, program, holder_id)

table ledger_key
  program  text      not null
  key      text      not null
  digest   text      not null
  lane     smallint  not null
  constraint ledger_key_pkey PRIMARY KEY (program, key)
  CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON parcours.ledger_key FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()

table ledger_lease
  lane        smallint                     not null
  program     text                         not null
  thing       text                         not null
  units       bigint                       not null
  wanted      bigint                       not null default 0
  none_until  timestamp(3) with time zone
  constraint ledger_lease_pkey PRIMARY KEY (lane, program, thing)
  constraint ledger_lease_units_check CHECK ((units >= 0))
  CREATE INDEX ledger_lease_wanted ON parcours.ledger_lease USING btree (program, thing) WHERE (wanted > 0)

table ledger_lot
  lane        smallint                     not null
  holder_id   bigint                       not null
  lot_id      bigint                       not null
  program     text                         not null
  amount      bigint                       not null
  source      text                         not null
  issuer      text                         not null
  tier        text
  earned_at   timestamp(3) with time zone  not null
  active_at   timestamp(3) with time zone  not null
  expires_at  timestamp(3) with time zone
  of_lot      bigint
  constraint ledger_lot_pkey PRIMARY KEY (lane, holder_id, lot_id)
  constraint ledger_lot_amount_check CHECK ((amount > 0))
  CREATE INDEX ledger_lot_of ON parcours.ledger_lot USING btree (of_lot) WHERE (of_lot IS NOT NULL)
  CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON parcours.ledger_lot FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()

table ledger_lot_move
  lane       smallint  not null
  holder_id  bigint    not null
  lot_id     bigint    not null
  txn_id     bigint    not null
  amount     bigint    not null
  constraint ledger_lot_move_pkey PRIMARY KEY (lane, holder_id, lot_id, txn_id)
  constraint ledger_lot_move_amount_check CHECK ((amount <> 0))
  CREATE INDEX ledger_lot_move_txn ON parcours.ledger_lot_move USING btree (lane, holder_id, txn_id)
  CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON parcours.ledger_lot_move FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()

table ledger_member with (fillfactor=80)
  lane         smallint                     not null
  profile_id   bigint                       not null
  program      text                         not null
  holder_id    bigint                       not null
  debt         bigint                       not null default 0
  tier         text
  tier_since   timestamp(3) with time zone
  tier_until   timestamp(3) with time zone
  tier_falls   timestamp(3) with time zone
  seen_at      timestamp(3) with time zone
  next_change  timestamp(3) with time zone
  constraint ledger_member_pkey PRIMARY KEY (lane, profile_id, program)
  constraint ledger_member_debt_check CHECK ((debt >= 0))
  CREATE INDEX ledger_member_due ON parcours.ledger_member USING btree (lane, next_change) WHERE (next_change IS NOT NULL)

table ledger_open with (fillfactor=80)
  lane        smallint                     not null
  profile_id  bigint                       not null
  program     text                         not null
  lot_id      bigint                       not null
  hold_id     bigint                       not null default 0
  account     text                         not null
  remaining   bigint                       not null
  active_at   timestamp(3) with time zone  not null
  expires_at  timestamp(3) with time zone
  of_lot      bigint
  constraint ledger_open_pkey PRIMARY KEY (lane, profile_id, program, lot_id, hold_id)
  constraint ledger_open_account_check CHECK ((account = ANY (ARRAY['pending'::text, 'active'::text, 'held'::text])))
  constraint ledger_open_remaining_check CHECK ((remaining > 0))

table ledger_referral
  lane         smallint                     not null
  profile_id   bigint                       not null
  program      text                         not null
  referral_id  bigint                       not null
  referrer_id  bigint                       not null
  at           timestamp(3) with time zone  not null
  until        timestamp(3) with time zone  not null
  status       text                         not null
  reason       text
  round        smallint                     not null default 1
  held         boolean                      not null default false
  changed_at   timestamp(3) with time zone  not null
  origin_id    bigint
  constraint ledger_referral_pkey PRIMARY KEY (lane, profile_id, program, referral_id)
  CREATE INDEX ledger_referral_number ON parcours.ledger_referral USING btree (lane, referral_id)
  CREATE UNIQUE INDEX ledger_referral_one ON parcours.ledger_referral USING btree (lane, profile_id, program) WHERE (status <> 'refused'::text)

table ledger_referral_mark
  lane         smallint  not null
  referrer_id  bigint    not null
  program      text      not null
  trait        text      not null
  mark         text      not null
  referral_id  bigint    not null
  constraint ledger_referral_mark_pkey PRIMARY KEY (lane, referrer_id, program, trait, mark, referral_id)

table ledger_review
  lane        smallint                     not null
  profile_id  bigint                       not null
  program     text                         not null
  review_id   bigint                       not null
  key         text                         not null
  points      bigint                       not null
  source      text                         not null
  reason      text                         not null
  match       text
  posting     jsonb                        not null
  status      text                         not null
  created_at  timestamp(3) with time zone  not null
  decided_at  timestamp(3) with time zone
  decided_by  text
  origin_id   bigint
  constraint ledger_review_pkey PRIMARY KEY (lane, profile_id, program, key)
  CREATE INDEX ledger_review_number ON parcours.ledger_review USING btree (review_id)
  CREATE INDEX ledger_review_open ON parcours.ledger_review USING btree (created_at) WHERE (status = 'open'::text)

table ledger_supply
  program  text    not null
  thing    text    not null
  taken    bigint  not null default 0
  constraint ledger_supply_pkey PRIMARY KEY (program, thing)
  constraint ledger_supply_taken_check CHECK ((taken >= 0))

table ledger_txn
  lane       smallint                     not null
  holder_id  bigint                       not null
  txn_id     bigint                       not null
  program    text                         not null
  kind       text                         not null
  at         timestamp(3) with time zone  not null
  booked_at  timestamp(3) with time zone  not null
  key        text                         not null
  digest     text                         not null
  source     text                         not null
  amount     bigint                       not null
  waived     bigint                       not null default 0
  base       double precision
  of_txn     bigint
  match      text
  until      timestamp(3) with time zone
  constraint ledger_txn_pkey PRIMARY KEY (lane, holder_id, txn_id)
  constraint ledger_txn_amount_check CHECK ((amount >= 0))
  CREATE INDEX ledger_txn_cancelled ON parcours.ledger_txn USING btree (of_txn) INCLUDE (amount) WHERE (kind = 'cancel'::text)
  CREATE INDEX ledger_txn_earned ON parcours.ledger_txn USING btree (lane, holder_id, source, at) INCLUDE (txn_id, amount) WHERE (kind = ANY (ARRAY['earn'::text, 'qualify'::text]))
  CREATE UNIQUE INDEX ledger_txn_key ON parcours.ledger_txn USING btree (lane, holder_id, key)
  CREATE INDEX ledger_txn_match ON parcours.ledger_txn USING btree (lane, holder_id, match) WHERE (match IS NOT NULL)
  CREATE UNIQUE INDEX ledger_txn_resolved ON parcours.ledger_txn USING btree (lane, holder_id, of_txn) WHERE (kind = ANY (ARRAY['capture'::text, 'release'::text, 'lapse'::text]))
  CREATE INDEX ledger_txn_reversed ON parcours.ledger_txn USING btree (of_txn) INCLUDE (amount) WHERE (kind = ANY (ARRAY['reverse'::text, 'disqualify'::text]))
  CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON parcours.ledger_txn FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()

table membership
  lane         smallint                     not null
  profile_id   bigint                       not null
  segment      text                         not null
  is_member    boolean                      not null
  since        timestamp(3) with time zone  not null
  next_change  timestamp(3) with time zone
  constraint membership_pkey PRIMARY KEY (lane, profile_id, segment)
  CREATE INDEX membership_due ON parcours.membership USING btree (lane, next_change) WHERE (next_change IS NOT NULL)
  CREATE INDEX membership_members ON parcours.membership USING btree (segment, lane, profile_id) WHERE is_member

table merge_leftover
  merge_id    bigint  not null
  n           bigint  not null identity
  profile_id  bigint  not null
  relation    text    not null
  body        jsonb   not null
  constraint merge_leftover_pkey PRIMARY KEY (merge_id, n)
  CREATE INDEX merge_leftover_profile ON parcours.merge_leftover USING btree (profile_id)

table merge_log
  merge_id    bigint                       not null identity
  from_id     bigint                       not null
  into_id     bigint                       not null
  rule        text                         not null
  merged_at   timestamp(3) with time zone  not null
  renumbered  jsonb                        not null default '[]'::jsonb
  undone_at   timestamp(3) with time zone
  undone_by   text
  constraint merge_log_pkey PRIMARY KEY (merge_id)
  CREATE INDEX merge_log_from ON parcours.merge_log USING btree (from_id) WHERE (undone_at IS NULL)
  CREATE INDEX merge_log_into ON parcours.merge_log USING btree (into_id) WHERE (undone_at IS NULL)

table merge_proposal
  a_id         bigint                       not null
  b_id         bigint                       not null
  rule         text                         not null
  reason       text                         not null
  proposed_at  timestamp(3) with time zone  not null
  state        text                         not null default 'open'::text
  decided_at   timestamp(3) with time zone
  decided_by   text
  constraint merge_proposal_pkey PRIMARY KEY (a_id, b_id)
  constraint merge_proposal_state_check CHECK ((state = ANY (ARRAY['open'::text, 'accepted'::text, 'declined'::text])))
  CREATE INDEX merge_proposal_open ON parcours.merge_proposal USING btree (proposed_at) WHERE (state = 'open'::text)

table merge_request
  request_id  bigint                       not null identity
  a_id        bigint                       not null
  b_id        bigint                       not null
  rule        text                         not null
  asked_at    timestamp(3) with time zone  not null
  constraint merge_request_pkey PRIMARY KEY (request_id)
  constraint merge_request_a_id_b_id_rule_key UNIQUE (a_id, b_id, rule)

table message with (fillfactor=80)
  lane           smallint                     not null
  message_id     bigint                       not null
  profile_id     bigint                       not null
  journey        text                         not null
  key            text                         not null
  n              integer                      not null
  step           text                         not null
  channel        text
  template       text                         not null
  objective      text                         not null
  purpose        text                         not null
  priority       smallint                     not null
  state          text                         not null
  rank           smallint                     not null
  created_at     timestamp(3) with time zone  not null
  accepted_at    timestamp(3) with time zone
  valid_until    timestamp(3) with time zone  not null
  sent_at        timestamp(3) with time zone
  with_values    jsonb                        not null default '{}'::jsonb
  decision       jsonb                        not null
  revision       bigint                       not null
  origin_id      bigint
  round          integer                      not null default 0
  address_trait  text
  provider_id    text
  segments       smallint
  cost_micros    bigint
  cost_currency  text
  constraint message_pkey PRIMARY KEY (lane, message_id)
  CREATE INDEX message_created ON parcours.message USING brin (created_at) WITH (pages_per_range='64', autosummarize='on')
  CREATE INDEX message_profile ON parcours.message USING btree (lane, profile_id, created_at)

table migration
  number      integer                      not null
  name        text                         not null
  checksum    text                         not null
  applied_at  timestamp(3) with time zone  not null
  constraint migration_pkey PRIMARY KEY (number)

table outbox with (autovacuum_vacuum_scale_factor=0.0, autovacuum_vacuum_threshold=5000, fillfactor=60)
  lane           smallint                     not null
  message_id     bigint                       not null
  profile_id     bigint                       not null
  channel        text                         not null
  class          smallint                     not null
  due_at         timestamp(3) with time zone  not null
  decided_until  timestamp(3) with time zone  not null
  state          text                         not null default 'ready'::text
  attempt        integer                      not null default 0
  dispatcher     text
  attempted_at   timestamp(3) with time zone
  origin_id      bigint
  constraint outbox_pkey PRIMARY KEY (lane, message_id)
  constraint outbox_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'attempting'::text])))
  CREATE INDEX outbox_due ON parcours.outbox USING btree (channel, class, due_at, message_id) WHERE (state = 'ready'::text)

table pause
  resource   text                         not null
  since      timestamp(3) with time zone  not null
  until      timestamp(3) with time zone
  on_resume  text                         not null
  why        text                         not null
  author     text                         not null
  ended_at   timestamp(3) with time zone
  ended_by   text
  constraint pause_pkey PRIMARY KEY (resource, since)
  constraint pause_on_resume_check CHECK ((on_resume = ANY (ARRAY['skip_late'::text, 'spread'::text])))
  CREATE UNIQUE INDEX pause_open ON parcours.pause USING btree (resource) WHERE (ended_at IS NULL)

table placement
  lane        smallint                     not null
  profile_id  bigint                       not null
  message_id  bigint                       not null
  channel     text                         not null
  placed_at   timestamp(3) with time zone  not null
  until       timestamp(3) with time zone  not null
  content     jsonb                        not null
  household   text
  batch_at    timestamp(3) with time zone
  origin_id   bigint
  constraint placement_pkey PRIMARY KEY (lane, profile_id, message_id)
  CREATE INDEX placement_channel ON parcours.placement USING btree (channel, until) WHERE (batch_at IS NULL)

table placement_batch
  channel   text                         not null
  batch_at  timestamp(3) with time zone  not null
  state     text                         not null default 'open'::text
  summary   jsonb                        not null default '{}'::jsonb
  constraint placement_batch_pkey PRIMARY KEY (channel, batch_at)
  constraint placement_batch_state_check CHECK ((state = ANY (ARRAY['open'::text, 'written'::text])))

table profile with (fillfactor=80)
  lane           smallint                     not null
  profile_id     bigint                       not null
  traits         jsonb                        not null default '{}'::jsonb
  zone           text
  locale         text
  merged_into    bigint
  created_at     timestamp(3) with time zone  not null
  restricted_at  timestamp(3) with time zone
  constraint profile_pkey PRIMARY KEY (lane, profile_id)
  CREATE INDEX profile_merged ON parcours.profile USING btree (lane, profile_id) WHERE (merged_into IS NOT NULL)
  CREATE INDEX profile_restricted ON parcours.profile USING btree (lane, profile_id) WHERE (restricted_at IS NOT NULL)

table register
  register     text                         not null
  generation   integer                      not null
  entries      bigint                       not null
  as_of        timestamp(3) with time zone  not null
  imported_at  timestamp(3) with time zone  not null
  constraint register_pkey PRIMARY KEY (register)

table register_entry
  register    text     not null
  hash        bytea    not null
  generation  integer  not null
  constraint register_entry_pkey PRIMARY KEY (register, hash, generation)

table rejected_call
  source       text                         not null
  message_id   text                         not null
  received_at  timestamp(3) with time zone  not null
  reasons      text[]                       not null
  body         text
  constraint rejected_call_pkey PRIMARY KEY (source, message_id)
  CREATE INDEX rejected_call_received ON parcours.rejected_call USING btree (received_at)

table resource_version
  digest  text   not null
  kind    text   not null
  id      text   not null
  body    jsonb  not null
  constraint resource_version_pkey PRIMARY KEY (digest)
  CREATE TRIGGER resource_version_edited AFTER UPDATE ON parcours.resource_version FOR EACH ROW EXECUTE FUNCTION note_config_edit()

table revision
  number          bigint                       not null
  bundle_digest   text                         not null
  git_commit      text
  git_dirty       boolean                      not null default false
  author          text                         not null
  applied_at      timestamp(3) with time zone  not null
  resources       jsonb                        not null
  plan            jsonb                        not null
  engine_version  text                         not null
  tzdata_version  text
  via             text                         not null default 'apply'::text
  via_from        text
  moves           jsonb                        not null default '[]'::jsonb
  origins         jsonb                        not null default '{}'::jsonb
  constraint revision_pkey PRIMARY KEY (number)
  CREATE TRIGGER revision_edited AFTER UPDATE ON parcours.revision FOR EACH ROW EXECUTE FUNCTION note_config_edit()

table schedule_run
  journey  text                         not null
  fire_at  timestamp(3) with time zone  not null
  constraint schedule_run_pkey PRIMARY KEY (journey, fire_at)

table seen_message
  source      text                         not null
  message_id  text                         not null
  seen_at     timestamp(3) with time zone  not null
  constraint seen_message_pkey PRIMARY KEY (source, message_id)

table segment_size
  segment  text                         not null
  day      date                         not null
  at       timestamp(3) with time zone  not null
  people   bigint                       not null
  constraint segment_size_pkey PRIMARY KEY (segment, day)

table source_pull
  source         text                         not null
  cursor_column  text                         not null
  cursor         text
  began_at       timestamp(3) with time zone  not null
  ended_at       timestamp(3) with time zone
  state          text                         not null
  rows           bigint                       not null default 0
  facts          bigint                       not null default 0
  rejected       bigint                       not null default 0
  reason         text
  constraint source_pull_pkey PRIMARY KEY (source)
  constraint source_pull_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'failed'::text])))

table split_choice
  lane        smallint                     not null
  profile_id  bigint                       not null
  journey     text                         not null
  key         text                         not null
  n           integer                      not null
  step        text                         not null
  round       integer                      not null
  arm         text                         not null
  at          timestamp(3) with time zone  not null
  origin_id   bigint
  constraint split_choice_pkey PRIMARY KEY (lane, profile_id, journey, key, n, step, round)
  CREATE INDEX split_choice_count ON parcours.split_choice USING btree (journey, step, arm)

table split_state
  journey      text                         not null
  step         text                         not null
  shares       jsonb
  counts       jsonb                        not null
  winner       text
  decided_at   timestamp(3) with time zone
  computed_at  timestamp(3) with time zone  not null
  constraint split_state_pkey PRIMARY KEY (journey, step)

table step_log
  lane        smallint                     not null
  profile_id  bigint                       not null
  journey     text                         not null
  key         text                         not null
  n           integer                      not null
  seq         integer                      not null
  step        text                         not null
  at          timestamp(3) with time zone  not null
  outcome     text                         not null
  detail      jsonb
  origin_id   bigint
  constraint step_log_pkey PRIMARY KEY (lane, profile_id, journey, key, n, seq)

table store
  store_id     uuid                         not null default gen_random_uuid()
  workspace    text
  engine_min   integer                      not null default 1
  created_at   timestamp(3) with time zone  not null default now()
  sample_salt  uuid                         not null default gen_random_uuid()
  salt         uuid                         not null default gen_random_uuid()
  constraint store_pkey PRIMARY KEY (store_id)

table suppression
  hash    bytea                        not null
  reason  text                         not null
  at      timestamp(3) with time zone  not null
  constraint suppression_pkey PRIMARY KEY (hash)

table sync
  is_only           boolean                      not null default true
  repo              text                         not null
  branch            text                         not null
  path              text                         not null
  state             text                         not null
  reason            text                         not null
  message           text                         not null
  head              text
  applied_commit    text
  applied_revision  bigint
  failed_commit     text
  edits_seen        bigint                       not null default 0
  checked_at        timestamp(3) with time zone  not null
  changed_at        timestamp(3) with time zone  not null
  constraint sync_pkey PRIMARY KEY (is_only)
  constraint sync_is_only_check CHECK (is_only)
  constraint sync_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'progressing'::text, 'failed'::text, 'drifted'::text])))

table sync_event
  seq        bigint                       not null identity
  at         timestamp(3) with time zone  not null
  state      text                         not null
  reason     text                         not null
  message    text                         not null
  commit_id  text
  revision   bigint
  constraint sync_event_pkey PRIMARY KEY (seq)

table sync_suspension
  is_only  boolean                      not null default true
  since    timestamp(3) with time zone  not null
  until    timestamp(3) with time zone
  author   text                         not null
  why      text                         not null
  constraint sync_suspension_pkey PRIMARY KEY (is_only)
  constraint sync_suspension_is_only_check CHECK (is_only)

table trait_scale
  trait        text                         not null
  signature    text                         not null
  computed_at  timestamp(3) with time zone  not null
  people       bigint                       not null
  bounds       jsonb                        not null
  constraint trait_scale_pkey PRIMARY KEY (trait)

table trait_value
  lane         smallint                     not null
  profile_id   bigint                       not null
  trait        text                         not null
  source       text                         not null
  observed_at  timestamp(3) with time zone  not null
  received_at  timestamp(3) with time zone  not null
  value        jsonb
  origin_id    bigint
  raw          text
  cleaned_by   text
  constraint trait_value_pkey PRIMARY KEY (lane, profile_id, trait, observed_at, source)

table trait_wake
  lane         smallint                     not null
  profile_id   bigint                       not null
  trait        text                         not null
  next_change  timestamp(3) with time zone  not null
  constraint trait_wake_pkey PRIMARY KEY (lane, profile_id, trait)
  CREATE INDEX trait_wake_due ON parcours.trait_wake USING btree (lane, next_change)

table webhook
  lane         smallint                     not null
  message_id   bigint                       not null
  profile_id   bigint                       not null
  journey      text                         not null
  key          text                         not null
  n            integer                      not null
  step         text                         not null
  round        integer                      not null
  destination  text                         not null
  body         jsonb                        not null
  valid_until  timestamp(3) with time zone  not null
  state        text                         not null
  created_at   timestamp(3) with time zone  not null
  settled_at   timestamp(3) with time zone
  reason       text
  origin_id    bigint
  constraint webhook_pkey PRIMARY KEY (lane, message_id)

table worker
  worker_id   text                         not null
  kind        text                         not null
  started_at  timestamp(3) with time zone  not null
  beat_at     timestamp(3) with time zone  not null
  host        text                         not null
  pid         integer                      not null
  constraint worker_pkey PRIMARY KEY (worker_id)

table zone
  name  text  not null
  constraint zone_pkey PRIMARY KEY (name)

sequence ledger_id bigint cache 1

sequence message_id bigint cache 1

sequence profile_id bigint cache 1

CREATE OR REPLACE FUNCTION parcours.anniversary_in(day date, year integer, feb_29 text)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN ((year <= (EXTRACT(year FROM day))::integer) OR (year > 9999)) THEN NULL::date WHEN ((EXTRACT(month FROM day) = (2)::numeric) AND (EXTRACT(day FROM day) = (29)::numeric) AND (NOT (((year % 4) = 0) AND (((year % 100) <> 0) OR ((year % 400) = 0))))) THEN CASE feb_29 WHEN 'feb-28'::text THEN make_date(year, 2, 28) WHEN 'mar-01'::text THEN make_date(year, 3, 1) ELSE NULL::date END ELSE make_date(year, (EXTRACT(month FROM day))::integer, (EXTRACT(day FROM day))::integer) END

CREATE OR REPLACE FUNCTION parcours.bg_nbd_alive(r double precision, alpha double precision, a double precision, b double precision, x double precision, recency double precision, age double precision)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN (x = (0)::double precision) THEN (1)::double precision ELSE ((1)::double precision / ((1)::double precision + exp(LEAST((700)::double precision, GREATEST(('-700'::integer)::double precision, (ln((a / ((b + x) - (1)::double precision))) + ((r + x) * ln(((alpha + age) / (alpha + recency)))))))))) END

CREATE OR REPLACE FUNCTION parcours.bg_nbd_expected(r double precision, alpha double precision, a double precision, b double precision, t double precision)
 RETURNS double precision
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $function$
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
end $function$

CREATE OR REPLACE FUNCTION parcours.bg_nbd_leaving(r double precision, alpha double precision, p double precision, t double precision)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (((1)::double precision - exp(GREATEST(('-700'::integer)::double precision, ((- r) * ln(((1)::double precision + ((p * t) / alpha))))))) / p)

CREATE OR REPLACE FUNCTION parcours.bg_nbd_purchases(r double precision, alpha double precision, a double precision, b double precision, x double precision, recency double precision, age double precision, t double precision)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN (bg_nbd_alive(r, alpha, a, b, x, recency, age) * bg_nbd_expected((r + x), (alpha + age), a, (b + x), t))

CREATE OR REPLACE FUNCTION parcours.clock(v jsonb)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE jsonb_typeof(v) WHEN 'number'::text THEN CASE WHEN ((((v)::numeric >= (0)::numeric) AND ((v)::numeric <= (23)::numeric)) AND ((v)::numeric = trunc((v)::numeric))) THEN (lpad((((v)::numeric)::integer)::text, 2, '0'::text) || ':00'::text) ELSE NULL::text END WHEN 'string'::text THEN CASE WHEN ((v #>> '{}'::text[]) ~ '^([01]?[0-9]|2[0-3]):[0-5][0-9]$'::text) THEN lpad((v #>> '{}'::text[]), 5, '0'::text) ELSE NULL::text END ELSE NULL::text END

CREATE OR REPLACE FUNCTION parcours.day(v jsonb)
 RETURNS date
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN ((jsonb_typeof(v) = 'number'::text) AND (((v)::numeric >= ('-25567'::integer)::numeric) AND ((v)::numeric <= (2932896)::numeric))) THEN ('1970-01-01'::date + ((v)::numeric)::integer) ELSE NULL::date END

CREATE OR REPLACE FUNCTION parcours.gap_end(local timestamp without time zone, zone text, r timestamp with time zone)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (SELECT min(x.x) AS min FROM generate_series(date_trunc('minute'::text, (gap_end.r - ((gap_end.r AT TIME ZONE gap_end.zone) - gap_end.local))), gap_end.r, '00:01:00'::interval) x(x) WHERE ((x.x AT TIME ZONE gap_end.zone) >= gap_end.local))

CREATE OR REPLACE FUNCTION parcours.instant(v jsonb)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN ((jsonb_typeof(v) = 'number'::text) AND (((v)::numeric >= ('-2208988800000'::bigint)::numeric) AND ((v)::numeric <= ('253402300799999'::bigint)::numeric))) THEN (to_timestamp((((v)::numeric)::double precision / (1000)::double precision)))::timestamp(3) with time zone ELSE NULL::timestamp with time zone END

CREATE OR REPLACE FUNCTION parcours.last_anniversary(day date, zone text, t timestamp with time zone, feb_29 text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (SELECT max(a.at) AS max FROM (generate_series(0, 8) n(n) CROSS JOIN LATERAL (SELECT local_instant((anniversary_in(last_anniversary.day, ((EXTRACT(year FROM (last_anniversary.t AT TIME ZONE last_anniversary.zone)))::integer - n.n), last_anniversary.feb_29))::timestamp without time zone, last_anniversary.zone) AS at) a) WHERE (a.at <= last_anniversary.t))

CREATE OR REPLACE FUNCTION parcours.local_instant(local timestamp without time zone, zone text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN CASE WHEN (((local AT TIME ZONE zone) AT TIME ZONE zone) <> local) THEN gap_end(local, zone, (local AT TIME ZONE zone)) WHEN ((((local - ((((local AT TIME ZONE zone) - '24:00:00'::interval) AT TIME ZONE zone) - (((local AT TIME ZONE zone) - '24:00:00'::interval) AT TIME ZONE 'UTC'::text))) AT TIME ZONE 'UTC'::text) AT TIME ZONE zone) = local) THEN LEAST((local AT TIME ZONE zone), ((local - ((((local AT TIME ZONE zone) - '24:00:00'::interval) AT TIME ZONE zone) - (((local AT TIME ZONE zone) - '24:00:00'::interval) AT TIME ZONE 'UTC'::text))) AT TIME ZONE 'UTC'::text)) ELSE (local AT TIME ZONE zone) END

CREATE OR REPLACE FUNCTION parcours.midnight(v jsonb, zone text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN CASE WHEN ((jsonb_typeof(v) = 'number'::text) AND (((v)::numeric >= ('-25567'::integer)::numeric) AND ((v)::numeric <= (2932896)::numeric))) THEN (local_instant((('1970-01-01'::date + ((v)::numeric)::integer))::timestamp without time zone, zone))::timestamp(3) with time zone ELSE NULL::timestamp with time zone END

CREATE OR REPLACE FUNCTION parcours.next_anniversary(day date, zone text, t timestamp with time zone, feb_29 text)
 RETURNS timestamp with time zone
 LANGUAGE sql
 STABLE PARALLEL SAFE
RETURN (SELECT min(a.at) AS min FROM (generate_series(0, 8) n(n) CROSS JOIN LATERAL (SELECT local_instant((anniversary_in(next_anniversary.day, (GREATEST((EXTRACT(year FROM (next_anniversary.t AT TIME ZONE next_anniversary.zone)))::integer, ((EXTRACT(year FROM next_anniversary.day))::integer + 1)) + n.n), next_anniversary.feb_29))::timestamp without time zone, next_anniversary.zone) AS at) a) WHERE (a.at > next_anniversary.t))

CREATE OR REPLACE FUNCTION parcours.note_config_edit()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into parcours.config_edit (at, actor, client, relation, key, before)
  values (clock_timestamp(), session_user,
    concat_ws(' from ', nullif(current_setting('application_name', true), ''), host(inet_client_addr())), tg_table_name,
    case tg_table_name when 'revision' then to_jsonb(old) ->> 'number' else to_jsonb(old) ->> 'digest' end,
    case tg_table_name when 'revision' then to_jsonb(old) -> 'resources' else to_jsonb(old) -> 'body' end);
  return null;
end $function$

CREATE OR REPLACE FUNCTION parcours.num(v jsonb)
 RETURNS numeric
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN (jsonb_typeof(v) = 'number'::text) THEN (v)::numeric ELSE NULL::numeric END

CREATE OR REPLACE FUNCTION parcours.over(a numeric, b numeric)
 RETURNS numeric
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN ((b <> (0)::numeric) AND (abs(a) < '10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric) AND (abs(b) < '10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric)) THEN (round(a, 20) / b) ELSE NULL::numeric END

CREATE OR REPLACE FUNCTION parcours.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'the ledger is append-only: % of % refused', tg_op, tg_table_name using errcode = 'restrict_violation';
end $function$

CREATE OR REPLACE FUNCTION parcours.times(a numeric, b numeric)
 RETURNS numeric
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN ((abs(a) < '10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric) AND (abs(b) < '10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000'::numeric)) THEN (a * b) ELSE NULL::numeric END
