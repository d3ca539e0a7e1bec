#!/usr/bin/env bash
# Writes and checks the files to upload to Grand Challenge.
set -euo pipefail
usage() {
  cat <<'HELP'
Usage: ./export.sh [options]

Writes to exports/, for each task, the container image (task<N>_<version>.tar.gz) and its weights
(task<N>_<version>_model.tar.gz), checks both against the platform's upload rules, loads each back
and runs it once, and prints size, SHA-256 and where to upload them; beside them the image's bill
of materials (CycloneDX) and its licences. Needs the images of ./build.sh and a Docker daemon.

  --task N      only this task (1, 2 or 3); may be repeated
  --api API     exec (default) or invoke: which variant of the image
  --no-run      do not run what was written
  --help        this text
HELP
}
# shellcheck source=harness/scripts.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/harness/scripts.sh"

options=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --help|-h) usage; exit 0 ;;
    --no-run) options+=("$1"); shift; continue ;;
    --task|--api) wants_value "$@"; options+=("$1" "$2") ;;
    *) fail "unknown option $1 (see --help)" ;;
  esac
  shift 2
done
need_venv
cd "$root"
exec "$python" -m harness export ${options[@]+"${options[@]}"}
