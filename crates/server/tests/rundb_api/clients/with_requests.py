"""`requests` as the documentation shows it: Basic credentials and `params`. Argument: the server's address."""

import sys

import requests

base_url = sys.argv[1]
api = f"{base_url}/rundb/api/v1"
reports = f"{api}/compositedatamanagement/"
auth = ("ionadmin", "ionadmin-pass")


def get(url, **params):
    response = requests.get(url, params={"format": "json", **params}, auth=auth)
    response.raise_for_status()
    return response.json()


def everything(url, **params):
    """All objects, by following `next` to the end."""
    page = get(url, **params)
    objects = page["objects"]
    while page["meta"]["next"]:
        response = requests.get(base_url + page["meta"]["next"], auth=auth)
        response.raise_for_status()
        page = response.json()
        objects += page["objects"]
    ids = [each["id"] for each in objects]
    assert len(ids) == len(set(ids)) == page["meta"]["total_count"], (len(ids), page["meta"])
    return objects


def wrote(response, status):
    assert (response.status_code, response.text) == (status, ""), (response.status_code, response.text)
    return response


# List, and pages of any size.
page = get(reports, limit=1)
assert page["meta"]["next"] == "/rundb/api/v1/compositedatamanagement/?offset=1&limit=1&format=json", page["meta"]
assert page["meta"]["total_count"] == 98 and len(page["objects"]) == 1, page
for size in (1, 7, 20, 97, 98, 0):
    assert len(everything(reports, limit=size, order_by="resultsName")) == 98
for resource, count in {"message": 7, "fileserver": 3, "globalconfig": 1, "datamanagementhistory": 34}.items():
    assert len(everything(f"{api}/{resource}/", limit=2)) == count, resource

# Filters, and orders.
names = [each["resultsName"] for each in everything(reports, resultsName__contains="Auto", limit=5)]
assert names and all("Auto" in name for name in names), names
local = everything(reports, sigproc_filter="L", limit=5)
assert local and all(each["sigproc_state"] == "Local" for each in local)
use = [each["id"] for each in everything(reports, id__in="3,5,9", order_by="-id")]
assert use == [9, 5, 3], use
refused = requests.get(reports, params={"sigproc_state": "L"}, auth=auth)
assert refused.status_code == 400, refused
assert refused.json() == {"error": "The 'sigproc_state' field does not allow filtering."}

# Detail, schema and set.
one = get(f"{reports}5/")
assert one["id"] == 5 and one["resource_uri"] == "/rundb/api/v1/compositedatamanagement/5/", one
assert set(get(f"{reports}schema/")["fields"]) <= set(one)
assert [each["id"] for each in get(f"{reports}set/5;3/")["objects"]] == [5, 3]
assert requests.get(f"{reports}987654/", auth=auth).status_code == 404

# A report: created, changed, put, removed.
body = {"resultsName": "By requests", "expDir": "/results/R_requests"}
made = wrote(requests.post(reports, json=body, auth=auth), 201).headers["Location"]
report = get(made)
assert (report["resultsName"], report["expDir"], report["sigproc_state"]) == (*body.values(), "Local"), report
assert get(reports, limit=1)["meta"]["total_count"] == 99
wrote(requests.patch(made, json={"diskusage": 12}, auth=auth), 202)
assert get(made) == {**report, "diskusage": 12}, get(made)
wrote(requests.put(made, json={**get(made), "resultsName": "Put by requests"}, auth=auth), 204)
assert get(made)["resultsName"] == "Put by requests"
wrote(requests.delete(made, auth=auth), 204)
assert requests.get(made, auth=auth).status_code == 404

# A message, with an API key in place of a password, and in a session.
session = requests.Session()
session.headers["Authorization"] = "ApiKey ionuser:" + "b" * 40
made = wrote(session.post(f"{api}/message/", json={"body": "Grüße 🧬", "level": 20}), 201).headers["Location"]
assert session.get(made).json()["body"] == "Grüße 🧬"
wrote(session.patch(made, json={"status": "read"}), 202)
message = session.get(made).json()
assert (message["status"], message["level"]) == ("read", 20), message
wrote(session.put(made, json={**message, "level": 40}), 204)
assert session.get(made).json()["level"] == 40
two = {"objects": [{"body": "one"}, {"body": "two"}], "deleted_objects": [message["resource_uri"]]}
wrote(session.patch(f"{api}/message/", json=two), 202)
assert [each["body"] for each in everything(f"{api}/message/")][:2] == ["two", "one"]
wrote(session.delete(f"{api}/message/", params={"body__in": "one,two"}), 204)
assert len(everything(f"{api}/message/")) == 7

# A session by cookie, opened by Basic credentials.
session = requests.Session()
assert session.get(reports, auth=auth).status_code == 200
assert "sessionid" in session.cookies, session.cookies
assert session.get(reports).status_code == 200
assert requests.get(reports).status_code == 401
assert requests.post(reports, json=body, auth=("viewer", "viewer-pass")).status_code == 401
# Without its last slash an address leads to the one that has it.
assert requests.get(reports.rstrip("/"), params={"limit": 1}, auth=auth).json()["meta"]["limit"] == 1

print("requests: all well")
