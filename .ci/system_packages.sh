#!/usr/bin/env bash
# Make sure that the system packages of a purpose are there: install them through apt where root or
# sudo allows it, otherwise stop with one line that names them.
#   .ci/system_packages.sh setup|test
set -euo pipefail

missing=()
need_package() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed' || missing+=("$1"); }
need_command() { command -v "$1" >/dev/null || missing+=("$2"); }
need_either() { # the name of a package before and since the 64-bit time transition
  dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed' || need_package "$2"
}

case "${1:?setup or test}" in
  setup)
    "${PYTHON:-python3}" -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
    ;;
  test)
    [ -n "${RATER_APP_CHROMIUM:-}" ] || need_command chromium chromium
    need_command Xvfb xvfb
    need_command xauth xauth
    if command -v dpkg-query >/dev/null; then
      glib=libglib2.0-0
      apt-cache show libglib2.0-0t64 >/dev/null 2>&1 && glib=libglib2.0-0t64
      for package in libgl1 libgl1-mesa-dri libegl1 libfontconfig1 libdbus-1-3 \
        libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 \
        fonts-dejavu-core; do
        need_package "$package"
      done
      need_either libglib2.0-0 "$glib"
    fi
    ;;
esac
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo -n)
  if ! sudo -n true 2>/dev/null; then as_root=(); missing_root=1; fi
fi
if [ -n "${missing_root:-}" ] || ! command -v apt-get >/dev/null; then
  echo "Missing system packages, please install them: ${missing[*]}" >&2
  exit 1
fi
echo "Installing system packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
