#!/usr/bin/env python3
"""Reference classifier: which files each data-management action would touch.

    classify_oracle.py classify ROOT [--actions a,b] [--categories c,d] [--scenarios local|all]
                                     [--reports 1,2] [--digest] [--skipped FILE] [-o FILE]
    classify_oracle.py summary ROOT       overlaps and files that no category takes
    classify_oracle.py explain [--version V] REL...   patterns that decide for given relative paths

ROOT holds a runs.json written by mkrun.py (or by hand, see README.md).
Every output path is relative to ROOT.  Rules: docs/file-sets.md and the facts it names.
"""
import argparse
import base64
import hashlib
import itertools
import json
import os
import re
import stat
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ACTIONS = ("archive", "export", "delete", "test", "list")    # "import" is known too, see README.md
ONBOARD = "onboard_results"
SIGPROC = "sigproc_results"


class Unavailable(Exception):
    """The action is refused before any file is looked at."""


# ---------------------------------------------------------------- patterns

def any_of(patterns):
    """One compiled expression for 'at least one of these matches at the start', or None."""
    if not patterns:
        return None
    return re.compile("|".join("(?:%s)" % p for p in patterns), re.ASCII)


class Category:
    def __init__(self, code, data):
        self.code = code
        self.type = data["type"]
        self.include = any_of(data["include"])
        self.exclude = any_of(data["exclude"])
        self.keepwith = {other: any_of(p) for other, p in data["keepwith"].items() if p}
        self.raw = data

    def selects(self, rel):
        if self.include is None or not self.include.match(rel):
            return False
        return self.exclude is None or not self.exclude.match(rel)


class FileSets:
    def __init__(self, path=None):
        with open(path or os.path.join(HERE, "..", "..", "spec", "filesets.json")) as f:
            doc = json.load(f)
        self.order = doc["category_order"]
        self.disposed = frozenset(doc["disposed_states"])
        self.versions = {v: {c: Category(c, d) for c, d in cats.items()} for v, cats in doc["versions"].items()}


# ---------------------------------------------------------------- listing

