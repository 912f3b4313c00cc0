import unittest

from measuring import budgets, callgrind, groups

# Two functions: one of the engine with a line that the compiler took from the flow table, which asks for memory three times at a cost of
# 900 that is not its own; and malloc. Names are written once.
CALLGRIND = """events: Ir
ob=(1) /usr/bin/gnomon
fl=(1) /src/Sources/TrafficModel/TrafficEngine+TCP.swift
fn=(1) $s12TrafficModel0A6EngineV3tcp
10 40
fi=(2) /src/Sources/TrafficModel/Flows/FlowTable.swift
+3 7
fe=(1)
cob=(2) /usr/lib/libc.so.6
cfi=(3) ./malloc/malloc.c
cfn=(2) malloc
calls=3 100
12 900
* 3

ob=(2)
fl=(3)
fn=(2)
100 800
cfn=(4) malloc'2
calls=1 100
100 50
"""


class Reading(unittest.TestCase):
    def setUp(self):
        self.costs = callgrind.read(CALLGRIND.splitlines())

    def test_costs_stand_where_they_arise(self):
        self.assertEqual(dict(self.costs.parts), {'engine: the rest': 43, 'flow table': 7, 'allocator': 800})

    def test_each_request_for_memory_counts(self):
        self.assertEqual(self.costs.allocations, 4)

    def test_the_start_is_taken_off(self):
        self.assertEqual((self.costs - self.costs).instructions, 0)


class Parts(unittest.TestCase):
    def test_a_helper_is_its_callers(self):
        files = ['/src/Sources/WireFormat/ByteReader.swift', '/src/Sources/TrafficModel/TrafficEngine+DNS.swift']
        self.assertEqual(groups.part(files, '', 'gnomon'), 'DNS')

    def test_a_function_without_a_file_is_its_rooms(self):
        self.assertEqual(groups.part(['???'], '$s13ProviderRules9NameTableV5match', 'gnomon'), 'judgement by rules')
        self.assertEqual(groups.part(['???'], '$ss6HasherV9_finalizeSiyF', 'gnomon'), 'dictionaries of Swift')

    def test_a_checkout_is_none_of_our_rooms(self):
        self.assertIsNone(groups.source_path('/src/.build/checkouts/a/Sources/Agent/B.swift'))


class Comparing(unittest.TestCase):
    budget = {'packets': 9, 'instructions': 1000.0, 'allocations': 0.1, 'objects': 0.0, 'parts': {'DNS': 600.0, 'headers': 400.0}}

    def compare(self, **changes):
        return budgets.compare(self.budget | changes, self.budget)

    def test_more_than_five_percent_fails_and_names_what_grew(self):
        kept, lines = self.compare(instructions=1051.0, parts={'DNS': 600.0, 'headers': 451.0})
        self.assertFalse(kept)
        self.assertIn('    headers: 451.0 instructions a packet, +51.0', lines)
        self.assertFalse(any('DNS' in line for line in lines))

    def test_within_five_percent_passes(self):
        self.assertTrue(self.compare(instructions=1049.0)[0])

    def test_less_asks_for_a_lower_budget(self):
        kept, lines = self.compare(instructions=900.0)
        self.assertFalse(kept)
        self.assertTrue(any('lower the budget' in line for line in lines))

    def test_allocations_have_a_budget_of_their_own(self):
        self.assertFalse(self.compare(allocations=0.11)[0])
        self.assertFalse(self.compare(objects=0.01)[0])

    def test_a_mix_without_a_budget_fails(self):
        self.assertFalse(budgets.compare(self.budget, None)[0])

    def test_another_mix_is_not_compared(self):
        self.assertFalse(self.compare(packets=8)[0])


if __name__ == '__main__':
    unittest.main()
