"""What the shop has on its shelves."""

from django.core.validators import MinValueValidator
from django.db import models

from .isbn import validate_isbn
from .querysets import AuthorQuerySet, BookQuerySet


class Author(models.Model):
    name = models.CharField(max_length=120, unique=True)
    born = models.PositiveSmallIntegerField("year of birth", null=True, blank=True)

    objects = AuthorQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    title = models.CharField(max_length=200)
    authors = models.ManyToManyField(Author, related_name="books")
    isbn = models.CharField("ISBN", max_length=13, unique=True, validators=[validate_isbn])
    published = models.PositiveSmallIntegerField("year of first publication")
    price = models.DecimalField(max_digits=6, decimal_places=2, validators=[MinValueValidator(0)])
    stock = models.PositiveIntegerField("copies in stock", default=0)

    objects = BookQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(condition=models.Q(price__gte=0), name="book_price_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.published})"

    @property
    def in_stock(self) -> bool:
        return self.stock > 0

    @property
    def byline(self) -> str:
        """Its authors as a cover has them: "Terry Pratchett and Neil Gaiman"."""
        *others, last = [author.name for author in self.authors.all()] or ["Anonymous"]
        return f"{', '.join(others)} and {last}" if others else last
