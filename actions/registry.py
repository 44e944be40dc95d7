"""All actions. The domain in nlu/domain names the same ones; a test holds both together."""

from __future__ import annotations

from rasa_sdk.executor import ActionExecutor

from actions import forms, guides, notices, questions, shipments, small_talk
from actions.base import KouanAction, Parts

ACTIONS: tuple[type[KouanAction], ...] = (
    forms.ActionAskDeskAnswer,
    forms.ActionForm,
    guides.ActionGuide,
    guides.ActionStartGuide,
    questions.ActionAnswer,
    questions.ActionNoneOfThese,
    questions.ActionOutOfScope,
    questions.ActionShowEntry,
    small_talk.ActionChangeLanguage,
    small_talk.ActionChitchat,
    small_talk.ActionEmergency,
    small_talk.ActionHelp,
    small_talk.ActionHumanHandoff,
    shipments.ActionAskBindingCode,
    shipments.ActionAskDeclarationNo,
    shipments.ActionClearanceQuery,
    shipments.ActionFollowShipment,
    shipments.ActionLeaveForm,
    shipments.ActionUnfollowShipment,
    notices.ActionLatestNotices,
    notices.ActionMyFollows,
    notices.ActionStopAll,
    notices.ActionSubscribeTopic,
    notices.ActionUnsubscribeTopic,
    notices.ActionWhyTold,
)


def make_executor(parts: Parts) -> ActionExecutor:
    """rasa-sdk's executor with all actions."""
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action(parts))
    executor.register_action(shipments.ValidateFollowShipmentForm())
    executor.register_action(forms.ValidateDeskForm(parts))
    return executor
