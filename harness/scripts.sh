# Shared by build.sh, test.sh and export.sh: where the project is, and its virtual environment.
# shellcheck shell=bash
root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv="$root/.venv"
python="$venv/bin/python"

say() { printf '%s\n' "$*"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }
wants_value() { [[ $# -ge 2 && -n $2 ]] || fail "$1 needs a value (see --help)"; }

# The first Python that fits and can make virtual environments; EXE, when given, is the only candidate.
find_python() {
  local exe lacking=""
  for exe in ${1:+"$1"} ${1:-python3 python3.13 python3.12 python3.11}; do
    command -v "$exe" >/dev/null || continue
    "$exe" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || continue
    if "$exe" -c 'import venv, ensurepip' 2>/dev/null; then printf '%s' "$exe"; return; fi
    lacking=$("$exe" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
  done
  [[ -z $lacking ]] || fail "$lacking has no ensurepip: install its package $lacking-venv (Debian, Ubuntu)"
  fail "no Python 3.11, 3.12 or 3.13 found${1:+ at $1}; name one with --python EXE"
}

# needs_install NAME FILE...: true when NAME's requirements are not those installed last.
stamp_of() { cat "$@" | cksum; }
needs_install() { [[ $(cat "$venv/.$1.stamp" 2>/dev/null) != "$(stamp_of "${@:2}")" ]]; }
installed() { stamp_of "${@:2}" >"$venv/.$1.stamp"; }

pip_install() { "$python" -m pip install --quiet --quiet --disable-pip-version-check "$@"; }

need_venv() {
  local files=("$root/requirements/runtime.txt" "$root/requirements/harness.txt")
  if [[ ! -x $python ]] || needs_install runtime "${files[@]}"; then
    fail "the environment is missing or out of date: run ./build.sh first"
  fi
}
