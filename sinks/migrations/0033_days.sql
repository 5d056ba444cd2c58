ALTER TABLE kpi
    COMMENT COLUMN IF EXISTS resolution_s 'Length of the window in seconds: 60, 900, 3600, or 86400 for a day: from one midnight to the next by the clock of the site''s zone, on two days of a year an hour more or less.'
