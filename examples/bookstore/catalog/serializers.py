"""The catalogue as the API shows and takes it."""

from rest_framework import serializers

from .models import Author, Book


class AuthorSerializer(serializers.HyperlinkedModelSerializer):
    book_count = serializers.IntegerField(read_only=True, default=0)

    class Meta:
        model = Author
        fields = ["url", "id", "name", "born", "book_count"]


class AuthorNameSerializer(serializers.HyperlinkedModelSerializer):
    class Meta:
        model = Author
        fields = ["url", "name"]


class BookSerializer(serializers.HyperlinkedModelSerializer):
    """Reads as `authors`, each with name and link; is written as `author_ids`."""

    authors = AuthorNameSerializer(many=True, read_only=True)
    author_ids = serializers.PrimaryKeyRelatedField(
        source="authors", queryset=Author.objects.all(), many=True, write_only=True, allow_empty=False
    )
    in_stock = serializers.BooleanField(read_only=True)

    class Meta:
        model = Book
        fields = [
            "url",
            "id",
            "title",
            "authors",
            "author_ids",
            "isbn",
            "published",
            "price",
            "stock",
            "in_stock",
        ]
