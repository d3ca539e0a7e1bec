#!/usr/bin/env bash
# Runs the sanity cases as Grand Challenge would; with --all also the test suite and the linters.
set -euo pipefail
usage() {
  cat <<'HELP'
Usage: ./test.sh [options]

Makes three sanity cases a task, runs each as the platform would (offline, as the image's user,
with 2 CPUs, 8 GB and the task's time), imports the outputs as it would, and prints a table; the
result on one page, its JSON and JUnit XML, and pictures of the answers beside the truth are in
reports/. Needs what ./build.sh installed.

  --task N           only this task (1, 2 or 3); may be repeated
  --engine ENGINE    auto (default): docker where a daemon answers, else local; docker; local
  --all              everything: linters, types, import contracts, the test suite, and the sanity
                     cases on every engine there is, by exec and by invoke, and with Docker also
                     under the strict profile; installs the development packages first
  --keep DIR         keep inputs, outputs and logs there
  --help             this text
HELP
}
# shellcheck source=harness/scripts.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/harness/scripts.sh"

options=() engine=() all=false
while [[ $# -gt 0 ]]; do
  case $1 in
    --help|-h) usage; exit 0 ;;
    --all) all=true; shift; continue ;;
    --task) wants_value "$@"; options+=("$1" "$2") ;;
    --engine) wants_value "$@"; engine=("$1" "$2") ;;
    --keep) wants_value "$@"; mkdir -p "$2"; options+=("$1" "$(readlink -f "$2")") ;;
    *) fail "unknown option $1 (see --help)" ;;
  esac
  shift 2
done
need_venv
cd "$root"
sanity() { "$python" -m harness sanity ${options[@]+"${options[@]}"} "$@"; }
if ! $all; then
  sanity ${engine[@]+"${engine[@]}"}
  exit
fi

development=requirements/development.txt
seconds=() failed=()
part() { # part NAME COMMAND...: run it, go on when it fails, remember both
  local name=$1 start=$SECONDS
  shift
  say "== $name"
  "$@" || failed+=("$name")
  seconds+=("$(printf '%5d s  %s' $((SECONDS - start)) "$name")")
}
install_development() {
  if needs_install development "$development"; then
    pip_install -r "$development"
    installed development "$development"
  fi
}

part "development packages" install_development
[[ ${#failed[@]} -eq 0 ]] || fail "$development could not be installed"

found=$("$python" -m harness engines)
everywhere=()
for one in $found; do everywhere+=(--engine "$one"); done
[[ ${#engine[@]} -gt 0 ]] || engine=("${everywhere[@]}")
deselect=""
if [[ -z ${HECKTOR_STS_DIR:-} ]]; then
  say "deselected: tests marked sts (HECKTOR_STS_DIR names no folder of real scans)"
  deselect="not sts"
fi
if [[ $found != *docker* ]]; then
  say "deselected: tests marked docker (no Docker daemon answers)"
  deselect="${deselect:+$deselect and }not docker"
fi
if ! "${HECKTOR_NNUNET_PYTHON:-$python}" -c 'import nnunetv2' >/dev/null 2>&1; then
  say "deselected: tests marked nnunet (nnunetv2 is not installed)"
  deselect="${deselect:+$deselect and }not nnunet"
fi

part "ruff check" "$python" -m ruff check .
part "ruff format" "$python" -m ruff format --check .
part "mypy" "$python" -m mypy
part "import contracts" "$venv/bin/lint-imports"
part "sanity cases" sanity "${engine[@]}" --api exec --api invoke
if [[ " ${engine[*]} " == *" docker "* ]]; then
  part "strict profile" sanity --engine docker --strict --reports reports/strict
fi
part "test suite" "$python" -m pytest -n 2 -m "$deselect"
say "== seconds"
printf '%s\n' "${seconds[@]}"
[[ ${#failed[@]} -eq 0 ]] || fail "failed: $(IFS=,; printf '%s' "${failed[*]}")"
