#!/usr/bin/env bash
# Writes what the files change since PARCOURS_BASE to the file PARCOURS_REPORT; empty when there is nothing to say. Run in the workspace's
# folder of a clone with its history. PARCOURS_SNAPSHOT and PARCOURS_ENVIRONMENT may be empty.
set -euo pipefail
: "${PARCOURS_REPORT:?names the file to write}"
: >"$PARCOURS_REPORT"
if [ -n "${GITHUB_OUTPUT:-}" ]; then echo "report=$PARCOURS_REPORT" >>"$GITHUB_OUTPUT"; fi
if [ -z "${PARCOURS_BASE:-}" ]; then
  echo 'Nothing to hold the files against: this is no pull request, and no base is named.'
  exit 0
fi
options=(--base "$PARCOURS_BASE" --format "${PARCOURS_FORMAT:-github}")
[ -z "${PARCOURS_ENVIRONMENT:-}" ] || options+=(--env "$PARCOURS_ENVIRONMENT")
[ -z "${PARCOURS_SNAPSHOT:-}" ] || options+=(--snapshot "$PARCOURS_SNAPSHOT")
code=0
parcours report "${options[@]}" >"$PARCOURS_REPORT" || code=$?
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$PARCOURS_REPORT" >>"$GITHUB_STEP_SUMMARY"; fi
exit "$code"
