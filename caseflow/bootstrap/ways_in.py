"""Ways to sign in beside the password, wired from the environment: passkeys and an OpenID provider."""

from __future__ import annotations

from caseflow.adapters.openid import HttpOpenIdProvider
from caseflow.adapters.passkeys import WebauthnChecks, site_of
from caseflow.config import Settings, read_settings
from caseflow.services.openid_sign_in import OpenIdSignIn
from caseflow.services.passkeys import PasskeyFactor, Passkeys
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.staff_access import StaffAccess

# Where the web face takes browsers back that come from the provider.
WAY_BACK = "/sign-in/openid/back"


def build_passkey_factor(clock: BusinessTime, settings: Settings | None = None) -> PasskeyFactor:
    """Wire passkeys for the address that people reach caseflow at (default: the environment's)."""
    site = site_of((settings or read_settings()).address)
    return PasskeyFactor(clock, WebauthnChecks(*site) if site is not None else None)


def build_passkeys(store: Store, clock: BusinessTime, access: StaffAccess) -> Passkeys:
    """Wire what is done with passkeys beside the second factor."""
    factor = next((one for one in access.methods if isinstance(one, PasskeyFactor)), PasskeyFactor(clock, None))
    return Passkeys(store, clock, factor, access)


def build_openid(
    store: Store, clock: BusinessTime, access: StaffAccess, settings: Settings | None = None
) -> OpenIdSignIn:
    """Wire signing in through the configured provider (default: the environment's)."""
    known = settings or read_settings()
    provider = None
    if known.openid is not None and known.address is not None:
        provider = HttpOpenIdProvider(known.openid, known.address + WAY_BACK)
    return OpenIdSignIn(store, clock, access, provider)
