ALTER TABLE bed_history
    MATERIALIZE PROJECTION newest_three_clocks
