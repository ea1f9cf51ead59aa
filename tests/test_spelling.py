"""Russian surnames in other systems of romanisation."""

import pytest

from model.data.rows import Dataset, Rows
from model.data.spelling import spelling_variants, variant_rows
from model.data.texts import match_key


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Chaykovsky", {"Tschaikowski", "Chajkovskij", "Czajkowskij", "Chaikovskii"}),
        ("Shcherbakov", {"Szczerbakow", "Schtscherbakow"}),
        ("Khrushchev", {"Chruschtschew", "Chruszczew"}),
        ("Yeltsin", {"Jelzin", "Jelcin"}),
        ("Pushkin", {"Puschkin", "Pouchkine", "Puszkin"}),
        ("Ivanov", {"Iwanow", "Ivanoff"}),
    ],
)
def test_spellings_that_are_in_use_are_among_the_variants(name, known):
    assert known <= set(spelling_variants(name))


def test_the_name_itself_and_repeats_are_no_variants():
    for name in ("Titan", "Zhukov", "Rimsky-Korsakov"):
        variants = spelling_variants(name)
        assert name not in variants
        assert len(set(variants)) == len(variants)


def test_held_out_and_known_names_stay_unseen():
    spellings = spelling_variants("Zhukov")
    held_out = Rows([spellings[0]], ["Russian"])
    dataset = Dataset(
        train=Rows(["Zhukov", "Jivago", "Zhang"], ["Russian", "French", "Chinese"]),
        validation=held_out,
        test=Rows([spellings[1].upper()], ["Polish"]),
        labels=["Chinese", "French", "Polish", "Russian"],
        files={},
        shared_rows=0,
        outsiders=Rows([spellings[2]], ["Other"]),
    )
    for seed in range(20):
        rows = variant_rows(dataset, seed)
        assert rows.labels == ["Russian"]
        assert match_key(rows.texts[0]) in set(map(match_key, spellings[3:]))
        assert rows == variant_rows(dataset, seed)
