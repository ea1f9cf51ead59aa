"""How the page speaks of a task: its title, its nouns, its examples, as data.

A further task is a further entry in WORDS; nothing else on the shared tabs knows a task.
"""

from collections.abc import Callable, Mapping
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
    caveat: str  # what its scores do not say
    examples: Mapping[str, str]  # text -> a label that it is to show off, or ""
    headings: tuple[str, ...]
    suffix: str = ""
    explained: int = 40  # characters: a longer text takes seconds to explain
    on_a_scale: bool = False  # the labels have an order: all are shown, in it
    not_shown: str = ""  # why the texts behind the matrix are others than those it counts

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
    caveat="A name from outside these languages gets an answer too.",
    examples={
        "Haddad": "Arabic",
        "Zhang": "Chinese",
        "Novotny": "Czech",
        "De Vries": "Dutch",
        "Whitfield": "English",
        "Lefebvre": "French",
        "Müller": "German",
        "Papadopoulos": "Greek",
        "O'Sullivan": "Irish",
        "Rossi": "Italian",
        "Nakamura": "Japanese",
        "Kim": "Korean",
        "Kowalczyk": "Polish",
        "Oliveira": "Portuguese",
        "Ivanov": "Russian",
        "MacDonald": "Scottish",
        "Fernandez": "Spanish",
        "Nguyen": "Vietnamese",
        "Иванов": "Russian",
        "Maclean": "Scottish",  # and the rest of the lecture's nine
        "Vajnichy": "Russian",
        "Nasikovsky": "Russian",
        "Usami": "Japanese",
        "Fionin": "Russian",
        "Sharkey": "English",
        "Balagul": "Russian",
        "Pakhrin": "Russian",
        "Tansho": "Japanese",
    },
    headings=(
        *("name", "names", "surname", "surnames", "last name", "last_name", "lastname"),
        *("family name", "family_name"),
    ),
)

REVIEWS = Words(
    title="How positive is a sentence about a film?",
    introduction=(
        "A small recurrent network reads it word by word. It learnt from film reviews in English "
        "of the years around 2000, and knows nothing of other subjects."
    ),
    box="Sentence or phrase",
    placeholder="Type what somebody says of a film",
    text="review",
    texts="phrases",
    label="sentiment",
    labels="sentiments",
    piece="word",
    examples=dict.fromkeys(
        (
            *("not bad at all", "it is not a good film", "beautiful, but empty"),
            *("empty, but beautiful", "a joyless, overlong mess", "I have never laughed so much"),
            *("the script could have been better", "nobody will be bored for a minute"),
            *("the story begins in 1962", "a film for people who like to sleep"),
        ),
        "",
    ),
    headings=("phrase", "phrases", "text", "review", "reviews", "sentence", "sentences"),
    caveat="Most of its mistakes are one step off on the scale.",
    suffix="_review",
    explained=400,
    on_a_scale=True,
    not_shown=(
        "The contest's phrases may not be shown. These are the same mistakes on 100 sentences "
        "written for this page:"
    ),
)

WORDS = {"names": NAMES, "reviews": REVIEWS}


def words_of(training: dict) -> Words:
    """Return the words of the task that `training`, of a model's config.json, records."""
    return WORDS.get(str(training.get("task", "names")), NAMES)
