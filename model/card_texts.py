"""What a model card says that no file of numbers knows: words, one entry for each kind of task.

Data only; the template is in card.py. What can be counted is counted there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class CardTexts:
    """The words of a task's card; a field that ends in `s` has an entry for each point of a list.

    `languages` are codes of ISO 639 for the texts; `label_languages` has those of a label, for
    labels that are languages. `data` describes the data that the task brings along, `own_data` any
    other, and `known_files` single files, by their SHA-256. `findings` are what was measured of
    single weights beside metrics.json, by the SHA-256 of model.safetensors, with the command.
    `whole` and `whole_note` are of the texts that are scored as wholes too, where there are any.
    `example` is the text of the snippet.
    """

    title: str
    model_name: str
    does: str
    text: str
    label: str
    example: str
    must_not: str
    intended_uses: tuple[str, ...]
    limits: tuple[str, ...]
    biases: tuple[str, ...]
    dataset_type: str
    dataset_name: str
    data: str
    own_data: str
    licence: str = "mit"
    tags: tuple[str, ...] = ("gru", "pytorch")
    languages: tuple[str, ...] = ()
    label_languages: Mapping[str, str] = field(default_factory=dict)
    known_files: Mapping[str, str] = field(default_factory=dict)
    findings: Mapping[str, str] = field(default_factory=dict)
    whole: str = "text"
    whole_note: str = ""


NAMES = CardTexts(
    title="Surname languages: a bidirectional GRU",
    model_name="surname-gru",
    does="Reads a surname letter by letter and gives the probability of each language it may come "
    "from",
    text="name",
    label="language",
    example="Nakamura",
    must_not="Do not use this model to guess a person's nationality, ethnicity, religion or mother "
    "tongue, to sort or to filter people, or to decide anything about a person: hiring, lending, "
    "policing, border control, advertising. The language a surname comes from is none of these "
    "things; people marry, move and are renamed.",
    intended_uses=(
        "Teaching: what a small recurrent network learns, and how it is measured.",
        "The study of surnames as words: which letters speak for which language.",
        "Choosing a pronunciation or a spelling to propose, with a person who may object.",
    ),
    limits=(
        "It knows spelling only. Many names are at home in several languages, and a short or a "
        "rare one can be anything.",
        "It answers with its languages alone. A name from outside them should be called unsure, "
        "but is not always.",
        "Any script is romanised first; Chinese characters are read as Mandarin, so a Japanese "
        "name in kanji has to be typed in Latin letters.",
    ),
    biases=(
        "Languages are not equally well known: see the table of F1 above. Those with few rows, and "
        "those whose names spread with an empire, are the worst.",
        "It repeats the habits of its labels: where names were filed under their bearers' "
        "nationality, it takes nationality for origin.",
    ),
    dataset_type="surnames",
    dataset_name="Surnames",
    data="Surnames with the language or languages they come from, rebuilt from published packages "
    "(persons of the English Wikipedia of 2020, lists of names) and curated lists, under CC BY "
    "4.0. So it has that encyclopedia's view: footballers, politicians, more men than women, and "
    "nationality standing in for origin. Its datasheet says how it was made, audited and what is "
    "wrong with it. No name of the test split is in what the model was trained on.",
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
    findings={
        "df68a24a6d1f53690036a1a1255c30005fef03a41cc7e3e69dad608a0823478b": "That is one seed. The "
        "mean of three has an accuracy of 82.4% ± 0.2%, a macro-F1 of 0.758 ± 0.004 and a "
        "calibration error of 0.014 ± 0.008 (`python benchmarks/compare.py --data embedded "
        "--pretraining data/pretraining.csv.gz data/lecture/names_train.csv.gz`; ± standard "
        "deviation).\n\n"
        "Of 619 surnames of 109 other languages, none of which is in any data, 70.9% ± 1.8% are "
        "called unsure and 14.9% ± 1.4% get a probability above 0.8; of the 120 of 15 languages "
        "that have no row in the pretraining file 65.8% ± 4.3% and 15.0% ± 3.3% (`python "
        "benchmarks/outside.py`; ± standard error).",
    },
)
REVIEWS_DATA = (
    "Phrases of sentences from film reviews, each labelled by people, in the form of Kaggle's "
    "contest of that name; they carry no licence, so none is shown here. The sentences of the test "
    "split are in no other split, but a phrase of a word or two may be. Words start from the "
    "vectors of all-MiniLM-L6-v2 (Apache licence 2.0). With `--teacher` it learns too from what "
    "that language model, fine-tuned on the training phrases alone, says of more phrases that are "
    "made of the training sentences."
)
REVIEWS = CardTexts(
    title="Sentiment of film reviews: a bidirectional GRU",
    model_name="review-gru",
    does="Reads a sentence or a phrase about a film word by word and gives the probability of each "
    "of five sentiments",
    text="phrase",
    label="sentiment",
    example="a joyless, overlong mess",
    must_not="Do not use this model to judge a person by what the person wrote, or where a wrong "
    "answer does harm: of whole sentences it gets about half exactly right.",
    intended_uses=(
        "Teaching: what a small recurrent network learns of negation and contrast, and what not.",
        "A first sorting of film reviews, with a person who reads them.",
    ),
    limits=(
        "It learnt from English film reviews of the years around 2000, one sentence at a time. "
        "Other subjects, other languages, irony and whole articles are strange to it.",
        "A word that its training sentences lack is unknown to it; where all are, the answer is "
        "called unsure.",
        "Neighbouring sentiments are often a matter of taste, of those who labelled them too.",
    ),
    biases=(
        "Half of the phrases are neutral, so short texts are called neutral more often than not.",
        "Names of people and of countries got sentiments from the films they appeared in.",
        "Words start from vectors of a language model that has read the web, with its prejudices.",
    ),
    dataset_type="film-reviews",
    dataset_name="Sentiment Analysis on Movie Reviews",
    data=REVIEWS_DATA,
    own_data=REVIEWS_DATA,  # the user brings the file, always
    tags=("gru", "pytorch", "sentiment-analysis", "movie-reviews"),
    languages=("en",),
    findings={
        "de771b951604a09a508c322cba00212817edc4a90cbdff6f6815aab50e39a917": "That is one seed. The "
        "mean of three has an accuracy of 65.9% ± 0.1%, a macro-F1 of 0.542 ± 0.002, an accuracy "
        "of whole sentences of 51.7% ± 0.2% and a calibration error of 0.011 ± 0.002 (`python "
        "benchmarks/compare.py --task reviews`; ± standard deviation).",
    },
    whole="sentence",
    whole_note="They are a tenth of the sentences in the contest's training file, not the standard "
    "test of 2,210 sentences, so published scores do not compare.",
)
CARD_TEXTS = {"names": NAMES, "reviews": REVIEWS}
