#!/usr/bin/env bash
# Keeps one comment of ours in the pull request PARCOURS_PULL_REQUEST: written once, edited from then on, deleted when nothing is left to
# say. Needs `gh` with a token. Who may not write (a fork) is told so and fails nothing: the report stands in the summary of the run.
set -euo pipefail
report=${PARCOURS_REPORT:?names the file with the comment}
comments="repos/$GITHUB_REPOSITORY/issues"
mine() {
  gh api --paginate "$comments/$PARCOURS_PULL_REQUEST/comments" \
    --jq '.[] | select(.body | startswith("<!-- parcours report -->")) | .id' | sed -n 1p
}
keep() {
  local id
  id=$(mine) || return 1
  if [ ! -s "$report" ]; then
    [ -z "$id" ] || gh api --silent --method DELETE "$comments/comments/$id"
  elif [ -n "$id" ]; then
    gh api --silent --method PATCH "$comments/comments/$id" --field "body=@$report"
  else
    gh api --silent --method POST "$comments/$PARCOURS_PULL_REQUEST/comments" --field "body=@$report"
  fi
}
keep || echo "::notice::The comment can't be written here; the report stands in the summary of the run."
