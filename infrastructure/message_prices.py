"""The price list of the hub, read once from the file that a setting names."""

from pathlib import Path

from domain.errors import InvalidInput
from domain.message_price import NO_PRICES, PriceList, read_price_list
from infrastructure.settings import Settings, SettingsError


def price_list(settings: Settings) -> PriceList:
    """The prices that the setting `message_prices` names; none where it is empty.

    Raises SettingsError for a file that cannot be read or is no price list.
    """
    if not settings.message_prices:
        return NO_PRICES
    try:
        return read_price_list(Path(settings.message_prices).read_text("utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"HUB_MESSAGE_PRICES: the price list cannot be read: {type(error).__name__}."
        ) from error
    except InvalidInput as error:
        raise SettingsError(f"HUB_MESSAGE_PRICES: {error.message}") from error
