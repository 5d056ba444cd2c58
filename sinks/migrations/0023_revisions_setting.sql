ALTER TABLE kpi
    MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild'
