#!/usr/bin/env bash
# Makes sure there is a Chromium for the browser tests, where that is possible. Never fails:
# without one the tests are reported as skipped, by name.
chromium="${CHROMIUM:-/usr/bin/chromium}"
if [ -x "$chromium" ]; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests"
    if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null 2>&1
    then
        exit 0
    fi
fi
echo "Browser tests will be skipped: install Chromium (apt install chromium) or set CHROMIUM=/path."
exit 0
