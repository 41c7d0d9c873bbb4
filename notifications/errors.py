"""What can go wrong in a campaign, named by who must act.

NotificationError
├── BadCampaign         the author: mend the campaign and ask again
├── CampaignRefused     the operator: meet the precondition and ask again
├── TransportDown       nobody yet: the delivery is tried again
└── DeliveryUncertain   a person: decide whether the mail went out
"""


class NotificationError(Exception):
    """A campaign or one of its deliveries could not go on."""


class BadCampaign(NotificationError):
    """What was asked for cannot be a campaign; nothing was recorded."""


class CampaignRefused(NotificationError):
    """A precondition of the campaign is not met; it is as it was before."""


class TransportDown(NotificationError):
    """The relay did not accept the mail, for now; the delivery is still to be made."""


class DeliveryUncertain(NotificationError):
    """Contact was lost after the mail was handed over; it may or may not have gone out.

    It is not sent again by itself.
    """
