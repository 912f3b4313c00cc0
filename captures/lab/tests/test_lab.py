"""The lab's own arithmetic: `PYTHONPATH=captures/lab:captures/office-day python3 -m unittest discover captures/lab/tests`."""

import gzip
import json
import struct
import tempfile
import unittest
import zlib
from pathlib import Path
from random import Random

from gnomonlab import chain, corpus, cutting, replay, segmentation, truth
from officeday.truth.pcapng import Packet

CLIENT, SERVER = ("10.40.0.10", 40000), ("203.0.113.10", 443)


def tcp(time: int, sequence: int, payload: bytes = b"", flags: int = 0x18, up: bool = True):
    """An Ethernet frame with IPv4 and TCP; `time` in milliseconds."""
    (source, ports) = (CLIENT, SERVER) if up else (SERVER, CLIENT)
    segment = struct.pack("!HHIIBBHHH", source[1], ports[1], sequence, 0, 5 << 4, flags, 0, 0, 0)
    addresses = bytes(int(part) for part in f"{source[0]}.{ports[0]}".split("."))
    header = struct.pack("!BBHHHBBH", 0x45, 0, 40 + len(payload), 0, 0, 64, 6, 0) + addresses
    data = bytes(12) + b"\x08\x00" + header + segment + payload
    return Packet(time * 1_000_000, data, len(data))


def turn(start: float, end: float, up: int = 500, down: int = 3000, **more) -> dict:
    return {"client": list(CLIENT), "start": start, "end": end, "request_body_bytes": up,
            "response_body_bytes": down, "events": 10, "transport": "tls", "cut": None, **more}


def row(start: float, end: float, up: int = 1100, down: int = 4000) -> dict:
    return {"client": "{}:{}".format(*CLIENT), "start": start, "end": end, "bytes_up": up,
            "bytes_down": down, "missed_bytes": 0}


class SightingsTest(unittest.TestCase):
    def test_finds_the_first_packet_that_bore_an_octet(self):
        seen = truth.Sightings([tcp(0, 99, flags=2), tcp(30, 110, b"late" * 3),
                                tcp(40, 100, b"0123456789"), tcp(50, 100, b"0123456789")])
        self.assertEqual(seen.time_of_octet(CLIENT, SERVER, 0), 40_000_000)
        self.assertEqual(seen.time_of_octet(CLIENT, SERVER, 10), 30_000_000)
        self.assertIsNone(seen.time_of_octet(CLIENT, SERVER, 22))

    def test_behind_a_front_a_turn_ends_before_the_next_request(self):
        seen = truth.Sightings([
            tcp(0, 99, flags=2), tcp(0, 499, flags=2, up=False), tcp(10, 100, b"r" * 50),
            tcp(20, 500, b"answer", up=False), tcp(30, 150, b"r" * 50),
            tcp(32, 506, b"hello request", up=False)])

        def good(behind_front):
            return [{"client": list(CLIENT), "server": list(SERVER), "start": start, "end": end,
                     "behind_front": behind_front} for start, end in ((0.01, 0.032), (0.03, 0.06))]

        for behind_front, ends in ((True, [0.02, 0.06]), (False, [0.032, 0.06])):
            turns = good(behind_front)
            truth._end_before_next(turns, seen)
            self.assertEqual([each["end"] for each in turns], ends)
            self.assertNotIn("behind_front", turns[0])

    def test_a_renegotiation_after_a_request_is_not_the_request(self):
        def record(kind, size):
            return struct.pack("!BHH", kind, 0x303, size) + bytes(size)

        flight = record(22, 61) + record(20, 25) + record(22, 40)
        parts = [record(22, 200), record(23, 100), record(22, 241), flight, record(23, 80)]
        packets, sequence = [tcp(0, 99, flags=2)], 100
        for time, part in enumerate(parts, 1):
            packets.append(tcp(time, sequence, part))
            sequence += len(part)
        seen = truth.Sightings(packets)
        ends = [sum(map(len, parts[:count])) for count in range(1, 6)]
        self.assertEqual([seen.without_renegotiation(CLIENT, SERVER, end) for end in ends[1:]],
                         [ends[1], ends[1], ends[1], ends[4]])
        self.assertEqual(seen.without_renegotiation(SERVER, CLIENT, 70), 70)

    def test_sequence_numbers_wrap(self):
        seen = truth.Sightings([tcp(0, 0xFFFFFFFF, flags=2), tcp(1, 0, b"ab")])
        self.assertEqual(seen.time_of_octet(CLIENT, SERVER, 1), 1_000_000)


