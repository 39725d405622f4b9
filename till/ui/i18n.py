"""Loads the words that belong to the windows themselves; the source language is English."""

from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication

from till.resource_files import resource_path


def install_language(app: QApplication, language: str) -> bool:
    """Put a language's window words in place; return whether there are any (English needs none)."""
    translator = QTranslator(app)
    if language == "en" or not translator.load(str(resource_path(f"i18n/till_{language}.qm"))):
        return language == "en"
    app.installTranslator(translator)
    return True
