#!/usr/bin/env python3
"""Takes FIFOs, sockets and devices out of classification lines: without_specials.py TREE < lines > lines

The original selects them, "copies" them to nothing and removes them. We report them and leave them alone.
"""
import json
import os
import stat
import sys


def regular(root, rel):
    mode = os.lstat(os.path.join(root, rel)).st_mode
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


for line in sys.stdin:
    rec = json.loads(line)
    for field in ("process", "keep"):
        rec[field] = [p for p in rec[field] if regular(sys.argv[1], p)]
    json.dump(rec, sys.stdout, ensure_ascii=True, separators=(",", ":"))
    sys.stdout.write("\n")
