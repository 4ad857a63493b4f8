#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A step's mesh through the command line: figures, the plan itself, files that are wrong."""
import json

from harness import CONFIG, DATA, SYSTEM, USAGE, EndToEnd, main

LENGTHS = [100_000, 20_000, 20_000, 9_000, 8_192, 4_000, 3_000, 1]
MESH = ('plan', '--mesh', 'lengths.txt', '--ranks', '16', '--capacity', '8192')


class Mesh(EndToEnd):
    def setUp(self):
        super().setUp()
        self.write('lengths.txt', ''.join(f'{length}\n' for length in LENGTHS))

    def mesh(self, *more):
        return json.loads(self.run_raddle(*MESH, *more, '--json').out)

    def refused(self, code, hints, *arguments):
        outcome = self.run_raddle(*arguments, expect=code)
        for hint in (hints,) if isinstance(hints, str) else hints:
            self.assertIn(hint, outcome.err)
        self.assertEqual(outcome.out, '', 'stdout is for results')

    def test_figures(self):
        mesh = self.mesh()
        self.assertGreaterEqual(mesh['makespan'], mesh['lower_bound'])
        self.assertGreater(mesh['lower_bound'], 0)
        self.assertGreater(mesh['planning_ms'], 0)
        self.assertEqual(mesh['tokens'], sum(LENGTHS))
        # 13 ranks hold the longest; 16 is the next divisor of 16.
        self.assertEqual(mesh['kv_bytes_static'], sum(LENGTHS) * 15 * 4096)
        self.assertLess(mesh['kv_bytes'], mesh['kv_bytes_static'])
        self.assertEqual(mesh['hash'], self.mesh()['hash'])
        self.assertIn('lower bound', self.run_raddle(*MESH).out)

    def test_the_plan_places_every_sequence(self):
        plan = self.mesh('--explain')['plan']
        parts = {}
        for rank, micro_batches in enumerate(plan['ranks']):
            for pieces in micro_batches:
                tokens = 0
                for piece in pieces:
                    parts.setdefault(piece['sequence'], []).append(piece.get('part', 0))
                    tokens += -(-LENGTHS[piece['sequence']] // piece['degree'])
                    if piece['degree'] > 1:
                        self.assertEqual(plan['groups'][piece['group']][piece['part']], rank)
                self.assertLessEqual(tokens, 8192)
        self.assertEqual(sorted(parts), list(range(len(LENGTHS))))
        for sequence, places in parts.items():
            self.assertEqual(sorted(places), list(range(len(places))))
            self.assertGreaterEqual(len(places) * 8192, LENGTHS[sequence])

    def test_a_cost_file_is_what_json_shows(self):
        mesh = self.mesh()
        self.write('cost.json', json.dumps(mesh['cost']))
        self.assertEqual(self.mesh('--cost', 'cost.json')['hash'], mesh['hash'])
        self.write('cost.json', '{"version": 1, "linear_ps_per_token": 9000000}')
        self.assertGreater(self.mesh('--cost', 'cost.json')['makespan'], mesh['makespan'])
        for text, hint in (('{', 'cost.json'), ('{"version": 1, "liner": 1}', 'liner'),
                           ('{"version": 1, "micro_batch_ps": 0.5}', '0.5')):
            self.write('cost.json', text)
            self.refused(CONFIG, hint, *MESH, '--cost', 'cost.json')
        self.write('cost.json', '{"version": 1, "activation_bytes_per_token": 10, '
                                '"activation_limit_bytes": 1000}')
        self.refused(SYSTEM, 'at most 100 fits', *MESH, '--cost', 'cost.json')
        self.refused(DATA, 'none.json', *MESH, '--cost', 'none.json')

    def test_lines_that_are_wrong(self):
        for bad in ('0', '-5', '2147483649'):
            self.write('lengths.txt', f'10\n20\n{bad}\n30\n')
            self.refused(CONFIG, (f'sequence 3 has {bad} tokens', 'line n of lengths.txt'), *MESH)
        for bad in ('many', '', '3.5', '12 13', '99999999999999999999'):
            self.write('lengths.txt', f'10\n20\n{bad}\n30\n')
            self.refused(DATA, ('lengths.txt: line 3', f"'{bad}'", 'correct the line'), *MESH)
        self.write('lengths.txt', '')
        self.refused(DATA, 'is empty', *MESH)
        self.write('lengths.txt', '10\n131073\n')
        self.refused(CONFIG, ('sequence 2 has 131073 tokens', 'at least 17 ranks',
                              'line n of lengths.txt'), *MESH)
        self.refused(DATA, 'none.txt', 'plan', '--mesh', 'none.txt', *MESH[3:])

    def test_groups_of_different_sizes(self):
        groups = ('--groups', 'powers', '--cost', 'cost.json')
        bandwidths = [{'ranks': 8, 'bytes_per_second': 10**11},
                      {'ranks': 64, 'bytes_per_second': 10**10}]
        self.write('cost.json', json.dumps({
            'version': 1, 'all_to_all': {'bytes_per_token': 65536, 'groups': bandwidths}}))
        mesh = self.mesh(*groups, '--explain')
        self.assertEqual(mesh['hash'], self.mesh(*groups)['hash'])
        self.assertLessEqual(mesh['time_ms'], mesh['equal_groups_ms'])
        self.assertEqual(mesh['shapes'], [[g['degree'] for g in m] for m in mesh['plan']])
        placed = [s for micro_batch in mesh['plan'] for g in micro_batch for s in g['sequences']]
        self.assertEqual(sorted(placed), list(range(len(LENGTHS))))
        self.assertIn('16', self.run_raddle(*MESH, *groups).out)
        self.assertLessEqual(self.mesh('--groups', 'any', *groups[2:])['time_ms'],
                             mesh['time_ms'] * 1.05)
        self.refused(USAGE, 'powers or any', *MESH, '--groups', 'some', *groups[2:])
        self.refused(USAGE, 'needs --cost', *MESH, *groups[:2])
        self.refused(USAGE, '--groups', 'plan', 'tiny.toml', *groups[:2])
        self.write('cost.json', '{"version": 1}')
        self.refused(CONFIG, 'has no all_to_all', *MESH, *groups)

    def test_line_ends_do_not_matter(self):
        first = self.mesh()['hash']
        self.write('lengths.txt', '\r\n'.join(map(str, LENGTHS)))
        self.assertEqual(self.mesh()['hash'], first)

    def test_options_that_do_not_fit_together(self):
        self.refused(USAGE, '--ranks', 'plan', '--mesh', 'lengths.txt', '--capacity', '9')
        self.refused(USAGE, '--capacity', 'plan', '--mesh', 'lengths.txt', '--ranks', '9')
        self.refused(USAGE, '--ranks', 'plan', 'tiny.toml', '--ranks', '9')
        self.refused(USAGE, "'tiny.toml'", *MESH[:1], 'tiny.toml', *MESH[1:])
        self.refused(USAGE, '--memory', *MESH, '--memory', '1GiB')
        self.refused(USAGE, 'RECIPE', 'plan')
        self.refused(CONFIG, 'ranks is 0', 'plan', '--mesh', 'lengths.txt', '--ranks', '0',
                     '--capacity', '8192')


if __name__ == '__main__':
    main()
