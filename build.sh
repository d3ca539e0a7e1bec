#!/usr/bin/env bash
# Sets up the project's environment and, where a Docker daemon answers, builds the three images.
set -euo pipefail
usage() {
  cat <<'HELP'
Usage: ./build.sh [options]

Makes .venv (Python 3.11 to 3.13) with what the containers and the harness need and, where a
Docker daemon answers, the images hecktor-task1, hecktor-task2 and hecktor-task3, each for exec
(one run a case) and, tagged <version>-invoke, for invoke (a server).

  --task N               only this task's image (1, 2 or 3); may be repeated
  --engine ENGINE        auto (default): images when a daemon answers; docker: images or fail;
                         local: the environment only
  --base IMAGE           base image (default debian:bookworm-slim; where it cannot be pulled,
                         an equivalent made by debootstrap as root, hecktor-base:bookworm)
  --ca-bundle FILE       certificates for networks with their own (default: what PIP_CERT,
                         REQUESTS_CA_BUNDLE, SSL_CERT_FILE or CURL_CA_BUNDLE name);
                         they reach the build stage, never the image
  --on-error CHOICE      fail (default): a bad case writes nothing; fallback: a declared answer
  --time-limit SECONDS   deadline baked into the images (default 600, 900, 600)
  --precision KIND       float32 (default) or bfloat16: arithmetic baked into the images, used
                         where the weights and the processor allow it
  --python EXE           Python to make .venv with
  --help                 this text
HELP
}
# shellcheck source=harness/scripts.sh
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/harness/scripts.sh"

options=()
exe="" ca_bundle=""
while [[ $# -gt 0 ]]; do
  case $1 in
    --help|-h) usage; exit 0 ;;
    --python) wants_value "$@"; exe=$2 ;;
    --ca-bundle)
      wants_value "$@"
      [[ -r $2 ]] || fail "--ca-bundle: no file $2"
      ca_bundle=$(readlink -f "$2"); options+=(--ca-bundle "$ca_bundle") ;;
    --task|--engine|--base|--on-error|--time-limit|--precision) wants_value "$@"; options+=("$1" "$2") ;;
    *) fail "unknown option $1 (see --help)" ;;
  esac
  shift 2
done
[[ -z $ca_bundle ]] || export PIP_CERT="$ca_bundle"

cd "$root"
if [[ ! -x $python || -n $exe ]]; then
  exe=$(find_python "$exe")
  say "making .venv with $("$exe" --version)"
  "$exe" -m venv --clear "$venv"
fi
runtime=requirements/runtime.txt harness=requirements/harness.txt
if needs_install runtime "$runtime" "$harness"; then
  say "installing $runtime and $harness"
  pip_install --require-hashes -r "$runtime"
  pip_install -r "$harness"
  installed runtime "$runtime" "$harness"
fi
exec "$python" -m harness build ${options[@]+"${options[@]}"}
