-- What models cost, from when on. A price that stands is never changed: a new one follows on it.

ALTER TABLE models
    ADD COLUMN display_name text,
    ADD CONSTRAINT models_display_name_length CHECK (length(display_name) BETWEEN 1 AND 200);
GRANT UPDATE (provider_id, display_name) ON models TO app;

COMMENT ON COLUMN models.display_name IS 'What people call it; NULL: its id.';

CREATE TABLE model_prices (
    tenant_id uuid NOT NULL,
    model_id text NOT NULL,
    currency text NOT NULL,
    valid_from timestamptz NOT NULL,
    input_per_million numeric(14, 6) NOT NULL,
    output_per_million numeric(14, 6) NOT NULL,
    created_at timestamptz NOT NULL,
    applied_at timestamptz,
    CONSTRAINT model_prices_pkey PRIMARY KEY (tenant_id, model_id, currency, valid_from),
    CONSTRAINT model_prices_model_fkey FOREIGN KEY (tenant_id, model_id)
        REFERENCES models (tenant_id, model_id),
    CONSTRAINT model_prices_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT model_prices_not_negative CHECK (input_per_million >= 0 AND output_per_million >= 0),
    CONSTRAINT model_prices_not_nothing CHECK (input_per_million > 0 OR output_per_million > 0)
);

COMMENT ON TABLE model_prices IS 'What providers charge for models, per million tokens; the operator''s rows, which all tenants read.';
COMMENT ON COLUMN model_prices.applied_at IS
    'When usage from before the price was known had been priced anew; NULL: not yet.';

CREATE INDEX model_prices_unapplied ON model_prices (created_at) WHERE applied_at IS NULL;

CALL app.isolate_by_tenant('model_prices');
CALL app.reserve_for_operator('model_prices');
-- Only the operator's rows exist here, and whoever is billed for a model may see what it costs.
CREATE POLICY registry_reading ON model_prices FOR SELECT TO app, reader USING (true);
GRANT INSERT, UPDATE (applied_at) ON model_prices TO app;
