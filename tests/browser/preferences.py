"""The settings in the console's header, as a person uses them."""

from playwright.sync_api import Page


def prefer(page: Page, name: str, value: str) -> None:
    """Choose a setting (lang, theme, units or sound) and shut the menu again."""
    menu = page.locator(".header summary.tool")
    menu.click()
    page.get_by_test_id(f"prefs-{name}").locator(f"input[value={value}]").check()
    menu.click()
