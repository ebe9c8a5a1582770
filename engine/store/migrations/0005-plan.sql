-- Plans, revisions and GitOps: what a plan was computed from, how a store follows a branch.

-- How a revision came (apply · sync · rollback · promote · heal), and from what: the branch, the revision or the environment.
alter table parcours.revision add column via text not null default 'apply';
alter table parcours.revision add column via_from text;

-- What was changed in the configuration by SQL instead of by an apply: nothing of ours updates these rows, but for healing them.
create table parcours.config_edit (
  seq bigint generated always as identity primary key,
  at timestamptz(3) not null,
  actor text not null,
  -- what the session called itself, and where it came from
  client text not null,
  -- `resource_version` or `revision`
  relation text not null,
  -- the digest, or the number of the revision
  key text not null,
  -- the body, or the resources, as they were
  before jsonb not null
);
create index config_edit_key on parcours.config_edit (relation, key);

create function parcours.note_config_edit() returns trigger
language plpgsql as $$
begin
  insert into parcours.config_edit (at, actor, client, relation, key, before)
  values (clock_timestamp(), session_user,
    concat_ws(' from ', nullif(current_setting('application_name', true), ''), host(inet_client_addr())), tg_table_name,
    case tg_table_name when 'revision' then to_jsonb(old) ->> 'number' else to_jsonb(old) ->> 'digest' end,
    case tg_table_name when 'revision' then to_jsonb(old) -> 'resources' else to_jsonb(old) -> 'body' end);
  return null;
end $$;
create trigger resource_version_edited after update on parcours.resource_version
  for each row execute function parcours.note_config_edit();
create trigger revision_edited after update on parcours.revision
  for each row execute function parcours.note_config_edit();

-- How the store follows a branch: one row, written by who runs `parcours sync`.
create table parcours.sync (
  is_only boolean primary key default true check (is_only),
  -- without user and password
  repo text not null,
  branch text not null,
  path text not null,
  state text not null check (state in ('ready', 'progressing', 'failed', 'drifted')),
  reason text not null,
  message text not null,
  -- the newest commit that was seen
  head text,
  applied_commit text,
  applied_revision bigint,
  -- not tried again until there is another one, or somebody says so
  failed_commit text,
  -- the newest edit by SQL that was looked at; until there is another one, nothing can have drifted that way
  edits_seen bigint not null default 0,
  checked_at timestamptz(3) not null,
  changed_at timestamptz(3) not null
);

-- Who told the store not to follow for a while; one row, gone when it is over.
create table parcours.sync_suspension (
  is_only boolean primary key default true check (is_only),
  since timestamptz(3) not null,
  -- null: until somebody resumes it
  until timestamptz(3),
  author text not null,
  why text not null
);

-- What became of commits, newest last; the oldest are deleted.
create table parcours.sync_event (
  seq bigint generated always as identity primary key,
  at timestamptz(3) not null,
  state text not null,
  reason text not null,
  message text not null,
  commit_id text,
  revision bigint
);

-- The last look for drift by a daemon.
create table parcours.drift_check (
  is_only boolean primary key default true check (is_only),
  at timestamptz(3) not null,
  findings jsonb not null
);

-- What the applied revision renamed (`moved:`), of which lanes take their people along: [{ "resource": "journey/new", "from": "old" }],
-- steps: [{ "resource": "journey/x", "steps": { "new": "old" } }].
alter table parcours.revision add column moves jsonb not null default '[]';
-- By kind/id the first name of what was ever renamed: chance is drawn by it, so that nobody changes between holdout and treatment.
alter table parcours.revision add column origins jsonb not null default '{}';
-- Makes hashes of people in plans that nobody can turn back without the store.
alter table parcours.store add column sample_salt uuid not null default gen_random_uuid();
