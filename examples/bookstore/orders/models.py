"""What was sold, to whom and for how much."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone


class Order(models.Model):
    """One sale. A sale at the counter has no customer."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="orders"
    )
    placed_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-placed_at", "-id"]

    def __str__(self) -> str:
        return f"Order {self.pk} of {self.placed_at:%d %B %Y}"

    @property
    def total(self) -> Decimal:
        return sum((line.price for line in self.lines.all()), Decimal(0))


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    book = models.ForeignKey("catalog.Book", on_delete=models.PROTECT, related_name="order_lines")
    copies = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    unit_price = models.DecimalField(
        max_digits=6, decimal_places=2, help_text="What a copy cost on that day."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "book"], name="a_book_is_once_in_an_order"),
            models.CheckConstraint(condition=models.Q(copies__gte=1), name="a_line_has_copies"),
        ]

    def __str__(self) -> str:
        return f"{self.copies} of {self.book.title}"

    @property
    def price(self) -> Decimal:
        return self.copies * self.unit_price