class CorpusTest(unittest.TestCase):
    def test_pieces_of_a_compressed_stream_are_whole_events(self):
        pieces = [b"data: one\n\n", b"data: two\n\n"]
        packed = corpus.squeezed(pieces)
        self.assertEqual(len(packed), 3)
        reader = zlib.decompressobj(31)
        self.assertEqual([reader.decompress(piece) for piece in packed], [*pieces, b""])

    def test_brotli_is_flushed_after_each_piece(self):
        try:
            import brotli
        except ImportError:
            self.skipTest("no brotli in this Python")
        pieces = [b"data: one\n\n", b"data: two\n\n"]
        reader = brotli.Decompressor()
        self.assertEqual([reader.process(piece) for piece in corpus.squeezed(pieces, "br")], [*pieces, b""])

    def test_usage_has_one_meaning(self):
        usage = {"prompt": 100, "completion": 50, "reasoning": 20, "cached": 40, "cache_w": 5}
        self.assertEqual(corpus.usage_in_one_meaning("openai", usage), (100, 40, 30, 20))
        self.assertEqual(corpus.usage_in_one_meaning("google-gemini", usage), (100, 40, 50, 20))
        self.assertEqual(corpus.usage_in_one_meaning("anthropic", usage), (145, 40, 50, 20))
        self.assertIsNone(corpus.usage_in_one_meaning("openai", {"prompt": 3}))

    def test_a_request_is_known_though_a_client_wrote_it_anew(self):
        one = corpus.request_key("h", "/p", b'{"model":"m","stream":false,"tools":null,"n":1}')
        self.assertEqual(one, corpus.request_key("h", "/p", b'{"n": 1, "model": "m"}'))
        self.assertNotEqual(one, corpus.request_key("h", "/p", b'{"n": 2, "model": "m"}'))

    def test_gzip_has_the_size_that_was_recorded(self):
        for size in (200, 4_000, 60_000):
            packed = corpus.gzip_of_size(b"n" * 5_000, size)
            self.assertEqual((len(packed), gzip.decompress(packed)), (size, b"n" * 5_000))

    def test_each_flush_of_a_gzip_stream_can_be_read_at_once(self):
        reader = zlib.decompressobj(31)
        pieces = corpus.squeezed([b"one\n\n", b"two\n\n"])
        self.assertEqual([reader.decompress(piece) for piece in pieces], [b"one\n\n", b"two\n\n", b""])


class ReplayTest(unittest.TestCase):
    body = b"event: a\r\ndata: 1\r\n\r\ndata: 2\n\n\n\ndata: [DONE]\n\n" * 30

    def test_events_and_flushes_add_up_to_the_body(self):
        pieces = replay.events(self.body, "text/event-stream")
        self.assertEqual(len(pieces), 90)
        for pattern in replay.FLUSHES:
            groups = replay.flushes(pieces, pattern, Random(1))
            self.assertEqual(b"".join(b"".join(group) for group in groups), self.body)

    def test_lines_are_events_where_there_are_no_others(self):
        self.assertEqual(replay.events(b"{}\n{}\n", "application/x-ndjson"), [b"{}\n", b"{}\n"])


class MessagesTest(unittest.TestCase):
    def test_a_message_is_what_an_event_says(self):
        body = b'event: a\r\ndata: {"type":"a"}\r\n\r\n: nothing\n\ndata: one\ndata: two\n\n'
        self.assertEqual(replay.messages(replay.events(body, "text/event-stream")),
                         [b'{"type":"a"}', b"one\ntwo"])

    def test_an_event_is_known_as_the_request_that_was_recorded(self):
        recorded = b'{"model":"m","input":"Hello.","stream":true}'
        said = b'{"type": "response.create", "model": "m", "input": "Hello."}'
        self.assertEqual(corpus.request_key("h", "/p", corpus.event_as_request(said)),
                         corpus.request_key("h", "/p", recorded))
        for other in (b'{"type":"response.cancel"}', b"[]", b"{"):
            with self.assertRaises(ValueError):
                corpus.event_as_request(other)

    def test_the_head_of_a_frame_is_told_by_the_size_of_the_whole(self):
        try:
            from gnomonlab import messages
            from websockets.frames import Frame, Opcode
        except ImportError:
            self.skipTest("no websockets in this Python")
        for size in (0, 125, 126, 65_535, 65_536, 200_000):
            for masked in (False, True):
                frame = Frame(Opcode.TEXT, bytes(size)).serialize(mask=masked)
                self.assertEqual(len(frame) - messages._head_octets(len(frame), masked=masked), size)


class CuttingTest(unittest.TestCase):
    def test_marks_the_turn_at_the_edge(self):
        turns = [turn(1, 2, answered=1.5), turn(3, 5, answered=3.5), turn(6, 7, answered=6.5)]
        self.assertEqual([(each["start"], each["end"], each["cut"])
                          for each in cutting.cut_at_end(turns, 4)], [(1, 2, None), (3, 4, "end")])
        self.assertEqual([(each["start"], each["cut"]) for each in cutting.cut_at_start(turns, 4)],
                         [(4, "start"), (6, None)])

    def test_leaves_out_a_turn_of_whose_answer_nothing_is_left(self):
        self.assertEqual(cutting.cut_at_end([turn(1, 5, answered=4.5)], 4), [])


