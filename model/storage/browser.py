"""A model as one file for a browser: model/web/engine/packed.js reads it.

    pack(model, "int8")   the gzipped rules and weights, for TextClassifier.load in JavaScript

JavaScript has no rules of its own on scripts, symbols or spellings: they are made here, from
model/text/, with the Unicode of this Python. Constants and sentences that both languages have stand
in Python, and come with the rules.
"""

import gzip
import json
import struct
import unicodedata
from collections.abc import Callable
from dataclasses import asdict
from itertools import chain, groupby
from types import ModuleType
from typing import Any, Literal

import numpy as np

from ..answers import belief, decisions, explanation, gru_steps, known, reply
from ..answers.held_out import COVERAGE
from ..answers.nearest import MARKED, alphabets
from ..core import romanise
from ..data.texts import MAX_MARKS, UNITS_PER_CHARACTER, is_of_another_script
from ..data.variation import UNSPACED
from ..encoder import UNKNOWN_ID, Encoder, Units
from ..ngrams import NgramEmbedding
from ..symbols import IN_JAVASCRIPT, UNREAD, dropped, is_symbol
from ..tasks import names, part, typed
from ..text import words
from ..text.letters import MAX_IDS, PLAIN, STRESS, script_name
from ..trained import Model
from .config import weights_digest

Precision = Literal["int8", "fp16"]
LARGE = 100_000  # weights of a matrix of which a text reads a few rows
# Of the planes that have letters, without surrogates
CODES = chain(range(0xD800), range(0xE000, 0x40000), range(0xE0000, 0xE1000))
# Of a character: no letter's, one with spaces between words, Han, Hangul and kana
SCRIPTS = ("", "spaced", *sorted(UNSPACED))
CHARACTERS = list(map(chr, CODES))
OF_THE_REST = {"int8": "fp16", "fp16": "fp32"}  # by the precision of the large matrices


def constants_of(module: ModuleType) -> dict[str, Any]:
    """Return the numbers and texts of a module under the names that JavaScript has for them.

    >>> constants_of(known)["fewBearers"]
    0.1
    """
    constants = {}
    for name, value in vars(module).items():
        if name.isupper() and name[0] != "_" and isinstance(value, int | float | str):
            first, *others = name.lower().split("_")
            constants[first + "".join(map(str.capitalize, others))] = value
    return constants


def pack(model: Model, precision: Precision) -> bytes:
    """Return the model in one gzipped file: the length of its JSON, the JSON, the weights."""
    entries = []
    weights = []
    for name, tensor in model.network.state_dict().items():
        values = tensor.detach().cpu().float().numpy()
        is_large = values.ndim == 2 and values.size >= LARGE and "gru" not in name
        kind = precision if is_large else OF_THE_REST[precision]
        entries.append({"name": name, "shape": values.shape, "kind": kind})
        weights.append(_packed(values, kind))
    text = compact_json(json_of(model) | {"weights": entries})
    length = struct.pack("<I", len(text))
    return gzip.compress(b"".join([length, text, *weights]), mtime=0)


