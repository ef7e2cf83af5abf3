"""What can be added to a tier. Which tier offers or includes it stands with the tier.

Only the compliance add-on has a list price, per user and month; a year of it costs twelve months.
The other two are sold by a person until the company sets a price here.
"""

from typing import Final

from handlers.catalog.tier import AddOn, AddOnId

_ADD_ONS = (
    AddOn(
        id="COMPLIANCE_ADDON",
        display_name="Compliance",
        description="What auditors and regulators ask for",
        localization_key="billing.addOns.compliance",
        monthly=25_00,
        annual=300_00,
        per_user=True,
        features=(
            "hipaa_baa",
            "soc2_type_ii",
            "gdpr_ccpa",
            "customer_managed_keys",
            "enhanced_audit_logs",
            "data_residency",
        ),
    ),
    AddOn(
        id="API_POWER_PACK",
        display_name="API Power Pack",
        description="Higher limits for people who build on the API",
        localization_key="billing.addOns.apiPowerPack",
        monthly=None,
        annual=None,
        per_user=False,
        features=("higher_api_limits",),
    ),
    AddOn(
        id="PRIORITY_SUPPORT",
        display_name="Priority Support",
        description="Answers before everyone else",
        localization_key="billing.addOns.prioritySupport",
        monthly=None,
        annual=None,
        per_user=False,
        features=("priority_support",),
    ),
)

ADD_ONS: Final[dict[AddOnId, AddOn]] = {add_on.id: add_on for add_on in _ADD_ONS}
