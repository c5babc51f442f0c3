"""Which door answers which address."""

from django.contrib import admin
from django.urls import path

from mediajobs import views

urlpatterns = [
    path("healthz/", views.healthz, name="healthz"),
    path("healthz/web/", views.healthz_web, name="healthz-web"),
    path("", admin.site.urls),
]

handler500 = "mediajobs.views.failed"
