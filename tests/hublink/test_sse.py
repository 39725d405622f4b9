"""The stream of events is read as the standard says, however it is cut, and nothing that comes is kept without end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from till.hublink.sse import EVENT_MOST_BYTES, LINE_MOST_BYTES, Event, EventParser


def events_of(*pieces: bytes) -> list[Event]:
    parser = EventParser()
    return [event for piece in pieces for event in parser.feed(piece)]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_every_line_ending_ends_a_line(end: bytes) -> None:
    stream = end.join([b"id: 7", b"event: payment", b"data: {}", b"", b"data: more", b"", b""])
    assert events_of(stream) == [Event("payment", "{}", "7"), Event("message", "more", "7")]


@pytest.mark.parametrize(
    ("stream", "data"),
    [
        (b"data: one\ndata: two\n\n", "one\ntwo"),
        (b"data:near\n\n", "near"),
        (b"data:  two spaces\n\n", " two spaces"),
        (b"data\n\n", ""),
        (b"data: a: b\n\n", "a: b"),
        (b": still here\ndata: x\n:\n\n", "x"),
        (b"colour: red\ndata: x\nretry: 5\nflag\n\n", "x"),
        (b"\xef\xbb\xbfdata: x\n\n", "x"),
        ("data: Kasse på Grünerløkka\n\n".encode(), "Kasse på Grünerløkka"),
        (b"data: \xff\xfe and \xc3\n\n", "\ufffd\ufffd and \ufffd"),
        (b"data: a\x00b\n\n", "a\x00b"),
    ],
)
def test_fields_are_read_as_the_standard_says(stream: bytes, data: str) -> None:
    assert [event.data for event in events_of(stream)] == [data]


@pytest.mark.parametrize(
    "stream",
    [b"", b"\n\n\n", b": comment\n\n", b"event: payment\n\n", b"data: cut off", b"data: cut off\n", b" data: x\n\n"],
)
def test_without_whole_data_nothing_happens(stream: bytes) -> None:
    assert events_of(stream) == []


def test_a_kind_lasts_for_one_event_and_an_id_until_the_next() -> None:
    seen = events_of(
        b"event: a\nid: 1\ndata: x\n\ndata: y\n\nid: 2\n\ndata: z\n\nid\ndata: w\n\nid: 3\x00\ndata: v\n\n"
    )
    assert [(event.kind, event.last_id) for event in seen] == [
        ("a", "1"),
        ("message", "1"),
        ("message", "2"),
        ("message", ""),
        ("message", ""),
    ]


def test_what_is_too_large_is_dropped_and_the_next_event_is_read() -> None:
    after = b"data: after\n\n"
    long_line = b"data: " + b"x" * LINE_MOST_BYTES + b"\n\n"
    many_lines = (b"data: " + b"x" * 1000 + b"\n") * (EVENT_MOST_BYTES // 1000 + 1) + b"\n"
    for flood in (long_line, many_lines):
        assert [event.data for event in events_of(b"id: 4\n" + flood + after)] == ["after"]
        assert [event.last_id for event in events_of(b"id: 4\n" + flood + after)] == ["4"]


def test_a_line_without_end_is_not_kept() -> None:
    parser = EventParser()
    for _ in range(100):
        parser.feed(b"x" * 10_000)
    assert len(parser._pending) <= LINE_MOST_BYTES
    assert parser.feed(b"\n\ndata: x\n\n") == [Event("message", "x", "")]


def test_what_may_hold_a_token_never_prints_itself() -> None:
    assert "secret" not in repr(Event("check-in", "secret", "1"))


LINES = st.sampled_from(
    [b"data: x", b"data:y\xc3\xb8", b"data", b"event: payment", b"id: 9", b"id:", b": c", b"", b"", b"\xff", b"odd: 1"]
)
ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])


@given(st.lists(st.tuples(LINES, ENDS), max_size=30), st.data())
def test_how_the_stream_is_cut_changes_nothing(lines: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    stream = b"".join(line + end for line, end in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert events_of(*pieces) == events_of(stream)
    assert events_of(*(stream[place : place + 1] for place in range(len(stream)))) == events_of(stream)
    assert events_of(stream) == plainly_read(stream)


def plainly_read(stream: bytes) -> list[Event]:
    """Read the whole text at once, step by step as the standard tells it."""
    text = stream.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    kind, data, last_id, events = "", "", "", []
    for line in text.split("\n")[:-1]:
        if not line:
            if data:
                events.append(Event(kind or "message", data[:-1], last_id))
            kind, data = "", ""
            continue
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "event":
            kind = value
        elif name == "data":
            data += value + "\n"
        elif name == "id":
            last_id = value
    return events
