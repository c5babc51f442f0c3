"""The form that people sign in with."""

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

from mediajobs.services import accounts
from mediajobs.services.audit import Actor


class SignInForm(AdminAuthenticationForm):
    """Django's own, which tells nobody of a right password that lets nobody in."""

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        try:
            super().confirm_login_allowed(user)
        except ValidationError:
            accounts.not_staff(by=Actor.unproven(user.get_username(), self.request))
            raise
