"""Training texts as people also type them: without marks, and as full names.

    Müller   ->   Müller and Muller     marks folded as match_key folds them
             ->   Mueller               in German and Scandinavian names
    O'Brien  ->   OBrien                without the apostrophe or the hyphen
    Rossi    ->   Maria Rossi           a given name of the same language, sometimes of any
             ->   Rossi, Maria
    Trần     ->   Trần Văn Minh         the usual middle name of Vietnamese men
    Zhang    ->   Zhāng                 any tone of pinyin

A name with marks appears in both forms. Each epoch draws again which names are typed otherwise and
which become full names. Bare given names only: the pairs are made up, and no person is behind them.
"""

import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Set
from dataclasses import replace

from ..core import romanise
from ..text.letters import script_name, script_of
from .rows import Rows
from .texts import match_key

# How people type names; the shares are chosen on validation names in these forms.
SPELT_OUT = {"ä": "ae", "å": "aa", "ö": "oe", "ø": "oe", "ü": "ue"}
CAPITALS = {letter.upper(): pair.capitalize() for letter, pair in SPELT_OUT.items()}
SPELT_OUT_TABLE = str.maketrans(SPELT_OUT | CAPITALS)
SPELT_OUT_LABELS = {"Danish", "German", "Norwegian", "Swedish"}
SPELT_OUT_SHARE = 0.2  # of their names with marks
JOINTS = re.compile("['-]")
JOINED_SHARE = 0.4  # of names with an apostrophe or a hyphen

# Languages whose speakers write the family name first
FAMILY_FIRST = {"Chinese", "Japanese", "Korean", "Vietnamese"}
UNSPACED = {"Han", "Hangul", "Hiragana", "Katakana"}
FOREIGN_SHARE = 0.2  # of given names: the surname decides, not what stands beside it
COMMA_SHARE = 0.2  # "Rossi, Maria"
TURNED_SHARE = 0.15  # "Rossi Maria" or "Taro Yamada"; twice as many of FAMILY_FIRST
UNSPACED_SHARE = 0.8  # of names in these scripts
# Văn, of many Vietnamese men, reads as a Dutch particle where marks are not typed.
MIDDLE_NAMES = {"Vietnamese": "Văn"}
MIDDLE_SHARE = 0.5
TONES = "\u0304\u0301\u030c\u0300"
TONE_SHARE = 0.08  # of Chinese names in plain letters
PLAIN_SHARE = 0.5  # of full names with a surname that has no marks: the given name has none either
VOWEL = re.compile("[ae]|o(?=u)", re.IGNORECASE)  # which has the tone, if there is one
LAST_VOWEL = re.compile("[iou](?!.*[iou])", re.IGNORECASE)  # else this


def folded(text: str) -> str:
    """Return a Latin text without its marks, any other as it is.

    >>> folded("Dvořák"), folded("Łuc"), folded("Ивано́в")
    ('Dvorak', 'Luc', 'Ивано́в')
    """
    composed = unicodedata.normalize("NFC", text)
    is_latin = set(map(script_of, composed)) <= {"", "LATIN"}
    return romanise(text, fold_case=False) if is_latin else text


def without_marks(rows: Rows) -> Rows:
    """Return `rows` with their Latin texts folded."""
    return replace(rows, texts=[folded(text) for text in rows.texts])


def in_both_forms(rows: Rows) -> Rows:
    """Return `rows`, then once more those with marks, folded."""
    marked = rows.where(lambda text, _: text != folded(text))
    return rows + without_marks(marked)


def with_tone(text: str, tone: str) -> str:
    """Return pinyin with a combining mark where it stands: on a or e, the o of ou, the last vowel.

    >>> with_tone("Zhang", "\u0304"), with_tone("Zhou", "\u0304"), with_tone("Liu", "\u0301")
    ('Zhāng', 'Zhōu', 'Liú')
    """
    vowel = VOWEL.search(text) or LAST_VOWEL.search(text)
    if vowel:
        end = vowel.end()
        before, after = text[:end], text[end:]
        text = before + tone + after
    return unicodedata.normalize("NFC", text)


class Variation:
    """Draws the form of a text.

    `given` are given names with their language. No other spelling of a text has one of the
    `avoided` match keys.
    """

    def __init__(
        self,
        given: Rows,
        full_share: float,
        unmarked_share: float = 0.0,
        avoided: Set[str] = frozenset(),
    ):
        self.full_share = full_share
        self.unmarked_share = unmarked_share
        self.avoided = avoided
        self.languages = set(given.labels)
        # By language and script; those of all languages under ""
        self.given = defaultdict[tuple[str, str], list[str]](list)
        for name, language in given.pairs():
            script = script_name(name)
            self.given[language, script].append(name)
            self.given["", script].append(name)

    def vary(
        self,
        text: str,
        label: str,
        draw: random.Random,
    ) -> str:
        """Return `text` as it is typed, alone or in a full name; as it is if it is not a name."""
        is_name = self.full_share > 0
        if is_name:
            text = self._respelt(text, label, draw)
        if not text.isascii() and draw.random() < self.unmarked_share:
            text = folded(text)
        if draw.random() >= self.full_share:
            is_pinyin = is_name and label == "Chinese" and text.isascii()
            if is_pinyin and draw.random() < TONE_SHARE:
                return with_tone(text, draw.choice(TONES))
            return text
        full_name = self._full_name(text, label, draw)
        # People who type a surname without its marks omit them in the given name too: Jiri Dvorak.
        is_plain = folded(text) == text
        if is_plain and draw.random() < PLAIN_SHARE:
            return folded(full_name)
        return full_name

    def _respelt(
        self,
        text: str,
        label: str,
        draw: random.Random,
    ) -> str:
        """Return `text`, at times with ae for ä, or without its apostrophe or hyphen."""
        may_be_spelt_out = label in SPELT_OUT_LABELS and not text.isascii()
        if may_be_spelt_out and draw.random() < SPELT_OUT_SHARE:
            composed = unicodedata.normalize("NFC", text)
            spelt_out = folded(composed.translate(SPELT_OUT_TABLE))
            if match_key(spelt_out) not in self.avoided:
                text = spelt_out
        if JOINTS.search(text) and draw.random() < JOINED_SHARE:
            text = JOINTS.sub("", text)
        return text

    def _full_name(
        self,
        family: str,
        label: str,
        draw: random.Random,
    ) -> str:
        script = script_name(family)
        own = self.given[label, script]
        of_any = self.given["", script]
        candidates = own if label in self.languages else of_any
        if not candidates:
            return family  # as Korean names in Han: beside another language's it would look Korean
        is_own = own and draw.random() >= FOREIGN_SHARE
        given = draw.choice(own if is_own else of_any)
        form = draw.random()
        if form < COMMA_SHARE:
            return f"{family}, {given}"
        family_first = label in FAMILY_FIRST
        if family_first and script in UNSPACED:
            space = "" if draw.random() < UNSPACED_SHARE else " "
            return f"{family}{space}{given}"
        turned_share = 2 * TURNED_SHARE if family_first else TURNED_SHARE
        if form < COMMA_SHARE + turned_share:
            family_first = not family_first
        elif label in MIDDLE_NAMES and draw.random() < MIDDLE_SHARE:
            given = f"{MIDDLE_NAMES[label]} {given}"
        return f"{family} {given}" if family_first else f"{given} {family}"


def vary_all(
    variation: Variation,
    rows: Rows,
    seed: int,
) -> list[str]:
    """Return a form of each text of `rows`, the same for the same seed."""
    draw = random.Random(seed)
    return [variation.vary(text, label, draw) for text, label in rows.pairs()]