class SegmentationTest(unittest.TestCase):
    def judged(self, turns, rows):
        result = segmentation.score(turns, rows)
        return (result.right, result.pooled, len(result.missed), len(result.split),
                len(result.merged), len(result.octets), result.invented)

    def test_tells_what_is_wrong(self):
        one, two = turn(1, 2), turn(5, 6)
        self.assertEqual(self.judged([one, two], [row(1, 2), row(5, 6)]), (2, 0, 0, 0, 0, 0, 0))
        self.assertEqual(self.judged([one, two], [row(1, 2)]), (1, 0, 1, 0, 0, 0, 0))
        self.assertEqual(self.judged([one, two], [row(1, 6, 2200, 8000)]), (0, 0, 0, 0, 2, 0, 0))
        self.assertEqual(self.judged([one], [row(1, 1.4), row(1.5, 2)]), (0, 0, 0, 1, 0, 0, 0))
        self.assertEqual(self.judged([one], [row(1, 2, 1100, 9000)]), (0, 0, 0, 0, 0, 1, 0))
        self.assertEqual(self.judged([one], [row(1, 2), row(3, 4)]), (1, 0, 0, 0, 0, 0, 1))

    def test_turns_side_by_side_are_right_as_one(self):
        turns = [turn(1, 3), turn(2, 4)]
        self.assertEqual(self.judged(turns, [row(1, 4, 2200, 8000)]), (2, 2, 0, 0, 0, 0, 0))
        self.assertEqual(self.judged(turns, [row(1, 2), row(2, 4)]), (0, 0, 0, 2, 0, 0, 0))

    def test_what_nothing_names_is_counted_apart(self):
        result = segmentation.score([turn(1, 2, named=False)], [])
        self.assertEqual((result.turns, result.nameless), (0, 1))


class ChainTest(unittest.TestCase):
    def test_halves_are_whole_recipes_and_each_has_every_service(self):
        kinds = [("a",), ("b",), ("a", "b")]
        services = {f"r{number}": kinds[number % 3] for number in range(12)}
        one, other = chain.halves(services)
        self.assertEqual(sorted(one + other), sorted(services))
        for half in one, other:
            self.assertEqual({services[name] for name in half}, set(services.values()))
        self.assertEqual((one, other), chain.halves(dict(reversed(services.items()))))

    def test_one_recipe_cannot_be_divided(self):
        with self.assertRaises(chain.TooFew):
            chain.halves({"r": ("a",)})

    def test_new_profiles_stand_in_for_those_of_their_id_and_the_rules_are_not_written(self):
        with tempfile.TemporaryDirectory() as folder:
            rules, fresh = Path(folder, "rules"), Path(folder, "fresh")
            for path, text in (("profiles/x.yaml", "id: a\nversion: 1"), ("profiles/y.yaml", "id: b"),
                               ("providers/p.yaml", "p")):
                (rules / path).parent.mkdir(parents=True, exist_ok=True)
                (rules / path).write_text(text)
            fresh.mkdir()
            (fresh / "a.yaml").write_text("# made\nid: a\nversion: 2")
            self.assertEqual(chain.rules_with(rules, fresh, Path(folder, "out")), ["a"])
            self.assertEqual({path.name: path.read_text() for path in Path(folder, "out/profiles").iterdir()},
                             {"a.yaml": "# made\nid: a\nversion: 2", "y.yaml": "id: b"})
            self.assertEqual((rules / "profiles/x.yaml").read_text(), "id: a\nversion: 1")

    def test_the_table_shows_what_has_changed(self):
        def score(median):
            return {"turns": 10, "estimated": 9, "median_error": median, "p90_error": 0.5, "total_bias": -0.1,
                    "coverage": 0.9, "median_width": 2.0}
        before = {("a", "prompt"): score(0.2), ("b", "prompt"): score(0.3)}
        after = {("a", "prompt"): score(0.1), ("b", "prompt"): score(0.3)}
        lines = chain.table(before, after)
        self.assertEqual(len(lines), 3)
        self.assertIn("20.0 % → 10.0 %", lines[1])
        self.assertEqual(lines[2], "1 rows are as before")
        self.assertEqual(chain.better(before, after), (1, 0))

    def test_sets_without_a_key_log_are_named(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in "a.pcapng", "a.keys", "b.pcapng":
                Path(folder, name).write_bytes(b"")
            for name in "ab":
                Path(folder, name + ".truth.json").write_text(json.dumps({"turns": [{"service": "s"}]}))
            sets = chain.Sets(Path(folder))
            self.assertEqual((sets.services(), sets.without), ({"a": ("s",)}, ["b"]))


if __name__ == "__main__":
    unittest.main()
