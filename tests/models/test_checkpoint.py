"""Links and checkpoints are appended to and never changed through the models either."""

import pytest

from mediajobs.models import AuditCheckpoint, AuditLink
from mediajobs.models.append_only import AppendOnlyError

CLOSED_WAYS = {
    "save": lambda row: row.save(),
    "delete": lambda row: row.delete(),
    "update": lambda row: type(row).objects.update(chain="x"),
    "delete all": lambda row: type(row).objects.all().delete(),
    "create": lambda row: type(row).objects.create(seq=7, chain="x"),
    "bulk update": lambda row: type(row).objects.bulk_update([row], ["chain"]),
    "through Django's own manager": lambda row: type(row)._base_manager.update(chain="x"),
}


@pytest.mark.parametrize("model", [AuditLink, AuditCheckpoint])
@pytest.mark.parametrize("way", CLOSED_WAYS.values(), ids=CLOSED_WAYS)
def test_no_row_is_changed_removed_or_slipped_in(trail, model, way):
    with pytest.raises(AppendOnlyError, match="never changed or deleted"):
        way(model.objects.first())


def test_the_body_repeats_every_column_but_what_is_made_of_it(trail):
    columns = {field.attname for field in AuditCheckpoint._meta.fields}
    assert set(AuditCheckpoint.FACTS) == columns - {"body", "digest", "signature"}
