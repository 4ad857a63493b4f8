#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A wheel and a jar of the self-contained library train in an empty environment, on what the
machine's C library has.

    packages_test.py --stage PREFIX --library FILE --work FOLDER"""
import argparse
import glob
import os
import shutil
import subprocess
import sys
import venv
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# What a C++ library of Debian's brings along that a package must not need.
FOREIGN = ('libfmt', 'libhwy', 'libpcre2', 'libtomlplusplus', 'libutf8proc')
NOT_THERE = 77

PYTHON = '''
import raddle, sys
config = raddle.Config({
    "data.path": sys.argv[1], "data.tokenizer": "bytes", "data.validation_fraction": 0,
    "model.layers": 1, "model.width": 32, "model.heads": 2, "model.context": 32,
    "train.micro_batch_tokens": 64, "train.steps": 3, "runtime.threads": 1})
with raddle.Session(config) as session:
    losses = [event.metrics.loss for event in session.train()
              if isinstance(event, raddle.StepEvent)]
print("losses", *losses)
print("libraries", *{line.split()[5] for line in open("/proc/self/maps") if ".so" in line})
'''
JAVA = r'''
import dev.raddle.*;
import java.nio.file.*;
public class Packaged {
    public static void main(String[] arguments) throws Exception {
        try (Context context = Context.create();
             Config config = Config.create().set("data.path", arguments[0])
                 .set("data.tokenizer", "bytes").set("data.validation_fraction", 0)
                 .set("model.layers", 1).set("model.width", 32).set("model.heads", 2)
                 .set("model.context", 32).set("train.micro_batch_tokens", 64)
                 .set("train.steps", 3).set("runtime.threads", 1);
             Session session = Session.create(context, config)) {
            StringBuilder losses = new StringBuilder("losses");
            session.train(event -> {
                if (event instanceof Event.Step step) losses.append(" " + step.metrics().loss());
            });
            System.out.println(losses);
        }
        System.out.println("libraries " + Files.lines(Path.of("/proc/self/maps"))
            .filter(line -> line.contains(".so")).map(line -> line.replaceAll(".* (/\\S*).*", "$1"))
            .distinct().reduce("", (a, b) -> a + " " + b));
    }
}
'''


def run(command, **more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **more)
    if done.returncode != 0:
        sys.exit(f'{" ".join(command)} returned {done.returncode}:\n{done.stdout}{done.stderr}')
    return done.stdout


def check(language, tree, out):
    """The line with the losses, once what was loaded is found to be the system's alone."""
    rows = dict(line.split(' ', 1) for line in out.splitlines() if ' ' in line)
    ours = [name for name in rows['libraries'].split() if 'libraddle.so' in name]
    if len(ours) != 1 or ours[0].startswith(tree):
        sys.exit(f'{language}: loaded {ours}, expected the library of the package alone')
    # Matrix libraries are looked for on the machine, and may bring their own.
    found = [name for name in rows['libraries'].split()
             if os.path.basename(name).startswith(FOREIGN)]
    if found:
        sys.exit(f'{language}: the package needs {found}')
    if len(rows['losses'].split()) != 3:
        sys.exit(f'{language}: {rows["losses"]}, expected three')
    return rows['losses']


def self_contained(stage, library, work):
    """An installed tree whose libraddle.so needs nobody."""
    tree = os.path.join(work, 'tree')
    shutil.copytree(stage, tree, symlinks=True)
    for path in glob.glob(os.path.join(glob.escape(tree), 'lib*', '**', 'libraddle.so.*.*'),
                          recursive=True):
        shutil.copy(os.path.realpath(library), path)
    return tree


def python_package(tree, work, text, empty):
    maker = os.path.join(tree, 'share/raddle/python/wheel.py')
    run([sys.executable, maker, '--prefix', tree, '--out', work])
    wheel, = glob.glob(os.path.join(glob.escape(work), '*.whl'))
    if not any(name.endswith('libraddle.so') for name in zipfile.ZipFile(wheel).namelist()):
        sys.exit(f'{wheel} holds no libraddle.so')
    home = os.path.join(work, 'venv')
    venv.create(home, with_pip=True)
    python = os.path.join(home, 'bin', 'python')
    run([python, '-m', 'pip', 'install', '--quiet', '--no-index', wheel], env=empty)
    return check('python', tree, run([python, '-c', PYTHON, text], env=empty, cwd=home))


def java_package(tree, work, text, empty):
    jars = os.path.join(work, 'jars')
    run(['bash', os.path.join(tree, 'share/raddle/java/package.sh'), jars],
        env={**os.environ, 'RADDLE_PREFIX': tree})
    jar, = glob.glob(os.path.join(glob.escape(jars), 'raddle-*.jar'))
    source = os.path.join(work, 'Packaged.java')
    with open(source, 'w', encoding='utf-8') as file:
        file.write(JAVA)
    command = [shutil.which('java'), '-cp', jar, source, text]
    return check('java', tree, run(command, env=empty, cwd=work))


def main(arguments):
    parser = argparse.ArgumentParser()
    for name in ('stage', 'library', 'work'):
        parser.add_argument(f'--{name}', required=True)
    options = parser.parse_args(arguments)
    work = os.path.abspath(options.work)
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    if shutil.which('javac') is None:
        print('packages: javac is not installed')
        return 1 if os.environ.get('RADDLE_REQUIRE_LANGUAGES') == '1' else NOT_THERE
    tree = self_contained(options.stage, options.library, work)
    text, empty = os.path.join(ROOT, 'LICENSE'), {'PATH': '/usr/bin:/bin', 'HOME': work}
    python, java = (package(tree, work, text, empty) for package in (python_package, java_package))
    if python != java:
        sys.exit(f'the wheel and the jar train to other losses: {python}, {java}')
    print(f'packages: a wheel and a jar train alike: {python}')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
