"""Lists of few names in the encodings that people's programs write are read right, or refused."""

import random
import re
import unicodedata

import pytest
from conftest import ENCODINGS, ROOT
from hypothesis import given
from hypothesis import strategies as st
from models import rows_of

from data.builder.rows import unpacked
from model.data.encodings import decoded
from model.data.hints import Hints
from model.data.layout import Asked
from model.data.tables import read_table
from model.errors import InputError

FILES = ("native_train", "native_test", "names_train", "names_test")
OLDER = rows_of("""
Russian | cp1251 koi8_r cp866 iso8859_5 mac_cyrillic
Greek | cp1253 iso8859_7
Arabic | cp1256 iso8859_6
Japanese | cp932 euc_jp
Chinese | gb18030 big5
Korean | cp949 euc_kr
Korean, Hanja | cp949 euc_kr
Vietnamese | cp1258
Polish | cp1250 iso8859_2
Czech | cp1250 iso8859_2
German | cp1252 mac_roman cp850
French | cp1252 mac_roman cp850
Spanish | cp1252
Portuguese | cp1252
""")
KNOWN = {
    "王伟\n李娜\n张敏": "gb18030",
    "陳淑芬\n林志明\n黃美玲": "big5",
    "김민수\n이영희\n박지훈": "cp949",
    "Иванов\nПетров\nСмирнов": "cp1251",
    "Wałęsa\nZieliński\nKołodziej": "cp1250",
    "Dvořák\nČerný\nRůžička": "iso8859_2",
    "ИВАНОВ\nПЕТРОВ\nКУЗНЕЦОВ": "koi8_r",
    "Ó Sé\nMac Giolla Bhríde\nÓ Dónaill": "cp1252",
    "Østergård\nÅngström\nBjørn": "cp1252",
    "Müller\nNúñez\nLefèvre\nJoão": "cp1252",
    "Rossi,5 €\nKim,20 °C – “fine”\nLee,½\u00a0m³": "cp1252",
    "O´Brien\nit’s “naïve” – a café’s\nD’Amélie": "cp1252",
}


@pytest.fixture(scope="module")
def names():
    found = {}
    for file in FILES:
        for name, language in unpacked(ROOT / "data" / f"{file}.csv.gz"):
            kind = ", Hanja" * (language == "Korean" and is_han(name))
            found.setdefault(language + kind, []).append(name)
    return {
        key: sorted({n for n in some if not n.isascii()}) for key, some in found.items()
    }


def is_han(text):
    return any("一" <= letter <= "鿿" for letter in text)


def fits(name, codec):
    try:
        written(name, "gb2312" if codec == "gb18030" else codec)
    except UnicodeEncodeError:
        return False
    return True


def written(text, codec):
    """Windows-1258 has most tones behind the letter: ễ is ê with a tilde."""
    if codec == "cp1258":
        parts = unicodedata.normalize("NFD", text).replace("o\u031b", "ơ")
        parts = parts.replace("u\u031b", "ư").replace("U\u031b", "Ư")
        parts = re.sub("([AaEeOo])(\u0323?)([\u0302\u0306])", r"\1\3\2", parts)
        marked = re.compile("[AaEeOo][\u0302\u0306]")
        text = marked.sub(lambda m: unicodedata.normalize("NFC", m[0]), parts)
    return text.encode(codec)


@pytest.mark.parametrize(
    ("language", "codec"),
    [(language, codec) for language, all in OLDER for codec in all.split()],
)
def test_lists_of_five_names_are_hardly_ever_read_wrong(names, language, codec):
    drawn = random.Random(f"{language} {codec}")
    some = [name for name in names[language] if fits(name, codec)]
    right, wrong = 0, []
    for _ in range(40):
        text = "\n".join(drawn.sample(some, 5))
        try:
            read = decoded("a.txt", written(text, codec))
        except InputError:
            continue
        is_right = unicodedata.normalize("NFC", read.text) == text
        right += is_right
        wrong += [] if is_right else [(read, text)]
    assert right >= 32, wrong
    assert len(wrong) <= 4, wrong
    if codec == "cp1252":
        assert right == 40


