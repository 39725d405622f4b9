#!/bin/sh
# Make the environment from the locked versions, and see to it that Qt finds the system libraries it needs.
# Uses: PYTHON (an interpreter, 3.11 to 3.13) and VENV (where the environment goes).
set -eu

PYTHON=${PYTHON:-python3}
VENV=${VENV:-.venv}
LIBRARIES="libgl1 libegl1 libglib2.0-0 libxkbcommon0 libdbus-1-3 libfontconfig1 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxkbcommon-x11-0"

say() { printf '%s\n' "$*" >&2; }

# Install Debian packages where that is allowed, or stop with the one line to type.
install() {
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        say "Installing with apt: $*"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    else
        say "The till needs some system libraries first. Type this, then try again:"
        say "    sudo apt-get install -y --no-install-recommends $*"
        exit 1
    fi
}

# The newer name of a library whose package was renamed (Debian 13).
available() {
    for name in $LIBRARIES; do
        if [ "$name" = libglib2.0-0 ] && ! apt-cache show libglib2.0-0 >/dev/null 2>&1; then name=libglib2.0-0t64; fi
        printf '%s ' "$name"
    done
}

if ! "$PYTHON" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
    say "The till needs Python 3.11, 3.12 or 3.13; $PYTHON is another version. Type: make PYTHON=/path/to/python3.11"
    exit 1
fi
if ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
    install python3-venv
fi

if [ ! -x "$VENV/bin/python" ]; then
    "$PYTHON" -m venv "$VENV"
fi
say "Installing the locked packages into $VENV (the first time takes a minute)."
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

# Qt says which library is missing only one at a time, and on X11 names the wrong one: ask the linker for all of them.
QT=$("$VENV/bin/python" -c 'import importlib.util, pathlib; print(pathlib.Path(importlib.util.find_spec("PySide6").origin).parent)')
if [ "$(uname -s)" = Linux ]; then
    if ldd "$QT/Qt/plugins/platforms/libqxcb.so" "$QT/QtWidgets.abi3.so" 2>/dev/null | grep -q 'not found'; then
        # shellcheck disable=SC2046  # a list of names, to be split
        install $(available)
    fi
fi
"$VENV/bin/python" -c 'import PySide6.QtWidgets' || { say "Qt does not start; see the message above."; exit 1; }
