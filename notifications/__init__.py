"""Campaigns to many recipients, each mail at most once: the front door.

Callers import from here and from nowhere below; the package knows nothing of its callers.
"""

from notifications.errors import (
    BadCampaign,
    CampaignRefused,
    DeliveryUncertain,
    NotificationError,
    TransportDown,
)

__all__ = [
    "BadCampaign",
    "CampaignRefused",
    "DeliveryUncertain",
    "NotificationError",
    "TransportDown",
]
