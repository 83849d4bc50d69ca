"""The family of a browser, as one of a few known words: enough to know one's own, too little to follow anybody."""

from __future__ import annotations

from typing import Final

# In this order: each browser also calls itself by the names of those below it.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("QQBrowser", "QQ Browser"),
    ("MicroMessenger", "WeChat"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_family(said: str) -> str:
    """Return the family of a browser and its system by what it says of itself (``Firefox, Windows``); else nothing."""
    names = [next((name for sign, name in known if sign in said), "") for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in names if name)
