# SPDX-License-Identifier: Apache-2.0
"""Parameter groups from the recipe to the files: what is frozen, what the plan says, and how a run
goes on when its groups change."""
import json

from harness import CONFIG, EndToEnd, main, tensors

FROZEN = 'optimizer.group=[{match = ["embedding.weight", "*.attn.*"], frozen = true}]'
STEPS = ('--set', 'train.steps=6', '--set', 'checkpoint.interval=3',
         '--set', 'train.eval_batches=1')


def of(kind, found):
    return {name for name in found if name.startswith(kind)}


class Groups(EndToEnd):
    def saved(self, run, step):
        return tensors(self.checkpoints(run)[step])

    def test_frozen_parameters_keep_every_bit_and_have_no_moments(self):
        self.train('free', *STEPS)
        self.train('held', *STEPS, '--set', FROZEN)
        free, held, start = self.saved('free', 6), self.saved('held', 6), self.saved('held', 3)
        self.assertEqual(of('param.', held), of('param.', free))
        frozen = {n for n in of('param.', held) if n == 'param.embedding.weight' or '.attn.' in n}
        self.assertEqual(len(frozen), 5)
        for name in of('param.', held):
            self.assertEqual(held[name] == start[name], name in frozen, name)
        moments = {n[len('adam_m.'):] for n in of('adam_m.', held)}
        self.assertEqual(moments, {n[len('param.'):] for n in of('param.', held) - frozen})
        self.assertEqual(moments, {n[len('adam_v.'):] for n in of('adam_v.', held)})
        norms = [self.metrics(run)[0]['grad_norm'] for run in ('free', 'held')]
        self.assertLess(norms[1], norms[0])
        with open(self.path('held', 'config.toml'), encoding='utf-8') as file:
            self.assertIn('frozen = true', file.read())
        self.run_raddle('ckpt', 'export', 'held', '--to', 'hf', '--out', 'hf')
        self.assertIn('model.embed_tokens.weight', tensors(self.path('hf')))

    def test_the_plan_shows_groups_and_the_memory_that_they_save(self):
        def memory(*arguments):
            out = self.run_raddle('plan', 'tiny.toml', '--json', *arguments).out
            return json.loads(out)
        free, held = memory(), memory('--set', FROZEN)
        self.assertEqual(free['memory']['parameters'], held['memory']['parameters'])
        self.assertLess(held['memory']['gradients'], free['memory']['gradients'])
        self.assertEqual(held['memory']['optimizer'], 2 * held['memory']['gradients'])
        groups = {p['name']: p.get('group') for p in held['parameters']}
        self.assertEqual(groups['embedding.weight'], 1)
        self.assertIsNone(groups['final_norm.weight'])
        text = self.run_raddle('plan', 'tiny.toml', '--explain', '--set', FROZEN).out
        self.assertIn('parameter group 1: embedding.weight *.attn.*: frozen, 5 parameters', text)
        self.assertNotIn('linear_grad_weight layers.0.attn', text)

    def test_a_run_goes_on_with_other_groups(self):
        self.train('run', *STEPS, '--set', FROZEN)
        more = ('--resume', 'auto', *STEPS[2:], '--set', 'train.steps=9')
        self.train('run', *more, '--set', 'optimizer.group=[{match = ["final_norm.weight"], '
                   'frozen = true}, {match = ["*"], learning_rate_factor = 0.5}]')
        before, after = self.saved('run', 6), self.saved('run', 9)
        self.assertNotIn('adam_m.embedding.weight', before)
        self.assertIn('adam_m.embedding.weight', after)
        self.assertNotIn('adam_m.final_norm.weight', after)
        self.assertEqual(before['param.final_norm.weight'], after['param.final_norm.weight'])
        self.assertNotEqual(before['param.embedding.weight'], after['param.embedding.weight'])
        self.assertEqual(self.metrics('run')[-1]['step'], 9)

    def test_groups_that_cannot_be_meant_are_refused_before_anything_happens(self):
        for groups, said in (
                ('[{match = ["embeding.weight"], frozen = true}]', 'near are embedding.weight'),
                ('[{match = ["*"], frozen = true}]', 'nothing to train'),
                ('[{match = ["*"]}, {match = ["final_norm.*"], frozen = true}]',
                 'optimizer.group 2 has no parameter')):
            out = self.train('none', '--set', 'optimizer.group=' + groups, expect=CONFIG)
            self.assertIn(said, out.err)
        self.train('line', *STEPS[:2], '--set', 'train.steps=1', '--set', 'optimizer.group=[]')


if __name__ == '__main__':
    main()
