#!/bin/sh
# Measures a stranger's first twenty minutes: from a fresh clone, with empty caches, to a page.
# Everything that the build needs is fetched and compiled anew; the toolchains themselves are not.
# Prints the seconds of each step.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
address=127.0.0.1:${1:-8099}
limit=1200
server=

end() {
    if [ -n "$server" ]; then
        # The process group: make, what it builds with, and the server.
        kill -- "-$server" 2>/dev/null || true
    fi
    rm -rf "$scratch"
}
trap end EXIT
trap 'exit 1' INT TERM

# Empty caches: of packages, of compiled code, of the browser tools and of the compiler itself.
# Where rustup finds its toolchains is settled before it loses sight of the home folder.
RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
export RUSTUP_HOME
export CARGO_HOME="$scratch/cargo" CARGO_TARGET_DIR="$scratch/target"
export npm_config_cache="$scratch/npm" XDG_CACHE_HOME="$scratch/cache"
unset RUSTC_WRAPPER CARGO_INCREMENTAL

began=$(date +%s)
git clone --quiet --no-hardlinks "$root" "$scratch/dfg"
cd "$scratch/dfg"
echo "cloned after $(($(date +%s) - began)) s"

setsid make run LISTEN="$address" >"$scratch/log" 2>&1 &
server=$!
while ! curl --silent --fail --output /dev/null "http://$address/"; do
    if ! kill -0 "$server" 2>/dev/null; then
        tail -n 20 "$scratch/log" >&2
        echo "make run ended without serving a page" >&2
        exit 1
    fi
    if [ $(($(date +%s) - began)) -gt $((4 * limit)) ]; then
        tail -n 20 "$scratch/log" >&2
        echo "no page was served in $((4 * limit)) s" >&2
        exit 1
    fi
    sleep 1
done
took=$(($(date +%s) - began))
verdict=met
if [ "$took" -gt "$limit" ]; then
    verdict="NOT MET"
fi
echo "| From a fresh clone with empty caches to a served page, on $(nproc) cores | $took s | at most $limit s | $verdict |"
