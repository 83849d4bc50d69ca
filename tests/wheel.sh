#!/usr/bin/env bash
# Builds the wheel, installs it with the locked dependencies into an empty environment outside the checkout, and runs
# `caseflow run --demo` there until its first page answers. Usage: tests/wheel.sh PYTHON [PORT]
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(realpath --no-symlinks "$1")
port=${2:-18431}
away=$(mktemp -d /tmp/caseflow-wheel.XXXXXX)
chmod 755 "$away"
running=
clean_up() {
  if [[ -n $running ]]; then
    kill "$running" 2>/dev/null || true
    wait "$running" 2>/dev/null || true
  fi
  rm -rf "$away"
}
trap clean_up EXIT

"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$away" .
"$python" -m venv "$away/venv"
# Everything that runs comes from the lock, and nothing of the development extra is needed: pip check says so.
"$python" tests/runtime_lock.py >"$away/runtime.lock"
"$away/venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$away/runtime.lock"
"$away/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "$away"/caseflow_office-*.whl
"$away/venv/bin/python" -m pip check --disable-pip-version-check

cd "$away"
export CASEFLOW_HOME=$away/home
venv/bin/caseflow workflows check
venv/bin/caseflow run --demo --port "$port" >run.log 2>&1 &
running=$!
for _ in $(seq 120); do
  if grep -q 'caseflow answers at' run.log; then break; fi
  kill -0 "$running" 2>/dev/null || { cat run.log; exit 1; }
  sleep 1
done
cat run.log
"$away/venv/bin/python" - "$port" <<'PYTHON'
import sys, urllib.request
with urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/", timeout=10) as page:
    text = page.read().decode()
assert page.status == 200, page.status
assert "caseflow" in text.lower(), text[:500]
PYTHON
kill "$running"
wait "$running"
running=
echo "the wheel runs outside the checkout"
