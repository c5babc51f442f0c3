"""The steps of taking in many jobs, as tests take them: the preview, and what it brings back."""

import re

from django.http import HttpResponse

RECORD = "/mediajobs/job/record/"


def read(response):
    """The same response, a streamed one with all that came, to be looked at more than once."""
    return HttpResponse(response.getvalue()) if response.streaming else response


def sealed(preview):
    """What the form of a preview brings back: the seal and the rows."""
    said = preview.content.decode()
    return dict(re.findall(r'type="hidden" name="(sealed|rows)" value="([^"]+)"', said))
