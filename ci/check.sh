#!/usr/bin/env bash
# The checks that need no store. Run in the workspace's folder; PARCOURS_ENVIRONMENT may name one.
set -euo pipefail
environment=()
[ -z "${PARCOURS_ENVIRONMENT:-}" ] || environment=(--env "$PARCOURS_ENVIRONMENT")
# An environment's store is nobody's business here: `validate` and `fmt` open none. And what the branch may hold of a cache isn't read.
parcours validate ${environment[@]+"${environment[@]}"} --no-cache --format github
parcours fmt --check