def text(name):
    """Name as text, or None when the bytes are not UTF-8."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return None


def points_into_onboard(path):
    return os.fsencode(ONBOARD) in os.path.realpath(path).split(b"/")


class Listing:
    """Relative paths of everything below a start directory that is not a directory.

    Symbolic links to directories are neither listed nor entered, with one
    exception: a link named sigproc_results whose real target is not inside an
    onboard_results folder contributes the files below it (without following
    further links).
    """

    def __init__(self, start):
        self.start = start
        self.names = []
        self.skipped = []
        self.present = os.path.isdir(start)
        self.sigproc_is_link = os.path.islink(os.path.join(start, os.fsencode(SIGPROC)))
        if self.present:
            self._walk(start, "", True)

    def _skip(self, rel, why):
        self.skipped.append((rel, why))

    def _walk(self, where, prefix, expand_links):
        todo = [(where, prefix)]
        while todo:
            here, pre = todo.pop()
            subdirs = []
            try:
                it = os.scandir(here)
            except OSError as e:
                self._skip(os.fsencode(pre.rstrip("/")), "cannot list: %s" % os.strerror(e.errno))
                continue
            with it:
                for entry in it:
                    name = text(entry.name)
                    if name is None:
                        self._skip(os.fsencode(pre) + entry.name, "name is not UTF-8")
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        subdirs.append((entry.path, pre + name + "/"))
                    elif entry.is_symlink():
                        try:
                            to_dir = stat.S_ISDIR(os.stat(entry.path).st_mode)
                        except OSError:
                            to_dir = False
                        if not to_dir:
                            self.names.append(pre + name)
                        elif expand_links and name == SIGPROC and not points_into_onboard(entry.path):
                            self._walk(entry.path, pre + name + "/", False)
                    else:
                        self.names.append(pre + name)
            todo.extend(reversed(subdirs))


# ---------------------------------------------------------------- selection

class Report:
    def __init__(self, root, rec, exp, sets, cache):
        self.rec = rec
        self.id = rec["id"]
        self.cats = sets.versions[rec["version"]]
        self.disposed = sets.disposed
        self.root = root
        self.cache = cache
        self.states = dict.fromkeys(sets.order, "L")
        self.states.update(rec.get("states") or {})
        self.archive_paths = rec.get("archivePaths") or {}
        self.report_dir = self._abs(rec["reportDir"])
        self.exp_dir = self._abs(exp["expDir"])
        self.local_dirs = [d for d in (self.report_dir, self.exp_dir) if d]
        if len(self.local_dirs) == 2 and self.local_dirs[0] == self.local_dirs[1]:
            self.local_dirs.pop()
        # Both a thumbnail and a report with its own signal processing leave the
        # instrument's results alone.
        self.exclude_onboard = bool(rec["isThumbnail"]) or not (
            self.report_dir and points_into_onboard(os.path.join(self.report_dir, os.fsencode(SIGPROC))))
        self._picked = {}

    def _abs(self, p):
        if not p:
            return b""
        return os.path.join(self.root, os.fsencode(p).rstrip(b"/"))

    def listing(self, start):
        got = self.cache.get(start)
        if got is None:
            got = self.cache[start] = Listing(start)
        return got

    def start_dirs(self, code, action):
        if action in ("list", "diskspace"):
            return self.local_dirs
        if action == "import":
            where = self._abs(self.archive_paths.get(code) or "")
            if not where or not os.path.isdir(where):
                raise Unavailable("no source to import from")
            return [where]
        state = self.states[code]
        if state in ("DG", "DD"):
            raise Unavailable("deleted")
        if state in ("AG", "AD"):
            where = self._abs(self.archive_paths.get(code) or "")
            if not where or not os.path.exists(where):
                raise Unavailable("archive location not reachable")
            return [where]
        return self.local_dirs

    def pick(self, code, start, exclude_onboard=None):
        """Selected and keepable relative paths of one start directory.

        Returns (selected, keepable, via_link): keepable maps another category
        to the paths that are held back while that category is local; via_link
        is the set of paths that are out of reach unless linked signal
        processing results are wanted.
        """
        if exclude_onboard is None:
            exclude_onboard = self.exclude_onboard
        key = (code, start, exclude_onboard)
        got = self._picked.get(key)
        if got is not None:
            return got
        cat = self.cats[code]
        lst = self.listing(start)
        selected, keepable, via_link = [], {o: [] for o in cat.keepwith}, set()
        for rel in lst.names:
            if exclude_onboard and ONBOARD in rel:
                continue
            hit = False
            if cat.selects(rel):
                selected.append(rel)
                hit = True
            for other, rx in cat.keepwith.items():
                if rx.match(rel):
                    keepable[other].append(rel)
                    hit = True
            if hit and lst.sigproc_is_link and SIGPROC in rel:
                via_link.add(rel)
        got = self._picked[key] = (selected, keepable, via_link)
        return got

    def linked_wanted(self, code, action):
        if action == "diskspace":
            return True
        if action in ("delete", "list", "import"):
            return False
        return code != "INTR"

    def decide(self, code, action, gone=()):
        """(process, keep) as sets of absolute byte paths for one action."""
        cat = self.cats[code]
        holding = [] if action in ("export", "diskspace", "import") else [
            o for o in cat.keepwith if o not in gone and self.states[o] not in self.disposed]
        process, keep = set(), set()
        for start in self.start_dirs(code, action):
            selected, keepable, via_link = self.pick(code, start, False if action == "import" else None)
            drop = set() if self.linked_wanted(code, action) else via_link
            base = start + b"/"
            process.update(base + os.fsencode(r) for r in selected if r not in drop)
            for o in holding:
                keep.update(base + os.fsencode(r) for r in keepable[o] if r not in drop)
        return process, keep


def size_of(path, memo):
    got = memo.get(path)
    if got is None:
        try:
            st = os.lstat(path)
            got = 0 if stat.S_ISLNK(st.st_mode) else st.st_size
        except OSError:
            got = 0
        memo[path] = got
    return got


# ---------------------------------------------------------------- output

def shown(path, root):
    rel = os.path.relpath(path, root) if not path.startswith(root + b"/") else path[len(root) + 1:]
    t = text(rel)
    return t if t is not None else {"b64": base64.b64encode(rel).decode()}


def as_list(paths, root, digest):
    if digest:
        h = hashlib.sha256()
        n = 0
        for p in sorted(x[len(root) + 1:] for x in paths):
            h.update(p + b"\0")
            n += 1
        return {"count": n, "sha256": h.hexdigest()}
    return [shown(p, root) for p in sorted(paths)]


def open_tree(root):
    root = os.path.abspath(root)
    with open(os.path.join(root, "runs.json")) as f:
        doc = json.load(f)
    exps = {e["id"]: e for e in doc["experiments"]}
    return os.fsencode(root), doc["reports"], exps


def scenarios_for(code, mode, order):
    out = [()]
    if mode == "all":
        others = [c for c in order if c not in (code, "INTR")]
        for n in range(1, len(others) + 1):
            out.extend(itertools.combinations(others, n))
    return out


def cmd_classify(o):
    sets = FileSets(o.filesets)
    root, reports, exps = open_tree(o.root)
    want = {int(x) for x in o.reports.split(",")} if o.reports else None
    actions = o.actions.split(",")
    cats = o.categories.split(",")
    out = open(o.output, "w") if o.output else sys.stdout
    skipped_out = open(o.skipped, "w") if o.skipped else None
    cache = {}
    last_exp = None
    for rec in reports:
        if want and rec["id"] not in want:
            continue
        if rec["experiment"] != last_exp:
            cache.clear()               # listings are shared by the reports of one run
            last_exp = rec["experiment"]
        rep = Report(root, rec, exps[rec["experiment"]], sets, cache)
        sizes = {}
        for code in cats:
            total = sum(size_of(p, sizes) for p in rep.decide(code, "diskspace")[0])
            for action in actions:
                for gone in scenarios_for(code, o.scenarios, sets.order):
                    line = {"report": rec["id"], "category": code, "action": action,
                            "scenario": "gone:" + "+".join(gone) if gone else "local"}
                    try:
                        process, keep = rep.decide(code, action, gone)
                    except Unavailable as e:
                        line["error"] = str(e)
                        process, keep = set(), set()
                    line["process"] = as_list(process, root, o.digest)
                    line["keep"] = as_list(keep, root, o.digest)
                    line["process_bytes"] = sum(size_of(p, sizes) for p in process)
                    line["diskspace_bytes"] = total
                    line["diskspace_mb"] = total / 1048576
                    json.dump(line, out, ensure_ascii=True, separators=(",", ":"))
                    out.write("\n")
        if skipped_out:
            for d in rep.local_dirs:
                for rel, why in rep.listing(d).skipped:
                    json.dump({"report": rec["id"], "path": shown(d + b"/" + rel, root), "why": why}, skipped_out)
                    skipped_out.write("\n")
    for f in (out, skipped_out):
        if f not in (None, sys.stdout):
            f.close()


def cmd_summary(o):
    sets = FileSets(o.filesets)
    root, reports, exps = open_tree(o.root)
    for rec in reports:
        rep = Report(root, rec, exps[rec["experiment"]], sets, {})
        owner = {}
        for code in sets.order:
            for p in rep.decide(code, "diskspace")[0]:
                owner.setdefault(p, []).append(code)
        every = set()
        for d in rep.local_dirs:
            every.update(d + b"/" + os.fsencode(r) for r in rep.listing(d).names)
        tally = {}
        for p in every:
            tally.setdefault("+".join(owner.get(p, ["none"])), []).append(p)
        print("report %s %s (%s, %s)%s" % (rec["id"], rec["resultsName"], rec["version"], rec.get("kind", ""),
                                           " thumbnail" if rec["isThumbnail"] else ""))
        for k in sorted(tally):
            print("  %-14s %7d files" % (k, len(tally[k])))
            if k == "none" or "+" in k:
                for p in sorted(tally[k])[:o.show]:
                    print("      %s" % ascii(shown(p, root)))
                if len(tally[k]) > o.show:
                    print("      ... %d more" % (len(tally[k]) - o.show))


def cmd_explain(o):
    sets = FileSets(o.filesets)
    for rel in o.paths:
        print(rel)
        for code in sets.order:
            cat = sets.versions[o.version][code]
            inc = [p for p in cat.raw["include"] if re.match(p, rel, re.ASCII)]
            exc = [p for p in cat.raw["exclude"] if re.match(p, rel, re.ASCII)]
            held = {k: [p for p in v if re.match(p, rel, re.ASCII)] for k, v in cat.raw["keepwith"].items()}
            held = {k: v for k, v in held.items() if v}
            verdict = "yes" if inc and not exc else "no"
            print("  %-5s %-4s include=%s exclude=%s keepwith=%s" % (code, verdict, inc, exc, held))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--filesets", default=None, help="another filesets.json")
    sub = ap.add_subparsers(dest="cmd", required=True)
    c = sub.add_parser("classify", help="JSON lines per report, category, action and scenario")
    c.add_argument("root")
    c.add_argument("--actions", default=",".join(ACTIONS))
    c.add_argument("--categories", default="SIG,BASE,OUT,INTR")
    c.add_argument("--scenarios", choices=["local", "all"], default="local",
                   help="local: states as in runs.json; all: also with every set of other categories disposed")
    c.add_argument("--reports", default=None, help="report ids, comma separated")
    c.add_argument("--digest", action="store_true", help="count and SHA-256 in place of path lists")
    c.add_argument("--skipped", default=None, help="write entries that were left out, with the reason, to this file")
    c.add_argument("-o", "--output", default=None)
    c.set_defaults(fn=cmd_classify)
    s = sub.add_parser("summary", help="files per category combination")
    s.add_argument("root")
    s.add_argument("--show", type=int, default=12)
    s.set_defaults(fn=cmd_summary)
    e = sub.add_parser("explain", help="which patterns decide")
    e.add_argument("--version", default="5.18")
    e.add_argument("paths", nargs="+")
    e.set_defaults(fn=cmd_explain)
    o = ap.parse_args()
    try:
        o.fn(o)
    except BrokenPipeError:
        os._exit(1)


if __name__ == "__main__":
    main()
