# SPDX-License-Identifier: Apache-2.0
# Sourced by tests/run.sh and cli/quickstart.sh: need_packages KIND... installs what is missing of
# the packages that tests/packages.txt lists under the kinds, unless the program that a line names
# is there from elsewhere. It touches apt only when something is.

need_packages() {
  local list missing=() kind package program
  list="$(dirname "${BASH_SOURCE[0]}")/../packages.txt"
  while read -r kind package program; do
    case " $* " in
      *" $kind "*)
        [ -n "$program" ] && command -v "$program" >/dev/null && continue
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
          missing+=("$package") ;;
    esac
  done < <(grep -v '^#' "$list")
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ]; then
    echo "missing packages; run: sudo apt-get install ${missing[*]}" >&2
    return 1
  fi
  echo "installing: ${missing[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update >/dev/null &&
    apt-get -qq install --yes --no-install-recommends "${missing[@]}" >/dev/null || {
    echo "apt-get could not install: ${missing[*]}" >&2
    return 1
  }
}
