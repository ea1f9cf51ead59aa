"""The SHA-256 of the data files that come with the program.

Texts of a model that was trained on these alone may be published with it. A file that is put in
the place of one of them is not one of them, so the sums are written here and not computed.
"""

NAMES = {
    "names_train.csv.gz": "d1e730bccbf41c7789f93b82afb9425b7a76e675e2482c0bbc5e57ae324b39f1",
    "names_test.csv.gz": "9207b38f7e9a0468a542103ffcc6724daaceaa9f6a9a518b5497446aab228350",
    "native_train.csv.gz": "a30c88c600b618eda0195c9230611758d9ddc17939b9b338d676677870eb776d",
    "native_test.csv.gz": "ee69db88bba57d5d73ee8b3503b6b8f58cf5a5a7c84575b28b345828ce46e361",
    "given_names.csv.gz": "020ca9b6bd68b83317aae050f7303063efa913510f29974eac1301bf82560e72",
    "readings.csv.gz": "77e5644b2bc32ff379224d1bc3d062762995f24178c47aeb635ec8e6800c3711",
    "pretraining.csv.gz": "ff580030b8f2128da6b3c36cd1a84e1658ab554d87ab4669335ac39e6c320b1a",
}
