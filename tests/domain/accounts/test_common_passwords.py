import pytest

from app.domain.accounts.common_passwords import common_words, is_common


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "PassWord",
        "password1",
        "password123",
        "p@ssw0rd",
        "qwertyuiop",
        "1qaz2wsx",
        "1q2w3e4r5t",
        "zaq12wsx",
        "asdfasdf",
        "iloveyou",
        "sunshine99",
        "michael1984",
        "dragondragon",
        "aaaaaaaa",
        "abababab",
        "123123123",
        "12345678901",
        "19841984",
        "trustno1",
        "liverpool7",
        "йцукен123",
    ],
)
def test_what_everybody_tries_is_refused(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize(
    "password",
    [
        "four unrelated words",
        "correct horse battery staple",
        "Tr0ub4dor&3x",
        "kitchen-oak-1984",
        "123456789012",  # twelve digits may be somebody's own
        "x7Gq!pLm",
        "passwordless kitchens",
        "Zwölf Boxkämpfer",
    ],
)
def test_what_is_on_no_list_is_accepted(password: str) -> None:
    assert not is_common(password)


def test_the_list_holds_thousands_of_words_in_lower_case() -> None:
    words = common_words()

    assert len(words) > 3_000
    assert all(word == word.casefold() for word in words)
