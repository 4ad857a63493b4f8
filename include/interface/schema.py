# SPDX-License-Identifier: Apache-2.0
"""The keys that an entry of the description may have, with their defaults: README.md explains them.
A rule that needs more than one entry is in validate.py."""
from dataclasses import dataclass

NEEDED = object()  # the default of a key that must be given

CODES = ('INVALID_ARGUMENT', 'NOT_FOUND', 'ALREADY_EXISTS', 'FAILED_PRECONDITION', 'OUT_OF_RANGE',
         'RESOURCE_EXHAUSTED', 'UNAVAILABLE', 'DATA_LOSS', 'UNIMPLEMENTED', 'CANCELLED', 'ABORTED',
         'NUMERIC', 'IO', 'INTERNAL')
DIRECTIONS = ('in', 'out', 'inout')
# Who may use the memory behind a pointer, and until when.
OWNERSHIPS = (
    'borrowed',  # the receiver uses it until the call (or callback) returns
    'kept',      # the library uses it until `until`
    'taken',     # the library frees it and sets the caller's pointer to NULL
    'given',     # the receiver frees it with `destroy`
    'lent',      # the receiver uses it, until `until`
    'static',    # valid as long as the library is loaded
    'opaque',    # handed through, never looked at
)
UNTIL = ('destroy', 'change')  # of the parameter or object before the dot
ENCODINGS = ('utf8',   # UTF-8, zero-terminated
             'path',   # the file system's bytes, zero-terminated
             'bytes')  # any bytes, as many as `length` says
THREADS = ('object',  # an object takes one call at a time, even if it is const
           'shared',  # the same, but calls that take it as const share it
           'any',     # any thread, also in a callback of a call on the object
           'signal')  # the same, and in a signal handler
CALLBACK_THREADS = ('caller',  # the thread of the call, inside it
                    'any')     # any thread, one at a time in the process
STABILITIES = ('stable', 'unstable', 'internal')


@dataclass
class Rule:
    default: object = NEEDED
    kind: type = str
    among: tuple = ()
    help: str = 'add it'

    def check(self, value, where, error):
        if not isinstance(value, self.kind) or (self.kind is int and isinstance(value, bool)):
            raise error(f'{where} is {value!r}, expected {_words(self.kind)}')
        for one in value if isinstance(value, (list, dict)) else [value]:
            if self.among and one not in self.among:
                raise error(f'{where} is "{one}", expected one of {", ".join(self.among)}')


def _words(kind):
    return {str: 'a text', bool: 'true or false', int: 'a whole number', list: 'a list',
            dict: 'a table'}.get(kind, str(kind))


def text(default=NEEDED, among=(), hint='add it'):
    return Rule(default, str, among, hint)


DOC = text(hint='say in a sentence or two what it is')
OPTIONAL_DOC = text('')
SINCE = text(hint='write the version that has it first, such as since = "0.2"')
OPTIONAL_SINCE = text('')
STABILITY = text('unstable', STABILITIES)

# What a pointer may say about itself.
_POINTER = {
    'own': text('', OWNERSHIPS),
    'destroy': text(''),   # given: the function (or TYPE.FIELD) that frees it, if not the usual
    'until': text(''),     # kept, lent: PARAMETER.destroy, PARAMETER.change, or return
    'null': Rule(None, str),  # what NULL means; without it NULL is not allowed
    'length': text(''),    # the parameter or field with the number of elements; or NAME + 1
    'encoding': text('', ENCODINGS),
}
_FLAG = {'flag': Rule(False, bool)}  # of an int32_t: 0 is false, 1 is true
PARAM = {'name': text(), 'type': text(), 'doc': OPTIONAL_DOC,
         'direction': text('', DIRECTIONS),  # by default out for out_x, inout for what is taken
         **_POINTER, **_FLAG}
RETURNS = {'type': text(), 'doc': OPTIONAL_DOC, **_POINTER}
FIELD = {'name': text(), 'type': text(), 'doc': OPTIONAL_DOC, 'since': OPTIONAL_SINCE,
         'init': text(''),      # in the _INIT macro; otherwise 0 or NULL
         'array': text(''),     # the constant with the number of elements
         'params': Rule(None, list),  # of a pointer to a function that returns `type`
         **_POINTER, **_FLAG}
VALUE = {'name': text(), 'value': Rule(NEEDED, int), 'doc': OPTIONAL_DOC, 'since': OPTIONAL_SINCE}
LISTS = {'params': PARAM, 'fields': FIELD, 'values': VALUE}

ENTRIES = {
    'function': {
        'function': text(), 'doc': DOC, 'params': Rule([], list),
        'returns': Rule({'type': 'raddle_status_t'}, dict),
        'errors': Rule({}, dict, CODES),      # code -> when, '' if the code says it all
        'errors_as': Rule([], list),          # functions whose errors it has too
        'errors_note': text(''),
        'threads': text(among=THREADS, hint='one of ' + ', '.join(THREADS)),
        'threads_note': text(''),
        'callback_safe': Rule(None, bool),    # by default what `threads` says
        'blocking': Rule(False, bool),        # may compute, read files or wait for long
        'cancel': Rule([], list),             # functions that make it return early
        'since': SINCE, 'stability': STABILITY},
    'struct': {
        'struct': text(), 'doc': OPTIONAL_DOC, 'fields': Rule(NEEDED, list),
        'growable': Rule(True, bool),         # it begins with struct_size, which is not listed
        'filled_by': text('caller', ('caller', 'library')),  # library: it has no _INIT macro
        'destroy': text(''),                  # if objects of it are given: NAME.FIELD
        'since': OPTIONAL_SINCE, 'stability': STABILITY},
    'enum': {
        'enum': text(), 'doc': OPTIONAL_DOC, 'type': text('int32_t'),
        'values': Rule(NEEDED, list), 'since': OPTIONAL_SINCE,
        'stability': STABILITY},
    'callback': {
        'callback': text(), 'doc': DOC, 'params': Rule(NEEDED, list),
        'returns': Rule({'type': 'void'}, dict), 'threads': text('caller', CALLBACK_THREADS),
        'may_call': Rule(True, bool),         # false: it must not call into Raddle
        'since': OPTIONAL_SINCE, 'stability': STABILITY},
    'handle': {
        'handle': text(), 'doc': OPTIONAL_DOC, 'destroy': text(),
        'pointer': Rule(False, bool),         # the type is itself the pointer
        'since': OPTIONAL_SINCE, 'stability': STABILITY},
    'alias': {'alias': text(), 'doc': DOC, 'type': text(), 'since': OPTIONAL_SINCE},
    'constant': {'constant': text(), 'doc': OPTIONAL_DOC, 'value': Rule(NEEDED, int),
                 'since': OPTIONAL_SINCE},
    'section': {'section': text()},
    'text': {'text': text()},                 # preprocessor lines that no binding needs
}
PART = {'doc': text(''), 'topics': Rule([], list), 'entry': Rule([], list)}
HEADER = {'name': text(), 'summary': text(), 'parts': Rule(NEEDED, list),
          'carries': Rule([], list)}  # headers that it includes for programs that include it alone
INDEX = {'doc': text(), 'headers': Rule(NEEDED, list)}
