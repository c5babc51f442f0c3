"""Which door answers which address."""

from django.contrib import admin
from django.urls import include, path

from mediajobs import views, webhooks

urlpatterns = [
    path("healthz/", views.healthz, name="healthz"),
    path("healthz/web/", views.healthz_web, name="healthz-web"),
    path("", include("mediajobs.api.urls")),
    path("webhooks/media/", webhooks.media, name="webhook"),
    path("webhooks/media/<int:app>/", webhooks.media, name="webhook"),
    path("", admin.site.urls),
]

handler403 = "mediajobs.views.denied"
handler500 = "mediajobs.views.failed"
