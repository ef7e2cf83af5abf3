CREATE TABLE subscriptions (
    tenant_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    tier_id text NOT NULL,
    billing_cycle text NOT NULL,
    seat_count integer NOT NULL,
    add_ons text[] NOT NULL DEFAULT '{}',
    unit_price_minor bigint NOT NULL,
    total_price_minor bigint NOT NULL,
    currency text NOT NULL,
    status text NOT NULL,
    current_period_start timestamptz NOT NULL,
    current_period_end timestamptz NOT NULL,
    trial_start timestamptz,
    trial_end timestamptz,
    cancel_at_period_end boolean NOT NULL DEFAULT false,
    canceled_at timestamptz,
    cancellation_reason text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (tenant_id, subscription_id),
    CONSTRAINT subscriptions_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT subscriptions_billing_cycle_known CHECK (billing_cycle IN ('monthly', 'annual')),
    CONSTRAINT subscriptions_seat_count_positive CHECK (seat_count > 0),
    CONSTRAINT subscriptions_prices_not_negative
        CHECK (unit_price_minor >= 0 AND total_price_minor >= 0),
    CONSTRAINT subscriptions_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT subscriptions_status_known
        CHECK (status IN ('trialing', 'active', 'past_due', 'canceled', 'unpaid', 'paused')),
    CONSTRAINT subscriptions_period_forward CHECK (current_period_end > current_period_start),
    CONSTRAINT subscriptions_trial_whole CHECK ((trial_start IS NULL) = (trial_end IS NULL)),
    CONSTRAINT subscriptions_trial_forward CHECK (trial_end > trial_start),
    CONSTRAINT subscriptions_cancellation_dated CHECK (status <> 'canceled' OR canceled_at IS NOT NULL)
);

CREATE UNIQUE INDEX subscriptions_one_live ON subscriptions (tenant_id) WHERE status <> 'canceled';

CALL app.isolate_by_tenant('subscriptions');
GRANT INSERT, UPDATE ON subscriptions TO app;
