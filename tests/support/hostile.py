"""Names as strangers give them, and what no terminal, table or figure may hold."""

from __future__ import annotations

import unicodedata

NAMES = (
    '$x^{2$',
    'a\nb',
    '\x1b[31mred',
    '=1+1',
    '<script>x</script>',
    '\\input{x}',
    '100%',
    '名前',
    'na\udcffme',
    '_a|b',
    'exe\u202egnp',
)
SHOWN = (
    '$x^{2$',
    r'a\nb',
    r'\x1b[31mred',
    '=1+1',
    '<script>x</script>',
    '\\input{x}',
    '100%',
    '名前',
    r'na\udcffme',
    '_a|b',
    r'exe\u202egnp',
)
FORCED = set('\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069')


def unseen(text: str) -> set[str]:
    """The characters of a text that no line may hold."""
    kinds = ('Cc', 'Cs', 'Zl', 'Zp')
    return {each for each in text if unicodedata.category(each) in kinds} | (FORCED & set(text))
