ALTER TABLE bed_history
    ADD COLUMN IF NOT EXISTS version UInt32 DEFAULT 1 COMMENT 'Version of the computation that was in force.'
