"""The 18 languages and the nationalities that speak for them.

Facts only: which nationality counts for which language, which are neutral. No rates, no rules.
"""

LANGUAGES = tuple(
    "Arabic Chinese Czech Dutch English French German Greek Irish Italian Japanese Korean Polish "
    "Portuguese Russian Scottish Spanish Vietnamese".split()
)

# A few hundred surnames cover nearly everyone, so these come whole from data/curated/.
CLOSED_SETS = ("Chinese", "Korean", "Vietnamese")
CURATED = (*CLOSED_SETS, "Scottish")
# No list says how common their names are, so the counted persons do.
UNRANKED = ("Arabic", "Czech", "Dutch", "Greek", "Italian", "Portuguese")
ISLES = frozenset({"English", "Irish", "Scottish"})

_SPEAKERS = {
    "Arabic": "Egyptian Saudi Moroccan Algerian Iraqi Lebanese Tunisian Syrian Emirati Qatari "
    "Palestinian Jordanian Kuwaiti Sudanese Yemeni Libyan Bahraini Omani Mauritanian",
    "Chinese": "Chinese Taiwanese",
    "Czech": "Czech",
    "Dutch": "Dutch",
    "English": "English",
    "French": "French",
    "German": "German Austrian",
    "Greek": "Greek Cypriot",
    "Irish": "Irish",
    "Italian": "Italian Sammarinese",
    "Japanese": "Japanese",
    "Korean": "Korean",
    "Polish": "Pole",
    "Portuguese": "Portuguese Brazilian",
    "Russian": "Russian",
    "Spanish": "Mexican Colombian Peruvian Venezuelan Cuban Ecuadorian Bolivian Guatemalan "
    "Salvadoran Honduran Nicaraguan Panamanian Dominican Paraguayan Chilean Catalan "
    "Basque",
    "Vietnamese": "Vietnamese",
}

# People of these nationalities bear names from many lands, so they say nothing about language.
# British is read by the evidence step for Scottish alone.
NEUTRAL = frozenset(
    "American Canadian Australian British Welsh Belgian Singaporean Malaysian Israeli Jamaican "
    "Manx Bermudian Barbadian Bahamian Guyanese Namibian Breton Gibraltarian Andorran Surinamese "
    "Aruban Belizean Mauritian Grenadian Vincentian Tobagonian Haitian Angolan Mozambican "
    "Trinidadian Liberian Samoan Argentine Uruguayan".split()
)

_GROUP = {
    nationality: language
    for language, nationalities in _SPEAKERS.items()
    for nationality in nationalities.split()
}


def group_of(nationality: str) -> str:
    """Return the language a nationality counts for, or the nationality itself if it is outside.

    >>> group_of("Austrian"), group_of("Hungarian")
    ('German', 'Hungarian')
    """
    return _GROUP.get(nationality, nationality)
