#!/usr/bin/env bash
# The page, the model of names and the names themselves, as USER's surnames on the Hugging Face Hub:
#     bash .github/hub.sh USER [--dry-run]
set -euo pipefail
cd "$(dirname "$0")/.."

name=$1/surnames
python -m model space "$name" --static "${@:2}"
python -m model push "$name" --dataset "$name" "${@:2}"
files=(data/*.csv.gz data/README.md data/LICENSE data/NOTICE)
if [ "${2:-}" = --dry-run ]; then
    ls -l "${files[@]}"
else
    hf upload "$name" data . --repo-type dataset "${files[@]/#data\//--include=}"
fi
