"""Edits that know the bookstore, beside those of any project."""

from __future__ import annotations

from pathlib import Path

from tests.contract.edits import Author, Edit, Ground

GROUND = Ground(settings="bookstore/settings.py", urls="bookstore/urls.py")


class BookstoreAuthor(Author):
    """Changes what its answers say."""

    def __init__(self, root: Path, seed: int) -> None:
        super().__init__(root, seed, GROUND)
        own = (
            self._text_of_a_book,
            self._order,
            self._page_size,
            self._serializer,
            self._serializer,
            self._test,
        )
        self.kinds = (*own, *self.kinds)

    def _text_of_a_book(self) -> Edit:
        following = "    @property\n    def in_stock"
        method = f'    def __str__(self) -> str:\n        return "{self._number} " + self.title\n\n'
        return self.replace("catalog/models.py", following, method + following, "Book.__str__")

    def _order(self) -> Edit:
        now, then = '["title"]', '["-title"]'
        text = self.texts["catalog/models.py"]
        old, new = (now, then) if now in text else (then, now)
        return self.replace("catalog/models.py", f"ordering = {old}", f"ordering = {new}", "Book's order")

    def _page_size(self) -> Edit:
        size = self._random.randint(1, 20)
        return self.append(GROUND.settings, f'\nREST_FRAMEWORK["PAGE_SIZE"] = {size}\n', f"pages of {size}")

    def _serializer(self) -> Edit:
        text = (
            f"\n\nBookSerializer.to_representation = lambda self, book: "
            f'{{"id": book.pk, "edit": {self._number}}}\n'
        )
        return self.append("catalog/serializers.py", text, "what a book shows")

    def _test(self) -> Edit:
        return self.append(
            "catalog/tests/test_isbn.py", f"\nPROBE = {self._number}\n", "a constant of a test"
        )
