"""International Standard Book Numbers, thirteen digits long."""

from django.core.exceptions import ValidationError


def validate_isbn(isbn: str) -> None:
    """Refuse what is not thirteen digits with the right check digit."""
    if not (len(isbn) == 13 and isbn.isascii() and isbn.isdigit()):
        raise ValidationError("An ISBN has thirteen digits and nothing else.", code="isbn_form")
    if int(isbn[12]) != check_digit(isbn[:12]):
        raise ValidationError("The last digit does not match the others: mistyped?", code="isbn_check_digit")


def check_digit(first_twelve: str) -> int:
    """Return the thirteenth digit: with it, digits weighted 1, 3, 1, 3, ... sum to a multiple of ten."""
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(first_twelve))
    return -weighted % 10
