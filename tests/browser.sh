#!/bin/sh
# Print the path of a Chromium that runs: the one in CHROMIUM, one on PATH, or one installed now.
# Usage: tests/browser.sh PYTHON   (a Python that has playwright)
set -eu
python=$1

runs() { "$1" --version >/dev/null 2>&1; }

found() {
    for name in chromium chromium-browser google-chrome; do
        path=$(command -v "$name") && runs "$path" && echo "$path" && return
    done
    path=$("$python" -c 'from playwright.sync_api import sync_playwright as start
with start() as tools: print(tools.chromium.executable_path)') && runs "$path" && echo "$path"
}

if [ -n "${CHROMIUM:-}" ]; then
    path=$(command -v "$CHROMIUM") && runs "$path" && echo "$path" && exit
    echo "CHROMIUM names $CHROMIUM, which does not run" >&2
    exit 1
fi

found && exit
echo "Installing Chromium for the browser tests" >&2
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } >&2 || true
    found && exit
fi
"$python" -m playwright install chromium >&2 || true
found && exit
echo "No Chromium runs here: install one, or name it in CHROMIUM" >&2
exit 1
