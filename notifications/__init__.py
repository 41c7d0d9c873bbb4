"""Campaigns to many recipients, each mail at most once: the front door.

Callers import from here and from nowhere below; the package knows nothing of its callers.
"""

from notifications.campaigns import Campaigns
from notifications.compose.mailbox import same_mailbox
from notifications.errors import (
    BadCampaign,
    CampaignRefused,
    NotificationError,
    Problem,
    StoreAway,
    TransportDown,
)
from notifications.office import Office, Premises, folder_transport, smtp_transport
from notifications.ports import Transport
from notifications.settings import House, Pace, Relay, Secrets, Watch
from notifications.states import CampaignState, DeliveryState
from notifications.tables import METADATA
from notifications.terms import (
    Campaign,
    Change,
    ChangeEvent,
    Counts,
    Delivery,
    Draft,
    Drafted,
    Kind,
    LeftOut,
    Merged,
    Omission,
    Preview,
    Progress,
    Recipient,
    Report,
    Scope,
    Suppression,
)

__all__ = [
    "METADATA",
    "BadCampaign",
    "Campaign",
    "CampaignRefused",
    "CampaignState",
    "Campaigns",
    "Change",
    "ChangeEvent",
    "Counts",
    "Delivery",
    "DeliveryState",
    "Draft",
    "Drafted",
    "House",
    "Kind",
    "LeftOut",
    "Merged",
    "NotificationError",
    "Office",
    "Omission",
    "Pace",
    "Premises",
    "Preview",
    "Problem",
    "Progress",
    "Recipient",
    "Relay",
    "Report",
    "Scope",
    "Secrets",
    "StoreAway",
    "Suppression",
    "Transport",
    "TransportDown",
    "Watch",
    "folder_transport",
    "same_mailbox",
    "smtp_transport",
]
