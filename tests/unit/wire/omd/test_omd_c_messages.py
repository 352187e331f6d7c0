"""The description of OMD-C and the layouts written from the documents put every field at the same place."""

import pytest

from cross_market_connect.wire.omd.description import FILLER
from cross_market_connect.wire.omd.omd_c_messages import OMD_C
from tests.unit.wire.omd import securities_layouts as printed


def test_the_table_has_these_messages_and_no_other() -> None:
    assert sorted(m.message_type for m in OMD_C.messages) == sorted(printed.OMD_C) == sorted(printed.OMD_C_BYTES)


@pytest.mark.parametrize("message_type", sorted(printed.OMD_C))
def test_fields_stand_where_the_document_has_them(message_type: int) -> None:
    message = OMD_C.message(message_type)
    layout = printed.OMD_C[message_type]
    assert (message.size, message.entry_size) == printed.OMD_C_BYTES[message_type]
    fields = {f.name: f.offset for f in message.fields[2:] if f.kind != FILLER}
    assert fields == printed.offsets(layout.fixed, layout.names, 4)
    entry_fields = {f.name: f.offset for f in message.entry_fields if f.kind != FILLER}
    assert entry_fields == printed.offsets(layout.entry, layout.entry_names, 0)
    assert message.count_field == layout.count
