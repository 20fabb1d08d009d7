import json
import platform

import django
from django.http import HttpResponse

from polls.models import Question

GREETING = "hello"


def about(request):
    answer = {
        "django": django.get_version(),
        "greeting": GREETING,
        "python": platform.python_version(),
        "questions": Question.objects.count(),
    }
    return HttpResponse(json.dumps(answer), content_type="application/json")
