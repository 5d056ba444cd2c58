ALTER TABLE kpi
    ADD PROJECTION IF NOT EXISTS revisions
    (
        SELECT tenant, site, ward, source_run, resolution_s, window_start, max(revision)
        GROUP BY tenant, site, ward, source_run, resolution_s, window_start
    )