@pytest.mark.parametrize(
    ("language", "codec"),
    rows_of("""
Chinese | gb18030
Chinese | big5
Korean | cp949
Korean, Hanja | cp949
Japanese | cp932
Japanese | euc_jp
Russian | cp866
Arabic | cp1256
"""),
)
def test_one_name_among_others_is_not_read_as_letters_that_nobody_writes_without_a_word(
    names, language, codec
):
    drawn = random.Random(f"one {language} {codec}")
    some = [name for name in names[language] if fits(name, codec)]
    for name in drawn.sample(some, 60):
        text = f"Smith\nJones\n{name}\nTaylor"
        try:
            read = decoded("a.txt", text.encode(codec))
        except InputError:
            continue
        letters = [letter for letter in read.text if letter.isalpha()]
        is_odd = any(
            "\u01c0" <= c <= "\u036f" or "\u0530" <= c < "\u0621" for c in letters
        )
        assert read.text == text or read.note or not is_odd, read


@pytest.mark.parametrize(
    ("text", "has_note"),
    [
        ("כהן\nלוי\nמזרחי\nאברהם", False),
        ("Şahin\nYılmaz", False),
        ("सिंह\nशर्मा", False),
        ("Kim\nכהן", True),
        ("I ❤\ufe0f it\nso 1\ufe0f\u20e3", False),
        ("Nº 5, 1ª vez", False),
        ("5 µm, 2ⁿ", False),
        ("𝐁𝐨𝐥𝐝\nﬁne\nＫＩＭ", False),
    ],
)
def test_a_language_that_no_table_of_letters_has_is_read_as_utf_8(text, has_note):
    """With a note where few letters tell it."""
    read = decoded("a.txt", text.encode())
    assert read.encoding == "UTF-8"
    assert ("another encoding may be meant" in read.note) == has_note


known = pytest.mark.parametrize(("text", "codec"), KNOWN.items(), ids=KNOWN.values())


@known
def test_well_known_names_are_read_right_and_a_note_says_in_which_encoding(text, codec):
    assert decoded("a.txt", text.encode(codec)).text == text
    read = decoded("a.txt", text.encode(codec))
    assert read.note == f"read as {read.encoding} because it is not UTF-8"


@pytest.mark.parametrize("encoding", list(ENCODINGS)[:-1])
@given(text=st.text(max_size=30).filter(lambda text: text[:1] not in ("\0", "\ufeff")))
def test_unicode_comes_back(text, encoding):
    mark, codec = ENCODINGS[encoding]
    assert decoded("a.txt", mark + text.encode(codec)).text == text


FEW = "Müller\nNúñez\n"
MANY = "Gärtner\nMöbius\n" * 3


@pytest.mark.parametrize(
    ("encoding", "first", "text"),
    [
        ("UTF-8", FEW.encode(), f"{FEW}G\udce4rtner\n"),
        ("Windows-1252", MANY.encode("cp1252"), f"{MANY}M\udcff\udcffller\n"),
    ],
)
def test_a_line_in_another_encoding_is_marked(encoding, first, text):
    last = "Gärtner\n".encode("cp1252") if encoding == "UTF-8" else "Müller\n".encode()
    read = decoded("a.txt", first + last)
    assert (read.encoding, read.text) == (encoding, text)


@pytest.mark.parametrize(
    "content",
    [
        b"\x81\x8d\xfe\xb3\x90\n\x9d\xa8\xb8\xfd\xff\n",
        "Siemiątkowski".encode("cp1250"),  # in ISO 8859-2 Siemištkowski
    ],
)
def test_what_no_encoding_or_two_make_words_of_is_refused(content):
    with pytest.raises(InputError, match="save it as UTF-8, or use predict --encoding"):
        decoded("a.txt", content)


IN_UTF_8_TOO = "surname\nMÃ¼ller\n".encode("cp1252")


def test_an_encoding_may_be_named():
    hints = Hints(("surname",))
    assert read_table("a.csv", IN_UTF_8_TOO, hints=hints).note == ""
    table = read_table(
        "a.csv", IN_UTF_8_TOO, asked=Asked(encoding="cp1252"), hints=hints
    )
    assert [record.fields for record in table.rows] == [["MÃ¼ller"]]


@pytest.mark.parametrize("name", ["nonsense", "hex", "rot13", "a\0"])
def test_a_name_must_be_that_of_an_encoding_of_texts(name):
    with pytest.raises(InputError, match="There is no encoding of texts"):
        read_table("a.csv", IN_UTF_8_TOO, asked=Asked(encoding=name))
