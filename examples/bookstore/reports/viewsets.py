"""The reports' part of the API."""

from rest_framework import mixins, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ViewSet

from .bestsellers import current_bestsellers
from .models import Report
from .serializers import ReportSerializer
from .tasks import build_report


class ReportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Sales reports. Post a number of days to have one computed, then read it at its own address."""

    queryset = Report.objects.all()
    serializer_class = ReportSerializer
    permission_classes = [AllowAny]  # the figures name no customer

    def create(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        report = serializer.save()
        build_report.apply_async_on_commit(args=[report.days], task_id=str(report.pk))
        address = {"Location": str(serializer.data["url"])}  # a WSGI server takes no subclass of str
        return Response(serializer.data, status=status.HTTP_202_ACCEPTED, headers=address)


class BestsellerViewSet(ViewSet):
    """What sold best in the last 30 days, refreshed every 30 seconds."""

    permission_classes = [AllowAny]

    def list(self, request: Request) -> Response:
        return Response(current_bestsellers())
