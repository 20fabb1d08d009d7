from django.contrib import admin

from .models import Author, Book

admin.site.site_header = admin.site.site_title = "Bookstore"


@admin.register(Author)
class AuthorAdmin(admin.ModelAdmin):
    list_display = ["name", "born"]
    search_fields = ["name"]


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    list_display = ["title", "byline", "published", "price", "stock"]
    list_editable = ["price", "stock"]
    list_filter = ["authors"]
    search_fields = ["title", "isbn", "authors__name"]
    autocomplete_fields = ["authors"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("authors")
