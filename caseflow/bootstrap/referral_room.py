"""The referral of a case, wired: the store, the files, and the key that seals bundles (that of the record)."""

from __future__ import annotations

from caseflow.adapters.bundles import BundleFolder
from caseflow.adapters.signing_key import SigningKey
from caseflow.config import read_settings
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.files import FileStore
from caseflow.services.referral_bundles import ReferralBundles
from caseflow.services.rulebook import Rulebook


def build_referral_bundles(store: Store, rulebook: Rulebook, time: BusinessTime, files: FileStore) -> ReferralBundles:
    """Wire the use cases of a referral; the key is read, and made where there is none, when one is first sealed.

    Bundles are written under the home folder, like every file that is not encrypted only while somebody takes it.
    """

    def key() -> SigningKey:
        settings = read_settings()
        given = settings.signing_key
        return SigningKey.at(given or settings.home / "keys" / "record.pem", make=given is None)

    return ReferralBundles(store, rulebook, time, files, BundleFolder(None, key))
