"""A settings file to start from: short, with a word on each choice."""


def settings_text(
    *,
    market: str,
    msn: str,
    shop: str,
    mode: str = "test",
    base_url: str = "",
    till: str = "kasse1",
    till_name: str = "Kasse 1",
    extra: str = "",
) -> str:
    """Return the text of a settings file."""
    url = f"base_url = {_quoted(base_url)}\n" if base_url else ""
    return f"""# Settings of this till. Keys never stand here: `till secrets set` keeps them in the system's key store.
version = 1

[shop]
market = {_quoted(market)}            # NO, DK or FI: currency, tax and in-store codes
name = {_quoted(shop)}

[till]
id = {_quoted(till)}              # stands in payment references: small letters and digits, at most 8
name = {_quoted(till_name)}
language = "nb"          # nb or en

[vipps]
mode = {_quoted(mode)}            # test or production
msn = {_quoted(msn)}
{url}{extra}"""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
