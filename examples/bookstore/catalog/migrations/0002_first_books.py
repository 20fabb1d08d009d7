"""A new shop opens with a dozen books on its shelves."""

from decimal import Decimal

from django.db import migrations

BIRTH_YEARS = {
    "Chinua Achebe": 1930,
    "Jane Austen": 1775,
    "George Eliot": 1819,
    "Neil Gaiman": 1960,
    "Gabriel García Márquez": 1927,
    "Ursula K. Le Guin": 1929,
    "Herman Melville": 1819,
    "Toni Morrison": 1931,
    "George Orwell": 1903,
    "Terry Pratchett": 1948,
    "Mary Shelley": 1797,
    "Bram Stoker": 1847,
    "Virginia Woolf": 1882,
}

# title, authors, ISBN, first published, price, copies in stock
BOOKS = [
    ("Beloved", ["Toni Morrison"], "9781400033416", 1987, "12.50", 9),
    ("Dracula", ["Bram Stoker"], "9780141439846", 1897, "8.99", 14),
    ("Frankenstein", ["Mary Shelley"], "9780141439471", 1818, "7.99", 21),
    ("Good Omens", ["Terry Pratchett", "Neil Gaiman"], "9780060853983", 1990, "10.99", 17),
    ("Middlemarch", ["George Eliot"], "9780141439549", 1871, "11.99", 6),
    ("Moby-Dick", ["Herman Melville"], "9780142437247", 1851, "13.50", 3),
    ("Mrs Dalloway", ["Virginia Woolf"], "9780156628709", 1925, "9.99", 0),
    ("Nineteen Eighty-Four", ["George Orwell"], "9780141036144", 1949, "9.49", 32),
    ("One Hundred Years of Solitude", ["Gabriel García Márquez"], "9780060883287", 1967, "14.00", 11),
    ("Pride and Prejudice", ["Jane Austen"], "9780141439518", 1813, "7.49", 26),
    ("The Left Hand of Darkness", ["Ursula K. Le Guin"], "9780441478125", 1969, "10.49", 2),
    ("Things Fall Apart", ["Chinua Achebe"], "9780385474542", 1958, "11.25", 13),
]


def stock_the_shelves(apps, schema_editor):
    Author = apps.get_model("catalog", "Author")
    Book = apps.get_model("catalog", "Book")
    for title, names, isbn, published, price, stock in BOOKS:
        facts = {"title": title, "published": published, "price": Decimal(price), "stock": stock}
        book, _ = Book.objects.get_or_create(isbn=isbn, defaults=facts)
        for name in names:
            author, _ = Author.objects.get_or_create(name=name, defaults={"born": BIRTH_YEARS[name]})
            book.authors.add(author)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    # Backwards the books stay: some may have been sold.
    operations = [migrations.RunPython(stock_the_shelves, migrations.RunPython.noop)]
