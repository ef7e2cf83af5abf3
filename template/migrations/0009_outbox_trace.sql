ALTER TABLE outbox
    ADD COLUMN trace_header text,
    ADD CONSTRAINT outbox_trace_header_formed CHECK (
        length(trace_header) <= 1024
        AND trace_header ~ '^Root=1-[0-9a-f]{8}-[0-9a-f]{24}(;[A-Za-z]+=[A-Za-z0-9:|?._-]+)*$'
    );

COMMENT ON COLUMN outbox.trace_header IS
'The X-Ray trace the event was written under; the relay publishes the event under it.';
