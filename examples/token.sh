#!/bin/sh
# Prints an access token for a service, obtained as a browser does: signs in, then renews for the audience.
# Usage: sh token.sh USERNAME PASSWORD [AUDIENCE]     Without AUDIENCE the token is for Latchkey itself.
set -eu
latchkey=${LATCHKEY_URL:-http://localhost:8000}
jar=$(mktemp)
trap 'rm -f "$jar"' EXIT

json() { python3 -c 'import json, sys; print(json.dumps(dict(zip(sys.argv[1::2], sys.argv[2::2]))))' "$@"; }
member() { python3 -c '
import json, sys
try: answer = json.load(sys.stdin)
except ValueError: sys.exit("Latchkey did not answer in JSON. Is LATCHKEY_URL right?")
if sys.argv[1] not in answer: sys.exit("Refused: " + answer.get("message", "no reason was given"))
print(answer[sys.argv[1]])' "$1"; }
call() { curl -sS -b "$jar" -c "$jar" -H 'Content-Type: application/json' "$@"; }

token=$(json username "$1" password "$2" | call "$latchkey/api/v1/login" -d @- | member token)
if [ $# -gt 2 ]; then
  csrf=$(call "$latchkey/api/v1/csrf" | member csrf_token)
  token=$(json audience "$3" | call "$latchkey/api/v1/refresh" -H "X-CSRF-TOKEN: $csrf" -d @- | member token)
fi
echo "$token"
