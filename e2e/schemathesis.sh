#!/bin/sh
# Checks a running server against its own description of the API.
#
#   e2e/schemathesis.sh [ADDRESS] [EXAMPLES]
#
# ADDRESS is on this machine only, http://127.0.0.1:8080 where none is given; EXAMPLES bounds the
# generated requests of each operation. Any failed check fails the run. Needs schemathesis 4
# (`pip install schemathesis`).
set -eu

address=${1:-http://127.0.0.1:8080}
examples=${2:-40}

case $address in
  http://127.0.0.1:* | http://localhost:* | http://\[::1\]:*) ;;
  *) echo "only a server on this machine is tested, not $address" >&2; exit 2 ;;
esac

here=$(dirname "$0")
exec "${SCHEMATHESIS:-schemathesis}" --config-file "$here/schemathesis.toml" run "$address/api/v1/openapi.json" \
  --url "$address" \
  --checks all \
  --mode all \
  --phases examples,coverage,fuzzing,stateful \
  --max-examples "$examples" \
  --seed 1 \
  --generation-deterministic \
  --request-timeout 10 \
  --workers 2 \
  --no-color
