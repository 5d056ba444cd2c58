ALTER TABLE kpi
    ADD COLUMN IF NOT EXISTS coverage_ppm Nullable(UInt32) COMMENT 'Share of the window that the sources of the value covered, in millionths, rounded down; NULL in rows of versions before 4.',
    ADD COLUMN IF NOT EXISTS lower Nullable(Int64) COMMENT 'Where not all of it was covered: the least that the numerator may be; NULL when there is no bound.',
    ADD COLUMN IF NOT EXISTS upper Nullable(Int64) COMMENT 'Likewise, the most.'