def compact_json(content: dict[str, Any]) -> bytes:
    """Return JSON without white space."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _packed(values: np.ndarray, kind: str) -> bytes:
    """Return little-endian numbers; of int8, rows from -127 to 127 behind their scales in fp16."""
    if kind == "fp32":
        return values.astype("<f4").tobytes()
    if kind == "fp16":
        return values.astype("<f2").tobytes()
    largest = np.abs(values).max(axis=1, keepdims=True)
    scales = np.maximum(largest / 127, 1e-7).astype("<f2")
    rows = np.rint(values / scales.astype(np.float32))
    rows = np.clip(rows, -127, 127)
    return scales.tobytes() + rows.astype(np.int8).tobytes()


def json_of(model: Model) -> dict[str, Any]:
    """Return everything but the weights: how a text becomes ids, sizes, calibration, words."""
    task = model.task
    encoder = model.encoder
    calibration = model.calibration
    network = {
        "config": asdict(model.network.config),
        "multipliers": NgramEmbedding.MULTIPLIERS,
        "sizeMultiplier": NgramEmbedding.SIZE_MULTIPLIER,
        "bias": calibration.bias,
        "temperature": calibration.temperature,
        "lengthPower": calibration.length_power,
        "leadPower": calibration.lead_power,
        "share": calibration.gru_weight,
        "unknownIds": encoder.unknown_ids,
        # Of these, those that n-grams of two or more letters read in place of the letter itself
        "kinds": sorted(encoder.kind_ids),
    }
    words_of_task = {
        **asdict(task.kind),
        "piece": task.kind.piece,
        "refusals": task.kind.refusals,
        "units_per_character": UNITS_PER_CHARACTER,
        "max_marks": MAX_MARKS,
        "max_explained": task.page.max_explained,
        "too_long": task.too_long,
    }
    answers = constants_of(decisions) | {
        "unsureBelow": calibration.unsure_below,
        "eitherBelow": calibration.either_below or 0,
        "together": max(decisions.TOGETHER, calibration.unsure_below),
    }
    without_data = {} if model.look_up else {"unsureFactor": 1}
    sets = None
    if model.held_out:
        thresholds, _ = model.held_out.thresholds(COVERAGE)
        sets = np.minimum(thresholds, 2).tolist()  # none that is not asked has infinity
    # Texts of words are in no page.
    trained = {} if encoder.units == "words" else model.training_texts
    return {
        "labels": model.labels,
        "encoder": encoder_rules(encoder),
        "network": network,
        "words": words_of_task,
        "surnames": surname_rules() if task.part is part.surname_part else None,
        "lookUp": vars(model.look_up) | {"trained": trained},
        "readings": model.readings,
        "answers": answers,
        "belief": constants_of(belief) | without_data,
        "sets": sets,
        "sha256": weights_digest(model),
        "known": constants_of(known),
        "alphabets": alphabets(encoder, model.training_texts),
        "marked": MARKED,
        **constants_of(explanation),
        **constants_of(gru_steps),
        **constants_of(reply),
    }


def surname_rules() -> dict[str, Any]:
    """Return what typed.py and part.py read names with; a pair is a pattern and its flags."""
    in_any_case, in_capitals = typed.beside(*IN_JAVASCRIPT)
    left_out = [(pattern, "giu") for pattern in in_any_case]
    left_out += [(pattern, "gu") for pattern in in_capitals]
    return {
        "longest": typed.LONGEST,
        "commas": typed.COMMA,
        "around": typed.AROUND,
        "leftOut": left_out,
        "patterns": {
            "quoted": (typed.QUOTED.pattern, "gu"),
            "gap": (typed.GAP.pattern, "gu"),
            "unit": (part.UNIT.pattern, "giu"),
            "familyFirst": (part.FAMILY_FIRST.pattern, "gu"),
            "initials": (f"^{part.INITIALS.pattern}$", "u"),
            "joined": (part.JOINED.pattern, "u"),
            "number": (typed.NUMBER.pattern, "u"),
            "hidden": (typed.HIDDEN.pattern, "gu"),
            "address": (typed.ADDRESS.pattern, "u"),
            "placeholder": (typed.PLACEHOLDER.pattern, "iu"),
            "titles": (typed.TITLES.pattern, "iu"),
        },
        "scripts": SCRIPTS,
        "scriptRuns": runs(_script_index),
        "particles": typed.WORDS["particles"],
        "ofSentences": sorted(typed.SENTENCES),
        "allOfSentences": sorted(typed.OF_SENTENCES),
        "alone": sorted(typed.ALONE),
        "beforeGiven": sorted(part.BEFORE_GIVEN),
        "frequent": part.FREQUENT,
        **constants_of(part),
        "katakana": names.KATAKANA,
    }


def _script_index(character: str) -> int:
    """Return the index of a character's script in SCRIPTS."""
    script = script_name(character)
    return SCRIPTS.index(script) if script in SCRIPTS else 1


