import gzip

import pytest
from conftest import TEST, TRAIN, write_names

from model.dataset import EncodedRows, read_names
from model.encoding import CharacterEncoder, InputError, match_key


def test_labels_are_alphabetical_and_every_row_is_kept(small_data):
    dataset = read_names(small_data)
    assert dataset.labels == ["Italian", "Japanese", "Russian"]
    kept = {*zip(dataset.train.texts + dataset.validation.texts,
                 dataset.train.labels + dataset.validation.labels, strict=True)}  # fmt: skip
    assert kept == set(TRAIN)
    assert list(zip(dataset.test.texts, dataset.test.labels, strict=True)) == TEST
    assert dataset.files["names_train.csv.gz"]["rows"] == len(TRAIN)


def test_all_rows_of_a_name_fall_on_one_side_of_the_validation_split(tmp_path):
    rows = [(name, language) for name, _ in TRAIN for language in ("Italian", "Russian")]
    rows += [(name.upper(), "Japanese") for name, _ in TRAIN]
    dataset = read_names(write_names(tmp_path, train=rows))
    train, validation = (
        set(map(match_key, part.texts)) for part in (dataset.train, dataset.validation)
    )
    assert validation
    assert not train & validation
    assert dataset.accepted(dataset.validation)[0] == {0, 1, 2}


def test_names_in_both_files_are_counted(tmp_path):
    dataset = read_names(write_names(tmp_path, test=[("ROSSI", "Italian"), ("Conti", "Italian")]))
    assert dataset.shared_rows == 1


def test_rows_encode_to_what_the_encoder_says(small_data):
    dataset = read_names(small_data)
    encoder = CharacterEncoder.from_texts(dataset.train.texts)
    encoded = EncodedRows.from_rows(dataset.test, encoder, dataset.labels)
    assert encoded.targets.tolist() == [1, 2, 0]
    assert encoded.ids[0, :6].tolist() == encoder.encode("Suzuki")


def damage(folder, name, content):
    (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("names_train.csv.gz", b"Rossi,Italian\n", "not a whole gzip file"),
        ("names_train.csv.gz", gzip.compress(b"Rossi,Italian\n" * 99)[:-9], "not a whole gzip"),
        ("names_train.csv.gz", gzip.compress("Müller,German\n".encode("latin-1")), "not UTF-8"),
        ("names_train.csv.gz", gzip.compress(b"Rossi,Italian\nConti\n"), "line 2: two columns"),
        ("names_train.csv.gz", gzip.compress(b"Rossi,Italian\n ,Italian\n"), "line 2: two columns"),
        (
            "names_train.csv.gz",
            gzip.compress(b"Rossi,Italian\n12,Italian\n"),
            "line 2: There is no",
        ),
        (
            "names_train.csv.gz",
            gzip.compress(b"a" * 101 + b",Italian\n"),
            "line 1: This text has 101",
        ),
        ("names_train.csv.gz", gzip.compress(b""), "no rows"),
        ("names_test.csv.gz", gzip.compress(b""), "no rows"),
        ("names_train.csv.gz", gzip.compress(b"Rossi,Italian\nConti,Italian\n"), "one language"),
        ("names_train.csv.gz", gzip.compress(b"Lee,Chinese\nLee,Korean\n"), "one name only"),
        ("names_test.csv.gz", gzip.compress(b"Conti,Italian\nJones,Welsh\n"), "line 2.*'Welsh'"),
    ],
)
def test_bad_files_are_named_in_one_line(tmp_path, name, content, complaint):
    folder = damage(write_names(tmp_path), name, content)
    with pytest.raises(InputError, match=complaint) as error:
        read_names(folder)
    assert "\n" not in str(error.value)
    if "one name only" not in complaint:
        assert name in str(error.value)


def test_missing_folder_and_missing_file_are_named(tmp_path):
    with pytest.raises(InputError, match="No data folder"):
        read_names(tmp_path / "nowhere")
    write_names(tmp_path)
    (tmp_path / "names_test.csv.gz").unlink()
    with pytest.raises(InputError, match="names_test"):
        read_names(tmp_path)
