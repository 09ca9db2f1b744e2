#!/bin/sh
# Makes expected/ anew from the reference classification.
#
#   make_expected.sh SHARED_DIR
#
# SHARED_DIR holds spec/filesets.json, the pattern lists of the original in its own notation. They are not part of this
# repository: our lists are crates/lifecycle/data/file_sets.toml, and the comparison keeps the two honest.
set -eu
shared=${1:?say where spec/filesets.json is: make_expected.sh SHARED_DIR}
here=$(cd "$(dirname "$0")" && pwd)
sets="$shared/spec/filesets.json"
work=$(mktemp -d "${TMPDIR:-/tmp}/runstow-expected.XXXXXX")
trap 'rm -rf "$work"' EXIT
oracle() { python3 "$here/classify_oracle.py" --filesets "$sets" classify "$@"; }
mkdir -p "$here/expected"

# Regular trees: counts and hashes. All actions with the states as they are; what would be kept back if other categories
# were disposed, for the two actions that remove.
for seed in 1 2 3 4 5; do
  tree="$work/seed-$seed"
  python3 "$here/mkrun.py" tree "$tree" --seed "$seed" --runs 4 --files 4000
  oracle "$tree" --digest > "$work/local"
  oracle "$tree" --digest --scenarios all --actions archive,delete | grep '"gone:' > "$work/gone"
  cat "$work/local" "$work/gone" > "$here/expected/seed-$seed.jsonl"
  rm -rf "$tree"
done

# Nasty trees: full lists. Left out are the two cases in which the reference cannot see what we see
# (expected/README.md), and the special files that we leave alone.
cases=$(python3 "$here/mkrun.py" list-hostile | grep -v -x -e unreadable -e over-path-max | paste -s -d ,)
python3 "$here/mkrun.py" tree "$work/hostile" --seed 1 --runs 0 --hostile "$cases" --flat 5
oracle "$work/hostile" --actions archive,delete | python3 "$here/without_specials.py" "$work/hostile" \
  > "$here/expected/hostile.jsonl"
wc -c "$here"/expected/*.jsonl
