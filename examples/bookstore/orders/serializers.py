"""Orders as the API shows and takes them."""

from rest_framework import serializers

from .checkout import OutOfStock, place_order
from .models import Order, OrderLine


class OrderLineSerializer(serializers.ModelSerializer):
    title = serializers.CharField(source="book.title", read_only=True)

    class Meta:
        model = OrderLine
        fields = ["book", "title", "copies", "unit_price"]
        read_only_fields = ["unit_price"]


class OrderSerializer(serializers.HyperlinkedModelSerializer):
    lines = OrderLineSerializer(many=True, allow_empty=False)
    total = serializers.DecimalField(max_digits=10, decimal_places=2, read_only=True)

    class Meta:
        model = Order
        fields = ["url", "id", "placed_at", "lines", "total"]
        read_only_fields = ["placed_at"]

    def validate_lines(self, lines: list[dict]) -> list[dict]:
        if len({line["book"].pk for line in lines}) < len(lines):
            raise serializers.ValidationError("Each book may be on one line only.")
        return lines

    def create(self, validated: dict) -> Order:
        copies_by_book_id = {line["book"].pk: line["copies"] for line in validated["lines"]}
        try:
            return place_order(self.context["request"].user, copies_by_book_id)
        except OutOfStock as problem:
            raise serializers.ValidationError({"lines": [str(problem)]}) from problem
