ALTER TABLE facts
    ADD COLUMN IF NOT EXISTS slot String COMMENT 'The slot that an appointment takes; empty when none was named.',
    ADD COLUMN IF NOT EXISTS until Nullable(DateTime64(3, 'UTC')) COMMENT 'Of a slot that is offered: its end. NULL otherwise.',
    COMMENT COLUMN IF EXISTS kind 'What it is about: visit, appointment, slot, staff, bed.',
    COMMENT COLUMN IF EXISTS subject 'The visit, appointment, slot or staff member (pseudonym), or the bed.',
    COMMENT COLUMN IF EXISTS detail 'Kind of appointment, also of a slot, reason of a blocked bed, or the visit that a merged one goes on under; empty otherwise.',
    COMMENT COLUMN IF EXISTS due 'The time that it speaks of: scheduled, expected discharge, bed expected back, beginning of a slot. NULL when none.',
    MODIFY COMMENT 'What people and systems said of visits, appointments, slots, shifts and beds, as received. One row a fact. Kept 90 days. Pseudonyms only.'
