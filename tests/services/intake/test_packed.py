"""Rows come back as they were packed."""

from mediajobs.services.intake import Packed, Row, unpack


def rows(count):
    return [Row(line, f"id-{line}", "/media/x", "Ü\n\u2028", "", "desk") for line in range(count)]


def test_rows_come_back_in_order_and_to_the_letter():
    packed = Packed()
    for row in rows(25):
        packed.add(row)
    assert len(packed) == 25
    assert packed.sample == rows(10)
    assert list(unpack(packed.pack())) == rows(25)


def test_nothing_comes_back_of_nothing():
    packed = Packed()
    assert not packed
    assert list(unpack(packed.pack())) == []
