"""`tastypie-queryset-client`, which speaks like Django's models. Argument: the server's address.

It was written for Python 2. scripts/install-test-tools translates it with 2to3; what that can not see is below.
"""

import sys

from checks import all_of, raises
from queryset_client import Client
from queryset_client.client import FieldTypeError, ObjectDoesNotExist, QuerySet


def iteration(self):
    """The client's own walk from page to page; in Python 2, StopIteration ended it, and None was less than 1."""
    if len(self) < 1:
        return
    page = self
    while True:
        yield from page._objects
        if not page._meta["next"]:
            return
        page = page._next()


QuerySet._iteration = iteration

# Times of Torrent Suite, and so of Runstow, end with +00:00, which the strict mode does not know.
client = Client(f"{sys.argv[1]}/rundb/api/v1/", auth=("ionadmin", "ionadmin-pass"), strict_field=False)
# The schema leaves out four fields that are shown, as Torrent Suite's does; this client takes no field without a schema.
fields = client.compositedatamanagement.schema("fields")
for category in ("sigproc", "basecall", "output", "misc"):
    fields[f"{category}_diskspace"] = {"type": "float", "nullable": True, "blank": True}

Report, Message = client.compositedatamanagement, client.message
assert Report.objects.count() == len(Report.objects.all()) == 98
all_of(Report.objects.all(), 98)
all_of(Message.objects.all(), 7)
all_of(client.fileserver.objects.all(), 3)
all_of(client.globalconfig.objects.all(), 1)
all_of(client.datamanagementhistory.objects.all(), 34)

by_id = sorted(each.id for each in all_of(Report.objects.all(), 98))
assert [each.id for each in Report.objects.order_by("id")[0:5]] == by_id[:5]
chosen = all_of(Report.objects.filter(id__in=[3, 5, 9], order_by="-id"), 3)
assert [each.id for each in chosen] == [9, 5, 3]
auto = list(Report.objects.filter(resultsName__contains="Auto", limit=1000))
assert auto and all("Auto" in each.resultsName for each in auto)
assert Report.objects.latest("id").id == by_id[-1]
one = Report.objects.get(id=5)
assert one.resource_uri == "/rundb/api/v1/compositedatamanagement/5/" and one.sigproc_diskspace is not None
raises(ObjectDoesNotExist, lambda: Report.objects.get(id=987654))
raises(FieldTypeError, lambda: Report(nosuch=1))

# Saving a new record is a POST; saving one that has an id is a PUT of all its fields.
new = Report(resultsName="By queryset", expDir="/results/R_queryset")
new.save()
assert (new.expName, new.sigproc_state, new.id in by_id) == ("R_queryset", "Local", False), new
assert Report.objects.count() == 99
new.resultsName = "Put by queryset"
new.diskusage = 12
new.save()
again = Report.objects.get(id=new.id)
assert (again.resultsName, again.diskusage) == ("Put by queryset", 12), again
# It has no PATCH of its own, but is made of slumber, which has.
Report._client(new.id).patch({"diskusage": 13})
assert Report.objects.get(id=new.id).diskusage == 13
new.delete()
assert Report.objects.count() == 98

hello, is_new = Message.objects.get_or_create(body="Grüße", level=20)
assert is_new and hello.status == "unread", hello
hello.status = "read"
hello.save()
again, is_new = Message.objects.get_or_create(body="Grüße", level=20)
assert not is_new and (again.id, again.status) == (hello.id, "read"), again
Message._client(hello.id).patch({"tags": "queryset"})
assert Message.objects.get(id=hello.id).tags == "queryset"
again.delete()
all_of(Message.objects.all(), 7)

print("tastypie-queryset-client: all well")
