"""`slumber`, which makes of an address an object with get, post, patch, put and delete. Argument: the server's address."""

import sys

import slumber
from slumber.exceptions import HttpClientError, HttpNotFoundError

api = slumber.API(f"{sys.argv[1]}/rundb/api/v1/", auth=("ionadmin", "ionadmin-pass"))


def everything(resource, **filters):
    """All objects, page by page by offset, as users of slumber do."""
    objects = []
    while True:
        page = resource.get(offset=len(objects), **filters)
        objects += page["objects"]
        if page["meta"]["next"] is None:
            break
    ids = [each["id"] for each in objects]
    assert len(ids) == len(set(ids)) == page["meta"]["total_count"], (len(ids), page["meta"])
    return objects


def made(resource):
    """The record that the last POST made: slumber keeps the answer, and the address is in it."""
    answer = resource._
    assert answer.status_code == 201, answer
    return int(answer.headers["location"].split("/")[-2])


def refused(error, ask):
    try:
        ask()
    except error as answer:
        return answer.response.status_code, answer.content
    raise AssertionError("it was not refused")


reports = api.compositedatamanagement
assert reports.get()["meta"] == {
    "limit": 20, "next": "/rundb/api/v1/compositedatamanagement/?limit=20&offset=20",
    "offset": 0, "previous": None, "total_count": 98,
}
for size in (1, 9, 98, 0):
    assert len(everything(reports, limit=size)) == 98
for resource, count in {"message": 7, "fileserver": 3, "globalconfig": 1, "datamanagementhistory": 34}.items():
    assert len(everything(getattr(api, resource), limit=3)) == count, resource

# slumber sends a list as a repeated parameter.
assert [each["id"] for each in everything(reports, id__in=[3, 5], order_by="id")] == [3, 5]
kept = everything(reports, basecall_filter="K", limit=10)
assert kept and len(kept) < 98
assert refused(HttpClientError, lambda: reports.get(limit="many")) == (
    400, b'{"error": "Invalid limit \'many\' provided. Please provide a positive integer."}',
)

one = reports(5).get()
assert one["id"] == 5 and one["resultsName"], one
assert reports.schema.get()["fields"]["id"]["type"] == "integer"
assert refused(HttpNotFoundError, lambda: reports(987654).get()) == (404, b"")

reports.post({"resultsName": "By slumber", "expDir": "/results/R_slumber"})
new = made(reports)
shown = reports(new).get()
assert (shown["resultsName"], shown["expDir"], shown["diskusage"]) == ("By slumber", "/results/R_slumber", None)
reports(new).patch({"diskusage": 7})
assert reports(new).get() == {**shown, "diskusage": 7}
# A shown time is not the stored one (its milliseconds are printed as microseconds), so it is not put back.
del shown["timeStamp"]
reports(new).put({**shown, "resultsName": "Put by slumber", "diskusage": 8})
again = reports(new).get()
assert shown.items() - again.items() == {("resultsName", "By slumber"), ("diskusage", None)}, again
assert reports.get(limit=1)["meta"]["total_count"] == 99
assert reports(new).delete() is True
refused(HttpNotFoundError, lambda: reports(new).get())
status, text = refused(HttpClientError, lambda: reports.post({"resultsName": "No run"}))
assert status == 400 and b"expDir" in text, (status, text)

messages = api.message
messages.post({"body": "Grüße", "level": 20, "tags": "a,b"})
new = made(messages)
assert messages(new).get()["body"] == "Grüße"
messages(new).patch({"status": "read"})
shown = messages(new).get()
assert (shown["status"], shown["tags"]) == ("read", "a,b"), shown
messages(new).put({"body": "Put", "level": 40})
assert messages(new).get() == {**shown, "body": "Put", "level": 40}
assert messages(new).delete() is True
# Everything must be named; a filter that leaves nothing out is refused.
status, text = refused(HttpClientError, lambda: messages.delete())
assert status == 400 and b"confirm=all" in text, (status, text)
assert len(everything(messages)) == 7

api.globalconfig(1).patch({"auto_archive_enable": False})
assert api.globalconfig(1).get()["auto_archive_enable"] is False
api.globalconfig(1).patch({"auto_archive_enable": True})
assert api.globalconfig(1).get()["auto_archive_enable"] is True

print("slumber: all well")
