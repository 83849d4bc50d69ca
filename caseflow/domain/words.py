"""A phrase in the two languages of an office."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """The same phrase in English and in Chinese."""

    en: str
    zh: str

    def in_locale(self, locale: str) -> str:
        """Return the Chinese phrase for any ``zh`` locale (``zh``, ``zh_CN``, ``zh-Hans``), else the English one."""
        return self.zh if locale.lower().startswith("zh") else self.en

    def to_json(self) -> dict[str, str]:
        """Return ``{"en": ..., "zh": ...}``."""
        return {"en": self.en, "zh": self.zh}
