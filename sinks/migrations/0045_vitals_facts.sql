ALTER TABLE facts
    ADD COLUMN IF NOT EXISTS observation String COMMENT 'Which observation of a vital sign; one that is corrected keeps its name. Empty otherwise.',
    ADD COLUMN IF NOT EXISTS code LowCardinality(String) COMMENT 'The code of a vital sign as its source gave it, such as loinc-8867-4 or mdc-147842; empty otherwise.',
    ADD COLUMN IF NOT EXISTS revised Nullable(DateTime64(3, 'UTC')) COMMENT 'When its source made this version of an observation; the newest holds. NULL otherwise.',
    ADD COLUMN IF NOT EXISTS digits Nullable(Int64) COMMENT 'All digits of a measured value; NULL when there is none.',
    ADD COLUMN IF NOT EXISTS scale UInt8 COMMENT 'How many of the digits stand after the point.',
    ADD COLUMN IF NOT EXISTS unit LowCardinality(String) COMMENT 'Unit of the value in UCUM; empty when there is none.',
    COMMENT COLUMN IF EXISTS kind 'What it is about: visit, vital, appointment, slot, staff, bed.',
    COMMENT COLUMN IF EXISTS event 'What became true, such as admitted, arrived, shift_started, dirty; of a vital sign which it is, such as heart_rate.',
    COMMENT COLUMN IF EXISTS subject 'The visit (also of a vital sign), appointment, slot or staff member (pseudonym), or the bed.',
    COMMENT COLUMN IF EXISTS detail 'Kind of appointment, also of a slot, reason of a blocked bed, the visit that a merged one goes on under, A, C, V, P or U of consciousness, or withdrawn of a vital sign; empty otherwise.',
    MODIFY COMMENT 'What people and systems said of visits, vital signs, appointments, slots, shifts and beds, as received. One row a fact. Kept 90 days. Pseudonyms only.'
