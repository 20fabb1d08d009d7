"""The root of the API, and what its page says."""

from rest_framework.routers import APIRootView, DefaultRouter


class BookstoreAPIView(APIRootView):
    """Books, their authors and what sells.

    Anyone may read the catalogue and ask for a report. Orders need a login; changing the catalogue needs the
    permission for it.
    """

    def get_view_name(self) -> str:
        return "Bookstore API"


class BookstoreRouter(DefaultRouter):
    """The router of every resource under `/api/`."""

    APIRootView = BookstoreAPIView
