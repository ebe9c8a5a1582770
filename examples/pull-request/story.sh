#!/usr/bin/env bash
# The whole way of a change, from a branch to people and back, on a bare repository of this machine.
#
#   examples/pull-request/story.sh [FOLDER]
#
# Needs `parcours` and `git`. Everything happens in FOLDER (default: one that is thrown away). The store is the one that DATABASE_URL
# names, or else the embedded one of FOLDER/operator; tests are played in databases of their own. The clock stands where the story says, so each run tells the same.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
place=${1:-$(mktemp -d)}
[ $# -gt 0 ] || trap 'for one in operator marketer ci; do parcours --workspace "$place/$one" store stop >/dev/null 2>&1 || true; done; rm -rf "$place"' EXIT
mkdir -p "$place"
cd "$place"

# Nobody's settings count, and commits have the same names in every run.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME='Ana Ruiz' GIT_AUTHOR_EMAIL=ana@shop.example GIT_AUTHOR_DATE=2026-03-01T09:00:00Z
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE

chapter() { printf '\n== %s\n' "$1"; }
# A line of the operator's shell: it is shown, and then done.
operator() { printf '$ %s\n' "$*"; (cd "$place/operator" && "$@"); }
follow() { operator parcours sync --repo "$place/shop.git" --branch main --once "$@"; }

chapter 'A bare repository, and a store that follows its main branch'
git init --quiet --bare --initial-branch=main shop.git
git clone --quiet "$place/shop.git" marketer 2>/dev/null
git clone --quiet "$place/shop.git" operator 2>/dev/null
git -C operator config user.name 'Olu Ade'
git -C operator config user.email olu@shop.example
cp "$here"/shop/{parcours,schema,sources,channels,segments,templates}.yaml marketer
echo '.parcours/' >marketer/.gitignore
git -C marketer checkout --quiet -B main
git -C marketer add --all
git -C marketer commit --quiet --message 'What the shop has before its first journey'
git -C marketer push --quiet origin main
git -C operator pull --quiet origin main
follow --now 2026-02-27T08:00Z
operator parcours import orders "$here/shop/orders.csv" --now 2026-02-27T09:00Z

chapter 'The first journey: who is quiet today is taken in, and waits at its first step'
cp "$here"/shop/{journey,test}.yaml marketer
git -C marketer add --all
git -C marketer commit --quiet --message 'Ask quiet customers back'
git -C marketer push --quiet origin main
follow --now 2026-02-28T08:00Z
operator parcours run --now 2026-02-28T08:05Z --until 2026-03-01T08:00Z --tick 15min
operator parcours sync status --now 2026-03-01T08:00Z

chapter 'What may be published of the store: counts alone'
operator parcours snapshot --now 2026-03-01T08:00Z --out "$place/snapshot.json"

chapter 'A branch: a longer delay, and a wider segment'
git -C marketer checkout --quiet -b patient
sed -i.bak 's/after: 3d/after: 5d/' marketer/journey.yaml
sed -i.bak 's/30d ago/20d ago/' marketer/segments.yaml
rm marketer/*.bak
git -C marketer commit --quiet --all --message 'Wait longer, and for more people'

chapter 'The test of the journey still says three days: it is part of the change'
(cd marketer && parcours test) || echo "exit code $?"
sed -i.bak 's/until: 2026-03-04T10:00/until: 2026-03-06T10:00/' marketer/test.yaml
rm marketer/*.bak
git -C marketer commit --quiet --all --message 'The reminder comes after five days'
git -C marketer push --quiet origin patient

chapter 'CI of the pull request: no secret, and yet people'
git clone --quiet --branch patient "$place/shop.git" ci
(
  cd ci
  unset DATABASE_URL
  parcours validate
  parcours test
  parcours report --base origin/main --format markdown --snapshot "$place/snapshot.json" --now 2026-03-01T09:00Z >"$place/comment.md"
)
cat comment.md

chapter 'Merged: the store follows, people on their way are moved as shown'
git -C marketer checkout --quiet main
git -C marketer merge --quiet --no-ff --message 'Merge: wait longer, and for more people' patient
git -C marketer push --quiet origin main
follow --now 2026-03-01T10:00Z
operator parcours run --once --now 2026-03-01T10:01Z
operator parcours sync status --now 2026-03-01T10:02Z

chapter 'Somebody applies by hand what no commit holds'
git -C operator pull --quiet origin main
sed -i.bak 's/max: 3/max: 30/' operator/channels.yaml
rm operator/*.bak
operator parcours apply --yes --no-impact --now 2026-03-01T11:00Z
git -C operator checkout --quiet -- .
operator parcours drift --fail --now 2026-03-01T11:05Z || echo "exit code $?"
follow --now 2026-03-01T11:06Z || echo "exit code $?"

chapter 'A revert rolls back: the segment, the delay, and what was done by hand'
git -C marketer revert --no-edit --mainline 1 HEAD >/dev/null
git -C marketer push --quiet origin main
follow --now 2026-03-01T12:00Z
operator parcours run --once --now 2026-03-01T12:01Z
operator parcours drift --fail --now 2026-03-01T12:02Z
operator parcours revisions
operator parcours diff 2 live --exit-code
