from django.contrib.auth.models import Permission, User
from rest_framework import status
from rest_framework.test import APITestCase

from catalog.models import Author, Book


class BookListTests(APITestCase):
    def titles(self, **query):
        response = self.client.get("/api/books/", query)
        self.assertEqual(response.status_code, status.HTTP_200_OK, response.data)
        return [book["title"] for book in response.data["results"]]

    def test_anyone_may_read_a_book(self):
        book = Book.objects.get(title="Frankenstein")
        author = Author.objects.get(name="Mary Shelley")
        response = self.client.get(f"/api/books/{book.pk}/")
        self.assertEqual(
            response.json(),
            {
                "url": f"http://testserver/api/books/{book.pk}/",
                "id": book.pk,
                "title": "Frankenstein",
                "authors": [
                    {"url": f"http://testserver/api/authors/{author.pk}/", "name": "Mary Shelley"},
                ],
                "isbn": "9780141439471",
                "published": 1818,
                "price": "7.99",
                "stock": 21,
                "in_stock": True,
            },
        )

    def test_the_list_is_in_order_of_title(self):
        titles = self.titles()
        self.assertEqual(len(titles), 12)
        self.assertEqual(titles[:3], ["Beloved", "Dracula", "Frankenstein"])

    def test_the_list_takes_the_same_few_queries_however_long_it_is(self):
        with self.assertNumQueries(3):  # count, books, authors
            self.titles()

    def test_filters_narrow_the_list(self):
        pratchett = Author.objects.get(name="Terry Pratchett")
        cases = [
            ({"title": "DARK"}, ["The Left Hand of Darkness"]),
            ({"authors": pratchett.pk}, ["Good Omens"]),
            ({"published_max": 1820}, ["Frankenstein", "Pride and Prejudice"]),
            ({"price_min": "13", "price_max": "13.50"}, ["Moby-Dick"]),
            ({"in_stock": "false"}, ["Mrs Dalloway"]),
            ({"search": "gaiman"}, ["Good Omens"]),
        ]
        for query, titles in cases:
            with self.subTest(query=query):
                self.assertEqual(self.titles(**query), titles)

    def test_the_dearest_book_comes_first_when_asked_for(self):
        self.assertEqual(self.titles(ordering="-price")[0], "One Hundred Years of Solitude")

    def test_a_filter_that_makes_no_sense_is_named(self):
        response = self.client.get("/api/books/", {"published_min": "old"})
        self.assertEqual(response.status_code, status.HTTP_400_BAD_REQUEST)
        self.assertEqual(list(response.data), ["published"])

    def test_the_api_is_browsable(self):
        for path, words in (("/api/", "Bookstore API"), ("/api/books/", "Book List")):
            with self.subTest(path=path):
                self.assertContains(self.client.get(path, headers={"accept": "text/html"}), words)


class BookChangeTests(APITestCase):
    @classmethod
    def setUpTestData(cls):
        cls.clerk = User.objects.create_user("clerk")
        cls.clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="catalog"))
        cls.le_guin = Author.objects.get(name="Ursula K. Le Guin")
        cls.new_book = {
            "title": "The Dispossessed",
            "author_ids": [cls.le_guin.pk],
            "isbn": "9780061054884",
            "published": 1974,
            "price": "9.90",
            "stock": 4,
        }

    def test_visitors_and_customers_may_not_add_a_book(self):
        self.assertEqual(
            self.client.post("/api/books/", self.new_book).status_code, status.HTTP_403_FORBIDDEN
        )
        self.client.force_login(User.objects.create_user("customer"))
        self.assertEqual(
            self.client.post("/api/books/", self.new_book).status_code, status.HTTP_403_FORBIDDEN
        )
        self.assertEqual(Book.objects.count(), 12)

    def test_who_has_the_permission_may_add_a_book(self):
        self.client.force_login(self.clerk)
        response = self.client.post("/api/books/", self.new_book)
        self.assertEqual(response.status_code, status.HTTP_201_CREATED, response.data)
        book = Book.objects.get(isbn="9780061054884")
        self.assertEqual(response.headers["Location"], f"http://testserver/api/books/{book.pk}/")
        self.assertEqual((book.title, book.byline, book.stock), ("The Dispossessed", "Ursula K. Le Guin", 4))

    def test_every_mistake_is_named(self):
        self.client.force_login(self.clerk)
        mistakes = {"author_ids": [], "isbn": "9780061054885", "price": "-1", "stock": -1, "title": ""}
        response = self.client.post("/api/books/", self.new_book | mistakes)
        self.assertEqual(response.status_code, status.HTTP_400_BAD_REQUEST)
        self.assertEqual(
            {field: problems[0].code for field, problems in response.data.items()},
            {
                "title": "blank",
                "author_ids": "empty",
                "isbn": "isbn_check_digit",
                "price": "min_value",
                "stock": "min_value",
            },
        )

    def test_an_isbn_is_on_the_shelves_once(self):
        self.client.force_login(self.clerk)
        response = self.client.post("/api/books/", self.new_book | {"isbn": "9780441478125"})
        self.assertEqual(response.status_code, status.HTTP_400_BAD_REQUEST)
        self.assertEqual(
            {field: problem[0].code for field, problem in response.data.items()}, {"isbn": "unique"}
        )

    def test_an_author_knows_how_many_books_there_are(self):
        self.client.force_login(self.clerk)
        self.client.post("/api/books/", self.new_book)
        response = self.client.get(f"/api/authors/{self.le_guin.pk}/")
        self.assertEqual(
            response.json(),
            {
                "url": f"http://testserver/api/authors/{self.le_guin.pk}/",
                "id": self.le_guin.pk,
                "name": "Ursula K. Le Guin",
                "born": 1929,
                "book_count": 2,
            },
        )
