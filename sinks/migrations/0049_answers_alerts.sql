ALTER TABLE alerts
    ADD COLUMN IF NOT EXISTS revision UInt32 COMMENT 'How often it was said before; 0 in rows of versions before 5, as are the columns after it.',
    ADD COLUMN IF NOT EXISTS acknowledged_by String COMMENT 'Who has seen it; empty: nobody.',
    ADD COLUMN IF NOT EXISTS acknowledged_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When they did.',
    ADD COLUMN IF NOT EXISTS acknowledged_until Nullable(DateTime64(3, 'UTC')) COMMENT 'When that expires.',
    ADD COLUMN IF NOT EXISTS owner String COMMENT 'Who looks after it; empty: nobody.',
    ADD COLUMN IF NOT EXISTS shelved_until Nullable(DateTime64(3, 'UTC')) COMMENT 'Until when it is out of the way; NULL: it is not.',
    ADD COLUMN IF NOT EXISTS shelved_by String COMMENT 'Who put it out of the way.',
    ADD COLUMN IF NOT EXISTS shelve_reason String COMMENT 'Why.',
    ADD COLUMN IF NOT EXISTS suppressed_by String COMMENT 'The alert that explains it; empty: none.',
    ADD COLUMN IF NOT EXISTS step UInt32 COMMENT 'How often somebody was told of it since it last began to call; 0: it does not call.',
    ADD COLUMN IF NOT EXISTS notify LowCardinality(String) COMMENT 'The role that is to act; empty: none.',
    ADD COLUMN IF NOT EXISTS sound Bool COMMENT 'Whether boards may sound.',
    ADD COLUMN IF NOT EXISTS comments UInt32 COMMENT 'How many remarks there are; their texts are in commands.'