def encoder_rules(encoder: Encoder) -> dict[str, Any]:
    """Return how a text becomes ids, for readers.js; a pair is a pattern and its flags."""
    rules: dict[str, Any] = {
        "unknown": UNKNOWN_ID,
        "most": MAX_IDS,
        "symbols": encoder.symbols,
        "keepCase": encoder.keep_case,
        "folded": {c: c.casefold() for c in CHARACTERS if c.casefold() != c.lower()},
        "dropped": (dropped(encoder.symbols).pattern, "gu"),
        "space": (f"[{IN_JAVASCRIPT.space}]+", "u"),
        "edges": (f"^[{IN_JAVASCRIPT.space}]+|[{IN_JAVASCRIPT.space}]+$", "gu"),
        "unread": (UNREAD.pattern, "gu"),
        "symbolRuns": runs(is_symbol),
        "letterRuns": runs(str.isalpha),
        "foreignRuns": runs(is_of_another_script),
        "wordRuns": runs(_is_of_a_word),
        "latin": _spelt(_in_latin),
        "stress": (STRESS.pattern, "gu"),
        "idOf": {},
        "kind": encoder.units,
    }
    rules |= RULES_OF[encoder.units](encoder)
    patterns = [name for name, rule in rules.items() if isinstance(rule, tuple)]
    return rules | {"patterns": patterns}


def _is_of_a_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def _in_ascii(character: str) -> str:
    return romanise(character, False)


def _in_latin(character: str) -> str:
    return character if is_of_another_script(character) else _in_ascii(character)


def _character_rules(encoder: Any) -> dict[str, Any]:
    return {"ascii": _spelt(_in_ascii)}


def _letter_rules(encoder: Any) -> dict[str, Any]:
    typed = map(chr, PLAIN)
    return {
        "plain": {character: character.translate(PLAIN) for character in typed},
        "idOf": {letter: encoder.id_of[letter] for letter in encoder.characters},
        "unknownRuns": runs(encoder.unknown_id),
    }


def _word_rules(encoder: Any) -> dict[str, Any]:
    word = words.symbol_pattern if encoder.symbols else words.word_pattern
    return {
        "most": words.MAX_WORDS,
        "mostCharacters": words.MAX_CHARACTERS,
        "ascii": _spelt(words.spell if encoder.symbols else _in_ascii),
        "idOf": encoder.id_of,
        "inPieces": encoder.in_pieces,
        "longestPiece": words.LONGEST_PIECE,
        "spellings": words.SPELLINGS,
        "spelling": ("|".join(words.SPELLINGS), "gu"),
        "word": (word(IN_JAVASCRIPT), "giu"),
        "part": (words.SEGMENT.pattern, "giu"),
        "ofWords": (words.OF_WORDS.pattern, "iu"),
        "apart": (words.end_pattern(IN_JAVASCRIPT), "u"),
        "spaces": (f"([{IN_JAVASCRIPT.space}]+)", "u"),
    }


# By what an encoder reads one by one
RULES_OF: dict[Units, Callable[[Any], dict[str, Any]]] = {
    "characters": _character_rules,
    "letters": _letter_rules,
    "words": _word_rules,
}


def _spelt(spell: Callable[[str], str]) -> dict[str, str]:
    """Return what becomes of each character that NFKC may leave, where that changes it."""
    spellings = {}
    for character in CHARACTERS:
        if unicodedata.is_normalized("NFKC", character) and not is_symbol(character):
            spelling = spell(character)
            if spelling != character:
                spellings[character] = spelling
    return spellings


def runs(value_of: Callable[[str], int]) -> list[int]:
    """Return values by code point, [from, value, from, value, …], where one holds until the next.

    A truth value is 1 or 0.

    >>> runs(lambda c: "b" <= c <= "d")
    [0, 0, 98, 1, 101, 0]
    """
    starts_and_values: list[int] = []
    for value, same in groupby(CHARACTERS, value_of):
        first = next(same)
        starts_and_values += [ord(first), int(value)]
    return starts_and_values
