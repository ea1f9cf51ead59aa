"""Make up licence plates: a table to train on in which only the order of letters and digits counts.

    python -m examples.plates > plates.csv           # 5,000 rows, always the same
    python train.py --data plates.csv --text-column plate --output my_model

Formats of ordinary cars, from Wikipedia's "Vehicle registration plates of" each country. Written
without blanks and hyphens, as a camera reads them, of letters that all eight countries use. What
some letters and digits mean in a country, as Britain's do its regions and years, is left out.
"""

import csv
import random
import sys
from contextlib import suppress

FORMATS = {  # A: a letter, 1: a digit
    "Belgium": ["1AAA111"],  # since 2010
    "Brazil": ["AAA1A11"],  # since 2018, Mercosur
    "France": ["AA111AA"],  # since 2009
    "Hungary": ["AAAA111"],  # since 2022
    "Netherlands": ["AA111A", "A111AA"],  # since 2015 and 2019
    "Spain": ["1111AAA"],  # since 2000, without vowels
    "Sweden": ["AAA111", "AAA11A"],  # since 1973 and 2019
    "United Kingdom": ["AA11AAA"],  # since 2001
}
CHARACTERS = {"A": "BDFGHJKLNPRSTXZ", "1": "0123456789"}


def plates(n: int) -> list[tuple[str, str]]:
    """Return `n` different plates with their countries, which take turns.

    >>> plates(3)
    [('6BHN764', 'Belgium'), ('JPZ3N24', 'Brazil'), ('TD948ST', 'France')]
    """
    chance = random.Random(0)
    country_of = dict[str, str]()
    countries = list(FORMATS)
    while len(country_of) < n:
        country = countries[len(country_of) % len(countries)]
        form = chance.choice(FORMATS[country])
        plate = "".join(chance.choice(CHARACTERS[kind]) for kind in form)
        country_of[plate] = country
    return list(country_of.items())


if __name__ == "__main__":
    writer = csv.writer(sys.stdout, lineterminator="\n")
    with suppress(BrokenPipeError):  # a reader such as head has seen enough
        writer.writerows([("plate", "country"), *plates(5000)])
