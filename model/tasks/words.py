"""The words of a task: everything that page, card and messages say about its texts and labels."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..data.texts import TextKind


@dataclass(frozen=True, kw_only=True)
class TaskWords(TextKind):
    """What a task adds to `TextKind`: the words of its page and of its models' card."""

    # The page
    title: str  # a question
    page_title: str  # of the browser's window
    introduction: str
    tab: str  # name of the tab that reads one text
    box: str  # what the text box asks for
    placeholder: str
    piece: str  # what the network reads one by one
    caveat: str  # what the scores do not show
    examples: Mapping[str, str]  # text -> a label that a model must have to show it, or ""
    hard: Mapping[str, str] = field(default_factory=dict)  # the same, hard to tell
    from_lecture: Mapping[str, str] = field(default_factory=dict)  # the same, of the lecture
    pairs: tuple[tuple[str, str], ...] = ()  # texts that differ in little, to compare
    group: str = ""  # names its tabs beside those of other models; "": the model folder does
    headings: tuple[str, ...]  # of a column of texts in a file, in lower case
    suffix: str = ""  # of the names of this task's endpoints
    max_explained: int = 40  # characters; a longer text takes seconds to explain
    on_a_scale: bool = False  # labels have an order; all are shown, in it
    not_shown: str = ""  # why the texts behind the matrix are not those that it counts

    # The model card
    card_title: str
    model_name: str
    does: str  # one sentence without its full stop
    must_not: str  # the ethics note: what a model must not be used for
    example: str  # of the code snippet
    intended_uses: tuple[str, ...]
    limits: tuple[str, ...]
    biases: tuple[str, ...]
    dataset_type: str  # of the Hub's metadata
    dataset_name: str
    data: str  # describes the data that the task comes with
    own_data: str  # is said of any other data
    licence: str = "mit"
    tags: tuple[str, ...] = ("gru", "pytorch")
    languages: tuple[str, ...] = ()  # ISO 639 codes of the texts' languages
    label_languages: Mapping[str, str] = field(default_factory=dict)  # of labels that are languages
    known_files: Mapping[str, str] = field(default_factory=dict)  # SHA-256 -> what a file is
    findings: Mapping[str, str] = field(default_factory=dict)  # SHA-256 of weights -> what else
    # was measured of them, and by which command
    whole: str = "text"  # a text that is scored as a whole too, where there are any
    whole_note: str = ""
