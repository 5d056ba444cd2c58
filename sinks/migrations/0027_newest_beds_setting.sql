ALTER TABLE bed_history
    MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild'
