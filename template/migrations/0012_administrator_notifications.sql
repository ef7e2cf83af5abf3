-- What administrators are told: in the console, and by mail where they like it.

CREATE TABLE administrator_notifications (
    tenant_id uuid NOT NULL,
    notification_id uuid NOT NULL,
    administrator_id uuid NOT NULL,
    event_id uuid NOT NULL,
    category text NOT NULL,
    priority text NOT NULL,
    title text NOT NULL,
    message text NOT NULL,
    link_path text NOT NULL,
    link_label text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    read_at timestamptz,
    dismissed_at timestamptz,
    mail_due_at timestamptz,
    mail_id uuid,
    mailed_at timestamptz,
    CONSTRAINT administrator_notifications_pkey PRIMARY KEY (tenant_id, notification_id),
    CONSTRAINT administrator_notifications_event_key UNIQUE (tenant_id, event_id, administrator_id),
    CONSTRAINT administrator_notifications_administrator_fkey FOREIGN KEY (tenant_id, administrator_id)
        REFERENCES administrators (tenant_id, administrator_id),
    CONSTRAINT administrator_notifications_category_known
        CHECK (category IN ('security', 'billing', 'deployment', 'approval', 'system', 'alert')),
    CONSTRAINT administrator_notifications_priority_known
        CHECK (priority IN ('low', 'medium', 'high', 'critical')),
    CONSTRAINT administrator_notifications_title_length CHECK (length(title) BETWEEN 1 AND 200),
    CONSTRAINT administrator_notifications_link_within_app CHECK (link_path ~ '^/([^/]|$)'),
    CONSTRAINT administrator_notifications_mailed_in_a_mail CHECK (mailed_at IS NULL OR mail_id IS NOT NULL)
);

COMMENT ON COLUMN administrator_notifications.link_path IS 'A page of the app; mails put the app''s origin before it.';
COMMENT ON COLUMN administrator_notifications.mail_due_at IS
    'When it is to be mailed; null where no mail is wanted, or one may have left and nobody can tell.';
COMMENT ON COLUMN administrator_notifications.mail_id IS
    'The one mail that holds it; the mail''s delivery has the key administrator_mail:<mail_id>.';

CREATE INDEX administrator_notifications_by_administrator
    ON administrator_notifications (tenant_id, administrator_id, notification_id);
-- Stays small: what was mailed, read or dismissed has left it.
CREATE INDEX administrator_notifications_to_mail ON administrator_notifications (mail_due_at)
    WHERE mailed_at IS NULL AND read_at IS NULL AND dismissed_at IS NULL;
CREATE INDEX administrator_notifications_by_expiry ON administrator_notifications (expires_at);

CALL app.isolate_by_tenant('administrator_notifications');
CALL app.open_to_service('administrator_notifications');
GRANT INSERT ON administrator_notifications TO app;
GRANT UPDATE (read_at, dismissed_at, mail_due_at, mail_id, mailed_at) ON administrator_notifications TO app;
GRANT UPDATE, DELETE ON administrator_notifications TO service;
