"""Referral bundles as files: a bag (RFC 8493) in a folder or a ZIP, written and verified."""

from caseflow.adapters.bundles.verifying import Verdict, verify_bundle
from caseflow.adapters.bundles.writing import BundleFolder, BundleTooLarge

__all__ = ["BundleFolder", "BundleTooLarge", "Verdict", "verify_bundle"]
