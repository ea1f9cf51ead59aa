"""How the page speaks of a task: its title, its nouns, its examples, as data.

A further task is a further entry in WORDS; nothing else on the shared tabs knows names.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Words:
    """The words of one task; `suffix` ends the names of its endpoints.

    `headings` are those, in lower case, by which a file's column of texts is found.
    """

    title: str
    introduction: str
    box: str  # what the text box asks for
    placeholder: str
    text: str
    texts: str
    label: str
    labels: str
    piece: str  # what the network reads one by one
    examples: tuple[str, ...]
    headings: tuple[str, ...]
    suffix: str = ""

    def describe(self, function: Callable) -> Callable:
        """Put these words into the docstring of `function`, which programs read as its help."""
        function.__doc__ = function.__doc__.format(**asdict(self))
        return function


NAMES = Words(
    title="Which language does a surname come from?",
    introduction=(
        "A small recurrent network reads its letters. It knows spelling, not people: the "
        "language of a surname is not anyone's nationality, ethnicity or mother tongue."
    ),
    box="Surname",
    placeholder="Type a surname in any script",
    text="name",
    texts="names",
    label="language",
    labels="languages",
    piece="letter",
    # One for each language and one in another script; then the lecture's nine.
    examples=(
        *("Haddad", "Zhang", "Novotny", "De Vries", "Whitfield", "Lefebvre", "Müller"),
        *("Papadopoulos", "O'Sullivan", "Rossi", "Nakamura", "Kim", "Kowalczyk", "Oliveira"),
        *("Ivanov", "MacDonald", "Fernandez", "Nguyen", "Иванов"),
        *("Maclean", "Vajnichy", "Nasikovsky", "Usami", "Fionin", "Sharkey", "Balagul"),
        *("Pakhrin", "Tansho"),
    ),
    headings=(
        *("name", "names", "surname", "surnames", "last name", "last_name", "lastname"),
        *("family name", "family_name"),
    ),
)

WORDS = {"names": NAMES}


def words_of(training: dict) -> Words:
    """Return the words of the task that `training`, of a model's config.json, records."""
    return WORDS.get(str(training.get("task", "names")), NAMES)
