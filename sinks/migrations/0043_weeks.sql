ALTER TABLE kpi
    COMMENT COLUMN IF EXISTS resolution_s 'Length of the window in seconds: 60, 900, 3600, 86400 for a day or 604800 for a week: from one midnight to the next, or a Monday''s to the next one''s, by the clock of the site''s zone; twice a year an hour more or less.'
