ALTER TABLE bed_history
    ADD COLUMN IF NOT EXISTS adt LowCardinality(String) COMMENT 'What visits say: occupied, empty; empty text when nothing, and in rows of versions before 3.',
    ADD COLUMN IF NOT EXISTS adt_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when they say so; NULL when nothing.',
    ADD COLUMN IF NOT EXISTS staff LowCardinality(String) COMMENT 'What staff say by taps and cleaning: empty; empty text when nothing.',
    ADD COLUMN IF NOT EXISTS staff_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when they say so; NULL when nothing.',
    ADD COLUMN IF NOT EXISTS sensor LowCardinality(String) COMMENT 'What the pad says: occupied, empty; empty text when nothing.',
    ADD COLUMN IF NOT EXISTS sensor_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when it says so; NULL when nothing.',
    ADD COLUMN IF NOT EXISTS confidence LowCardinality(String) DEFAULT 'unknown' COMMENT 'In occupied: unknown, disputed, alone, agreed.',
    ADD COLUMN IF NOT EXISTS conflict Array(LowCardinality(String)) COMMENT 'Who of adt, staff, sensor has said otherwise than occupied for too long; empty when nobody.',
    ADD COLUMN IF NOT EXISTS conflict_since Nullable(DateTime64(3, 'UTC')) COMMENT 'Since when they have not agreed; NULL when there is no conflict.'
