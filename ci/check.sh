#!/usr/bin/env bash
# The checks that need no store: files, their layout, their tests. Run in the workspace's folder; PARCOURS_ENVIRONMENT may name one.
set -euo pipefail
environment=()
[ -z "${PARCOURS_ENVIRONMENT:-}" ] || environment=(--env "$PARCOURS_ENVIRONMENT")
# An environment's store is nobody's business here: none of these opens it. And what the branch may hold of a cache isn't read.
parcours validate ${environment[@]+"${environment[@]}"} --no-cache --format github
parcours fmt --check
# In databases of their own, on the embedded server or the one of PARCOURS_TEST_DATABASE_URL.
parcours test ${environment[@]+"${environment[@]}"} --format github
