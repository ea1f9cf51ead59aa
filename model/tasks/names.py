"""The task of surnames: which of 18 languages does a surname come from?"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import dropwhile

from ..core import normalise
from ..data.pairs import read_pairs
from ..data.rows import Rows
from ..data.variation import UNSPACED
from ..letters import script_name
from . import shipped
from .recipe import Recipe
from .task import ROOT, Task
from .words import TaskWords

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々]")

_PARTICLES = frozenset(  # a surname may begin with them: "Van der Berg", "El Amrani", "De Vries"
    "van von de der den ter ten te het op in zu zum zur du des le la las los lo da do dos das di "
    "del della dei dal dalla y e el al abu abou ben bin abd abdel mac mc o ó st san".split()
)
_SPACED = {"Latin", "Greek", "Cyrillic"}

_LONG_KOREAN = ("남궁", "독고", "동방", "사공", "서문", "선우", "제갈", "황보")  # surnames too

WORDS = TaskWords(
    text="name",
    texts="names",
    label="language",
    labels="languages",
    ask="a surname",
    max_characters=100,
    title="Which language does a surname come from?",
    page_title="Surname languages",
    introduction=(
        "A small recurrent network reads its letters. It learns spelling, not people: the "
        "language of a surname is not anyone's nationality, ethnicity or mother tongue."
    ),
    tab="Name",
    box="Surname",
    placeholder="Type a surname in any script",
    piece="letter",
    caveat="A name from outside these languages should be called none of them, and is not always.",
    group="Surnames",
    examples={
        "Müller": "German",
        "حداد": "Arabic",
        "张": "Chinese",
        "Dvořák": "Czech",
        "De Vries": "Dutch",
        "Whitfield": "English",
        "Lefebvre": "French",
        "Παπαδόπουλος": "Greek",
        "O'Sullivan": "Irish",
        "Rossi": "Italian",
        "佐藤": "Japanese",
        "김": "Korean",
        "Kowalczyk": "Polish",
        "Ferreira": "Portuguese",
        "Иванов": "Russian",
        "MacDonald": "Scottish",
        "Fernández": "Spanish",
        "Nguyễn": "Vietnamese",
    },
    from_lecture={
        "Maclean": "Scottish",
        "Vajnichy": "Russian",
        "Nasikovsky": "Russian",
        "Usami": "Japanese",
        "Fionin": "Russian",
        "Sharkey": "English",
        "Balagul": "Russian",
        "Pakhrin": "Russian",
        "Tansho": "Japanese",
    },
    hard={
        **dict.fromkeys(("Lee", "Martin", "Kos"), ""),  # of several languages
        "Fraser": "Scottish",
        "Douglas": "Scottish",
        "Reis": "Portuguese",
        "Young": "English",
    },
    pairs=(("Müller", "Muller"), ("Schmidt", "Smith"), ("Ivanov", "Ivanova")),
    headings=(  # of surnames, then of names of any kind
        *("surname", "surnames", "last name", "lastname", "family name", "familyname"),
        *("nachname", "familienname", "zuname", "nom de famille", "nom", "apellido", "apellidos"),
        *("primer apellido", "cognome", "cognomi", "sobrenome", "apelido", "último nome"),
        *("achternaam", "efternamn", "etternavn", "efternavn", "sukunimi", "nazwisko"),
        *("soyadı", "soyad", "soyisim", "שם משפחה", "उपनाम"),
        *("příjmení", "priezvisko", "prezime", "vezetéknév", "фамилия", "прізвище", "επώνυμο"),
        *(
            "họ",
            "姓",
            "姓氏",
            "苗字",
            "名字",
            "성",
            "성씨",
            "اسم العائلة",
            "اللقب",
            "first + last",
            "фио",
            "name",
            "names",
        ),
        *(
            "full name",
            "fullname",
            "nombre",
            "nome",
            "имя",
            "姓名",
            "氏名",
            "이름",
            "성명",
            "الاسم",
        ),
    ),
    card_title="Surname languages: a bidirectional GRU",
    model_name="surname-gru",
    does="Reads a surname letter by letter and gives the probability of each language it may come "
    "from",
    must_not="Do not use this model to guess a person's nationality, ethnicity, religion or mother "
    "tongue, to sort or to filter people, or to decide anything about a person: hiring, lending, "
    "policing, border control, advertising. The language a surname comes from is none of these "
    "things; people marry, move and are renamed.",
    example="Nakamura",
    intended_uses=(
        "Teaching: what a small recurrent network learns, and how it is measured.",
        "The study of surnames as words: which letters point to which language.",
        "Choosing a pronunciation or a spelling to propose, with a person who may object.",
    ),
    limits=(
        "It knows spelling only. Many names are at home in several languages, and a short or a "
        "rare one can be anything.",
        "A name from outside its languages should be called none of them or unsure, but is not "
        "always.",
        "A surname of one Han character is often Chinese, Korean and Japanese at once: there it "
        "can give no more than the odds.",
        "Of a full name it answers for the surname, and does not always find it.",
    ),
    biases=(
        "Languages are not equally well known: see the table of F1 above. Those with few rows, and "
        "those whose names spread with an empire, are the worst.",
        "It repeats the habits of its labels: where names were filed under their bearers' "
        "nationality, it takes nationality for origin.",
    ),
    dataset_type="surnames",
    dataset_name="Surnames",
    data="Surnames with the language or languages they come from, as their speakers write them, "
    "rebuilt from published packages (persons of the English Wikipedia of 2020, lists of names) "
    "and curated lists, under CC BY 4.0. So it has that encyclopedia's view: footballers, "
    "politicians, more men than women, and nationality standing in for origin. Its datasheet says "
    "how it was made, audited and what is wrong with it. No name of the test split is in what the "
    "model was trained on.",
    own_data="Names from files of its maker's own, which this card cannot describe.",
    tags=("gru", "pytorch", "surnames", "language-identification"),
    label_languages={
        "Arabic": "ar",
        "Chinese": "zh",
        "Czech": "cs",
        "Dutch": "nl",
        "English": "en",
        "French": "fr",
        "German": "de",
        "Greek": "el",
        "Irish": "ga",
        "Italian": "it",
        "Japanese": "ja",
        "Korean": "ko",
        "Polish": "pl",
        "Portuguese": "pt",
        "Russian": "ru",
        "Scottish": "gd",
        "Spanish": "es",
        "Vietnamese": "vi",
    },
    known_files={
        "49b4bf41dce5bfeac989b46ca37cf7baccd9a0d2a855df82f86de67a9376268f": "The training names of "
        "the PyTorch lecture that this model grew out of. They carry no licence and are published "
        "neither here nor in the repository: `python data/fetch_lecture.py` fetches them.",
    },
)


def notes(text: str, units: Sequence[str]) -> list[str]:
    """Return what a reader should know about how `text` was read, a sentence each.

    Which part of a full name is the surname is said only where it is clear.

    >>> notes("Müller, Hans", "müller, hans"), notes("De Vries", "de vries")
    (['“Müller” is read as the surname.'], [])
    """
    if family := _family_of(text):
        return [f"“{family}” is read as the surname."]
    words = [word for word in text.split() if any(map(str.isalpha, word))]
    after = list(dropwhile(lambda word: word.casefold() in _PARTICLES, words))
    if len(after) < 2 or "," in text or not all(script_name(word) in _SPACED for word in words):
        return []
    return [
        "Several words: the answer is for the surname, which is not always found. If this is a "
        "full name, type the surname alone."
    ]


def _family_of(text: str) -> str | None:
    """Return what stands before a comma, or first in East Asian scripts; None if that is unclear.

    >>> _family_of("佐藤 太郎"), _family_of("김민수"), _family_of("남궁민"), _family_of("佐藤一")
    ('佐藤', '김', None, None)
    """
    family, comma, given = (part.strip() for part in text.partition(","))
    if comma:
        return family if family and given else None
    words = text.split()
    if len(words) == 2 and all(script_name(word) in UNSPACED for word in words):
        return words[0]
    three_syllables = len(text) == 3 and script_name(text) == "Hangul"
    return text[0] if three_syllables and not text.startswith(_LONG_KOREAN) else None


def romanise(text: str, label: str, readings: Mapping[str, str]) -> str | None:
    """Return `text` in Latin letters for a reader, None for Han without a known reading.

    Han is read as its most likely language reads it: Japanese by `readings`, Chinese in pinyin.

    >>> romanise("佐藤", "Japanese", {"佐藤": "Sato"}), romanise("李", "Chinese", {})
    ('Sato', 'li')
    """
    if not _HAN.search(text) or label == "Chinese":
        return normalise(text)
    return readings.get(text.strip()) if label == "Japanese" else None


read_names = partial(read_pairs, kind=WORDS)

LISTS = ROOT / "tests" / "data"  # of a checkout; an installed package goes without them


def read_lists(labels: Sequence[str]) -> dict[str, Rows]:
    """Return the evaluation lists of tests/data, the labels "" where a name has none of them.

    They concern models of all 18 languages: for other `labels` there are none.
    """
    lists: dict[str, Rows] = {}
    if set(labels) != set(WORDS.label_languages):
        return lists
    for name in ("native_names", "full_names", "outside_names", "outside_written"):
        if (LISTS / f"{name}.csv").exists():
            with open(LISTS / f"{name}.csv", encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            texts = [row.get("text") or row["name"] for row in rows]
            is_outside = name.startswith("outside")
            lists[name] = Rows(texts, ["" if is_outside else row["language"] for row in rows])
    if (LISTS / "mash.txt").exists():
        mashes = (LISTS / "mash.txt").read_text(encoding="utf-8").splitlines()
        lists["mash"] = Rows(mashes, [""] * len(mashes))
    return lists


RECIPE = Recipe(
    letters=True,
    both_forms=True,
    full_share=0.25,
    unknown_share=0.02,
    prior_power=None,
    embedding_size=96,
    hidden_size=128,
    layers=1,
    ngrams=(2, 3),
    ngram_buckets=8192,
    pool=True,
    linear_ngrams=(1, 2, 3, 4, 5),
    script_ngrams=(3,),
    kinds_in_ngrams=("CJK",),  # Han
    dropout=0.6,
    epochs=24,
    batch_size=128,
    learning_rate=3e-3,
    one_cycle=True,
    weight_decay=0.01,
    refit=True,
)

NAMES = Task(
    name="names",
    words=WORDS,
    read=read_names,
    data=ROOT / "data",
    where_from="a folder with names_train.csv.gz and names_test.csv.gz; ours is data/ of a clone",
    recipe=RECIPE,
    pretrained_recipe=replace(
        RECIPE,
        ngrams=(2, 3, 4),
        ngram_buckets=10700,  # with the other tables just under 8 MiB
        dropout=0.3,
        epochs=7,
        batch_size=256,
        learning_rate=7e-4,
        average_from=4,
        embedding_std=0.3,  # less noise from letters that are rare in training, as of Han
        pretrain_epochs=7,
        pretrain_dropout=0.0,
        outsiders=0.3,
        logit_adjustment=0.5,
    ),
    publish_texts=True,
    shipped_files=frozenset(shipped.NAMES.values()),
    lists=read_lists,
    notes=notes,
    romanise=romanise,
)
