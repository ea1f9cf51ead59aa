"""Test texts that are put together from what training texts have: mails of the same sentences."""

from collections.abc import Sequence

from ..text.words import UNSPACED

# Where scripts have no spaces, two characters count as a word.
WORD = rf"[{UNSPACED}]{{1,2}}|[^\W{UNSPACED}]+"
# A larger share is not chance: ordinary tables have up to 14%.
MOST_COPIES = 0.2
# What is looked at, so that it takes seconds
MOST_TEXTS = 5000
MOST_CHARACTERS = 1000  # of a text


def near_copies(texts: Sequence[str], others: Sequence[str]) -> int:
    """Return how many `texts` have most of their runs of four words in the `others`, too.

    Each run may be in another of these. It is 0 where the share is that of ordinary tables, and of
    many texts an estimate. A text of three words or fewer is no copy.

    >>> near_copies(["a b c d e", "a b c d x", "a b c"], ["1 a b c d 2", "3 b c d e 4"])
    1
    >>> near_copies(["a b c d", *"efgh"], ["a b c d"])
    0
    """
    # Here because it takes a second
    from sklearn.feature_extraction.text import CountVectorizer

    runs = CountVectorizer(
        preprocessor=lambda text: text[:MOST_CHARACTERS].casefold(),
        token_pattern=WORD,
        ngram_range=(4, 4),
        binary=True,
    )
    try:
        own = runs.fit_transform(texts[:: len(texts) // MOST_TEXTS + 1])
    except ValueError:  # none has four words
        return 0
    seen = runs.transform(others[:: len(others) // MOST_TEXTS + 1])
    is_found = seen.getnnz(axis=0) > 0
    is_copy = 2 * (own @ is_found) > own.getnnz(axis=1)
    share = is_copy.mean()
    return round(share * len(texts)) if share > MOST_COPIES else 0
