"""`tastytopping`, a client for tastypie that makes classes of its resources. Argument: the server's address."""

import sys

from checks import all_of, raises
from tastytopping import HTTPApiKeyAuth, ResourceFactory, tastytypes
from tastytopping.exceptions import ErrorResponse, FilterNotAllowedForField, ReadOnlyField, ResourceDeleted

# The client knows times without a zone only; Torrent Suite, and so Runstow, writes +00:00.
tastytypes.DATETIME_FORMAT1 += "%z"
tastytypes.DATETIME_FORMAT2 += "%z"

factory = ResourceFactory(f"{sys.argv[1]}/rundb/api/v1/")
assert len(factory.resources) == 5, factory.resources
factory.auth = HTTPApiKeyAuth("ionadmin", "a" * 40)
Report, Message = factory.compositedatamanagement, factory.message

assert len(Report) == 98
all_of(Report.all(), 98)
assert [each.id for each in Report.all().order_by("id")[10:75]] == [
    each.id for each in list(Report.all().order_by("id"))[10:75]
]
all_of(Message.all(), 7)
all_of(factory.fileserver.all(), 3)
all_of(factory.globalconfig.all(), 1)
all_of(factory.datamanagementhistory.all(), 34)

assert [each.id for each in Report.filter(id__in=[3, 5, 9]).order_by("-id")] == [9, 5, 3]
auto = all_of(Report.filter(resultsName__contains="Auto"), Report.filter(resultsName__contains="Auto").count())
assert auto and all("Auto" in each.resultsName for each in auto)
raises(FilterNotAllowedForField, lambda: list(Report.filter(sigproc_state="L")))
one = Report.get(id=5)
assert one.uri() == "/rundb/api/v1/compositedatamanagement/5/" and one.sigproc_diskspace is not None
assert one.timeStamp.utcoffset().total_seconds() == 0, one.timeStamp

new = Report(resultsName="By tastytopping", expDir="/results/R_topping").save()
assert (new.expName, new.sigproc_state, new.in_process) == ("R_topping", "Local", False), new
assert len(Report) == 99
new.update(diskusage=12)
new.refresh()
assert (new.diskusage, new.resultsName) == (12, "By tastytopping"), new
raises(ReadOnlyField, lambda: new.update(expName="other"))
# PUT: the client uses it where a resource does not take PATCH, so it is called by hand.
Report._api().put(new.full_uri(), resultsName="Put by tastytopping")
new.refresh()
assert (new.diskusage, new.resultsName) == (12, "Put by tastytopping"), new
new.delete()
assert not new and len(Report) == 98
raises(ResourceDeleted, lambda: Report._api().get(new.full_uri()))
raises(ErrorResponse, lambda: Report(resultsName="No run").save())

hello = Message(body="Grüße", level=20, tags="topping").save()
hello.status = "read"
hello.save()
hello.refresh()
assert (hello.status, hello.body, hello.level) == ("read", "Grüße", 20), hello
# Many at once: one PATCH of the list makes, one changes, one removes. They are more than one page can hold,
# so that the client follows `next`, to which it adds a limit of its own.
Message.bulk(create=[{"body": f"{n}", "tags": "bulk"} for n in range(1100)])
many = Message.filter(tags="bulk").order_by("id")
assert [each.body for each in all_of(many, 1100)] == [f"{n}" for n in range(1100)]
many.update(level=40)
assert {each.level for each in all_of(Message.filter(tags="bulk"), 1100)} == {40}
Message.filter(tags="bulk").delete()
assert len(Message) == 8
hello.delete()
all_of(Message.all(), 7)

print("tastytopping: all well")
