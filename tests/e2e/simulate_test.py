#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Simulated steps through the command line: figures, sets, profiles, what is refused."""
import json

from harness import CONFIG, DATA, USAGE, EndToEnd, main

SIZE = ('--ranks', '64', '--capacity', '8192')
DRAWN = ('simulate', '--set', 'byted-256k', '--tokens', '4M', *SIZE)


class Simulate(EndToEnd):
    def simulate(self, *arguments):
        return json.loads(self.run_raddle(*arguments, '--json').out)

    def refused(self, code, hint, *arguments):
        outcome = self.run_raddle(*arguments, expect=code)
        self.assertIn(hint, outcome.err)
        self.assertEqual(outcome.out, '', 'stdout is for results')

    def test_figures(self):
        result = self.simulate(*DRAWN)
        self.assertEqual([p['policy'] for p in result['policies']],
                         ['static', 'naive', 'balanced'])
        static, _, balanced = result['policies']
        self.assertEqual(result['tokens'], 4 << 20)
        self.assertEqual(result['longest'], 256 << 10)
        self.assertEqual(result['static_degree'], 32)
        self.assertGreater(balanced['speedup'], 1)
        self.assertLess(balanced['kv_bytes'], static['kv_bytes'])
        self.assertEqual(result, self.simulate(*DRAWN), 'a step repeats')
        self.assertNotEqual(result, self.simulate(*DRAWN, '--seed', '2'))
        text = self.run_raddle(*DRAWN).out
        for word in ('balanced', 'bytescale-7b', 'does not predict', 'seconds of a real step'):
            self.assertIn(word, text)

    def test_lengths_of_a_file(self):
        self.write('lengths.txt', '100000\n20000\n3000\n')
        result = self.simulate('simulate', 'lengths.txt', *SIZE)
        self.assertEqual((result['sequences'], result['longest']), (3, 100_000))
        self.assertEqual(self.simulate('simulate', 'lengths.txt', *SIZE, '--longest', '256K')
                         ['static_degree'], 32)
        self.write('lengths.txt', '100000\n0\n')
        self.refused(CONFIG, 'line n of lengths.txt', 'simulate', 'lengths.txt', *SIZE)

    def test_a_profile_is_what_json_shows(self):
        result = self.simulate(*DRAWN)
        profile = result['profile']
        self.assertTrue(profile['sources'])
        self.write('profile.json', json.dumps(profile))
        self.assertEqual(self.simulate(*DRAWN, '--profile', 'profile.json'), result)
        profile['layers'] *= 2
        self.write('profile.json', json.dumps(profile))
        slower = self.simulate(*DRAWN, '--profile', 'profile.json')
        self.assertGreater(slower['policies'][0]['step_ms'], result['policies'][0]['step_ms'])
        del profile['sources']
        self.write('profile.json', json.dumps(profile))
        self.refused(CONFIG, 'sources is missing', *DRAWN, '--profile', 'profile.json')
        self.refused(DATA, 'flexsp-7b', *DRAWN, '--profile', 'none.json')

    def test_options_that_do_not_fit_together(self):
        self.refused(USAGE, 'LENGTHS.txt or --set', 'simulate', *SIZE)
        self.refused(USAGE, 'LENGTHS.txt or --set', DRAWN[0], 'lengths.txt', *DRAWN[1:])
        self.refused(USAGE, '--tokens', 'simulate', '--set', 'byted-2m', *SIZE)
        self.refused(USAGE, '--seed', 'simulate', 'lengths.txt', '--seed', '2', *SIZE)
        self.refused(USAGE, '--capacity', 'simulate', 'lengths.txt', '--ranks', '4')
        for bad in ('many', '1T', '-4', '9999999999G', '1.5M', ''):
            self.refused(USAGE, '32M', 'simulate', '--set', 'byted-2m', '--tokens', bad, *SIZE)
        self.refused(CONFIG, 'byted-2m', 'simulate', '--set', 'pile-2m', '--tokens', '1M', *SIZE)
        self.refused(CONFIG, 'longest is 5', *DRAWN, '--longest', '5')


if __name__ == '__main__':
    main()
