from django.core.exceptions import ValidationError
from django.test import SimpleTestCase

from catalog.isbn import check_digit, validate_isbn


class IsbnTests(SimpleTestCase):
    def test_the_check_digit_makes_the_weighted_sum_a_multiple_of_ten(self):
        self.assertEqual(check_digit("978014143951"), 8)
        self.assertEqual(check_digit("978044147812"), 5)

    def test_a_real_isbn_is_accepted(self):
        self.assertIsNone(validate_isbn("9780141439518"))

    def test_a_swapped_pair_of_digits_is_caught(self):
        with self.assertRaises(ValidationError) as caught:
            validate_isbn("9780141439581")
        self.assertEqual(caught.exception.code, "isbn_check_digit")

    def test_anything_but_thirteen_plain_digits_is_refused(self):
        for isbn in (
            "",
            "978014143951",
            "978-0141439518",
            "97801414395188",
            "978014143951X",
            "٩٧٨٠١٤١٤٣٩٥١٨",
        ):
            with self.subTest(isbn=isbn), self.assertRaises(ValidationError) as caught:
                validate_isbn(isbn)
            self.assertEqual(caught.exception.code, "isbn_form")
