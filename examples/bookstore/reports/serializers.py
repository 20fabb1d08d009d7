"""Reports and bestsellers as the API shows and takes them."""

from rest_framework import serializers

from .models import Report


class OutcomeSerializer(serializers.Serializer):
    status = serializers.CharField()
    result = serializers.JSONField()


class ReportSerializer(serializers.HyperlinkedModelSerializer):
    class Meta:
        model = Report
        fields = ["url", "id", "days", "requested_at"]

    def to_representation(self, report: Report) -> dict:
        """Add `status` and `result`, which one look at the result backend gives."""
        return super().to_representation(report) | OutcomeSerializer(report.outcome).data
