"""The task of film reviews: how positive is a phrase, from 0 to 4?"""

from functools import partial

from ..data.reviews import WHERE_FROM, read_reviews, read_rows
from .recipe import Recipe
from .task import ROOT, Task, word_notes
from .words import TaskWords

REVIEWS_DATA = (
    "Phrases of sentences from film reviews, each labelled by people, in the form of Kaggle's "
    "contest of that name; they carry no licence, so none is shown here. The sentences of the test "
    "split are in no other split, but a phrase of a word or two may be. Words start from the "
    "vectors of all-MiniLM-L6-v2 (Apache licence 2.0). With `--teacher` it learns too from what "
    "that language model, fine-tuned on the training phrases alone, says of more phrases that are "
    "made of the training sentences."
)

WORDS = TaskWords(
    text="phrase",
    texts="phrases",
    label="sentiment",
    labels="sentiments",
    ask="a sentence",
    max_characters=100_000,
    needs_letter=False,
    title="How positive is a sentence about a film?",
    page_title="Sentiment of film reviews",
    introduction=(
        "A small recurrent network reads it word by word. It learned from English film reviews of "
        "the years around 2000 and is unreliable on other subjects."
    ),
    tab="Review",
    box="Sentence or phrase",
    placeholder="Type what somebody says of a film",
    piece="word",
    caveat="Most of its mistakes are one step off on the scale.",
    group="Film reviews",
    pairs=(
        ("beautiful, but empty", "empty, but beautiful"),
        ("it is a good film", "it is not a good film"),
    ),
    examples=dict.fromkeys(
        (
            *("beautiful, but empty", "empty, but beautiful", "not bad at all"),
            *("it is not a good film", "a joyless, overlong mess", "I have never laughed so much"),
            *("the script could have been better", "nobody will be bored for a minute"),
            *("the story begins in 1962", "a film for people who like to sleep"),
        ),
        "",
    ),
    headings=("phrase", "phrases", "text", "review", "reviews", "sentence", "sentences"),
    suffix="_review",
    max_explained=400,
    on_a_scale=True,
    not_shown=(
        "The contest's phrases may not be shown. These are the same mistakes on 100 sentences "
        "written for this page:"
    ),
    card_title="Sentiment of film reviews: a bidirectional GRU",
    model_name="review-gru",
    does="Reads a sentence or a phrase about a film word by word and gives the probability of each "
    "of five sentiments",
    must_not="Do not use this model to judge a person by what the person wrote, or where a wrong "
    "answer does harm: of whole sentences it gets about half exactly right.",
    example="a joyless, overlong mess",
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
    own_data=REVIEWS_DATA,  # the user always brings the file
    tags=("gru", "pytorch", "sentiment-analysis", "movie-reviews"),
    languages=("en",),
    findings={
        "de771b951604a09a508c322cba00212817edc4a90cbdff6f6815aab50e39a917": "That is one seed. The "
        "mean of three has an accuracy of 65.9% ± 0.1%, a macro-F1 of 0.542 ± 0.002, an accuracy "
        "of whole sentences of 51.7% ± 0.2% and a calibration error of 0.011 ± 0.002 (`python "
        "benchmarks/accuracy/compare.py --task reviews`; ± standard deviation).",
    },
    whole="sentence",
    whole_note="They are a tenth of the sentences in the contest's training file, not the standard "
    "test of 2,210 sentences, so published scores do not compare.",
)


REVIEWS = Task(
    name="reviews",
    words=WORDS,
    read=read_reviews,
    recipe=Recipe(
        words=True,
        word_vectors="data/word_vectors.safetensors",
        embedding_size=100,
        hidden_size=128,
        layers=1,
        pool=True,
        dropout=0.5,
        epochs=4,
        batch_size=128,
        learning_rate=2e-3,
        one_cycle=True,
        weight_decay=0.01,
        refit=True,
    ),
    where_from=WHERE_FROM,
    own_rows=partial(read_rows, ROOT / "data" / "own_reviews.tsv"),
    notes=word_notes,
)
